/**
 * Scenarios that build a world of their own, such as of one computer's routes and devices, and play it to its end. Adding
 * one: add it to OWN_WORLD_SCENARIOS; the list, the command and the tests follow. Callers: run.ts.
 */
import type { Crypto } from '../ports/crypto.ts';
import { interfaceGone } from './mesh/interface-gone.ts';
import { missStorm } from './mesh/miss-storm.ts';
import { ROUTE_WIPE } from './os/route-wipe.ts';
import type { PlainReport } from './plain-report.ts';

export interface OwnWorldScenario {
  readonly name: string;
  /** One line for `--list`. */
  readonly what: string;
  /** The one rule that `naive` switches off, in a few words. Undefined: there is no such run. */
  readonly naive?: { readonly without: string };
  /** Its metrics hold the names of FaultFigures where it is a scenario of a fault. */
  play(seed: number, crypto: Crypto, naive: boolean): PlainReport;
}

export const OWN_WORLD_SCENARIOS: readonly OwnWorldScenario[] = [missStorm, interfaceGone, ROUTE_WIPE];
