import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeLog } from '../tests/doubles/fake-app-engine.ts';
import { FakeClock, FakeElectron } from '../tests/doubles/fake-electron.ts';
import { createMemoryStore } from '../tests/doubles/memory-store.ts';
import { PAGE_URL } from './bridge.ts';
import { MainWindow } from './window.ts';
import { placeOf, SMALLEST, USUAL } from './window-place.ts';

function setUp(store = createMemoryStore()) {
  const electron = new FakeElectron('ready');
  const clock = new FakeClock();
  const told: string[] = [];
  let watchers = 0;
  const window = new MainWindow({
    electron,
    preloadFile: 'preload.cjs',
    log: new FakeLog(),
    store,
    clock,
    watch() {
      watchers += 1;
      return () => (watchers -= 1);
    },
    tell: (what) => told.push(what),
  });
  return { electron, clock, window, told, store, newest: () => electron.windows.at(-1)!, watchers: () => watchers };
}

describe('the window', () => {
  it('is not seen before it has drawn, and not kept back for ever by a page that does not', () => {
    const { window, newest, clock } = setUp();
    window.show('health');
    expect([newest().loaded, newest().visible]).toEqual([[`${PAGE_URL}#/health`], false]);
    clock.pass(2_000);
    expect(newest().visible).toBe(true);
    newest().drawn();
    expect(newest().shown).toBe(1);
  });

  it('that hangs for 15 s is made anew, and one that answers before is not', () => {
    const { window, newest, clock, electron } = setUp();
    window.show();
    newest().drawn();
    newest().hung(true);
    clock.pass(14_999);
    newest().hung(false);
    clock.pass(60_000);
    expect(electron.windows).toHaveLength(1);
    newest().hung(true);
    clock.pass(15_000);
    expect(electron.windows.map(({ destroyed }) => destroyed)).toEqual([true, false]);
  });

  it('dies 3 times in 5 minutes before it waits for a person; older deaths do not count', () => {
    const { window, newest, clock, electron, told } = setUp();
    window.show();
    for (let i = 0; i < 8; i++) {
      newest().pageGone('oom');
      clock.pass(101_000);
    }
    expect([electron.windows.length, told]).toEqual([9, []]);
    for (let i = 0; i < 3; i++) if (!newest().destroyed) newest().pageGone('oom');
    expect([newest().destroyed, told]).toEqual([true, ['window.deaths']]);
    clock.pass(1_000_000);
    const before = electron.windows.length;
    window.show();
    expect(electron.windows).toHaveLength(before + 1);
  });

  it('waits for nothing while nobody uses it', () => {
    const { window, newest, clock } = setUp();
    window.show();
    newest().drawn();
    expect(clock.waiting).toBe(0);
    newest().close();
    clock.pass(120_000);
    expect(clock.waiting).toBe(0);
  });

  it('keeps its place and what was said over a restart, and is not misled by what is in its file', () => {
    const first = setUp();
    first.window.show();
    first.newest().drawn();
    first.newest().standsAt = { x: 300, y: 200, width: 640, height: 500 };
    first.newest().close();
    const second = setUp(first.store);
    second.window.show();
    second.newest().drawn();
    second.newest().close();
    expect([second.newest().opened, second.told]).toEqual([{ x: 300, y: 200, width: 640, height: 500 }, []]);
    for (const text of ['', '{', '[]', '{"place":{"x":"1"},"toldOfTray":3}', '{"place":{"x":1e9,"y":0,"width":9,"height":9}}']) {
      first.store.write('window', new TextEncoder().encode(text));
      const third = setUp(first.store);
      third.window.show();
      expect(third.newest().opened).toEqual(USUAL);
    }
  });

  it('is one at most, never a dead one, watched only while it is seen, and gone for good at the end: in any order of events', () => {
    const acts = ['show', 'page', 'drawn', 'close', 'closed', 'gone', 'hung', 'answers', 'patch', 'soon', 'later', 'leave'] as const;
    const moves = fc.array(fc.tuple(fc.constantFrom(...acts.slice(0, -1), ...acts), fc.nat(3)), { maxLength: 60 });
    fc.assert(
      fc.property(moves, (list) => {
        const { electron, window, clock, watchers } = setUp();
        let left = false;
        for (const [act, back] of list) {
          // Windows that are gone may still say something.
          const one = electron.windows.at(-1 - back);
          if (act === 'show') window.show();
          if (act === 'page') window.show('peers');
          if (act === 'patch') window.sendPatch({ from: 1, revision: 2, now: 0, wall: 0 });
          if (act === 'soon') clock.pass(2_000);
          if (act === 'later') clock.pass(130_000);
          if (act === 'leave') window.leave();
          left ||= act === 'leave';
          if (act === 'drawn') one?.drawn();
          if (act === 'close') one?.close();
          if (act === 'gone') one?.pageGone('killed');
          if (act === 'hung' || act === 'answers') one?.hung(act === 'hung');
          if (act === 'closed') one?.closed();
          const alive = electron.windows.filter(({ destroyed }) => !destroyed);
          expect(alive.length).toBeLessThanOrEqual(left ? 0 : 1);
          expect(watchers()).toBeLessThanOrEqual(alive.length);
          if (alive[0]?.visible === true) expect(watchers()).toBe(1);
          expect(electron.windows.every(({ id }) => window.isOurs(id) === alive.some((other) => other.id === id))).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("the window's place", () => {
  const wide = { x: 0, y: 25, width: 1_440, height: 800 };
  const left = { x: -1_000, y: 0, width: 1_000, height: 700 };

  it('is where it was, also on the second display, and elsewhere when that is gone', () => {
    const kept = { x: -900, y: 40, width: 800, height: 600 };
    expect(placeOf(kept, [wide, left])).toEqual(kept);
    expect(placeOf(kept, [wide])).toEqual({ width: 800, height: 600 });
    expect(placeOf(null, [wide])).toEqual(USUAL);
  });

  it('always has a title that can be taken hold of', () => {
    const side = fc.integer({ min: -100_000, max: 100_000 });
    const size = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(fc.record({ x: side, y: side, width: size, height: size }), fc.subarray([wide, left]), (kept, displays) => {
        const place = placeOf(kept, displays);
        expect(place.width).toBeGreaterThanOrEqual(SMALLEST.width);
        expect(place.height).toBeGreaterThanOrEqual(SMALLEST.height);
        if (place.x === undefined || place.y === undefined) return;
        const { x, y } = place;
        const hold = displays.some((display) => y >= display.y && y + 32 <= display.y + display.height && Math.min(x + kept.width, display.x + display.width) - Math.max(x, display.x) >= 120);
        expect(hold).toBe(true);
      }),
    );
  });
});
