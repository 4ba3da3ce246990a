/** The control machine against the server model: named scenarios, each fault alone, and random ones by seed. */
import { describe, expect, it } from 'vitest';
import { createSodiumCrypto } from '../../host/crypto/sodium-crypto.ts';
import { readablePlain, type PlainReport } from '../plain-report.ts';
import { CONTROL_FAULTS } from './control-faults.ts';
import { CONTROL_SCENARIOS, runControlScenario, runOneFault } from './control-scenarios.ts';

const crypto = createSodiumCrypto();
/** A few seconds' worth; all 500 with `npm run sim -- control-faults --runs 500`. */
const SEEDS = 100;

function run(name: string, seed: number): PlainReport {
  const report = runControlScenario(name, seed, crypto);
  if (report === undefined) throw new Error(`no scenario ${name}`);
  return report;
}

describe('scenario', () => {
  it.each(CONTROL_SCENARIOS)('$name: $what', ({ name }) => {
    const report = run(name, 1);
    expect(report.ok, readablePlain(report)).toBe(true);
  });

  it.each(['control-faults', 'control-restart'])('%s is repeated to the last byte by its seed', (name) => {
    expect(run(name, 7)).toEqual(run(name, 7));
    expect(run(name, 8).traceHash).not.toBe(run(name, 7).traceHash);
  });
});

describe('one fault', () => {
  it.each(Object.keys(CONTROL_FAULTS))('%s: live again, with the view of the server', (fault) => {
    for (let seed = 1; seed <= 3; seed++) {
      const report = runOneFault(fault, seed, crypto);
      expect(report.ok, readablePlain(report)).toBe(true);
    }
  });
});

it(`random faults with ${SEEDS} seeds keep every rule and end in the view of the server`, () => {
  const failed = Array.from({ length: SEEDS }, (_, i) => run('control-faults', i + 1)).filter(({ ok }) => !ok);
  expect(failed.map(readablePlain).join('\n')).toBe('');
});

it('silent-control is failed by a client whose watchdog the transport feeds', () => {
  const report = runControlScenario('silent-control', 1, crypto, true);
  expect(report?.violations.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['scenario', 'not healed']));
});
