/**
 * What this computer's system should have for a network of ours, what it was seen to have, and what a guard and its host say
 * to each other. Types only, plain data, for three systems: a flight recorder keeps them.
 */
import type { IpAddress, IpPrefix } from '../base/ip.ts';
import type { OsEvent, OsRule, OsSnapshot } from './os-network.ts';

/** One thing that should stand. Items are made in the order in which they are wanted. */
export type WantedItem =
  /** Our device is on, with this MTU in bytes. */
  | { readonly kind: 'device'; readonly mtu: number }
  | { readonly kind: 'address'; readonly address: IpAddress; readonly bits: number }
  /** unicast: to our device. throw: past it, the look-up goes on with the next rule. */
  | { readonly kind: 'route'; readonly prefix: IpPrefix; readonly table: number; readonly type: 'unicast' | 'throw' }
  | { readonly kind: 'rule'; readonly rule: WantedRule }
  /** A setting of the system, by its name. */
  | { readonly kind: 'setting'; readonly name: string; readonly setTo: string }
  /** Name servers, in the form in which the host reads them back. */
  | { readonly kind: 'names'; readonly resolver: string };

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
  /** Under which the host itself writes (`by` of an event): nothing of it is news. */
  readonly writers: readonly number[];
  readonly items: readonly WantedItem[];
  /** At most PROOFS_AT_MOST count. */
  readonly proofs: readonly Proof[];
}

/** All of it at one moment. */
export interface ObservedOs {
  readonly network: OsSnapshot;
  /** undefined: not known, and then not judged. */
  readonly resolver: string | undefined;
  /** Only those that are known. */
  readonly settings: readonly { readonly name: string; readonly setTo: string }[];
}

/** What a look can be limited to. */
export type OsPart = 'routes' | 'rules';

export type OsParts = Partial<Pick<OsSnapshot, OsPart>>;

/** What such a look saw. Settings are always read: no event tells of them. */
export type SeenParts = OsParts & Pick<ObservedOs, 'settings'>;

/** How a repair ended. `why`: the system's own words. */
export type RepairResult = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** What a guard asks of the host, one at a time. Each is answered once, by its id. */
export type GuardAsk =
  /** `only` undefined: at all of it. Both are answered by `seen` undefined where nothing can be read. */
  | { readonly kind: 'look'; readonly id: number; readonly only?: readonly OsPart[] }
  /** What took its place stays, behind ours. `only`: may be read back in the same answer. */
  | { readonly kind: 'repair'; readonly id: number; readonly item: WantedItem; readonly only?: readonly OsPart[] }
  | { readonly kind: 'prove'; readonly id: number; readonly to: IpAddress }
  /** Which program writes under this number (`by` of an event)? Asked once for each. */
  | { readonly kind: 'who'; readonly by: number };

/** What a host tells a guard. */
export type GuardTold =
  | { readonly kind: 'event'; readonly event: OsEvent }
  /** Answers `who`. undefined: nobody knows, or it has ended. */
  | { readonly kind: 'named'; readonly by: number; readonly program: string | undefined }
  /** Something happened, and nobody knows what: wake, another network, a person who asks. */
  | { readonly kind: 'look' }
  /** Answers to `look`, `repair` and `prove`. `seen` undefined: it could not be read. */
  | { readonly kind: 'seen'; readonly id: number; readonly seen: ObservedOs | undefined }
  | { readonly kind: 'seen-parts'; readonly id: number; readonly seen: SeenParts }
  /** `seen`: what was read afterwards. */
  | { readonly kind: 'repaired'; readonly id: number; readonly result: RepairResult; readonly seen?: SeenParts | undefined }
  /** link: index of the device that the destination leaves by; undefined: none. */
  | { readonly kind: 'proved'; readonly id: number; readonly link: number | undefined };
