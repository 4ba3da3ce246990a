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
  const reports = new Map<string, SimReport>();

  for (const { name, what } of SCENARIOS) {
    it(`${name}: ${what}`, () => {
      const report = run(name, 1);
      reports.set(name, report);
      expect(report.ok, readable(report)).toBe(true);
      expect(report.metrics.echo.received).toBeGreaterThan(0);
    });
  }

  it.each(['random', 'quiet-day', 'cut-cable', 'peer-restart', 'peer-moves', 'suspend', 'lossy', 'hostile', 'flood'])('%s is repeated to the last byte by its seed', (name) => {
    expect(run(name, 1)).toEqual(reports.get(name));
  });

  it('takes another course with another seed', () => {
    for (const name of ['random', 'cut-cable', 'lossy']) expect(run(name, 2).traceHash).not.toBe(reports.get(name)?.traceHash);
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
