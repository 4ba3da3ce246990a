/**
 * Each page and main state as it looks, at three widths, light and dark, beside a picture that was looked at and kept in
 * tests/ui/references. The clock stands still and the font is our own. Another build of Chromium draws edges of letters a little
 * differently: what it does is let pass (pictures.ts), a part that moved, went or changed its colour is not.
 * BOWLINE_RENEW_PICTURES=1 takes the present look for the new one: look at each that git then shows as changed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenes, type SceneName } from '../../renderer/src/fake-scene-list.ts';
import { indexedPng } from './indexed-png.ts';
import { differences, pixelsOf } from './pictures.ts';
import { Stage, type UiWindow } from './window.ts';

type Page = UiWindow['page'];

const KEPT = fileURLToPath(new URL('./references/', import.meta.url));
const SEEN = fileURLToPath(new URL('./screenshots/', import.meta.url));
const WIDTHS = { 400: 800, 900: 680, 1280: 800 } as const;
const THEMES = ['light', 'dark'] as const;
const RENEW = process.env['BOWLINE_RENEW_PICTURES'] === '1';
/** Squares of a picture that may differ: the smallest part that a person would miss has more. */
const MOST = 3;

interface Pictured {
  readonly name: string;
  readonly scene: SceneName;
  readonly route: string;
  /** What is done before it is looked at. */
  readonly before: (page: Page) => Promise<void>;
}

const one = (name: string, scene: SceneName, route: string, before: Pictured['before'] = () => Promise.resolve()): Pictured => ({ name, scene, route, before });

const pages: readonly Pictured[] = [
  one('guide', 'first-run', '#/'),
  one('guide-server', 'first-run', '#/guide/server'),
  one('guide-sign-in', 'sign-in', '#/'),
  one('guide-connected', 'guide-connected', '#/guide'),
  one('join-link', 'link-join', '#/join'),
  one('overview', 'member', '#/'),
  one('overview-attention', 'attention', '#/'),
  one('overview-offline', 'offline', '#/'),
  one('overview-woke', 'woke', '#/'),
  one('overview-demo', 'demo', '#/'),
  one('engine-lost', 'connected', '#/', (page) => page.evaluate(() => window.fakeEngine.connect('closed'))),
  one('key-changed', 'key-changed', '#/'),
  one('peers', 'mesh', '#/peers'),
  one('peer-relayed', 'mesh', '#/peers/beacon'),
  one('history', 'attention', '#/history'),
  one('health', 'mesh', '#/health'),
  one('health-fought-over', 'os-fought-over', '#/health'),
  one('accounts', 'member', '#/accounts'),
  one('accounts-add', 'member', '#/accounts/add'),
  one('settings', 'tray', '#/settings'),
  one('update', 'update-available', '#/settings', (page) => page.getByTestId('about').scrollIntoViewIfNeeded()),
  one('diagnostics', 'attention', '#/diagnostics'),
];

let stage: Stage;
let eye: Page;
beforeAll(async () => {
  stage = await Stage.open();
  for (const folder of [KEPT, SEEN]) mkdirSync(folder, { recursive: true });
  // A page without a policy, to read pictures in.
  eye = await stage.blank();
});
afterAll(() => stage.close());

async function at(view: UiWindow, width: number, height: number): Promise<void> {
  await view.page.setViewportSize({ width, height });
  await view.page.waitForFunction((wanted) => window.innerWidth === wanted, width);
  await view.page.clock.runFor(100);
}

const shot = (view: UiWindow): Promise<Buffer> => view.page.screenshot({ animations: 'disabled', caret: 'hide' });

async function pictured(view: UiWindow, each: (picture: Buffer, size: string) => Promise<void>): Promise<void> {
  for (const theme of THEMES) {
    await view.page.emulateMedia({ colorScheme: theme });
    for (const [width, height] of Object.entries(WIDTHS)) {
      await at(view, Number(width), height);
      await each(await shot(view), `${width}-${theme}`);
    }
  }
}

describe('the look', () => {
  it.each(pages)('$name is as it was when it was looked at', async ({ name, scene, route, before }) => {
    const view = await stage.still(scene, route);
    await before(view.page);
    await view.page.clock.runFor(100);
    const changed: string[] = [];
    await pictured(view, async (picture, size) => {
      const file = path.join(KEPT, `${name}-${size}.png`);
      const known = existsSync(file);
      if (RENEW && (!known || (await differences(eye, picture, readFileSync(file))).length > 0)) {
        const { rgba, width, height } = await pixelsOf(eye, picture);
        writeFileSync(file, indexedPng(rgba, width, height));
      } else expect(known, `${file}: make it with BOWLINE_RENEW_PICTURES=1`).toBe(true);
      const squares = await differences(eye, picture, readFileSync(file));
      if (squares.length <= MOST) return;
      writeFileSync(path.join(SEEN, `${name}-${size}-now.png`), picture);
      changed.push(`${name}-${size}: ${squares.length} squares, from ${squares[0]} to ${squares.at(-1)}`);
    });
    expect(changed, `see ${SEEN}`).toEqual([]);
    await view.close();
  }, 120_000);

  it('is another one as soon as a small part is missing, has another word or another colour', async () => {
    const view = await stage.still('mesh', '#/peers');
    await at(view, 900, WIDTHS[900]);
    const kept = readFileSync(path.join(KEPT, 'peers-900-light.png'));
    const changes: Readonly<Record<string, string>> = {
      'a badge is gone': '.bdg { visibility: hidden }',
      'a mark of a state is gone': 'td .st { visibility: hidden }',
      'a colour': '.nav a[aria-current] { background: transparent }',
      'a column moved': 'td.c-dat { padding-right: 16px }',
    };
    for (const [what, style] of Object.entries(changes)) {
      await view.page.evaluate((css) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(css);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets.slice(0, 1), sheet];
      }, style);
      expect((await differences(eye, await shot(view), kept)).length, what).toBeGreaterThan(MOST);
    }
    await view.close();
  });
});

describe('at each width', () => {
  const routes: Partial<Record<SceneName, readonly string[]>> = {
    attention: ['#/', '#/history', '#/health', '#/diagnostics'],
    mesh: ['#/', '#/peers', '#/peers/capstan', '#/peers/anchor', '#/health', '#/history'],
    member: ['#/', '#/accounts', '#/accounts/add'],
    'first-run': ['#/', '#/guide/server'],
    tray: ['#/settings'],
  };
  const all = (Object.keys(scenes) as SceneName[]).flatMap((scene) => (routes[scene] ?? [/^update|^tray/.test(scene) ? '#/settings' : /^os-|^device/.test(scene) ? '#/health' : '#/']).map((route) => [scene, route] as const));

  it('no page of any state scrolls sideways', async () => {
    const wide: string[] = [];
    const view = await stage.scene('connected');
    for (const [scene, route] of all) {
      await view.page.goto(`${stage.served.origin}/fake.html?scene=${scene}${route}`);
      await view.page.waitForSelector('.app');
      for (const [width, height] of Object.entries(WIDTHS)) {
        await view.page.setViewportSize({ width: Number(width), height });
        if (await view.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) wide.push(`${scene} ${route} at ${width}`);
      }
    }
    await view.close();
    expect(wide).toEqual([]);
  }, 180_000);
});
