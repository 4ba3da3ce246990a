/** The host's clock against clocks that a test turns by hand. */
import { describe, expect, it } from 'vitest';
import { HostClock, SYSTEM_SOURCES, type ClockSources } from './clock.ts';

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
    sinceBoot: () => Math.floor(boot / 10) * 10,
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
    expect(SYSTEM_SOURCES.sinceBoot()).toBeGreaterThan(0);
  });
});
