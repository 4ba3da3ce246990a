/** Every scenario that has a name. A failing run prints the command that replays it. Random networks: random.test.ts. */
import { describe, expect, it } from 'vitest';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { readable, type SimReport } from './report.ts';
import { runScenario, SCENARIOS, simulateBench } from './scenarios.ts';

const crypto = createSodiumCrypto();

function run(name: string, seed: number): SimReport {
  const report = runScenario(name, seed, crypto);
  if (report === undefined) throw new Error(`no scenario ${name}`);
  return report;
}

describe('scenario', () => {
  for (const { name, what } of SCENARIOS) {
    it(`${name}: ${what}`, () => {
      const report = run(name, 1);
      expect(report.ok, readable(report)).toBe(true);
      expect(report.metrics.echo.received).toBeGreaterThan(0);
    });
  }

  it('is repeated to the last byte by its seed', () => {
    for (const name of ['random', 'cut-cable', 'peer-restart', 'peer-moves', 'lossy', 'hostile']) {
      const first = run(name, 3);
      expect(run(name, 3)).toEqual(first);
      expect(run(name, 4).traceHash).not.toBe(first.traceHash);
    }
  });

  it('is refused when nobody knows it', () => {
    expect(runScenario('nonsense', 1, crypto)).toBeUndefined();
  });
});

describe('bench', () => {
  it('simulates the seconds it is asked for', () => {
    expect(simulateBench(crypto, 5)).toBeGreaterThan(20);
  });
});
