/**
 * A queue of packets between the packet thread and the event thread, which has the relays: one writer, one reader, in
 * memory that both share. No message per packet; a reader that sleeps is woken once. Bounded: what finds
 * no room is dropped by the writer, who counts it. In the simulator and in one thread it lies over an ordinary buffer.
 *
 * A record is three 32-bit words (length, region, peer) and the packet's bytes. It is seen only when it is whole.
 */
import type { PeerId } from '../base/brand.ts';

/** Bytes of packets that wait, at most: a fifth of a second at 100 Mbit/s. A power of two. */
const CAPACITY = 2 ** 21;
const HEADER = 12;
const WRITTEN = 0;
const READ = 1;
const ASLEEP = 2;
const CONTROL_WORDS = 4;
/** In place of a length: the rest up to the end is empty. */
const SKIP = -1;

export const RELAY_RING_BYTES = CONTROL_WORDS * 4 + CAPACITY;

export class RelayRing {
  readonly buffer: ArrayBufferLike;
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(buffer: ArrayBufferLike = new ArrayBuffer(RELAY_RING_BYTES)) {
    this.buffer = buffer;
    this.#control = new Int32Array(buffer, 0, CONTROL_WORDS);
    this.#words = new Int32Array(buffer, CONTROL_WORDS * 4, CAPACITY / 4);
    this.#bytes = new Uint8Array(buffer, CONTROL_WORDS * 4, CAPACITY);
  }

  /** The writer's. False: there is no room, and nothing was written. */
  push(region: number, peer: PeerId, from: Uint8Array, offset = 0, length = from.length): boolean {
    const written = Atomics.load(this.#control, WRITTEN) >>> 0;
    const waiting = (written - (Atomics.load(this.#control, READ) >>> 0)) >>> 0;
    const size = HEADER + ((length + 3) & ~3);
    let at = written & (CAPACITY - 1);
    const toEnd = CAPACITY - at;
    const skipped = size > toEnd ? toEnd : 0;
    if (waiting + skipped + size > CAPACITY) return false;
    if (skipped > 0) {
      this.#words[at >>> 2] = SKIP;
      at = 0;
    }
    const word = at >>> 2;
    this.#words[word] = length;
    this.#words[word + 1] = region;
    this.#words[word + 2] = peer;
    this.#bytes.set(offset === 0 && length === from.length ? from : from.subarray(offset, offset + length), at + HEADER);
    Atomics.store(this.#control, WRITTEN, (written + skipped + size) | 0);
    return true;
  }

  /** The writer's, whether it wrote or not: true when packets wait and the reader sleeps, so that it has to be woken. Says so once. */
  mustWake(): boolean {
    return !this.isEmpty && Atomics.load(this.#control, ASLEEP) === 1 && Atomics.exchange(this.#control, ASLEEP, 0) === 1;
  }

  /** The reader's: hands on at most `most` packets, each valid only during the call. Returns how many. */
  take(most: number, packet: (region: number, peer: PeerId, bytes: Uint8Array) => void): number {
    let taken = 0;
    let read = Atomics.load(this.#control, READ) >>> 0;
    while (taken < most && read !== Atomics.load(this.#control, WRITTEN) >>> 0) {
      let at = read & (CAPACITY - 1);
      if (this.#words[at >>> 2] === SKIP) {
        read = (read + CAPACITY - at) >>> 0;
        at = 0;
      }
      const word = at >>> 2;
      const length = this.#words[word]!;
      packet(this.#words[word + 1]!, this.#words[word + 2]! as PeerId, this.#bytes.subarray(at + HEADER, at + HEADER + length));
      read = (read + HEADER + ((length + 3) & ~3)) >>> 0;
      Atomics.store(this.#control, READ, read | 0);
      taken++;
    }
    return taken;
  }

  /** The reader's, before it waits: true when nothing came meanwhile; else it has to take again. */
  sleep(): boolean {
    Atomics.store(this.#control, ASLEEP, 1);
    if (this.isEmpty) return true;
    Atomics.store(this.#control, ASLEEP, 0);
    return false;
  }

  get isHalfFull(): boolean {
    return ((Atomics.load(this.#control, WRITTEN) >>> 0) - (Atomics.load(this.#control, READ) >>> 0)) >>> 0 >= CAPACITY / 2;
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#control, READ) === Atomics.load(this.#control, WRITTEN);
  }
}

/** Both ways. The packet thread writes `toRelays` and reads `fromRelays`. */
export interface RelayRings {
  readonly toRelays: RelayRing;
  readonly fromRelays: RelayRing;
}
