/**
 * Where everything of the fast mover lies in its one piece of native memory. Made once; nothing moves, nothing grows.
 * Offsets are in bytes; addresses are `memory.base` plus offset.
 */
import { HEADROOM, TAILROOM } from '../../base/batch.ts';
import { COALESCER_ROOM } from '../../offload/coalesce.ts';
import { createNativeMemory, type NativeMemory } from '../../../native-bindings/linux/index.ts';
import { POLLFD } from '../../../native-bindings/linux/headers/poll.ts';
import { SCRATCH_ROOM } from '../crypto/fast-packet-key.ts';

/** The largest read from a TUN device or a socket. */
export const READ_ROOM = 65_536;
/** Packets of the device that wait for their turn: such as need a slot of READ_ROOM, and such as do not. */
export const LARGE_SLOTS = 64;
export const SMALL_SLOTS = 1_024;
/** Bytes. */
export const SMALL_PACKET = 1_792;
/** Packets in a batch on their way out; a super-packet of 64 KiB has 47 at an MTU of 1,420. */
export const OUT_SLOTS = 64;
/** A run of datagrams for one send, and one more behind it. */
export const GATHER_ROOM = 2 * READ_ROOM;
/** TUN, bell, two sockets, relay connections. */
export const POLLED_AT_MOST = 16;
/** struct msghdr, iovec, control and name; see sender.ts and receiver.ts. */
const CALL_ROOM = 256;

export interface Places {
  readonly memory: NativeMemory;
  readonly crypto: number;
  readonly send: number;
  readonly receive: number;
  readonly poll: number;
  /** For packets that were read from the TUN device, their virtio headers in front. */
  readonly largeSlots: readonly number[];
  readonly smallSlots: readonly number[];
  readonly outSlots: readonly number[];
  readonly gather: number;
  /** One handshake message or keepalive. */
  readonly control: number;
  readonly received: number;
  readonly coalescer: number;
}

/** `mtu`: the largest packet of a slot, in bytes. */
export function layOut(mtu: number): Places {
  let next = 64;
  const take = (size: number, align = 64): number => {
    const at = Math.ceil(next / align) * align;
    next = at + size;
    return at;
  };
  const stride = (HEADROOM + mtu + TAILROOM + 63) & ~63;
  const crypto = take(SCRATCH_ROOM);
  const send = take(CALL_ROOM);
  const receive = take(CALL_ROOM);
  const poll = take(POLLED_AT_MOST * POLLFD.size);
  const control = take(1_024);
  const largeSlots = Array.from({ length: LARGE_SLOTS }, () => take(HEADROOM + READ_ROOM + TAILROOM) + HEADROOM);
  const smallSlots = Array.from({ length: SMALL_SLOTS }, () => take(HEADROOM + SMALL_PACKET + TAILROOM) + HEADROOM);
  const slots = take(OUT_SLOTS * stride);
  const gather = take(HEADROOM + GATHER_ROOM) + HEADROOM;
  const received = take(HEADROOM + READ_ROOM + TAILROOM) + HEADROOM;
  const coalescer = take(COALESCER_ROOM);
  // Room behind the last one, so that wide reads end inside.
  take(4_096);
  const outSlots = Array.from({ length: OUT_SLOTS }, (_, i) => slots + i * stride + HEADROOM);
  return { memory: createNativeMemory(next), crypto, send, receive, poll, largeSlots, smallSlots, outSlots, gather, control, received, coalescer };
}
