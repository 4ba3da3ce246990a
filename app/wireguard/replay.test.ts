import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REJECT_AFTER_MESSAGES_HIGH, REJECT_AFTER_MESSAGES_LOW, REPLAY_WINDOW } from './constants.ts';
import { ReplayWindow } from './replay.ts';

const HALF = 2n ** 32n;
const accept = (window: ReplayWindow, counter: bigint): boolean => window.accept(Number(counter / HALF), Number(counter % HALF));
const REJECT = BigInt(REJECT_AFTER_MESSAGES_HIGH) * HALF + BigInt(REJECT_AFTER_MESSAGES_LOW);

/** Remembers everything. */
class SlowModel {
  readonly #seen = new Set<bigint>();
  #top = -1n;

  accept(counter: bigint): boolean {
    if (counter >= REJECT || this.#seen.has(counter) || this.#top - counter > BigInt(REPLAY_WINDOW)) return false;
    this.#seen.add(counter);
    if (counter > this.#top) this.#top = counter;
    return true;
  }
}

describe('the replay window', () => {
  // After the Linux kernel's selftest (drivers/net/wireguard/selftest/counter.c), written from memory and not compared with
  // its text; the model below judges independently. LIMIT is its window plus one.
  const LIMIT = BigInt(REPLAY_WINDOW) + 1n;
  const table: [bigint, boolean][] = [
    [0n, true], [0n, false], [1n, true], [1n, false], [9n, true], [8n, true], [7n, true], [7n, false],
    [LIMIT, true], [LIMIT - 1n, true], [LIMIT - 1n, false], [LIMIT - 2n, true], [2n, true], [2n, false],
    [LIMIT + 16n, true], [3n, false], [LIMIT + 16n, false], [LIMIT * 4n, true], [LIMIT * 4n - (LIMIT - 1n), true],
    [10n, false], [LIMIT * 4n - LIMIT, false], [LIMIT * 4n - (LIMIT + 1n), false], [LIMIT * 4n - (LIMIT - 2n), true],
    [LIMIT * 4n + 1n - LIMIT, false], [0n, false], [REJECT, false], [REJECT - 1n, true], [REJECT, false],
    [REJECT - 1n, false], [REJECT - 2n, true], [REJECT + 1n, false], [REJECT + 2n, false], [REJECT - 2n, false],
    [REJECT - 3n, true], [0n, false],
  ];

  it('spans at least 8,128 messages, so that reordering within a large burst loses nothing (#342)', () => {
    expect(REPLAY_WINDOW).toBeGreaterThanOrEqual(8_128);
    const window = new ReplayWindow();
    expect(accept(window, 8_128n)).toBe(true);
    expect(accept(window, 0n)).toBe(true);
  });

  it("passes the kernel's table, up to the last lawful counter", () => {
    const window = new ReplayWindow();
    expect(table.map(([counter]) => accept(window, counter))).toEqual(table.map(([, expected]) => expected));
  });

  it('passes the kernel\'s sweeps: a window upwards, then nothing twice, and downwards', () => {
    const up = new ReplayWindow();
    for (let i = 1n; i <= LIMIT - 1n; i++) expect(accept(up, i)).toBe(true);
    expect(accept(up, 0n)).toBe(true);
    expect(accept(up, 0n)).toBe(false);
    const down = new ReplayWindow();
    for (let i = LIMIT; i > 1n; i--) expect(accept(down, i)).toBe(true);
    expect(accept(down, LIMIT + 1n)).toBe(true);
    expect(accept(down, 0n)).toBe(false);
  });

  it('agrees with a model that remembers everything', () => {
    const step = fc.oneof(fc.integer({ min: -9_000, max: 60 }), fc.integer({ min: -40, max: 40 }), fc.integer({ min: -20_000, max: 20_000 }));
    const start = fc.oneof(fc.bigInt(0n, 20_000n), fc.bigInt(HALF - 10_000n, HALF + 10_000n), fc.bigInt(2n ** 59n, 2n ** 61n), fc.bigInt(REJECT - 20_000n, REJECT + 5n));
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 300 }), (first, steps) => {
        const window = new ReplayWindow();
        const model = new SlowModel();
        let at = first;
        for (const by of [0, ...steps]) {
          at += BigInt(by);
          if (at < 0n || at >= 2n ** 64n) continue;
          expect(accept(window, at)).toBe(model.accept(at));
        }
      }),
      { numRuns: 300 },
    );
  });
});
