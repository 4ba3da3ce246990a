/** One connection to the relay server: its frames both ways, and the packets that wait for it. Caller: relay-server.ts. */
import { RingQueue } from '../../base/ring.ts';
import { after, type Duration, type Instant } from '../../time/instant.ts';
import { TokenBucket } from '../../time/token-bucket.ts';
import { DERP, DerpReader, DerpWriter } from '../../wire/derp.ts';

/** Packets that wait for one client; the oldest goes first. */
const QUEUED_PACKETS = 32;
/** Bytes on their way to the system beyond which packets wait. */
const WINDOW = 65_536;
/** A client that takes nothing for this long is cut off. */
const STUCK_AFTER: Duration = 2_000;
const HANDSHAKE_WITHIN: Duration = 10_000;
/** Notices that a peer is not here: so many at once, then one a second. */
const GONE_BURST = 3;
const GONE_EVERY: Duration = 1_000;

interface QueuedPacket {
  readonly source: Uint8Array;
  readonly packet: Uint8Array;
}

export class RelayClient {
  readonly connection: number;
  readonly reader = new DerpReader();
  readonly writer = new DerpWriter();
  readonly gone = new TokenBucket(GONE_BURST, GONE_EVERY);
  /** Of the boxes between us; set when it has told its key. */
  readonly boxKey = new Uint8Array(32);
  /** As text; undefined: it has not told who it is. */
  key: string | undefined;
  rawKey = new Uint8Array(0);
  home = false;
  /** It spoke while nobody listened. */
  missed = false;
  keepAliveAt: Instant;
  /** Bytes that it may still send, when the server limits that. */
  tokens = 0;
  tokensAt: Instant;
  readonly #queue = new RingQueue<QueuedPacket>(QUEUED_PACKETS);
  #inCarrier = 0;
  #stuckSince: Instant | undefined;
  readonly #connectedAt: Instant;

  constructor(connection: number, keepAliveAt: Instant, now: Instant) {
    this.connection = connection;
    this.keepAliveAt = keepAliveAt;
    this.tokensAt = now;
    this.#connectedAt = now;
  }

  /** When it is to be cut off, if nothing comes before. */
  get cutOffAt(): Instant | undefined {
    if (this.key === undefined) return after(this.#connectedAt, HANDSHAKE_WITHIN);
    return this.#stuckSince === undefined ? undefined : after(this.#stuckSince, STUCK_AFTER);
  }

  /** How many were dropped for it: none or one. */
  deliver(source: Uint8Array, packet: Uint8Array, now: Instant): number {
    if (this.#queue.size === 0 && this.#inCarrier + this.writer.length < WINDOW) {
      this.writer.frame(DERP.recvPacket, source, packet);
      return 0;
    }
    this.#stuckSince ??= now;
    return this.#queue.pushDroppingOldest({ source: source.slice(), packet: packet.slice() }) === undefined ? 0 : 1;
  }

  written(bytes: number, now: Instant): void {
    this.#inCarrier = Math.max(0, this.#inCarrier - bytes);
    while (this.#inCarrier + this.writer.length < WINDOW) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.writer.frame(DERP.recvPacket, next.source, next.packet);
    }
    this.#stuckSince = this.#queue.size === 0 ? undefined : now;
  }

  /** What was gathered, for the carrier; undefined: nothing. */
  take(): Uint8Array | undefined {
    const bytes = this.writer.take();
    if (bytes !== undefined) this.#inCarrier += bytes.length;
    return bytes;
  }
}
