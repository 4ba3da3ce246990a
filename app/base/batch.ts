/**
 * The packet lane: memory that packets live in, and batches of them.
 *
 * A batch is an arena plus parallel arrays. The caller owns it; a machine works on the bytes in place and holds
 * nothing after it returns. Around each packet lie HEADROOM and TAILROOM bytes that belong to the packet's slot, so
 * a transport header and an authentication tag are written without copying. Nothing here does I/O.
 */

/** Bytes in front of each packet that the owner of the batch guarantees. Room for headers and an AEAD's scratch block. */
export const HEADROOM = 128;
/** Bytes behind each packet: padding to 16, a 16-byte tag, and slack for wide writes. */
export const TAILROOM = 64;
/** Largest packet that a slot of the portable path carries (an Ethernet jumbo frame and more). */
export const MAX_PACKET = 9_216;

/** A block of memory with the two views that everyone needs, made once. */
export interface Arena {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export interface PacketBatch {
  readonly arena: Arena;
  /** Packets in use: indices 0 to count - 1 of the arrays below. */
  count: number;
  /** Byte offset of each packet in the arena. */
  readonly offset: Int32Array;
  /** Length of each packet in bytes. */
  readonly length: Int32Array;
  /** Underlay batches: the EndpointId it came from or goes to. Overlay batches: the PeerId, or -1. */
  readonly tag: Int32Array;
}

export function createArena(size: number): Arena {
  const bytes = new Uint8Array(new ArrayBuffer(size));
  return { bytes, view: new DataView(bytes.buffer) };
}

export function arenaOver(bytes: Uint8Array): Arena {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** A batch of `slots` fixed slots, each for a packet of up to `maxPacket` bytes. `offset` is preset to the slots. */
export function createBatch(slots: number, maxPacket: number = MAX_PACKET): PacketBatch {
  const stride = (HEADROOM + maxPacket + TAILROOM + 15) & ~15;
  const batch: PacketBatch = {
    arena: createArena(slots * stride),
    count: 0,
    offset: new Int32Array(slots),
    length: new Int32Array(slots),
    tag: new Int32Array(slots),
  };
  for (let i = 0; i < slots; i++) batch.offset[i] = i * stride + HEADROOM;
  return batch;
}

/** Copies `packet` into the next free slot. False when the batch is full or the packet is larger than its slot. */
export function pushPacket(batch: PacketBatch, packet: Uint8Array, tag: number): boolean {
  const slots = batch.offset.length;
  if (batch.count >= slots) return false;
  const stride = slots > 1 ? batch.offset[1]! - batch.offset[0]! : batch.arena.bytes.length;
  if (packet.length > stride - HEADROOM - TAILROOM) return false;
  const i = batch.count++;
  batch.arena.bytes.set(packet, batch.offset[i]!);
  batch.length[i] = packet.length;
  batch.tag[i] = tag;
  return true;
}

/** A view (not a copy) of packet `i`. It dies with the batch's next use. */
export function packetAt(batch: PacketBatch, i: number): Uint8Array {
  const at = batch.offset[i]!;
  return batch.arena.bytes.subarray(at, at + batch.length[i]!);
}
