/**
 * Every scenario by its name, whichever world it plays in: hosts and links (scenarios.ts), or control clients and their
 * server (control/control-scenarios.ts). Callers: the `sim` command.
 */
import type { Crypto } from '../ports/crypto.ts';
import { CONTROL_SCENARIOS, readableControl, runControlScenario, type ControlReport } from './control/control-scenarios.ts';
import { readable, type SimReport } from './report.ts';
import { runScenario, SCENARIOS } from './scenarios.ts';

export type AnyReport = SimReport | ControlReport;

export const ALL_SCENARIOS: readonly { readonly name: string; readonly what: string }[] = [...SCENARIOS, ...CONTROL_SCENARIOS].map(({ name, what }) => ({ name, what }));

/** Undefined when there is none of this name. */
export function runByName(name: string, seed: number, crypto: Crypto): { readonly report: AnyReport; readonly text: string } | undefined {
  const hosts = runScenario(name, seed, crypto);
  if (hosts !== undefined) return { report: hosts, text: readable(hosts) };
  const control = runControlScenario(name, seed, crypto);
  return control === undefined ? undefined : { report: control, text: readableControl(control) };
}
