/**
 * Every scenario by its name, whichever world it plays in: hosts and links (scenarios.ts), control clients and their server
 * (control/control-scenarios.ts), meshes behind NATs (mesh/mesh-scenarios.ts), or a world of its own (own-worlds.ts).
 * Callers: the `sim` command.
 */
import type { Crypto } from '../ports/crypto.ts';
import { CONTROL_SCENARIOS, runControlScenario } from './control/control-scenarios.ts';
import { MESH_SCENARIOS, runMeshScenario } from './mesh/mesh-scenarios.ts';
import { OWN_WORLD_SCENARIOS } from './own-worlds.ts';
import { readablePlain, type PlainReport } from './plain-report.ts';
import { readable, type SimReport } from './report.ts';
import { runScenario, SCENARIOS } from './scenarios.ts';

export type AnyReport = SimReport | PlainReport;

export interface Listed {
  readonly name: string;
  readonly what: string;
  /** The rule that a naive run goes without; null: it has no such run. */
  readonly naiveWithout: string | null;
}

export const ALL_SCENARIOS: readonly Listed[] = [...SCENARIOS, ...CONTROL_SCENARIOS, ...MESH_SCENARIOS, ...OWN_WORLD_SCENARIOS].map(({ name, what, naive }) => ({ name, what, naiveWithout: naive?.without ?? null }));

/**
 * `naive`: with the one rule switched off that the scenario is about; such a run must fail. Undefined when there is no
 * scenario of this name, or none that can be played so.
 */
export function runByName(name: string, seed: number, crypto: Crypto, naive = false): { readonly report: AnyReport; readonly text: string } | undefined {
  const listed = ALL_SCENARIOS.find((one) => one.name === name);
  if (listed === undefined || (naive && listed.naiveWithout === null)) return undefined;
  const hosts = runScenario(name, seed, crypto, naive);
  if (hosts !== undefined) return { report: hosts, text: readable(hosts) };
  const plain = runControlScenario(name, seed, crypto, naive) ?? runMeshScenario(name, seed, crypto, naive) ?? OWN_WORLD_SCENARIOS.find((one) => one.name === name)?.play(seed, crypto, naive);
  return plain === undefined ? undefined : { report: plain, text: readablePlain(plain) };
}
