/**
 * What goes into the relay machine, what comes out, and what it shows. Types only, plain data. node/ owns one; the link is
 * ports/relay-link.ts. Facts of the protocol (DERP): docs of Tailscale's derp package.
 */
import type { RelayFailure, RelayLinkCommand } from '../ports/relay-link.ts';
import type { Duration, Instant } from '../time/instant.ts';
import type { RelayMap } from '../wire/netmap/types.ts';
import type { PrivateKey } from '../keys/keys.ts';
import type { LogLevel } from '../ports/log.ts';

/** Events of the link are no input: they carry packets, so they go to `receive`, which has a place for these. */
export type RelayInput =
  /** Our node key: relays know us by it. Another key than before replaces every connection. Undefined: signed out, all close. */
  | { readonly kind: 'identity'; readonly nodeKey: PrivateKey | undefined }
  /** A region whose definition changed is replaced; one that is gone is closed. */
  | { readonly kind: 'map'; readonly map: RelayMap }
  /** The region that stays connected always. Undefined: none yet. */
  | { readonly kind: 'home'; readonly region: number | undefined }
  /** changed: every connection is doubted: asked at once, replaced when it does not answer soon. down: no attempts. */
  | { readonly kind: 'network'; readonly now: 'up' | 'down' | 'changed' }
  | { readonly kind: 'slept'; readonly forMs: Duration }
  /** A handshake through this region found no answer, after a real attempt: is its connection alive? */
  | { readonly kind: 'doubt'; readonly region: number }
  /** We are seen elsewhere on the same network: a NAT began anew, and may have forgotten every connection. Asked as after a change. */
  | { readonly kind: 'nat-anew' }
  /** A person asks. */
  | { readonly kind: 'retry' };

/** Causes of staleness; nothing else replaces a connection that is up (fault 5). */
export type RelayStale =
  | { readonly kind: 'lost'; readonly failure: RelayFailure }
  | { readonly kind: 'silent'; readonly forMs: Duration }
  | { readonly kind: 'no-pong'; readonly afterMs: Duration }
  | { readonly kind: 'protocol'; readonly what: string }
  /** It ended after it told that it would. `inMs`: until it is there again, by its own word. */
  | { readonly kind: 'restarting'; readonly inMs: Duration }
  | { readonly kind: 'map-changed' }
  | { readonly kind: 'key-changed' };

export type RelayRegionState =
  /** Not needed now. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly since: Instant; readonly attempt: number; readonly last: RelayStale | undefined }
  /** The relay let us in. `health`: words of the relay about a problem of ours, cleaned and cut; undefined: none. */
  | { readonly kind: 'up'; readonly since: Instant; readonly heardAt: Instant; readonly pingMs: number | undefined; readonly health: string | undefined }
  /** Up, and asked whether it is alive. Packets go on. */
  | { readonly kind: 'checking'; readonly since: Instant; readonly heardAt: Instant }
  | { readonly kind: 'backing-off'; readonly since: Instant; readonly until: Instant; readonly attempt: number; readonly last: RelayStale }
  | { readonly kind: 'waiting-for-network'; readonly since: Instant };

export type RelayOutput =
  | { readonly kind: 'link'; readonly command: RelayLinkCommand }
  /** The state of this region changed: read it from the machine. */
  | { readonly kind: 'changed'; readonly region: number }
  /** For the reconnect history. `unreachableSince`: when it was heard last. */
  | { readonly kind: 'incident-began'; readonly id: number; readonly region: number; readonly cause: RelayStale; readonly since: Instant }
  | { readonly kind: 'incident-ended'; readonly id: number; readonly region: number; readonly attempts: number; readonly result: 'up-again' | 'not-needed' | 'stopped' }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string };

/** Why a packet for a relay was not sent. */
export const RELAY_DROPS = ['queue full', 'rate limit of the relay', 'too large', 'waited too long', 'no such relay', 'too many relays'] as const;
export type RelayDrop = (typeof RELAY_DROPS)[number];

/** Takes what relays deliver. `bytes` are valid only during the call. `source`: raw node key, as the relay says: not proved. */
export interface RelaySink {
  packet(region: number, source: Uint8Array, bytes: Uint8Array): void;
  /** The relay says that this node is not connected to it. `dropped`: a packet of ours was dropped for it. */
  peerGone(region: number, peer: Uint8Array, dropped: boolean): void;
}
