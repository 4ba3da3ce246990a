/** The host's clock against clocks that a test turns by hand. */
import { describe, expect, it } from 'vitest';
import { openClocks as openDarwinClocks } from '../../native-bindings/darwin/clocks.ts';
import { createNativeMemory } from '../../native-bindings/memory.ts';
import { SLEEP_AT_LEAST } from '../time/sleep-detector.ts';
import { HostClock, SYSTEM_SOURCES, type ClockSources } from './clock.ts';
import { nativeSources } from './native-clocks.ts';

interface Hands extends ClockSources {
  run(ms: number): void;
  sleep(ms: number): void;
  setWall(by: number): void;
}

function hands(): Hands {
  let monotonic = 5_000;
  let boot = 9_000;
  let wall = 1_700_000_000_000;
  return {
    monotonic: () => monotonic,
    kind: 'portable',
    reading: () => ({ aware: Math.floor(boot / 10) * 10, running: monotonic }),
    wall: () => wall,
    run: (ms) => { monotonic += ms; boot += ms; wall += ms; },
    sleep: (ms) => { boot += ms; wall += ms; },
    setWall: (by) => { wall += by; },
  };
}

describe('HostClock', () => {
  it('sees a sleep, adds it to Instants and tells it once', () => {
    const h = hands();
    const clock = new HostClock(undefined, h);
    const before = clock.now();
    h.run(1_500);
    expect(clock.check()).toBeUndefined();
    h.sleep(180_000);
    h.run(1_500);
    expect(clock.check()).toEqual({ kind: 'slept', forMs: 180_000 });
    expect(clock.now() - before).toBe(183_000);
    h.run(1_500);
    expect(clock.check()).toBeUndefined();
  });

  it('takes a small lead of the suspend-aware clock for rounding', () => {
    const h = hands();
    const clock = new HostClock(undefined, h);
    for (let i = 0; i < 100; i++) {
      h.run(1_003.7);
      expect(clock.check()).toBeUndefined();
    }
  });

  it('reads the system at most once a second', () => {
    const h = hands();
    const clock = new HostClock(undefined, h);
    h.sleep(10_000);
    h.run(500);
    expect(clock.check()).toBeUndefined();
    h.run(600);
    expect(clock.check()).toEqual({ kind: 'slept', forMs: 10_000 });
  });

  it('tells a sleep to one of two threads and corrects both', () => {
    const h = hands();
    const clock = new HostClock(undefined, h);
    const worker = new HostClock(clock.shared, h);
    h.sleep(60_000);
    h.run(2_000);
    expect(worker.check()).toEqual({ kind: 'slept', forMs: 60_000 });
    expect(clock.check()).toBeUndefined();
    expect(clock.now()).toBe(worker.now());
  });

  it('tells when the wall clock was set, either way, and not when the machine slept', () => {
    const h = hands();
    const clock = new HostClock(undefined, h);
    h.setWall(-3_600_000);
    h.run(1_500);
    expect(clock.check()).toEqual({ kind: 'wall-clock', wall: clock.wall() });
    h.run(1_500);
    expect(clock.check()).toBeUndefined();
    h.sleep(50_000);
    h.run(1_500);
    expect(clock.check()).toMatchObject({ kind: 'slept' });
    h.run(1_500);
    expect(clock.check()).toBeUndefined();
  });

  it('notices a wall clock that drifts away slowly', () => {
    const h = hands();
    const clock = new HostClock(undefined, h);
    let told = 0;
    for (let i = 0; i < 40; i++) {
      h.run(1_500);
      h.setWall(60);
      if (clock.check()?.kind === 'wall-clock') told++;
    }
    expect(told).toBe(2);
  });

  it('jumps wall time and Instants together in a simulated sleep, at once', () => {
    const h = hands();
    const clock = new HostClock(undefined, h);
    const now = clock.now();
    const wall = clock.wall();
    clock.simulateSleep(180_000);
    expect(clock.now() - now).toBe(180_000);
    expect(clock.wall() - wall).toBe(180_000);
    expect(clock.check()).toEqual({ kind: 'slept', forMs: 180_000 });
    h.run(1_500);
    expect(clock.check()).toBeUndefined();
  });

  it('runs on the clocks of this system', () => {
    const clock = new HostClock();
    const a = clock.now();
    expect(clock.now()).toBeGreaterThanOrEqual(a);
    expect(clock.check()).toBeUndefined();
    expect(SYSTEM_SOURCES.reading().aware).toBeGreaterThan(0);
  });

  it('tells a sleep that power events and clocks both saw once, whichever thread looks', () => {
    const h = hands();
    const clock = new HostClock(undefined, h);
    const worker = new HostClock(clock.shared, h);
    expect(clock.power('suspend')).toBeUndefined();
    h.sleep(60_000);
    h.run(2_000);
    expect(worker.check()).toEqual({ kind: 'slept', forMs: 60_000 });
    expect(clock.power('resume')).toBeUndefined();
    clock.power('suspend');
    h.sleep(60_000);
    h.run(2_000);
    const before = clock.now();
    expect(clock.power('resume')).toEqual({ kind: 'slept', forMs: 60_000 });
    expect(clock.now() - before).toBe(60_000);
    expect(worker.check()).toBeUndefined();
    expect(clock.check()).toBeUndefined();
  });

  it('leaves sleep to the threads that have the clocks it was made with', () => {
    const h = hands();
    const clock = new HostClock(undefined, h);
    const worker = new HostClock(clock.shared, { ...h, kind: 'native', reading: () => ({ aware: h.reading().aware + 1e9, running: 0 }) });
    h.sleep(60_000);
    h.run(2_000);
    expect(worker.check()?.kind).not.toBe('slept');
    expect(clock.check()).toEqual({ kind: 'slept', forMs: 60_000 });
    expect(clock.now()).toBe(worker.now());
  });

  it('sees a sleep that its monotonic clock counts, and adds it to no Instant twice', () => {
    const h = hands();
    let counted = 0;
    const clock = new HostClock(undefined, { ...h, monotonic: () => h.monotonic() + counted, reading: () => h.reading() });
    const before = clock.now();
    h.sleep(60_000);
    counted += 60_000;
    h.run(1_500);
    expect(clock.check()).toEqual({ kind: 'slept', forMs: 60_000 });
    expect(clock.now() - before).toBe(61_500);
  });
});

describe('the native clocks of this system', () => {
  it('run side by side with its others', () => {
    const sources = nativeSources();
    const [a, b] = [sources.reading(), sources.reading()];
    expect(b.running).toBeGreaterThanOrEqual(a.running);
    // The two clocks are read one after the other: a pause in between is no sleep.
    expect(Math.abs(b.aware - b.running - (a.aware - a.running))).toBeLessThan(SLEEP_AT_LEAST);
    expect(new HostClock(undefined, sources).check()).toBeUndefined();
  });

  it('count ticks of Darwin by its timebase', () => {
    const memory = createNativeMemory(8);
    const read = openDarwinClocks({
      mach_timebase_info() {
        memory.view.setUint32(0, 125, true);
        memory.view.setUint32(4, 3, true);
        return 0;
      },
      mach_absolute_time: () => 24_000_000,
      mach_continuous_time: () => 24_000_000n * 61n,
    }, memory);
    expect(read()).toEqual({ running: expect.closeTo(1_000, 6), aware: expect.closeTo(61_000, 6) });
  });
});
