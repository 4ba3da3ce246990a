/** Each state of the engine as a person meets it: the right words, no false green, nothing axe objects to. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenes, type SceneName } from '../../renderer/src/fake-scene-list.ts';
import { WALL } from '../../renderer/src/fake-scenes.ts';
import { Overview, Peers, Shell } from './pages.ts';
import { Stage, type Look, type UiWindow } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

describe('the state sentence', () => {
  const expected: readonly (readonly [SceneName, string, string])[] = [
    ['connected', 'Connected. All 3 devices answer.', 'ok'],
    ['quiet', 'Quiet. No traffic with 3 devices.', 'off'],
    ['checking', 'Checking. Waiting for 1 of 3 devices.', 'checking'],
    ['attention', '1 of 3 devices does not answer.', 'stale'],
    ['offline', 'Offline. None of 3 devices answers.', 'down'],
    ['woke', 'Woke after 3 m 00 s of sleep. Checking 3 devices.', 'checking'],
    ['keys-locked', 'The keys of this account do not open.', 'stale'],
    ['empty', 'No devices yet. Nothing to connect to.', 'off'],
  ];
  it('is that of the state, with its sign', async () => {
    const view = await stage.scene('connected');
    const overview = new Overview(view);
    for (const [scene, sentence, tone] of expected) {
      await view.show(scene);
      expect(await overview.sentence(), scene).toBe(sentence);
      expect(await overview.tone(), scene).toBe(tone);
    }
    await view.close();
  });
});

describe('green', () => {
  it('is nowhere while nothing is proved after a wake', async () => {
    const view = await stage.scene('woke');
    expect(await new Shell(view).greenElements()).toEqual([]);
    await view.close();
  });

  it('goes when the data is older than its limit, even if the engine says nothing new', async () => {
    const view = await stage.scene('plain');
    const overview = new Overview(view);
    expect(await overview.tone()).toBe('ok');
    await view.page.clock.install();
    // The page's clock was real until now; a reload under the installed one starts it anew.
    await view.page.reload();
    await view.page.clock.runFor(30_000);
    expect(await overview.tone()).toBe('off');
    expect(await overview.sentence()).toBe('Quiet. No traffic with 3 devices.');
    await new Shell(view).visit('Peers');
    expect(await new Peers(view).rows().evaluateAll((rows) => rows.map((row) => row.getAttribute('data-state')))).toEqual(['quiet', 'quiet', 'quiet']);
    await view.close();
  });

  it('goes with the first tick after a sleep that only the wall clock saw, before the engine has said a word', async () => {
    const view = await stage.still('connected', '#/');
    const overview = new Overview(view);
    expect(await overview.tone()).toBe('ok');
    await view.page.evaluate(() => {
      window.fakeEngine.mute = true;
    });
    await view.page.clock.setSystemTime(WALL + 8 * 3_600_000);
    await view.page.clock.runFor(1_000);
    expect(await overview.tone()).toBe('off');
    expect(await overview.sentence()).toBe('Quiet. No traffic with 3 devices.');
    // It was asked at once; silence is told.
    await view.page.clock.runFor(6_000);
    await view.page.getByTestId('gone').waitFor();
    expect(await new Shell(view).greenElements()).toEqual([]);
    await view.close();
  });

  it.each(['closed', 'silent'] as const)('is nowhere on any page when the engine is %s', async (how) => {
    const view = await stage.scene('connected');
    await view.page.clock.install();
    await view.page.reload();
    await view.page.evaluate((way) => {
      if (way === 'closed') window.fakeEngine.connect('closed');
      else window.fakeEngine.mute = true;
    }, how);
    await view.page.clock.runFor(25_000);
    const shell = new Shell(view);
    for (const page of ['Overview', 'Peers', 'History', 'Health'] as const) {
      await shell.visit(page);
      expect(await view.page.getByTestId('gone').getByRole('status').innerText()).toBe('The engine does not answer.');
      expect(await shell.greenElements()).toEqual([]);
    }
    expect(await shell.chip()).toMatch(/^No answer/);
    await view.close();
  });

  it('comes back with a fresh snapshot when the engine does', async () => {
    const view = await stage.scene('connected');
    await view.page.evaluate(() => window.fakeEngine.connect('closed'));
    await view.page.getByTestId('gone').waitFor();
    await view.page.evaluate(() => window.fakeEngine.connect('open'));
    await view.page.getByTestId('overview').waitFor();
    expect(await new Overview(view).tone()).toBe('ok');
    await view.close();
  });
});

describe('what is unknown', () => {
  it('is a dash, never a zero', async () => {
    const view = await stage.scene('young', '#/peers');
    const cells = await new Peers(view).row('capstan').locator('td').allInnerTexts();
    expect(cells[3]).toBe('\u2013');
    expect(cells[4]).toBe('\u2013');
    expect(cells[5]).toBe('\u2013');
    await view.close();
  });

  it('waits with a name and a timer before the first snapshot, and after 5 s says what to do', async () => {
    const view = await stage.window('/fake.html?connection=connecting');
    const starting = view.page.getByTestId('starting');
    expect(await starting.innerText()).toMatch(/Waiting for the engine, \d/);
    await view.page.getByText('start it in a terminal').waitFor({ timeout: 10_000 });
    await view.close();
  });
});

describe('changes', () => {
  it('arrive by patches, and a gap asks for a new snapshot', async () => {
    const view = await stage.scene('connected');
    const overview = new Overview(view);
    await view.page.evaluate(() => {
      window.fakeEngine.change((snapshot) => ({ peers: snapshot.peers.slice(0, 2) }));
    });
    await overview.peer('capstan').waitFor({ state: 'detached' });
    const asked = await view.page.evaluate(() => {
      const { snapshot, asked } = window.fakeEngine;
      const before = asked.length;
      window.fakeEngine.send({ from: snapshot.revision + 5, revision: snapshot.revision + 6, now: snapshot.now, wall: snapshot.wall });
      return asked.slice(before).map((request) => request.command);
    });
    expect(asked).toEqual(['snapshot']);
    await view.close();
  });
});

/** What axe can judge of a page: its parts and what they are called, without texts, numbers, and repeated rows. */
const markup = (view: UiWindow): Promise<string> =>
  view.page.evaluate(() => {
    const skipped = /^(data-|href$|value$|datetime$)/i;
    const tell = (part: Element): string => {
      const names = [...part.attributes].filter(({ name }) => !skipped.test(name)).map(({ name, value }) => `${name}=${value.replaceAll(/\d+/g, '0')}`);
      const inside = part.localName === 'svg' ? [] : [...part.childNodes].flatMap((child) => (child instanceof Element ? [tell(child)] : (child.textContent ?? '').trim() === '' ? [] : ['text']));
      return `<${part.localName} ${names.join(' ')}>${inside.filter((each, i) => each !== inside[i - 1]).join('')}</>`;
    };
    return tell(document.body);
  });

