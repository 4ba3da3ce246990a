/**
 * Remembers the newest flows that this computer sent out, so that their answers may come in: the last RETURN_FLOWS
 * five-tuples of UDP and SCTP, the least recently used one leaves first. No time-out. Fixed memory, no allocation. A flow is
 * kept as its answer will look.
 */
import type { InnerHeader } from '../wire/ip-packet.ts';
import type { TransportHeader } from '../wire/transport-header.ts';

/** As the stock client keeps. */
export const RETURN_FLOWS = 512;
const BUCKETS = 1_024;
const NONE = -1;
/** Source, destination, both ports, protocol and family. */
const WORDS = 10;

export class ReturnCache {
  readonly #keys = new Int32Array(RETURN_FLOWS * WORDS);
  readonly #wanted = new Int32Array(WORDS);
  readonly #buckets = new Int16Array(BUCKETS).fill(NONE);
  /** Next entry of the same bucket. */
  readonly #chain = new Int16Array(RETURN_FLOWS);
  readonly #bucketOf = new Int16Array(RETURN_FLOWS);
  /** The order of use, newest first. */
  readonly #newer = new Int16Array(RETURN_FLOWS);
  readonly #older = new Int16Array(RETURN_FLOWS);
  #newest = NONE;
  #oldest = NONE;
  #size = 0;

  /** An outgoing packet: what answers it may come in. */
  note(header: InnerHeader, transport: TransportHeader): void {
    const wanted = this.#wanted;
    wanted[0] = header.d0;
    wanted[1] = header.d1;
    wanted[2] = header.d2;
    wanted[3] = header.d3;
    wanted[4] = header.s0;
    wanted[5] = header.s1;
    wanted[6] = header.s2;
    wanted[7] = header.s3;
    wanted[8] = (transport.destinationPort << 16) | transport.sourcePort;
    wanted[9] = (transport.protocol << 8) | header.family;
    const bucket = this.#bucket();
    const found = this.#find(bucket);
    if (found !== NONE) this.#use(found);
    else this.#add(bucket);
  }

  /** True when an incoming packet answers one that was noted; it counts as use. */
  answers(header: InnerHeader, transport: TransportHeader): boolean {
    const wanted = this.#wanted;
    wanted[0] = header.s0;
    wanted[1] = header.s1;
    wanted[2] = header.s2;
    wanted[3] = header.s3;
    wanted[4] = header.d0;
    wanted[5] = header.d1;
    wanted[6] = header.d2;
    wanted[7] = header.d3;
    wanted[8] = (transport.sourcePort << 16) | transport.destinationPort;
    wanted[9] = (transport.protocol << 8) | header.family;
    const found = this.#find(this.#bucket());
    if (found === NONE) return false;
    this.#use(found);
    return true;
  }

  clear(): void {
    this.#buckets.fill(NONE);
    this.#newest = this.#oldest = NONE;
    this.#size = 0;
  }

  #bucket(): number {
    const w = this.#wanted;
    let hash = Math.imul(w[3]! ^ w[1]!, 0x9e3779b1) ^ Math.imul(w[7]! ^ w[5]!, 0x85ebca6b) ^ Math.imul(w[8]!, 0xc2b2ae35) ^ Math.imul(w[9]! ^ w[0]! ^ w[2]! ^ w[4]! ^ w[6]!, 0x27d4eb2f);
    hash ^= hash >>> 15;
    return hash & (BUCKETS - 1);
  }

  #find(bucket: number): number {
    const keys = this.#keys;
    const wanted = this.#wanted;
    let entry = this.#buckets[bucket]!;
    for (; entry !== NONE; entry = this.#chain[entry]!) {
      const at = entry * WORDS;
      let same = 0;
      while (same < WORDS && keys[at + same] === wanted[same]) same++;
      if (same === WORDS) break;
    }
    return entry;
  }

  #add(bucket: number): void {
    const entry = this.#size < RETURN_FLOWS ? this.#size++ : this.#dropOldest();
    this.#keys.set(this.#wanted, entry * WORDS);
    this.#chain[entry] = this.#buckets[bucket]!;
    this.#buckets[bucket] = entry;
    this.#bucketOf[entry] = bucket;
    this.#putFirst(entry);
  }

  /** The entry that is free now. */
  #dropOldest(): number {
    const entry = this.#oldest;
    const bucket = this.#bucketOf[entry]!;
    this.#takeOut(entry);
    if (this.#buckets[bucket] === entry) this.#buckets[bucket] = this.#chain[entry]!;
    else {
      let before = this.#buckets[bucket]!;
      while (this.#chain[before] !== entry) before = this.#chain[before]!;
      this.#chain[before] = this.#chain[entry]!;
    }
    return entry;
  }

  #use(entry: number): void {
    if (entry === this.#newest) return;
    this.#takeOut(entry);
    this.#putFirst(entry);
  }

  #putFirst(entry: number): void {
    this.#newer[entry] = NONE;
    this.#older[entry] = this.#newest;
    if (this.#newest === NONE) this.#oldest = entry;
    else this.#newer[this.#newest] = entry;
    this.#newest = entry;
  }

  #takeOut(entry: number): void {
    const newer = this.#newer[entry]!;
    const older = this.#older[entry]!;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
  }
}
