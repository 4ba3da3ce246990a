/** What goes into WireGuard and what it needs. Types only; `wireguard.ts` gives them on. */
import type { Arena } from '../base/batch.ts';
import type { EndpointId, PeerId } from '../base/brand.ts';
import type { EndpointTable } from '../base/endpoints.ts';
import type { Counters } from '../ports/counters.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { DataplaneCommand } from '../ports/dataplane.ts';
import type { Rng } from '../ports/rng.ts';
import type { Instant } from '../time/instant.ts';

export type WireGuardInput = Extract<DataplaneCommand, { kind: 'identity' | 'wall-clock' | 'put-peer' | 'remove-peer' | 'set-endpoint' | 'set-path' | 'initiate' | 'forget-sessions' }>;

/** Where the plaintext lies and whose it is; caller-owned, reused. */
export interface Decapsulated {
  peer: PeerId;
  offset: number;
  length: number;
}

export interface WireGuardInit {
  readonly crypto: Crypto;
  readonly rng: Rng;
  readonly endpoints: EndpointTable;
  readonly counters: Counters;
  /** Is asked about datagrams that begin like no WireGuard message: true when it took this one. */
  readonly notWireGuards?: (arena: Arena, offset: number, length: number, endpoint: EndpointId, now: Instant) => boolean;
}
