/**
 * A relay connection in the hands of the packet thread, so that packets go between the tunnel and the relay without passing
 * the event thread. The event thread makes the connection and proves the relay; the packet thread then has its descriptor and
 * the keys of its records. Frames that carry a known peer's WireGuard packet end there; all others come up as they are, and
 * what `relay/` writes goes down, so that the machine sees one connection, wherever its bytes move. Types only.
 */
import type { PeerId } from '../base/brand.ts';
import type { RecordKeys } from '../wire/tls-record.ts';

export interface RelayLane {
  /** Of the relay link. */
  readonly generation: number;
  readonly region: number;
  /** A connected TCP socket that does not block; the packet thread closes it. */
  readonly fd: number;
  readonly read: RecordKeys;
  readonly write: RecordKeys;
  /** What came and is no whole record yet. */
  readonly sealed: Uint8Array;
  /** Of the stream of frames, opened and read by nobody yet. */
  readonly plain: Uint8Array;
}

/** Down. */
export type RelayLaneCommand =
  | { readonly kind: 'lane-open'; readonly lane: RelayLane }
  /** Whole frames, in order with the packets. Answered by `written`. */
  | { readonly kind: 'lane-write'; readonly generation: number; readonly bytes: Uint8Array }
  /** Whether packets for its region may go without asking. */
  | { readonly kind: 'lane-carry'; readonly generation: number; readonly on: boolean }
  | { readonly kind: 'lane-close'; readonly generation: number };

/** Up, besides the frames, which come through the ring. */
export type RelayLaneEvent =
  | { readonly kind: 'written'; readonly generation: number; readonly bytes: number }
  /** Packets pass: told now and then. `heard`: raw node keys of whom some came from. */
  | { readonly kind: 'carried'; readonly generation: number; readonly sent: boolean; readonly heard: readonly Uint8Array[] }
  /** Its last event; the descriptor is closed. `code`: undefined: the relay closed. */
  | { readonly kind: 'lost'; readonly generation: number; readonly code: string | undefined };

/** In a ring of relay packets, in the place of a peer: the bytes are frames, and the region is a generation. */
export const LANE_FRAMES = -1 as PeerId;

/** What makes connections hands them over by this. */
export interface RelayCarrier {
  /** Whether somebody takes lanes now. */
  readonly isThere: boolean;
  /** False: nobody took it; descriptor and keys are the caller's still. */
  take(lane: RelayLane): boolean;
  send(command: Exclude<RelayLaneCommand, { readonly kind: 'lane-open' }>): void;
}
