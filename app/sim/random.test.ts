/** Random networks by the hundred. A failing run prints the command that replays it. */
import { describe, expect, it } from 'vitest';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { readable } from './report.ts';
import { runScenario } from './scenarios.ts';

const crypto = createSodiumCrypto();
const RUNS = 320;
const PER_TEST = 40;

/** Seeds that have found something, with what it was. They stay. */
const FOUND: readonly (readonly [seed: number, what: string])[] = [
  [53, 'a handshake wanted after a wake was not made, and the peer was called silent though it answered'],
  [161, 'the same, among four hosts'],
  [599, 'the same, in one of two directions'],
  [781, 'the same, after a second sleep'],
  [2363, 'a peer fell silent in the first seconds after a wake, and was called proved for minutes'],
  [2415, 'the same, while it slept itself'],
];

function failures(seeds: readonly number[]): string {
  return seeds.flatMap((seed) => {
    const report = runScenario('random', seed, crypto);
    return report?.ok === true ? [] : [report === undefined ? 'no such scenario' : readable(report)];
  }).join('\n');
}

describe('random networks', () => {
  for (let from = 1; from <= RUNS; from += PER_TEST) {
    it(`keep every rule with seeds ${from} to ${from + PER_TEST - 1}`, () => {
      expect(failures(Array.from({ length: PER_TEST }, (_, i) => from + i))).toBe('');
    });
  }

  it.each(FOUND)('keep every rule with seed %i, which once found: %s', (seed) => {
    expect(failures([seed])).toBe('');
  });
});
