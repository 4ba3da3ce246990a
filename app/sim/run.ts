/**
 * Every scenario by its name, whichever world it plays in: hosts and links (scenarios.ts), control clients and their server
 * (control/control-scenarios.ts), or meshes behind NATs (mesh/mesh-scenarios.ts). Callers: the `sim` command.
 */
import type { Crypto } from '../ports/crypto.ts';
import { CONTROL_SCENARIOS, readableControl, runControlScenario, type ControlReport } from './control/control-scenarios.ts';
import { MESH_SCENARIOS, readableMesh, runMeshScenario, type MeshReport } from './mesh/mesh-scenarios.ts';
import { readable, type SimReport } from './report.ts';
import { runScenario, SCENARIOS } from './scenarios.ts';

export type AnyReport = SimReport | ControlReport | MeshReport;

export const ALL_SCENARIOS: readonly { readonly name: string; readonly what: string }[] = [...SCENARIOS, ...CONTROL_SCENARIOS, ...MESH_SCENARIOS].map(({ name, what }) => ({ name, what }));

/** Undefined when there is none of this name. */
export function runByName(name: string, seed: number, crypto: Crypto): { readonly report: AnyReport; readonly text: string } | undefined {
  const hosts = runScenario(name, seed, crypto);
  if (hosts !== undefined) return { report: hosts, text: readable(hosts) };
  const control = runControlScenario(name, seed, crypto);
  if (control !== undefined) return { report: control, text: readableControl(control) };
  const mesh = runMeshScenario(name, seed, crypto);
  return mesh === undefined ? undefined : { report: mesh, text: readableMesh(mesh) };
}
