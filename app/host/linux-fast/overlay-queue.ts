/**
 * What came out of the TUN device and waits for its turn. The device's own queue knows one order, first come first served,
 * and a download fills it; so it is emptied into slots here as often as possible, and the flows take turns (FlowQueue).
 * Small packets move to small slots, so that a flood of them does not use up the room for super-packets. When there is no
 * room, packets wait in the device, which drops what it cannot hold: that is the bound.
 *
 * It reads and orders; it cuts, seals and drops nothing. Caller: the fast loop.
 */
import { FlowQueue } from '../../queueing/flow-queue.ts';
import { flowHash } from '../../queueing/flow-hash.ts';
import type { Sums } from '../../offload/checksum.ts';
import type { Instant } from '../../time/instant.ts';
import { VIRTIO_HEADER } from '../../wire/virtio-net.ts';
import { errno, errnoName, libc } from '../../../native-bindings/linux/index.ts';
import { LARGE_SLOTS, READ_ROOM, SMALL_PACKET, SMALL_SLOTS, type Places } from './places.ts';

const FLOWS = 256;
/** Four turns for a super-packet of 64 KiB. */
const QUANTUM = 16_384;
/** RFC 8290 section 5.2's defaults: what waits here is under way to anywhere in the world. */
const CODEL = { targetMs: 5, intervalMs: 100 };
/** Counts beside the length: a packet costs more than its bytes. */
const PER_PACKET = 256;

export class OverlayQueue {
  /** The packet of the last `shift`: [at, at + length), its virtio header in front. */
  at = 0;
  length = 0;
  readonly #places: Places;
  readonly #fd: number;
  readonly #sums: Sums;
  readonly #seed: number;
  readonly #libc = libc();
  readonly #queue = new FlowQueue({ slots: LARGE_SLOTS + SMALL_SLOTS, flows: FLOWS, quantum: QUANTUM, codel: CODEL });
  readonly #lengths = new Int32Array(LARGE_SLOTS + SMALL_SLOTS);
  /** Free slots as stacks: what was used last is in the processor's cache still. */
  readonly #freeLarge = Int32Array.from({ length: LARGE_SLOTS }, (_, i) => LARGE_SLOTS - 1 - i);
  readonly #freeSmall = Int32Array.from({ length: SMALL_SLOTS }, (_, i) => LARGE_SLOTS + SMALL_SLOTS - 1 - i);
  #large = LARGE_SLOTS;
  #small = SMALL_SLOTS;
  #out = -1;

  constructor(places: Places, fd: number, sums: Sums, seed: number) {
    this.#places = places;
    this.#fd = fd;
    this.#sums = sums;
    this.#seed = seed;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** CoDel asks to drop or mark (part of) the packet of the last `shift`. */
  get overdue(): boolean {
    return this.#queue.overdue;
  }

  /** Takes what waits in the device, as far as there is room. An errno name when the device fails. */
  fill(now: Instant): string | undefined {
    const { memory, largeSlots, smallSlots } = this.#places;
    while (this.#large > 0 && this.#small > 0) {
      const large = this.#freeLarge[this.#large - 1]!;
      const at = largeSlots[large]!;
      const n = this.#libc.read(this.#fd, memory.base + at - VIRTIO_HEADER, READ_ROOM);
      if (n < 0) {
        const code = errnoName(errno());
        return code === 'EAGAIN' || code === 'EINTR' ? undefined : code;
      }
      const length = n - VIRTIO_HEADER;
      let slot = large;
      if (length <= SMALL_PACKET) {
        slot = this.#freeSmall[--this.#small]!;
        this.#sums.copy(smallSlots[slot - LARGE_SLOTS]! - VIRTIO_HEADER, at - VIRTIO_HEADER, n);
      } else {
        this.#large--;
      }
      this.#lengths[slot] = length;
      this.#queue.push(slot, flowHash(memory.view, at, length, this.#seed), length + PER_PACKET, now);
    }
    return undefined;
  }

  /** False when nothing waits. The packet stays until the next `shift` or `release`. */
  shift(now: Instant): boolean {
    this.release();
    const slot = this.#queue.shift(now);
    if (slot < 0) return false;
    this.#out = slot;
    this.at = slot < LARGE_SLOTS ? this.#places.largeSlots[slot]! : this.#places.smallSlots[slot - LARGE_SLOTS]!;
    this.length = this.#lengths[slot]!;
    return true;
  }

  /** The packet of the last `shift` is not needed any more. */
  release(): void {
    const slot = this.#out;
    if (slot < 0) return;
    this.#out = -1;
    if (slot < LARGE_SLOTS) this.#freeLarge[this.#large++] = slot;
    else this.#freeSmall[this.#small++] = slot;
  }
}
