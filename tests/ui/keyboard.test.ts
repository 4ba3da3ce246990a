/** The page without a mouse, and what its buttons lead to. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Overview, Peers } from './pages.ts';
import { Stage } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

describe('by keyboard', () => {
  it('slash searches, arrows walk the rows, Enter opens, Escape closes and gives the focus back', async () => {
    const view = await stage.scene('connected', '#/peers');
    const { page } = view;
    const peers = new Peers(view);
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '');
    await page.keyboard.press('/');
    await page.keyboard.type('b');
    expect(await peers.names()).toEqual(['beacon']);
    await page.keyboard.press('Escape');
    expect(await peers.names()).toEqual(['anchor', 'beacon', 'capstan']);
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('anchor');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    expect(await focused()).toBe('beacon');
    await page.keyboard.press('Enter');
    await peers.drawer().waitFor();
    expect(await peers.drawer().getByRole('heading', { level: 2 }).innerText()).toBe('beacon');
    await page.keyboard.press('Escape');
    await peers.drawer().waitFor({ state: 'detached' });
    expect(await focused()).toBe('beacon');
    await view.close();
  });

  it('every control of the overview is reached by Tab, in reading order, and shows a focus ring', async () => {
    const view = await stage.scene('connected');
    const seen: string[] = [];
    for (let i = 0; i < 40; i += 1) {
      await view.page.keyboard.press('Tab');
      const at = await view.page.evaluate(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return null;
        const ring = getComputedStyle(element);
        const around = element.closest('.fault, tr, .field');
        return {
          name: element.getAttribute('aria-label') ?? element.textContent ?? '',
          ring: ring.outlineStyle !== 'none' || (around !== null && getComputedStyle(around).outlineStyle !== 'none'),
        };
      });
      if (at === null) break;
      expect(at.ring, at.name).toBe(true);
      seen.push(at.name.trim());
    }
    const order = ['Overview', 'Peers', 'History', 'Health', 'anchor', 'beacon', 'capstan', 'Cut the cable', 'Restart a peer', 'Change a peer\u2019s port', 'Sleep for 3 minutes', 'What happened'];
    expect(seen.filter((name) => order.includes(name) || order.some((wanted) => wanted === name))).toEqual([...order.slice(0, 7), 'History', ...order.slice(7, 11), 'History', 'What happened']);
    await view.close();
  });

  it.each([
    ['thousand', 'device-0999'],
    ['ten-thousand', 'device-9999'],
  ] as const)('%s peers: End goes to the last one, and only rows in sight are drawn', async (scene, last) => {
    const view = await stage.scene(scene, '#/peers');
    const peers = new Peers(view);
    expect(await peers.rows().count()).toBeLessThan(80);
    await peers.row('anchor').getByRole('button').focus();
    await view.page.keyboard.press('End');
    await view.page.waitForFunction((name) => document.activeElement?.textContent === name, last);
    await view.page.keyboard.press('Home');
    await view.page.waitForFunction(() => document.activeElement?.textContent === 'anchor');
    await view.page.keyboard.press('PageDown');
    await view.page.waitForFunction(() => document.activeElement?.textContent === 'device-0010');
    await view.page.keyboard.press('PageUp');
    await view.page.waitForFunction(() => document.activeElement?.textContent === 'anchor');
    // Its row goes out of sight, and its element to another peer: the focus is not that one's.
    await view.page.evaluate(() => document.querySelector('.tablewrap')?.scrollTo(0, 12_003));
    await peers.row('device-0302').waitFor();
    await view.page.waitForFunction(() => document.activeElement === document.body);
    // At rest, the elements stand in the order of their rows, and one of them is the way in.
    await view.page.waitForFunction(() => {
      const rows = [...document.querySelectorAll<HTMLElement>('tr[data-peer]')].map((row) => Number(row.ariaRowIndex));
      return rows.every((row, i) => i === 0 || row === (rows[i - 1] ?? 0) + 1) && document.querySelectorAll('.rowlink[tabindex="0"]').length === 1;
    });
    await view.close();
  });
});

describe('the table of peers', () => {
  it('sorts by its heads and says so', async () => {
    const view = await stage.scene('connected', '#/peers');
    const peers = new Peers(view);
    expect(await peers.head('Name').getAttribute('aria-sort')).toBe('ascending');
    await peers.head('Name').getByRole('button').click();
    expect(await peers.head('Name').getAttribute('aria-sort')).toBe('descending');
    expect(await peers.names()).toEqual(['capstan', 'beacon', 'anchor']);
    await peers.head('Latency').getByRole('button').click();
    expect(await peers.names()).toEqual(['anchor', 'beacon', 'capstan']);
    expect(await peers.head('Name').getAttribute('aria-sort')).toBeNull();
    await view.close();
  });

  it('does not move rows under the pointer, and moves them when it has left', async () => {
    const view = await stage.scene('connected', '#/peers');
    const peers = new Peers(view);
    await peers.head('Last data').getByRole('button').click();
    expect(await peers.names()).toEqual(['anchor', 'beacon', 'capstan']);
    await peers.row('beacon').hover();
    await view.page.evaluate(() => {
      window.fakeEngine.change((snapshot, now) => ({ peers: snapshot.peers.map((peer) => (peer.name === 'capstan' ? { ...peer, lastDataAt: now } : peer)) }));
    });
    await view.page.waitForFunction(() => document.querySelector('tr[data-peer=capstan] .c-dat')?.textContent?.startsWith('0.') === true);
    expect(await peers.names()).toEqual(['anchor', 'beacon', 'capstan']);
    await view.page.mouse.move(40, 400);
    await view.page.waitForFunction(() => document.querySelector('tbody tr')?.getAttribute('data-peer') === 'capstan');
    await view.close();
  });

  it('filters, and offers a way out when nothing is left', async () => {
    const view = await stage.scene('attention', '#/peers');
    const peers = new Peers(view);
    await view.page.getByRole('radio', { name: 'Not answering' }).click();
    expect(await peers.names()).toEqual(['beacon', 'capstan']);
    await view.page.getByRole('radio', { name: 'Relayed' }).click();
    expect(await view.page.getByTestId('empty').innerText()).toContain('No device is in');
    await view.page.getByRole('button', { name: 'Show all' }).click();
    expect(await peers.names()).toEqual(['anchor', 'beacon', 'capstan']);
    await view.close();
  });
});

describe('questions to the engine', () => {
  it('a ping ends in its latency, or in words that there was no answer', async () => {
    const view = await stage.scene('attention', '#/peers/anchor');
    const peers = new Peers(view);
    await view.page.getByTestId('ping').click();
    await view.page.getByText('Answered in 0.7').waitFor();
    await view.page.goto(view.page.url().replace('anchor', 'beacon'));
    await view.page.getByTestId('ping').click();
    await view.page.getByText('No answer to this ping').waitFor();
    expect(await peers.outcome().innerText()).toBe('No answer to this ping');
    await view.close();
  });

  it('a check is answered by newer data', async () => {
    const view = await stage.scene('connected', '#/peers/anchor');
    await view.page.getByTestId('check').click();
    await view.page.getByText('Asked, waiting for the answer').waitFor();
    await view.page.evaluate(() => {
      window.fakeEngine.change((snapshot, now) => ({ peers: snapshot.peers.map((peer) => ({ ...peer, lastDataAt: now + 300 })) }));
    });
    await view.page.getByText(/Answered after/).waitFor();
    await view.close();
  });

  it('a check of all says how many were asked', async () => {
    const view = await stage.scene('connected', '#/health');
    await view.page.getByTestId('check-all').click();
    await view.page.getByText('Asked 3 devices').waitFor();
    await view.close();
  });

  it('a question that gets no answer while patches go on ends in words after 10 s', async () => {
    const view = await stage.scene('connected', '#/health');
    await view.page.clock.install();
    await view.page.reload();
    await view.page.evaluate(() => {
      window.fakeEngine.mute = true;
    });
    await view.page.getByTestId('check-all').click();
    for (let second = 0; second < 12; second += 1) {
      await view.page.evaluate((port) => {
        window.fakeEngine.mute = false;
        window.fakeEngine.change((snapshot) => ({ self: { ...snapshot.self, port } }));
        window.fakeEngine.mute = true;
      }, second);
      await view.page.clock.runFor(1_000);
    }
    await view.page.getByText(/The engine gave no outcome in 10.s/).waitFor();
    await view.close();
  });
});

describe('Break it', () => {
  it('has four buttons, and a pressed one says what it does and for how long', async () => {
    const view = await stage.scene('connected');
    const overview = new Overview(view);
    for (const [id, name] of [['cut-cable', 'Cut the cable'], ['restart-peer', 'Restart a peer'], ['move-peer', 'Change a peer\u2019s port'], ['suspend', 'Sleep for 3 minutes']] as const) {
      expect(await overview.fault(id).innerText()).toBe(name);
    }
    const before = await overview.latest().count();
    await overview.fault('cut-cable').click();
    await view.page.getByText(/The cable is cut, \d+.s left/).waitFor();
    expect(await overview.fault('cut-cable').getAttribute('aria-disabled')).toBe('true');
    expect(await overview.latest().count()).toBe(before + 1);
    expect(await overview.latest().first().getAttribute('data-running')).toBe('true');
    await overview.fault('suspend').click();
    await view.page.getByText('Not now: another fault still lasts.').waitFor();
    await view.close();
  });

  it('stands beside the peers without scrolling, at 980 x 680 and at 720 x 680', async () => {
    for (const size of ['wide', 'rail'] as const) {
      const view = await stage.scene('offline', '#/', { size });
      const inSight = await view.page.evaluate(() => {
        const dock = document.querySelector('.dock')?.getBoundingClientRect();
        const table = document.querySelector('[data-testid=mini-peers]')?.getBoundingClientRect();
        if (dock === undefined || table === undefined) return null;
        return { tableEndsAboveDock: table.bottom <= dock.top, dockEndsInWindow: dock.bottom <= innerHeight };
      });
      expect(inSight).toEqual({ tableEndsAboveDock: true, dockEndsInWindow: true });
      await view.close();
    }
  });

  it('is not offered outside a sandbox', async () => {
    const view = await stage.scene('plain');
    expect(await view.page.getByTestId('break-it').count()).toBe(0);
    await view.close();
  });
});

describe('the theme', () => {
  it('goes round by its button and is kept', async () => {
    const view = await stage.scene('connected');
    const theme = (): Promise<string | undefined> => view.page.evaluate(() => document.documentElement.dataset['theme']);
    expect(await theme()).toBeUndefined();
    await view.page.getByTestId('theme').click();
    await view.page.getByTestId('theme').click();
    expect(await theme()).toBe('dark');
    await view.page.reload();
    await view.page.getByTestId('overview').waitFor();
    expect(await theme()).toBe('dark');
    await view.close();
  });
});
