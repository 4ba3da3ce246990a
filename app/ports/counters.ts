/**
 * Numbers that the packet thread writes and the event thread reads, in plain shared memory: no message per packet.
 * One row of 64-bit floats per PeerId, and one row of refusals by reason. A torn read is impossible (each cell is
 * written whole) and a stale one harmless. In the simulator the same layout lies over an ordinary buffer.
 */
import type { PeerId } from '../base/brand.ts';
import { instant, type Instant } from '../time/instant.ts';

/** Peers one node can have at once. 10,000 is the product's promise (DESIGN.md section 5). */
export const MAX_PEERS = 10_240;

/** Why a packet or datagram was refused. Every refusal in the packet path is one of these, counted, visible in `status --verbose`. */
export const REFUSALS = [
  // underlay, before any cryptography
  'datagram: too short',
  'datagram: unknown type',
  'datagram: wrong length for its type',
  'datagram: from port 0',
  'datagram: more STUN or disco than is taken',
  // handshakes and cookies
  'handshake: wrong mac1',
  'handshake: under load, cookie sent',
  'handshake: rate limit of its source',
  'handshake: not decryptable',
  'handshake: unknown peer',
  'handshake: replayed timestamp',
  'handshake: too soon after the last',
  'handshake: low-order key',
  'handshake: response to nothing',
  'handshake: wrong preshared key',
  'cookie: to nothing',
  'cookie: not decryptable',
  // transport data
  'data: unknown session',
  'data: session too old',
  'data: counter spent',
  'data: not authentic',
  'data: replayed',
  // overlay, inbound after decryption
  'inner: not IP',
  'inner: length wrong',
  'inner: source not allowed',
  // the packet filter, inbound
  'filter: no rules received',
  'filter: headers cut or out of order',
  'filter: fragment would overwrite headers',
  'filter: routing header',
  'filter: multicast destination',
  'filter: link-local destination',
  'filter: destination is not this computer',
  'filter: no rule allows it',
  'filter: shields up',
  'filter: sender may only answer',
  // messages between nodes inside the tunnel
  'tsmp: not understood',
  'tsmp: more than are answered',
  // flows of ours that a peer says it refused
  'refused by peer: its rules',
  'refused by peer: its shields are up',
  'refused by peer: it forwards nothing',
  'refused by peer: its firewall',
  'refused by peer: it does not know the destination',
  'refused by peer: unknown reason',
  // overlay, outbound
  'outbound: not IP',
  'outbound: headers damaged',
  'outbound: multicast or link-local destination',
  'outbound: no peer for destination',
  'outbound: larger than the MTU',
  'outbound: peer has no endpoint',
  'outbound: waiting queue full',
  'outbound: peer unknown',
  'outbound: waited too long, dropped so that its sender slows down',
  // bounds
  'output queue full',
  'underlay: receive queue full',
  'underlay: system refused to send',
  'overlay: device refused to take',
  'relay: queue to relays full',
  'relay: queue from relays full',
  'relay: packet too large',
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** Columns of a peer's row. Instants in ms (0: never), bytes of inner packets, packets. */
const COLUMNS = ['rxBytes', 'txBytes', 'rxPackets', 'txPackets', 'lastAuthenticAt', 'lastDataAt', 'lastSentAt', 'handshakeAt'] as const;
export type PeerColumn = (typeof COLUMNS)[number];

/** Bytes of memory for this many peers. */
export function countersBytes(peers: number): number {
  return (peers * COLUMNS.length + REFUSALS.length) * 8;
}

const COLUMN_INDEX = Object.fromEntries(COLUMNS.map((name, i) => [name, i])) as Readonly<Record<PeerColumn, number>>;
const RX_BYTES = COLUMN_INDEX.rxBytes;
const TX_BYTES = COLUMN_INDEX.txBytes;
const RX_PACKETS = COLUMN_INDEX.rxPackets;
const TX_PACKETS = COLUMN_INDEX.txPackets;
const LAST_AUTHENTIC_AT = COLUMN_INDEX.lastAuthenticAt;
const LAST_DATA_AT = COLUMN_INDEX.lastDataAt;
const LAST_SENT_AT = COLUMN_INDEX.lastSentAt;
const REFUSAL_INDEX = new Map<Refusal, number>(REFUSALS.map((name, i) => [name, i]));

export class Counters {
  readonly buffer: ArrayBufferLike;
  /** How many peers have a row. */
  readonly rows: number;
  readonly #peers: Float64Array;
  readonly #refusals: Float64Array;

  /** Rows for PeerIds 0 to `peers` - 1. `buffer`, shared or not, has `countersBytes(peers)`. */
  constructor(peers: number, buffer: ArrayBufferLike = new ArrayBuffer(countersBytes(peers))) {
    this.buffer = buffer;
    this.rows = peers;
    this.#peers = new Float64Array(buffer, 0, peers * COLUMNS.length);
    this.#refusals = new Float64Array(buffer, peers * COLUMNS.length * 8, REFUSALS.length);
  }

  /** Inner data went out to this peer. The three `note` methods are the packet path's: no look-up by name. */
  noteSent(peer: PeerId, bytes: number, at: Instant): void {
    const row = peer * COLUMNS.length;
    this.#peers[row + TX_BYTES]! += bytes;
    this.#peers[row + TX_PACKETS]! += 1;
    this.#peers[row + LAST_SENT_AT] = at;
  }

  /** Inner data came in from this peer. */
  noteReceived(peer: PeerId, bytes: number, at: Instant): void {
    const row = peer * COLUMNS.length;
    this.#peers[row + RX_BYTES]! += bytes;
    this.#peers[row + RX_PACKETS]! += 1;
    this.#peers[row + LAST_DATA_AT] = at;
  }

  /** Anything authentic came in from this peer. */
  noteAuthentic(peer: PeerId, at: Instant): void {
    this.#peers[peer * COLUMNS.length + LAST_AUTHENTIC_AT] = at;
  }

  setAt(peer: PeerId, column: PeerColumn, at: Instant): void {
    this.#peers[peer * COLUMNS.length + COLUMN_INDEX[column]] = at;
  }

  read(peer: PeerId, column: PeerColumn): number {
    return this.#peers[peer * COLUMNS.length + COLUMN_INDEX[column]]!;
  }

  /** An instant column; undefined where nothing was written yet. */
  readAt(peer: PeerId, column: PeerColumn): Instant | undefined {
    const value = this.read(peer, column);
    return value === 0 ? undefined : instant(value);
  }

  clearPeer(peer: PeerId): void {
    this.#peers.fill(0, peer * COLUMNS.length, (peer + 1) * COLUMNS.length);
  }

  refuse(reason: Refusal, times = 1): void {
    this.#refusals[REFUSAL_INDEX.get(reason)!]! += times;
  }

  refused(reason: Refusal): number {
    return this.#refusals[REFUSAL_INDEX.get(reason)!]!;
  }

  /** Every reason counted at least once. */
  refusals(): Partial<Record<Refusal, number>> {
    const out: Partial<Record<Refusal, number>> = {};
    for (const reason of REFUSALS) {
      const n = this.refused(reason);
      if (n > 0) out[reason] = n;
    }
    return out;
  }
}
