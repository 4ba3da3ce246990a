/**
 * Another program that changes what is ours: by accident, because it restarts; in a race with our repair; or for ever. What
 * it does is data, drawn from a seed. Callers: route-wipe.ts, mesh/chaos-faults.ts.
 */
import type { Rng } from '../../ports/rng.ts';
import { seconds, type Duration } from '../../time/instant.ts';
import { pick } from '../faults.ts';

export type ForeignAct =
  /** Removes any route of our table, every `everyMs`. */
  | { readonly kind: 'race'; readonly everyMs: Duration; readonly forMs: Duration }
  /** Removes a route of ours as soon as it hears that it is there. */
  | { readonly kind: 'undo'; readonly within: Duration; readonly forMs: Duration }
  | { readonly kind: 'flush-table' }
  | { readonly kind: 'flush-rules' }
  | { readonly kind: 'remove-addresses' }
  /** backAfter undefined: it leaves it down. */
  | { readonly kind: 'device-down'; readonly backAfter: Duration | undefined }
  /** Puts routes of its own in the place of ours. */
  | { readonly kind: 'replace' }
  /** Restarts so often: routes, rules and addresses go each time, in pieces, and the device may go down and up. */
  | { readonly kind: 'restart-loop'; readonly times: number; readonly everyMs: Duration; readonly withDevice: boolean };

const between = (rng: Rng, least: number, most: number): number => least + (most - least) * rng.fraction();

export function randomAct(rng: Rng): ForeignAct {
  switch (pick(rng, ['race', 'undo', 'flush-table', 'flush-rules', 'remove-addresses', 'device-down', 'replace', 'restart-loop'] as const)) {
    case 'race':
      return { kind: 'race', everyMs: between(rng, 1, 60), forMs: between(rng, 200, seconds(3)) };
    case 'undo':
      return { kind: 'undo', within: between(rng, 0, 10), forMs: between(rng, 500, seconds(4)) };
    case 'flush-table':
      return { kind: 'flush-table' };
    case 'flush-rules':
      return { kind: 'flush-rules' };
    case 'remove-addresses':
      return { kind: 'remove-addresses' };
    case 'device-down':
      return { kind: 'device-down', backAfter: rng.fraction() < 0.3 ? undefined : between(rng, 5, 800) };
    case 'replace':
      return { kind: 'replace' };
    case 'restart-loop':
      return { kind: 'restart-loop', times: 2 + (rng.uint32() % 5), everyMs: between(rng, 50, 900), withDevice: rng.fraction() < 0.5 };
  }
}
