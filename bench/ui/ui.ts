/**
 * The page in Chromium with 10,000 peers: its size, first paint, a patch, scrolling, and whether it rests while hidden. Beside it,
 * in the same browser and turn about, a plain static table of the same rows.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { PeerView } from '../../app/api/schema.ts';
import { findChromium, MISSING } from '../../tests/ui/chromium.ts';
import { serve, type Served } from '../../tests/ui/serve.ts';
import { compare, measure, type Bench, type Row } from '../bench.ts';
import { countTimers, firstPaint, ourPatch, plainPatch, scrolling, scrollingCost, timersWhenHidden } from './in-page.ts';
import { mainStart } from './main-start.ts';
import { staticTable } from './static-table.ts';

const DIST = fileURLToPath(new URL('../../', import.meta.url));
const OURS = '/fake.html?scene=ten-thousand#/peers';
const PLAIN = '/plain.html';
/** Patches in one sample, of which the median counts. */
const PATCHES = 15;
const NAMES = { ours: 'Bowline', plain: 'plain table' } as const;

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
  await page.waitForSelector('.tablewrap tr');
  return page;
}

const median = (samples: readonly number[]): number => samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;

async function inTurn(browser: Browser, served: Served, rounds: number, seconds: number): Promise<Row[]> {
  const paint = (address: string) => async (): Promise<number> => {
    const page = await open(browser, served, address);
    const ms = await firstPaint(page);
    await page.context().close();
    return ms;
  };
  const rows = [await measure('first paint', 'ms', [{ name: NAMES.ours, version: '', sample: paint(OURS) }, { name: NAMES.plain, version: '', sample: paint(PLAIN) }], rounds)];
  const [ours, plain] = [await open(browser, served, OURS), await open(browser, served, PLAIN)];
  let n = 0;
  const patches = (page: Page, once: typeof ourPatch) => async (): Promise<number> => {
    const samples: number[] = [];
    for (let i = 0; i < PATCHES; i++) samples.push(await once(page, ++n));
    return median(samples);
  };
  rows.push(
    await measure('a patch of one peer, page of peers open', 'ms, median of 15', [{ name: NAMES.ours, version: '', sample: patches(ours, ourPatch) }, { name: NAMES.plain, version: '', sample: patches(plain, plainPatch) }], rounds),
    await measure('scrolling', 'frames/s', [{ name: NAMES.ours, version: '', sample: () => scrolling(ours, seconds) }, { name: NAMES.plain, version: '', sample: () => scrolling(plain, seconds) }], rounds),
    await measure('a frame of scrolling: script, style and layout', 'ms', [{ name: NAMES.ours, version: '', sample: () => scrollingCost(ours, seconds) }, { name: NAMES.plain, version: '', sample: () => scrollingCost(plain, seconds) }], rounds),
    compare('timers while hidden', 'timers', [await timersWhenHidden(ours)], []),
  );
  return rows;
}

export const ui: Bench = {
  name: 'ui',
  what: 'the page with 10,000 peers in Chromium: size, first paint, a patch, scrolling, timers while hidden; and how soon the app has a tray and an engine',
  needs: 'a Chromium, and a built tree (npm run build)',
  seconds: 3,
  async run({ rounds, seconds }, say) {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error(MISSING);
    const fake = path.join(DIST, 'renderer-fake');
    if (!existsSync(path.join(fake, 'fake.html'))) throw new Error('the page with the fake engine is not built: run "npx vite build renderer --mode fake" first');
    const documents: Record<string, string> = {};
    const served = await serve(fake, documents);
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      const first = await open(browser, served, OURS);
      documents[PLAIN] = staticTable(await first.evaluate(() => window.fakeEngine.snapshot.peers as PeerView[]));
      await first.context().close();
      say('the page and the plain table, in turn');
      const rows = await inTurn(browser, served, rounds, seconds);
      say('the start of the app');
      const started = await mainStart(rounds);
      return [rows[1]!, rows[0]!, ...rows.slice(2), compare('scripts of the page, gzip', 'kB', [bundle()], []), ...started];
    } finally {
      await browser.close();
      await served.close();
    }
  },
};
