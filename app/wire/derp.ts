/**
 * DERP frames: how a relay and its clients speak over a byte stream. Pure codec: a reader over chunks cut anywhere, a writer
 * that gathers frames into one piece, and the payloads of each frame. It knows no region and keeps no connection.
 *
 * Facts: docs and published constants of Tailscale's derp package. A frame is a type, a big-endian 32-bit length, and so
 * many bytes. Readers are liberal (unknown types and short frames are for the caller to skip), writers strict.
 */
import { reject, type Reject } from '../base/reject.ts';

export const DERP_VERSION = 2;
/** "DERP" and a key. */
export const DERP_MAGIC = Uint8Array.of(0x44, 0x45, 0x52, 0x50, 0xf0, 0x9f, 0x94, 0x91);
export const DERP_KEY = 32;
export const DERP_NONCE = 24;
/** Bytes of the largest packet that is relayed. */
export const DERP_PACKET = 65_536;
/** Bytes of a frame's header. */
export const DERP_HEADER = 5;
const GREETING_AT_MOST = 1_024;
const FRAME_AT_MOST = 1_048_576;
/** A buffer larger than the largest packet needs is not kept for the next frame. */
const KEPT_AT_MOST = 2 * DERP_PACKET;

export const DERP = {
  serverKey: 0x01,
  clientInfo: 0x02,
  serverInfo: 0x03,
  sendPacket: 0x04,
  recvPacket: 0x05,
  keepAlive: 0x06,
  notePreferred: 0x07,
  peerGone: 0x08,
  peerPresent: 0x09,
  ping: 0x12,
  pong: 0x13,
  health: 0x14,
  restarting: 0x15,
} as const;

/** Bytes that a gathering begins with: not more than this, however much the last one had. */
const SMALL_PIECE = 512;
const LARGE_PIECE = 65_536;

const TOO_LARGE = reject('derp: frame too large');

/**
 * Cuts a stream into frames. A frame that lies whole in one chunk is not copied. Memory: what came of one frame, in a buffer
 * that grows with what came, not with what a header claims: at most twice that, and never more than one frame may have.
 */
export class DerpReader {
  /** The start of a frame that the last chunk did not end, header first. */
  #held = new Uint8Array(0);
  #heldLength = 0;
  #first = true;

  /** Bytes of memory in use. */
  get held(): number {
    return this.#held.length;
  }

