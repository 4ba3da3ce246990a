/**
 * What goes into the guard and what comes out: what this computer's system should have, what it was seen to have, and what
 * is to be done. Types only, plain data, for three systems. Callers: guard.ts, the hosts' adapters, the node.
 */
import type { IpAddress, IpPrefix } from '../base/ip.ts';
import type { OsEvent, OsRule, OsSnapshot } from '../ports/os-network.ts';
import type { Instant } from '../time/instant.ts';

/** One thing that should stand. Items are made in the order in which they are wanted. */
export type WantedItem =
  /** Our device is on, with this MTU in bytes. */
  | { readonly kind: 'device'; readonly mtu: number }
  | { readonly kind: 'address'; readonly address: IpAddress; readonly bits: number }
  /** unicast: to our device. throw: past it, the look-up goes on with the next rule. */
  | { readonly kind: 'route'; readonly prefix: IpPrefix; readonly table: number; readonly type: 'unicast' | 'throw' }
  | { readonly kind: 'rule'; readonly rule: WantedRule }
  /** A setting of the system, by its name. */
  | { readonly kind: 'setting'; readonly name: string; readonly value: string }
  /** Name servers, in the form in which the host reads them back. */
  | { readonly kind: 'names'; readonly value: string };

/** The mask is left out where the whole mark counts. */
export type WantedRule = Pick<OsRule, 'family' | 'priority' | 'table' | 'mark' | 'invert' | 'suppressPrefixLength'>;

/** Asked of the system as a program would: by which device does a packet to this address leave? */
export interface Proof {
  readonly to: IpAddress;
  /** elsewhere: by another device than ours, or not at all. */
  readonly expects: 'device' | 'elsewhere';
}

export interface DesiredOs {
  /** Ours, by index: a device that was renamed is still ours, one that was made anew under our name is not. */
  readonly device: { readonly name: string; readonly index: number };
  readonly items: readonly WantedItem[];
  /** At most PROOFS_AT_MOST count. */
  readonly proofs: readonly Proof[];
}

/** All of it at one moment. */
export interface ObservedOs {
  readonly network: OsSnapshot;
  /** undefined: not known, and then not judged. */
  readonly names: string | undefined;
  /** Only those that are known. */
  readonly settings: ReadonlyMap<string, string>;
}

/** How a repair ended. `why`: the system's own words. */
export type RepairResult = { readonly ok: true } | { readonly ok: false; readonly why: string };

export type GuardInput =
  /** From now on this, whole; undefined: nothing of ours. Whoever calls made it once, or tried to. */
  | { readonly kind: 'want'; readonly desired: DesiredOs | undefined }
  /** A message of the system. `ours`: our own write. `program`: who asked for the change, where the host could find out. */
  | { readonly kind: 'event'; readonly event: OsEvent; readonly ours: boolean; readonly program?: string }
  /** Something happened, and nobody knows what: wake, another network, a person who asks. */
  | { readonly kind: 'look' }
  /** Answers to `look`, `repair` and `prove`, by their id. */
  | { readonly kind: 'seen'; readonly id: number; readonly seen: ObservedOs | undefined }
  | { readonly kind: 'repaired'; readonly id: number; readonly result: RepairResult }
  /** link: index of the device that the destination leaves by; undefined: none. */
  | { readonly kind: 'proved'; readonly id: number; readonly link: number | undefined };

export type GuardOutput =
  | { readonly kind: 'look'; readonly id: number }
  /** One at a time. What stands in the way in a table of our own is replaced; elsewhere ours goes ahead of it. */
  | { readonly kind: 'repair'; readonly id: number; readonly item: WantedItem }
  | { readonly kind: 'prove'; readonly id: number; readonly to: IpAddress }
  | { readonly kind: 'incident'; readonly incident: OsIncident }
  | { readonly kind: 'changed' };

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
