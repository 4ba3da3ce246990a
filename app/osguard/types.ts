/**
 * What goes into the guard beside what its host tells (ports/os-state.ts), what comes out, and the state that it shows. Types
 * only, plain data. Callers: guard.ts, the node.
 */
import type { IpAddress } from '../base/ip.ts';
import type { DesiredOs, GuardAsk, GuardTold, WantedItem } from '../ports/os-state.ts';
import type { Instant } from '../time/instant.ts';

export type GuardInput =
  /** From now on this, whole; undefined: nothing of ours. Whoever calls made it once, or tried to. */
  { readonly kind: 'want'; readonly desired: DesiredOs | undefined } | GuardTold;

export type GuardOutput = GuardAsk | { readonly kind: 'incident'; readonly incident: OsIncident } | { readonly kind: 'changed' };

/** Who undid something, as far as it is known. */
export type Suspect =
  | { readonly kind: 'program'; readonly name: string }
  /** Only the mark on a route that stands where ours should: RTPROT_* and its name. */
  | { readonly kind: 'protocol'; readonly protocol: number; readonly name: string }
  /** A program that was gone before it could be named. */
  | { readonly kind: 'unknown' };

/** The history of one disturbance, told as it goes on. `items`: the first NAMED_AT_MOST of `missing`. */
export type OsIncident =
  | { readonly kind: 'began'; readonly id: number; readonly since: Instant; readonly items: readonly WantedItem[]; readonly missing: number; readonly suspect: Suspect }
  | { readonly kind: 'revised'; readonly id: number; readonly items: readonly WantedItem[]; readonly missing: number; readonly suspect: Suspect; readonly attempts: number; readonly undone: number; readonly fight: boolean }
  /** `at`: when it was right again, or given up. */
  | { readonly kind: 'ended'; readonly id: number; readonly at: Instant; readonly result: 'restored' | 'changed-wish' | 'device-gone'; readonly attempts: number };

/**
 * idle: nothing is wanted. verifying: not read back yet. settled: all was there at `provedAt`, by read-back and by proof.
 * repairing: some is not there. fought-over: somebody keeps undoing it; `standing` tells whether it is there at this moment.
 * refused: the system itself says no. misled: all is there, and packets still go another way. device-gone: the device of
 * this index does not exist any more; the guard waits for another wish.
 */
export type GuardState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'verifying'; readonly since: Instant }
  | { readonly kind: 'settled'; readonly provedAt: Instant }
  | { readonly kind: 'repairing'; readonly since: Instant; readonly items: readonly WantedItem[]; readonly missing: number; readonly attempts: number }
  | {
      readonly kind: 'fought-over';
      readonly since: Instant;
      readonly items: readonly WantedItem[];
      readonly missing: number;
      readonly standing: boolean;
      readonly suspect: Suspect;
      readonly undone: number;
      readonly nextTryAt: Instant;
    }
  | { readonly kind: 'refused'; readonly since: Instant; readonly item: WantedItem; readonly why: string; readonly nextTryAt: Instant }
  | { readonly kind: 'misled'; readonly since: Instant; readonly to: IpAddress; readonly through: string | undefined; readonly nextTryAt: Instant }
  | { readonly kind: 'device-gone'; readonly since: Instant };
