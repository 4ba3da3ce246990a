/**
 * What one message of the map stream comes to. `map-session.ts` makes these; `control.ts` acts on them. Types only.
 */
import type { Reject } from '../base/reject.ts';
import type { WallTime } from '../time/instant.ts';
import type { NetworkChange, NetworkView } from './network-view.ts';

/** Rides on any message, keep-alives included; only what was there. */
export interface MapExtras {
  /** The server's clock when it wrote the message. Whether it differs enough from ours to matter is control's to say. */
  readonly serverTime?: WallTime;
  /** To be answered once for each distinct URL. */
  readonly ping?: { readonly url: string; readonly overNoise: boolean; readonly types: string };
  /** To be opened once for each distinct URL. */
  readonly openUrl?: string;
  /** ms; the server asks us to be silent for so long. At most 5 minutes. */
  readonly sleepMs?: number;
}

/** Fixed phrases: each is counted under its name. */
export type MapRefusal =
  | 'map: not JSON'
  | 'map: nested too deeply'
  | 'map: larger than the limit'
  | 'map: too many peers'
  | 'map: first message without a node'
  | 'map: the whole map before it was refused'
  | 'map: a field has the wrong type'
  | 'map: a number out of range'
  | 'map: a key is not a key'
  | 'map: an address is not an address'
  | 'map: two peers with one id or key';

export type Applied =
  | { readonly kind: 'keep-alive'; readonly extras: MapExtras }
  /**
   * `view` is the one before, with an empty `change`, when the message said nothing new. `ignored`: addresses of filter
   * rules that are none; the rest of their rules holds, as the stock client has it.
   */
  | { readonly kind: 'updated'; readonly view: NetworkView; readonly change: NetworkChange; readonly extras: MapExtras; readonly ignored: number }
  /** Nothing of it was applied; the last view stands, and misses what the message said: a
   *  new stream brings it, since it begins with the whole map. `field`: where, such as `Peers[3].Addresses[0]`. */
  | { readonly kind: 'refused'; readonly reason: Reject<MapRefusal>; readonly field: string };
