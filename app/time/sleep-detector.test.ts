/** Sleep, seen by clocks that a test turns by hand and by what the system tells. */
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { SleepDetector, SLEEP_AT_LEAST, SLEEP_CELLS, TOGETHER, type ClockReading, type PowerEvent, type Slept } from './sleep-detector.ts';

/** `counts` false: no clock of this system shows sleep (both stop, or both go on). */
function play(counts = true) {
  let running = 5_000;
  let aware = 90_000;
  const now = (): ClockReading => ({ aware, running });
  const cells = new Float64Array(SLEEP_CELLS);
  const detector = new SleepDetector(cells, now());
  const told: Slept[] = [];
  const note = (slept: Slept | undefined): void => void (slept !== undefined && told.push(slept));
  return {
    told,
    cells,
    run: (ms: number): void => {
      running += ms;
      aware += ms;
    },
    sleep: (ms: number): void => {
      if (counts) aware += ms;
    },
    drift: (ms: number): void => void (aware += ms),
    look: (): void => note(detector.read(now())),
    power: (event: PowerEvent): void => note(detector.power(event, now())),
    now,
  };
}

describe('a sleep', () => {
  it('is seen by the clocks alone', () => {
    const p = play();
    p.sleep(60_000);
    p.look();
    p.run(100);
    p.look();
    expect(p.told).toEqual([{ forMs: 60_000, by: 'clocks' }]);
  });

  it('is seen by power alone, and lasts from suspend to resume where a clock went on', () => {
    const p = play(false);
    p.power('suspend');
    p.power('resume');
    p.run(TOGETHER + 1);
    p.power('suspend');
    p.run(7_000);
    p.power('resume');
    expect(p.told).toEqual([{ forMs: 0, by: 'power' }, { forMs: 7_000, by: 'power' }]);
  });

  it('is seen by a resume that nothing went before', () => {
    const p = play(false);
    p.power('resume');
    expect(p.told).toEqual([{ forMs: 0, by: 'power' }]);
  });

  it.each(['clocks first', 'power first'] as const)('that both see is told once: %s', (first) => {
    const p = play();
    p.power('suspend');
    p.sleep(60_000);
    if (first === 'clocks first') {
      p.look();
      p.run(900);
    }
    p.power('resume');
    p.run(900);
    p.look();
    expect(p.told).toEqual([{ forMs: 60_000, by: 'clocks' }]);
  });

  it('that a coarse clock shows only after power told of it is told once', () => {
    const p = play(false);
    p.power('suspend');
    p.power('resume');
    p.run(500);
    p.drift(60_000);
    p.look();
    expect(p.told).toEqual([{ forMs: 0, by: 'power' }]);
    p.power('suspend');
    p.run(500);
    p.drift(9_000);
    p.look();
    expect(p.told).toHaveLength(2);
  });

  it('is told once when the system says twice that it woke', () => {
    const p = play();
    p.power('suspend');
    p.sleep(60_000);
    p.power('resume');
    p.run(TOGETHER - 1_000);
    p.power('resume');
    expect(p.told).toHaveLength(1);
  });

  it('soon after another is told too', () => {
    const p = play();
    p.sleep(60_000);
    p.look();
    p.run(1_000);
    p.power('suspend');
    p.sleep(10_000);
    p.power('resume');
    p.run(5_000);
    p.sleep(20_000);
    p.look();
    expect(p.told.map(({ forMs }) => forMs)).toEqual([60_000, 10_000, 20_000]);
  });

  it('that another thread shares the memory of is told to one of them', () => {
    const p = play();
    const other = new SleepDetector(p.cells);
    p.sleep(60_000);
    expect(other.read(p.now())).toEqual({ forMs: 60_000, by: 'clocks' });
    p.look();
    expect(p.told).toEqual([]);
  });
});

describe('no sleep', () => {
  it('is a small lead, nor many of them', () => {
    const p = play();
    for (let i = 0; i < 10_000; i++) {
      p.run(1_000);
      p.drift(i % 2 === 0 ? SLEEP_AT_LEAST : -500);
      p.look();
    }
    expect(p.told).toEqual([]);
  });

  it('is to lock, to unlock or to shut down; but what the clocks show by then is told', () => {
    const p = play();
    for (const event of ['lock', 'unlock', 'shutdown'] as const) p.power(event);
    expect(p.told).toEqual([]);
    p.sleep(5_000);
    p.power('unlock');
    expect(p.told).toEqual([{ forMs: 5_000, by: 'clocks' }]);
  });

  it('is a suspend that did not come to be', () => {
    const p = play();
    p.power('suspend');
    for (let i = 0; i < 100; i++) {
      p.run(1_000);
      p.look();
    }
    expect(p.told).toEqual([]);
  });
});

describe('whatever happens', () => {
  it('each sleep is told exactly once, by whatever sees it, in any order', () => {
    const one = fc.record({ forMs: fc.integer({ min: SLEEP_AT_LEAST + 1, max: 86_400_000 }), before: fc.integer({ min: 1, max: 100_000 }), suspendTold: fc.boolean(), seen: fc.constantFrom('clocks', 'clocks then resume', 'resume then clocks', 'resume', 'resume twice') });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 20 }), (sleeps) => {
        const p = play();
        for (const { forMs, before, suspendTold, seen } of sleeps) {
          p.run(before);
          p.look();
          if (suspendTold) p.power('suspend');
          p.sleep(forMs);
          p.run(20);
          for (const way of seen === 'clocks' ? ['clocks'] : seen === 'clocks then resume' ? ['clocks', 'resume'] : seen === 'resume then clocks' ? ['resume', 'clocks'] : seen === 'resume' ? ['resume'] : ['resume', 'resume']) {
            if (way === 'clocks') p.look();
            else p.power('resume');
            p.run(700);
          }
        }
        expect(p.told.map(({ forMs }) => Math.round(forMs))).toEqual(sleeps.map(({ forMs }) => forMs));
      }),
    );
  });
});
