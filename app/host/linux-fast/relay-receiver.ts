/**
 * Takes packets that relays brought, out of the ring or from a connection of this thread, in batches, into the place where
 * received datagrams lie. It looks into none. Caller: the fast loop, which has nothing else there at that time.
 */
import type { PacketBatch } from '../../base/batch.ts';
import type { PeerId } from '../../base/brand.ts';
import type { EndpointTable } from '../../base/endpoints.ts';
import type { Counters } from '../../ports/counters.ts';
import type { RelayRing } from '../../ports/relay-ring.ts';
import { READ_ROOM, type Places } from './places.ts';

/** Packets in a batch, of which even the largest that a relay carries has room alone. */
const SLOTS = 32;

export class RelayReceiver {
  /** Of the last `receive`. */
  readonly batch: PacketBatch;
  readonly #places: Places;
  readonly #ring: RelayRing;
  readonly #endpoints: EndpointTable;
  readonly #counters: Counters;
  #used = 0;

  constructor(places: Places, ring: RelayRing, endpoints: EndpointTable, counters: Counters) {
    this.batch = { arena: places.memory, count: 0, offset: new Int32Array(SLOTS), length: new Int32Array(SLOTS), tag: new Int32Array(SLOTS) };
    this.#places = places;
    this.#ring = ring;
    this.#endpoints = endpoints;
    this.#counters = counters;
    ring.sleep();
  }

  /** Fills the batch. False: nothing waits, and whoever writes next will wake us. */
  receive(): boolean {
    this.clear();
    // One at a time: whether the next one still fits is known only when it is seen.
    while (!this.isFull) if (this.#ring.take(1, this.put) === 0) break;
    return this.batch.count > 0 || !this.#ring.sleep();
  }

  clear(): void {
    this.batch.count = 0;
    this.#used = 0;
  }

  /** The next one may not fit: the batch is to be emptied first. */
  get isFull(): boolean {
    return this.batch.count === SLOTS || this.#used > READ_ROOM / 2;
  }

  readonly put = (region: number, peer: PeerId, bytes: Uint8Array): void => {
    if (this.#used + bytes.length > READ_ROOM) {
      this.#counters.refuse('relay: packet too large');
      return;
    }
    const { batch } = this;
    const at = this.#places.received + this.#used;
    this.#places.memory.bytes.set(bytes, at);
    batch.offset[batch.count] = at;
    batch.length[batch.count] = bytes.length;
    batch.tag[batch.count] = this.#endpoints.internRelay(region, peer);
    batch.count++;
    this.#used += bytes.length;
  };
}