  /**
   * Hands each whole frame to `frame`; its payload is valid only during the call. Where `frame` returns false the stream is
   * over: the rest of the chunk is not read. So it is after a Reject.
   */
  read(chunk: Uint8Array, frame: (type: number, payload: Uint8Array) => boolean): Reject<'derp: frame too large'> | undefined {
    let at = 0;
    while (this.#heldLength > 0) {
      const wanted = this.#heldLength < DERP_HEADER ? DERP_HEADER : this.#whole(this.#held, 0);
      if (wanted === undefined) return TOO_LARGE;
      const part = chunk.subarray(at, at + wanted - this.#heldLength);
      this.#hold(part, wanted);
      at += part.length;
      if (this.#heldLength < wanted) return undefined;
      // The header is whole now, and tells of a payload.
      if (wanted === DERP_HEADER && this.#whole(this.#held, 0) !== DERP_HEADER) continue;
      this.#heldLength = 0;
      this.#first = false;
      const goesOn = frame(this.#held[0]!, this.#held.subarray(DERP_HEADER, wanted));
      if (this.#held.length > KEPT_AT_MOST) this.#held = new Uint8Array(0);
      if (!goesOn) return undefined;
    }
    while (chunk.length - at >= DERP_HEADER) {
      const whole = this.#whole(chunk, at);
      if (whole === undefined) return TOO_LARGE;
      if (chunk.length - at < whole) break;
      this.#first = false;
      if (!frame(chunk[at]!, chunk.subarray(at + DERP_HEADER, at + whole))) return undefined;
      at += whole;
    }
    if (at < chunk.length) this.#hold(chunk.subarray(at), this.#first ? DERP_HEADER + GREETING_AT_MOST : DERP_HEADER + FRAME_AT_MOST);
    return undefined;
  }

  /** Header and payload in bytes; undefined: more than is taken. */
  #whole(bytes: Uint8Array, at: number): number | undefined {
    const length = ((bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!) >>> 0;
    return length > (this.#first ? GREETING_AT_MOST : FRAME_AT_MOST) ? undefined : DERP_HEADER + length;
  }

  /** `part` belongs to a frame of at most `limit` bytes. */
  #hold(part: Uint8Array, limit: number): void {
    const needed = this.#heldLength + part.length;
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, Math.min(limit, 2 * this.#held.length)));
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(part, this.#heldLength);
    this.#heldLength = needed;
  }
}

/** Gathers frames, so that many go out in one piece. */
export class DerpWriter {
  #bytes = new Uint8Array(0);
  #length = 0;
  /** How much the last piece had: the next one is often as large. */
  #likely = SMALL_PIECE;

  get length(): number {
    return this.#length;
  }

  /** One frame of these parts. */
  frame(type: number, a?: Uint8Array, b?: Uint8Array, c?: Uint8Array): void {
    const payload = (a?.length ?? 0) + (b?.length ?? 0) + (c?.length ?? 0);
    const bytes = this.#room(DERP_HEADER + payload);
    let at = this.#length;
    bytes[at] = type;
    bytes[at + 1] = payload >>> 24;
    bytes[at + 2] = payload >>> 16;
    bytes[at + 3] = payload >>> 8;
    bytes[at + 4] = payload;
    at += DERP_HEADER;
    for (const part of [a, b, c]) {
      if (part === undefined) continue;
      bytes.set(part, at);
      at += part.length;
    }
    this.#length = at;
  }

  /** All that was gathered, which is the caller's now; undefined: nothing. */
  take(): Uint8Array | undefined {
    if (this.#length === 0) return undefined;
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#likely = Math.max(SMALL_PIECE, Math.min(this.#length, LARGE_PIECE));
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
    return bytes;
  }

  #room(more: number): Uint8Array {
    const wanted = this.#length + more;
    if (wanted <= this.#bytes.length) return this.#bytes;
    const grown = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length, this.#likely));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    return grown;
  }
}

/** The server's key out of a ServerKey frame; undefined: not a greeting. */
export function readServerKey(payload: Uint8Array): Uint8Array | undefined {
  if (payload.length < DERP_MAGIC.length + DERP_KEY) return undefined;
  for (let i = 0; i < DERP_MAGIC.length; i++) if (payload[i] !== DERP_MAGIC[i]) return undefined;
  return payload.slice(DERP_MAGIC.length, DERP_MAGIC.length + DERP_KEY);
}

export interface DerpServerInfo {
  /** Bytes that this client may send; undefined: no limit. */
  readonly bytesPerSecond: number | undefined;
  readonly burstBytes: number | undefined;
}

const NO_LIMITS: DerpServerInfo = { bytesPerSecond: undefined, burstBytes: undefined };

/** The JSON of a ServerInfo box. What is missing or makes no sense is no limit. */
export function readServerInfo(json: string): DerpServerInfo {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return NO_LIMITS;
  }
  if (typeof value !== 'object' || value === null) return NO_LIMITS;
  const { TokenBucketBytesPerSecond: rate, TokenBucketBytesBurst: burst } = value as Readonly<Record<string, unknown>>;
  const bytesPerSecond = positive(rate);
  return bytesPerSecond === undefined ? NO_LIMITS : { bytesPerSecond, burstBytes: positive(burst) };
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}

export function clientInfoJson(): string {
  return JSON.stringify({ version: DERP_VERSION, CanAckPings: true });
}

export interface DerpPeerGone {
  readonly peer: Uint8Array;
  /** A packet of ours was dropped, since the peer is not connected there. */
  readonly dropped: boolean;
}

/** Undefined: too short. A missing reason is 0: it disconnected. */
export function readPeerGone(payload: Uint8Array): DerpPeerGone | undefined {
  return payload.length < DERP_KEY ? undefined : { peer: payload.subarray(0, DERP_KEY), dropped: payload[DERP_KEY] === 1 };
}

/** ms until the relay can be reached again, and for how long to try; undefined: too short. */
export function readRestarting(payload: Uint8Array): { readonly inMs: number; readonly forMs: number } | undefined {
  if (payload.length < 8) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return { inMs: view.getUint32(0), forMs: view.getUint32(4) };
}
