/**
 * Numbers tick and nothing else moves: the boxes of everything at each tick, and Chromium's own record of layout shifts. The
 * clock goes on only by steps, and each step is drawn before the next, so that a busy machine sees what an idle one sees.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIZES, Stage, type UiWindow } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const BOXES = 'h1, h2, p, td, th, .truths > a, .truths .w, .facts > div, .fault, .latest li, .panel, .panel header .w, .ev, .ev > *, .ev2 > div, .ev2 dt, .ev2 dd, .bdg, .btn, .rows li, .kv > div, .side *';

const SCREENS = [['attention', '#/'], ['attention', '#/peers'], ['attention', '#/peers/beacon'], ['attention', '#/history'], ['attention', '#/health'], ['mesh', '#/peers/beacon'], ['mesh', '#/health']] as const;

/** Where everything is. A text that ends in a number may end elsewhere; where it begins, and its height, may not change. */
const boxes = (view: UiWindow): Promise<readonly string[]> =>
  view.page.evaluate(
    (selector) =>
      [...document.querySelectorAll(selector)].map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        const inline = getComputedStyle(element).display.startsWith('inline');
        return `${element.tagName}.${element.className.toString()} ${Math.round(x)} ${Math.round(y)} ${inline ? '' : Math.round(width)} ${Math.round(height)}`;
      }),
    BOXES,
  );

/** Two frames are drawn. Told by an observer of sizes, as frames by name stand still with the clock. */
const drawn = (view: UiWindow): Promise<void> =>
  view.page.evaluate(async () => {
    for (let frames = 0; frames < 2; frames++) {
      await new Promise<void>((done) => {
        const seen = new ResizeObserver(() => {
          seen.disconnect();
          done();
        });
        seen.observe(document.body);
      });
    }
  });

/** What moves from now on, by Chromium's record. */
const shiftsFrom = (view: UiWindow) =>
  view.page.evaluateHandle(() => {
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

describe.each(SCREENS)('%s on %s', (scene, route) => {
  it('nothing moves while numbers tick, at any width', async () => {
    const view = await stage.still(scene, route);
    for (const [size, viewport] of Object.entries(SIZES)) {
      await view.page.setViewportSize(viewport);
      // From the beginning of the scene again: no age may pass a minute, which is a longer word.
      await view.page.reload();
      await view.page.waitForSelector('.screen');
      await view.page.evaluate(() => document.fonts.ready);
      await view.page.clock.runFor(1_000);
      await drawn(view);
      const shifts = await shiftsFrom(view);
      const before = await boxes(view);
      expect(before.length).toBeGreaterThan(20);
      // Ages pass 10 s; bytes gain digits; latencies gain digits.
      for (let step = 1; step <= 9; step += 1) {
        await view.page.evaluate((n) => {
          window.fakeEngine.change((snapshot, now) => ({
            peers: snapshot.peers.map((peer) =>
              peer.health === 'proved'
                ? { ...peer, lastDataAt: now - 300 * n, rxBytes: 184_320 * 7 ** n, txBytes: 181_200 * 9 ** n, path: { ...peer.path, latencyMs: n % 2 === 0 ? 0.4 : 187 }, latency: [...peer.latency.slice(1), { at: now, ms: n }] }
                : peer,
            ),
            truths: { ...snapshot.truths, path: { ...snapshot.truths.path, provedAt: snapshot.truths.path.provedAt === null ? null : now - 300 * n } },
          }));
        }, step);
        await view.page.clock.runFor(1_000);
        await drawn(view);
        const after = await boxes(view);
        expect(after.length).toBe(before.length);
        expect(after.flatMap((box, i) => (box === before[i] ? [] : [`${before[i]} -> ${box}`])), `${size}, after ${step} s`).toEqual([]);
      }
      expect(await shifts.jsonValue(), size).toEqual([]);
    }
    await view.close();
  });
});
