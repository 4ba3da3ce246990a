/**
 * What is measured inside the browser. Each function is sent there as text, so it uses nothing but its arguments and the page.
 * Units: ms, frames a second, counts.
 */
import type { Page } from 'playwright-core';
import type { FakeEngine } from '../../renderer/src/fake-bridge.ts';

declare global {
  interface Window {
    readonly fakeEngine: FakeEngine;
    pendingTimers: Set<number>;
  }
}

/** Before the page's own scripts: which timers wait. */
export async function countTimers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.pendingTimers = new Set();
    const { setInterval: every, setTimeout: once, clearInterval: stop, clearTimeout: drop } = window;
    const ids = window.pendingTimers;
    window.setInterval = ((run: () => void, ms?: number) => {
      const id = every(run, ms);
      ids.add(id);
      return id;
    }) as typeof setInterval;
    window.setTimeout = ((run: () => void, ms?: number) => {
      const id = once(() => {
        ids.delete(id);
        run();
      }, ms);
      ids.add(id);
      return id;
    }) as typeof setTimeout;
    window.clearInterval = (id) => {
      ids.delete(Number(id));
      stop(id);
    };
    window.clearTimeout = (id) => {
      ids.delete(Number(id));
      drop(id);
    };
  });
}

/** From the navigation to the first content. */
export const firstPaint = (page: Page): Promise<number> => page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN);

/** How long the page is busy with a frame of the engine in which one peer changed: parsing, checking, applying, drawing. */
export const ourPatch = (page: Page, n: number): Promise<number> =>
  page.evaluate(async (count) => {
    const { snapshot } = window.fakeEngine;
    const peer = snapshot.peers[(count * 7_919) % snapshot.peers.length];
    if (peer === undefined) return Number.NaN;
    const put = [{ ...peer, rxBytes: peer.rxBytes + 1_000 + count, lastDataAt: snapshot.now }];
    const frame = JSON.stringify({ from: snapshot.revision, revision: snapshot.revision + 1, now: snapshot.now + count, wall: snapshot.wall, peers: { put, removed: [] } });
    const began = performance.now();
    window.fakeEngine.receive(frame);
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
    void document.body.offsetHeight;
    return performance.now() - began;
  }, n);

/** One row of the plain table. */
export const plainPatch = (page: Page, n: number): Promise<number> =>
  page.evaluate(async (count) => {
    const row = document.querySelector(`#r${(count * 7_919) % 10_000}`);
    const began = performance.now();
    const cell = row?.lastElementChild;
    if (cell) cell.textContent = `${count} / 1`;
    await Promise.resolve();
    void document.body.offsetHeight;
    return performance.now() - began;
  }, n);

/** ms of the main thread that a frame of scrolling takes for script, style and layout: less a matter of what else the machine does. */
export async function scrollingCost(page: Page, seconds: number): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const spent = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.filter(({ name }) => ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'].includes(name)).reduce((sum, { value }) => sum + value, 0);
  };
  const before = await spent();
  const frames = (await scrolling(page, seconds)) * seconds;
  const cost = ((await spent()) - before) * 1_000;
  await session.detach();
  return cost / frames;
}

/** Frames a second while the table is scrolled from its top by three rows a frame. */
export const scrolling = (page: Page, seconds: number): Promise<number> =>
  page.evaluate(
    (ms) =>
      new Promise<number>((resolve) => {
        const scroller = document.querySelector('.tablewrap');
        let frames = 0;
        const began = performance.now();
        const step = (at: number): void => {
          frames++;
          scroller?.scrollBy(0, 120);
          if (at - began < ms) requestAnimationFrame(step);
          else resolve((frames * 1_000) / (performance.now() - began));
        };
        requestAnimationFrame(step);
      }),
    seconds * 1_000,
  );

/** Timers that wait once the page is hidden. */
export const timersWhenHidden = (page: Page): Promise<number> =>
  page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
    return window.pendingTimers.size;
  });
