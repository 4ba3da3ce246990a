/**
 * Meshes behind NATs: every scenario by name, and the watch over them. A few seeds each; as many as wanted with
 * `npm run sim -- NAME --runs N`.
 */
import { describe, expect, it } from 'vitest';
import { createSodiumCrypto } from '../../host/crypto/sodium-crypto.ts';
import { readablePlain, type PlainReport } from '../plain-report.ts';
import { MESH_SCENARIOS, runMeshScenario } from './mesh-scenarios.ts';

const crypto = createSodiumCrypto();

function run(name: string, seed: number): PlainReport {
  const report = runMeshScenario(name, seed, crypto);
  if (report === undefined) throw new Error(`no scenario ${name}`);
  return report;
}

describe('scenario', () => {
  // Those take minutes of a computer: they are run by name.
  const LONG = new Set(['mesh-hour', 'chaos-days']);
  it.each(MESH_SCENARIOS.filter(({ name }) => !LONG.has(name)))('$name: $what', ({ name }) => {
    const report = run(name, 1);
    expect(report.ok, readablePlain(report)).toBe(true);
    expect(report.metrics['echoesAnswered']).toBeGreaterThan(0);
  });

  it('nat-odds holds with other seeds too', () => {
    const failed = [2, 3].map((seed) => run('nat-odds', seed)).filter(({ ok }) => !ok);
    expect(failed.map(readablePlain).join('\n')).toBe('');
  });

  it('chaos holds with other seeds too, and with those that once found something', () => {
    const failed = [2, 3, 10, 95, 97, 271, 281, 398].map((seed) => run('chaos', seed)).filter(({ ok }) => !ok);
    expect(failed.map(readablePlain).join('\n')).toBe('');
  });

  it('nat-matrix holds where a mapping ends while its owner sends through another one', () => {
    const failed = [22, 87, 650].map((seed) => run('nat-matrix', seed)).filter(({ ok }) => !ok);
    expect(failed.map(readablePlain).join('\n')).toBe('');
  });

  it('is repeated to the last byte by its seed', () => {
    const first = run('nat-odds', 5);
    expect(run('nat-odds', 5)).toEqual(first);
    expect(run('nat-odds', 6).traceHash).not.toBe(first.traceHash);
  });
});
