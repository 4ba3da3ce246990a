/**
 * The page in Chromium with 10,000 peers: its size, first paint, a patch, scrolling, and whether it rests while hidden. Beside it,
 * in the same browser and turn about, a plain static table of the same rows, and pages without contents.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { Snapshot } from '../../app/api/schema.ts';
import { findChromium, MISSING } from '../../tests/ui/chromium.ts';
import { serve, type Served } from '../../tests/ui/serve.ts';
import { compare, type Bench, type Row } from '../bench.ts';
import { countTimers, firstPaint, ourPatch, plainPatch, scrolling, timersWhenHidden, type Paint } from './in-page.ts';
import { faults } from './fault.ts';
import { mainStart } from './main-start.ts';
import { rebuilds } from './rebuild.ts';
import { rowsOf, type Figures } from './rows.ts';
import { EMPTY, EMPTY_SCROLLED, staticTable } from './static-table.ts';

const DIST = fileURLToPath(new URL('../../', import.meta.url));
const OURS = '/fake.html?scene=ten-thousand#/peers';
const PLAIN = '/plain.html';
const BLANK = '/empty.html';
const SCROLLED = '/scrolled.html';
/** Patches in one sample, of which the median and the 95th percentile count. */
const PATCHES = 40;
const HIDDEN_SECONDS = 20;

/** kB of the scripts that the product's page loads, compressed. */
function bundle(): number {
  const assets = path.join(DIST, 'renderer', 'assets');
  if (!existsSync(assets)) throw new Error('the page is not built: run "npm run build" first');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  return scripts.reduce((sum, name) => sum + gzipSync(readFileSync(path.join(assets, name)), { level: 9 }).length, 0) / 1_000;
}

async function open(browser: Browser, served: Served, address: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 980, height: 680 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await countTimers(page);
  await page.goto(served.origin + address);
  if (address === OURS || address === PLAIN) await page.waitForSelector('.tablewrap tr');
  return page;
}

const share = (samples: readonly number[], part: number): number => samples.toSorted((a, b) => a - b)[Math.floor(samples.length * part)] ?? Number.NaN;

/** What the fake engine shows. */
async function scene(browser: Browser, served: Served, name: string): Promise<Snapshot> {
  const page = await open(browser, served, `/fake.html?scene=${name}`);
  const text = await page.evaluate(() => JSON.stringify(window.fakeEngine.snapshot));
  await page.context().close();
  return JSON.parse(text) as Snapshot;
}

async function inTurn(browser: Browser, served: Served, rounds: number, seconds: number): Promise<Row[]> {
  const paint = (address: string) => async (): Promise<Figures> => {
    const page = await open(browser, served, address);
    const { whole, fake }: Paint = await firstPaint(page);
    await page.context().close();
    return { whole, fake, page: whole - fake };
  };
  const paints = await rowsOf([{ name: 'Bowline', sample: paint(OURS) }, { name: 'plain table', sample: paint(PLAIN) }], rounds, [
    { figure: 'whole', what: 'first paint, on the fake engine', unit: 'ms' },
    { figure: 'page', what: 'first paint, without the making of the fake peers', unit: 'ms' },
  ]);
  const [ours, plain, blank, scrolled] = [await open(browser, served, OURS), await open(browser, served, PLAIN), await open(browser, served, BLANK), await open(browser, served, SCROLLED)];
  let n = 0;
  const patches = (page: Page, once: typeof ourPatch) => async (): Promise<Figures> => {
    await page.bringToFront();
    const samples: number[] = [];
    for (let i = 0; i < PATCHES; i++) samples.push(await once(page, ++n));
    return { median: share(samples, 0.5), slow: share(samples, 0.95) };
  };
  const patched = await rowsOf([{ name: 'Bowline', sample: patches(ours, ourPatch) }, { name: 'plain table', sample: patches(plain, plainPatch) }], rounds, [
    { figure: 'median', what: 'a patch of one peer, page of peers open', unit: `ms, median of ${PATCHES}` },
    { figure: 'slow', what: 'a patch of one peer, 95th percentile', unit: `ms, of ${PATCHES}` },
  ]);
  const scroll = (page: Page) => async (): Promise<Figures> => ({ ...(await scrolling(page, seconds)) });
  const frames = await rowsOf(
    [{ name: 'Bowline', sample: scroll(ours) }, { name: 'plain table', sample: scroll(plain) }, { name: 'empty page that scrolls', sample: scroll(scrolled) }, { name: 'empty page, still', sample: scroll(blank) }],
    rounds,
    [
      { figure: 'framesPerSecond', what: 'scrolling', unit: 'frames/s' },
      { figure: 'cost', what: 'a frame of scrolling: processor time of the main thread', unit: 'ms' },
    ],
  );
  return [...patched, ...paints, ...frames, compare(`timers while hidden, over ${HIDDEN_SECONDS} s`, 'timers', [await timersWhenHidden(ours, HIDDEN_SECONDS)], [])];
}

export const ui: Bench = {
  name: 'ui',
  what: 'the page with 10,000 peers in Chromium: size, first paint, a patch, scrolling, timers while hidden, windows made anew, faults until they are on the screen; and how soon the app has a tray and an engine',
  needs: 'a Chromium, and a built tree (npm run build)',
  seconds: 3,
  async run({ rounds, seconds }, say) {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error(MISSING);
    const fake = path.join(DIST, 'renderer-fake');
    if (!existsSync(path.join(fake, 'fake.html'))) throw new Error('the page with the fake engine is not built: run "npx vite build renderer --mode fake" first');
    const documents: Record<string, string> = { [BLANK]: EMPTY, [SCROLLED]: EMPTY_SCROLLED };
    const served = await serve(fake, documents);
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      const scenes = { thousand: await scene(browser, served, 'thousand'), tenThousand: await scene(browser, served, 'ten-thousand'), connected: await scene(browser, served, 'connected'), offline: await scene(browser, served, 'offline') };
      documents[PLAIN] = staticTable(scenes.tenThousand.peers);
      say('the page and the plain table, in turn');
      const rows = await inTurn(browser, served, rounds, seconds);
      say('windows made anew');
      rows.push(...(await rebuilds(browser, scenes, rounds)));
      say('faults of the demo');
      rows.push(...(await faults(rounds)));
      say('the start of the app');
      const started = await mainStart(rounds);
      return [...rows, compare('scripts of the page, gzip', 'kB', [bundle()], []), ...started];
    } finally {
      await browser.close();
      await served.close();
    }
  },
};
