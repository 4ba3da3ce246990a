/** Numbers tick and nothing else moves: Chromium's own layout-shift record, and the boxes of everything, before and after. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const BOXES = 'h1, p, td, th, .truths > a, .truths .w, .facts > div, .fault, .latest li, .panel, .ev, .ev > *, .bdg, .btn, .rows li, .kv > div, .side *';

const SCREENS = [['attention', '#/'], ['attention', '#/peers'], ['attention', '#/peers/beacon'], ['attention', '#/history'], ['attention', '#/health'], ['mesh', '#/peers/beacon'], ['mesh', '#/health']] as const;

describe.each(SCREENS)('%s on %s', (scene, route) => {
  it.each(['wide', 'rail', 'phone'] as const)('nothing moves while numbers tick at %s', async (size) => {
    const view = await stage.scene(scene, route, { size });
    await view.page.clock.install();
    await view.page.reload();
    await view.page.waitForSelector('.screen');
    await view.page.evaluate(() => document.fonts.ready);
    await view.page.clock.runFor(1_000);
    const shifts = await view.page.evaluateHandle(() => {
      const seen: string[] = [];
      new PerformanceObserver((list) => {
        type Shift = PerformanceEntry & { readonly sources: readonly { readonly node: Node | null; readonly previousRect: DOMRect; readonly currentRect: DOMRect }[] };
        for (const { node, previousRect: from, currentRect: to } of (list.getEntries() as Shift[]).flatMap((entry) => entry.sources)) {
          // The text of a right-aligned number begins elsewhere when it grows: that is the number itself, not its neighbours.
          if (from.x !== to.x || from.y !== to.y) seen.push(`${node?.nodeName} ${node?.textContent?.slice(0, 60)}: ${from.x},${from.y} to ${to.x},${to.y}`);
        }
      }).observe({ type: 'layout-shift' });
      return seen;
    });
    const boxes = (): Promise<readonly string[]> =>
      view.page.evaluate(
        (selector) =>
          [...document.querySelectorAll(selector)].map((element) => {
            const { x, y, width, height } = element.getBoundingClientRect();
            // A text that ends in a number may end elsewhere; where it begins, and its height, may not change.
            const inline = getComputedStyle(element).display.startsWith('inline');
            return `${element.tagName}.${element.className.toString()} ${Math.round(x)} ${Math.round(y)} ${inline ? '' : Math.round(width)} ${Math.round(height)}`;
          }),
        BOXES,
      );
    const before = await boxes();
    expect(before.length).toBeGreaterThan(20);
    // Ages pass 10 s; bytes gain digits; latencies gain digits.
    for (let step = 1; step <= 9; step += 1) {
      await view.page.evaluate((n) => {
        window.fakeEngine.change((snapshot, now) => ({
          peers: snapshot.peers.map((peer) =>
            peer.health === 'proved'
              ? { ...peer, lastDataAt: now - 300 * n, rxBytes: peer.rxBytes * 7, txBytes: peer.txBytes * 9, path: { ...peer.path, latencyMs: n % 2 === 0 ? 0.4 : 187 }, latency: [...peer.latency.slice(1), { at: now, ms: n }] }
              : peer,
          ),
        }));
      }, step);
      await view.page.clock.runFor(1_000);
    }
    expect(await boxes()).toEqual(before);
    expect(await shifts.jsonValue()).toEqual([]);
    await view.close();
  });
});
