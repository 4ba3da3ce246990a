/** What goes into the network monitor and what comes out. Types only. node/ owns one and carries its outputs on. */
import type { IpAddress } from '../base/ip.ts';
import type { Gateway } from '../ports/gateway-link.ts';
import type { OsEvent } from '../ports/os-network.ts';
import type { OsTold, OsWatchCommand, OwnDevice } from '../ports/os-watch.ts';
import type { Duration, Instant } from '../time/instant.ts';

export type NetmonInput =
  | OsTold
  /** The machine slept: what happened meanwhile may be in no event. */
  | { readonly kind: 'slept' };

/** minor: what is open stays good. major: what is open over the network that was is doubted. */
export type ChangeWeight = 'minor' | 'major';

export type NetmonOutput =
  | { readonly kind: 'command'; readonly command: OsWatchCommand }
  /** down: nothing can be sent at all. up: it can again. Told before the families, and they before the addresses. */
  | { readonly kind: 'network'; readonly state: 'down' | 'up' }
  | { readonly kind: 'network'; readonly state: 'changed'; readonly weight: ChangeWeight }
  /** Families that lead somewhere. */
  | { readonly kind: 'families'; readonly ipv4: boolean; readonly ipv6: boolean }
  /** The router of the default route of IPv4; undefined: none. */
  | { readonly kind: 'gateway'; readonly gateway: Gateway | undefined }
  /** Where this computer can be reached by its own account: all of them, best first. */
  | { readonly kind: 'addresses'; readonly addresses: readonly IpAddress[] }
  | { readonly kind: 'device'; readonly change: DeviceChange }
  /** Something that is or may be ours changed, whoever did it. `event`: what the system told of it. */
  | { readonly kind: 'os-touched'; readonly event: OsEvent }
  /** The subscription ended or could not be made; the next attempt is after `retryInMs`. */
  | { readonly kind: 'source'; readonly state: 'failed'; readonly why: string; readonly retryInMs: Duration }
  | { readonly kind: 'source'; readonly state: 'restored' };

export type DeviceChange =
  /** 'recreated': another link has its name already. */
  | { readonly kind: 'gone'; readonly how: 'deleted' | 'recreated'; readonly device: OwnDevice; readonly noticedBy: 'event' | 'look' }
  | { readonly kind: 'renamed'; readonly from: string; readonly device: OwnDevice }
  /** Ours again, after it was gone since this instant. */
  | { readonly kind: 'back'; readonly device: OwnDevice; readonly goneSince: Instant; readonly attempts: number }
  | { readonly kind: 'not-back'; readonly name: string; readonly why: string; readonly attempts: number; readonly retryInMs: Duration };

/** Counted for ever; for reports and for `--verbose`. */
export interface NetmonTally {
  events: number;
  misses: number;
  unparsable: number;
  lost: number;
  snapshots: number;
  minor: number;
  major: number;
  deviceLooks: number;
  subscriptions: number;
}
