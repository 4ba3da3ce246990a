/**
 * What a recording keeps of the bytes that a relay sends: every frame of the relay itself, the head of each disco message,
 * and of WireGuard's packets only how many came, how long, from whom. So a relayed download costs a few bytes a chunk. A
 * replay gets a stream of the same frames at the same places, with zeros where data was. Callers: journal.ts, replay.ts.
 */
import { sameBytes } from '../base/bytes.ts';
import { DERP, DERP_HEADER, DERP_KEY } from '../wire/derp.ts';
import { DISCO_HEAD, isDisco } from '../wire/disco.ts';
import { Damage, type ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { ValueReader, ValueWriter } from './values.ts';

const LITERAL = 0;
const ZEROS = 1;
const PACKETS = 2;
/** Bytes of one chunk; the host's are smaller. */
const CHUNK_AT_MOST = 16_777_216;

/** One connection's. Chunks are cut anywhere. */
export class RelayStreamWriter {
  readonly #header = new Uint8Array(DERP_HEADER);
  #headerLength = 0;
  /** Of the payload that is coming, and how much of it is past. */
  #left = 0;
  #past = 0;

  write(chunk: Uint8Array, out: ByteWriter, values: ValueWriter): void {
    out.count(chunk.length);
    let literal = 0;
    let at = 0;
    const endLiteral = (): void => {
      if (literal === 0) return;
      out.byte(LITERAL);
      out.bytes(chunk.subarray(at - literal, at));
      literal = 0;
    };
    while (at < chunk.length) {
      if (this.#left > 0) {
        const part = Math.min(this.#left, chunk.length - at);
        const kept = this.#header[0] === DERP.recvPacket ? keptOfPacket(chunk.subarray(at, at + part), this.#past) : part;
        literal += kept;
        at += kept;
        if (kept < part) {
          endLiteral();
          out.byte(ZEROS);
          out.count(part - kept);
          at += part - kept;
        }
        this.#left -= part;
        this.#past += part;
        continue;
      }
      const run = this.#headerLength === 0 ? packetsAt(chunk, at) : undefined;
      if (run !== undefined) {
        endLiteral();
        out.byte(PACKETS);
        out.count(run.count);
        values.key(run.key);
        out.count(run.length);
        out.byte(run.first);
        at += run.count * (DERP_HEADER + DERP_KEY + run.length);
        continue;
      }
      this.#header[this.#headerLength++] = chunk[at]!;
      literal++;
      at++;
      if (this.#headerLength < DERP_HEADER) continue;
      this.#headerLength = 0;
      this.#left = new DataView(this.#header.buffer).getUint32(1);
      this.#past = 0;
    }
    endLiteral();
  }
}

/** How much of this part of a packet's frame is kept. `past`: bytes of the frame before it. */
function keptOfPacket(part: Uint8Array, past: number): number {
  if (past === 0 && part.length >= DERP_KEY + DISCO_HEAD && !isDisco(part.subarray(DERP_KEY))) return DERP_KEY + 1;
  return Math.max(0, Math.min(part.length, DERP_KEY + DISCO_HEAD - past));
}

interface Run {
  readonly count: number;
  readonly key: Uint8Array;
  readonly length: number;
  readonly first: number;
}

/** Whole packets of WireGuard that are alike, from here. Undefined: something else. */
function packetsAt(chunk: Uint8Array, from: number): Run | undefined {
  const length = packetLength(chunk, from);
  if (length === undefined) return undefined;
  const keyAt = from + DERP_HEADER;
  const key = chunk.subarray(keyAt, keyAt + DERP_KEY);
  const first = chunk[keyAt + DERP_KEY]!;
  let count = 1;
  for (let at = keyAt + DERP_KEY + length; packetLength(chunk, at) === length; at += DERP_HEADER + DERP_KEY + length) {
    const other = at + DERP_HEADER;
    if (chunk[other + DERP_KEY] !== first || !sameBytes(chunk.subarray(other, other + DERP_KEY), key)) break;
    count++;
  }
  return { count, key, length, first };
}

/** Of the packet of WireGuard that lies whole in the chunk here. */
function packetLength(chunk: Uint8Array, at: number): number | undefined {
  if (chunk.length - at <= DERP_HEADER + DERP_KEY || chunk[at] !== DERP.recvPacket) return undefined;
  const payload = ((chunk[at + 1]! << 24) | (chunk[at + 2]! << 16) | (chunk[at + 3]! << 8) | chunk[at + 4]!) >>> 0;
  const end = at + DERP_HEADER + payload;
  if (payload <= DERP_KEY || end > chunk.length || isDisco(chunk.subarray(at + DERP_HEADER + DERP_KEY, end))) return undefined;
  return payload - DERP_KEY;
}

/** The chunk as a replay sees it. */
export function readRelayChunk(from: ByteReader, values: ValueReader): Uint8Array {
  const length = from.count();
  if (length > CHUNK_AT_MOST) throw new Damage('a chunk of a relay is too long');
  const chunk = new Uint8Array(length);
  const filled = { to: 0 };
  const take = (bytes: number): number => {
    if (bytes > length - filled.to) throw new Damage('a chunk of a relay has more than its length');
    filled.to += bytes;
    return filled.to - bytes;
  };
  while (filled.to < length) {
    const form = from.byte();
    if (form === LITERAL) {
      const bytes = from.bytes();
      chunk.set(bytes, take(bytes.length));
    } else if (form === ZEROS) {
      take(from.count());
    } else if (form === PACKETS) {
      const count = from.count();
      const key = values.key();
      const packet = from.count();
      const first = from.byte();
      const whole = DERP_HEADER + DERP_KEY + packet;
      const start = take(count * whole);
      for (let i = 0; i < count; i++) {
        const frame = start + i * whole;
        chunk[frame] = DERP.recvPacket;
        new DataView(chunk.buffer).setUint32(frame + 1, DERP_KEY + packet);
        chunk.set(key, frame + DERP_HEADER);
        chunk[frame + DERP_HEADER + DERP_KEY] = first;
      }
    } else {
      throw new Damage('a chunk of a relay of an unknown form');
    }
  }
  return chunk;
}

/** A writer for each connection that is open. */
export class RelayStreams {
  readonly #writers = new Map<number, RelayStreamWriter>();

  of(generation: number): RelayStreamWriter {
    let writer = this.#writers.get(generation);
    if (writer === undefined) {
      writer = new RelayStreamWriter();
      this.#writers.set(generation, writer);
    }
    return writer;
  }

  ended(generation: number): void {
    this.#writers.delete(generation);
  }
}
