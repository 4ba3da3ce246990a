/**
 * What is measured inside the browser. Each function is sent there as text, so it uses nothing but its arguments and the page.
 * Units: ms, frames a second, counts.
 */
import type { Page } from 'playwright-core';
import type { FakeEngine } from '../../renderer/src/fake-bridge.ts';

declare global {
  interface Window {
    readonly fakeEngine: FakeEngine;
    readonly timers: Timers;
  }
}

interface Timers {
  /** Timers that wait to fire. */
  readonly waiting: Set<number>;
  /** Timers and frames asked for so far. */
  asked: number;
}

/** Before the page's own scripts: which timers wait, and how many were asked for. */
export async function countTimers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const timers: Timers = { waiting: new Set(), asked: 0 };
    Object.defineProperty(window, 'timers', { value: timers });
    const { setInterval: every, setTimeout: once, clearInterval: stop, clearTimeout: drop, requestAnimationFrame: frame } = window;
    const wait = (id: number): number => {
      timers.asked++;
      timers.waiting.add(id);
      return id;
    };
    window.setInterval = ((run: () => void, ms?: number) => wait(every(run, ms))) as typeof setInterval;
    window.setTimeout = ((run: () => void, ms?: number) => {
      const id = once(() => {
        timers.waiting.delete(id);
        run();
      }, ms);
      return wait(id);
    }) as typeof setTimeout;
    window.clearInterval = (id) => {
      timers.waiting.delete(Number(id));
      stop(id);
    };
    window.clearTimeout = (id) => {
      timers.waiting.delete(Number(id));
      drop(id);
    };
    window.requestAnimationFrame = (run) => {
      timers.asked++;
      return frame(run);
    };
  });
}

export interface Paint {
  /** From the navigation to the first content. */
  readonly whole: number;
  /** Of it, what the fake engine took to make its peers. */
  readonly fake: number;
}

export const firstPaint = (page: Page): Promise<Paint> =>
  page.evaluate(() => ({
    whole: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    fake: performance.getEntriesByName('fake engine')[0]?.duration ?? 0,
  }));

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

export interface Scrolled {
  readonly framesPerSecond: number;
  /** ms of processor time of the page's main thread for a frame: less a matter of what else the machine does. */
  readonly cost: number;
}

/** The table scrolled from its top by three rows a frame. A page without one gets its frames and does nothing in them. */
export async function scrolling(page: Page, seconds: number): Promise<Scrolled> {
  await page.bringToFront();
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spent = async (): Promise<number> => (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
  const before = await spent();
  const { frames, ms } = await page.evaluate(
    (watch) =>
      new Promise<{ readonly frames: number; readonly ms: number }>((resolve) => {
        const scroller = document.querySelector('.tablewrap');
        if (scroller !== null) scroller.scrollTop = 0;
        let frames = 0;
        const began = performance.now();
        const step = (at: number): void => {
          frames++;
          scroller?.scrollBy(0, 120);
          if (at - began < watch) requestAnimationFrame(step);
          else resolve({ frames, ms: performance.now() - began });
        };
        requestAnimationFrame(step);
      }),
    seconds * 1_000,
  );
  const cost = ((await spent()) - before) * 1_000;
  await session.detach();
  return { framesPerSecond: (frames * 1_000) / ms, cost: cost / frames };
}

/** Timers that wait once the page is hidden, and timers and frames that it asks for in so many seconds then. */
export async function timersWhenHidden(page: Page, seconds: number): Promise<number> {
  const asked = await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
    return window.timers.asked;
  });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  return page.evaluate((before) => window.timers.waiting.size + window.timers.asked - before, asked);
}