describe('axe finds nothing', () => {
  const routes = ['#/', '#/peers', '#/peers/beacon', '#/history', '#/health'];
  const judged = new Set<string>();
  let view: UiWindow;
  beforeAll(async () => {
    view = await stage.scene('connected');
  });
  afterAll(() => view.close());

  /** A page that is built like one that was judged in the same look is not judged again. */
  const check = async (scene: SceneName, look: Look): Promise<void> => {
    await view.look(look);
    await view.show(scene);
    for (const route of routes) {
      await view.go(route);
      const page = `${JSON.stringify(look)} ${await markup(view)}`;
      if (judged.has(page)) continue;
      expect(await view.violations(), `${scene} ${route} ${JSON.stringify(look)}`).toEqual([]);
      judged.add(page);
    }
  };

  it.each(Object.keys(scenes).filter((name) => name !== 'thousand' && name !== 'ten-thousand') as SceneName[])('in %s', async (scene) => {
    await check(scene, { theme: 'light' });
  });

  it.each([{ theme: 'dark' }, { theme: 'light', contrast: 'more' }, { theme: 'dark', contrast: 'more' }, { theme: 'dark', size: 'phone' }] as const)('in %j', async (look) => {
    await check('attention', look);
    await check('connected', look);
  });

  it('when the engine is gone', async () => {
    await view.look({});
    await view.show('connected');
    await view.page.evaluate(() => window.fakeEngine.connect('closed'));
    await view.page.getByTestId('gone').waitFor();
    expect(await view.violations()).toEqual([]);
  });
});
