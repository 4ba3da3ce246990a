/**
 * The window made anew, as after it gave its memory back: the product's page in a new window of the same profile, with an engine that
 * has its snapshot ready. From the wish for a window to the first peers on the screen. And what changes in the engine, until its words
 * are there.
 */
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext } from 'playwright-core';
import { diffSnapshots } from '../../app/api/patch.ts';
import type { Snapshot } from '../../app/api/schema.ts';
import { serve } from '../../tests/ui/serve.ts';
import type { Row } from '../bench.ts';
import { drawn, nowMs, tellWhenDrawn } from './drawn.ts';
import { PreparedEngine } from './prepared-engine.ts';
import { rowsOf, type Figures } from './rows.ts';
import { staticTable } from './static-table.ts';

const PRODUCT = fileURLToPath(new URL('../../renderer', import.meta.url));
const VIEW = { viewport: { width: 980, height: 680 }, reducedMotion: 'reduce' } as const;

const TALKED_TO = 50;

/** Of the fake engine: networks of two sizes, and one network well and cut off. */
export interface Scenes {
  readonly thousand: Snapshot;
  readonly tenThousand: Snapshot;
  readonly connected: Snapshot;
  readonly offline: Snapshot;
}

async function newWindow(context: BrowserContext, address: string, selector: string): Promise<Figures> {
  const wished = nowMs();
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'commit' });
  const at = await drawn(page, selector);
  const navigated = await page.evaluate(() => performance.timeOrigin);
  await page.close();
  return { whole: at - wished, page: at - navigated };
}

export async function rebuilds(browser: Browser, scenes: Scenes, rounds: number): Promise<Row[]> {
  const fifty = { ...scenes.thousand, peers: scenes.thousand.peers.slice(0, 50) };
  const documents = { '/50.html': staticTable(fifty.peers), '/1000.html': staticTable(scenes.thousand.peers), '/10000.html': staticTable(scenes.tenThousand.peers) };
  const served = await serve(PRODUCT, documents);
  const engine = new PreparedEngine(served);
  const context = await browser.newContext(VIEW);
  await tellWhenDrawn(context);
  const rows: Row[] = [];
  // As a large network is: most of its peers were never talked to, so there is nothing of their latency.
  const mostlyQuiet = { ...scenes.tenThousand, peers: scenes.tenThousand.peers.map((peer, i) => (i % TALKED_TO === 0 ? peer : { ...peer, latency: [] })) };
  try {
    for (const [snapshot, name] of [[fifty, '50'], [scenes.thousand, '1,000'], [mostlyQuiet, '10,000 (one in 50 with latencies)'], [scenes.tenThousand, '10,000 (all with 48 latencies)']] as const) {
      engine.snapshot = JSON.stringify(snapshot);
      const sides = [
        { name: 'Bowline', sample: () => newWindow(context, `${served.origin}/#/peers`, 'tr[data-peer]') },
        { name: 'plain table', sample: () => newWindow(context, `${served.origin}/${snapshot.peers.length}.html`, 'tr') },
      ];
      rows.push(
        ...(await rowsOf(sides, rounds, [
          { figure: 'whole', what: `window made anew from a snapshot of ${name} peers`, unit: 'ms' },
          { figure: 'page', what: `window made anew, ${name} peers: from its navigation`, unit: 'ms' },
        ])),
      );
    }
    rows.push(...(await words(context, engine, served.origin, scenes, rounds)));
    return rows;
  } finally {
    await context.close();
    engine.close();
    await served.close();
  }
}

/** The engine finds itself cut off: until the page says so. */
async function words(context: BrowserContext, engine: PreparedEngine, origin: string, { connected, offline }: Scenes, rounds: number): Promise<Row[]> {
  const sample = async (): Promise<Figures> => {
    engine.snapshot = JSON.stringify(connected);
    const page = await context.newPage();
    await page.goto(`${origin}/#/`);
    await drawn(page, '[data-testid=hero]', 'Connected');
    const seen = drawn(page, '[data-testid=hero]', 'Offline');
    await page.evaluate(() => undefined);
    const began = nowMs();
    const patch = diffSnapshots(connected, { ...offline, revision: connected.revision + 1 });
    if (patch === undefined) throw new Error('the two scenes are alike');
    engine.send(patch);
    const ms = (await seen) - began;
    await page.close();
    return { ms };
  };
  return rowsOf([{ name: 'Bowline', sample }], rounds, [{ figure: 'ms', what: 'the engine says that it is cut off: until the words are on the screen', unit: 'ms' }]);
}
