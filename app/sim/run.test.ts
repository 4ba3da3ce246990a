/** What holds for scenarios of every world: those of worlds of their own pass, and each that has a naive run fails in it. */
import { describe, expect, it } from 'vitest';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { OWN_WORLD_SCENARIOS } from './own-worlds.ts';
import { ALL_SCENARIOS, runByName } from './run.ts';

const crypto = createSodiumCrypto();

describe('the list', () => {
  it('names every scenario once', () => {
    const names = ALL_SCENARIOS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('knows no naive run of a scenario that has none, and no scenario that is not there', () => {
    expect(runByName('random', 1, crypto, true)).toBeUndefined();
    expect(runByName('nonsense', 1, crypto)).toBeUndefined();
  });
});

for (const { name, what } of OWN_WORLD_SCENARIOS) {
  it(`${name}: ${what}`, () => {
    const run = runByName(name, 1, crypto);
    expect(run?.report.ok, run?.text).toBe(true);
    expect(runByName(name, 1, crypto)?.report).toEqual(run?.report);
  });
}

describe('a naive run fails:', () => {
  it.each(ALL_SCENARIOS.filter(({ naiveWithout }) => naiveWithout !== null))('$name without $naiveWithout', ({ name }) => {
    const run = runByName(name, 1, crypto, true);
    expect(run?.report).toMatchObject({ scenario: name, naive: true, ok: false });
    expect(run?.text).toContain(' --naive');
  });
});
