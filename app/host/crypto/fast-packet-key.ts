/**
 * Packet keys for packets that lie in native memory: ChaCha20-Poly1305 (RFC 8439 section 2.8, no additional data) composed
 * from a stream and a MAC that work on addresses. One pass of the stream over [64 bytes before | message] gives the
 * Poly1305 key (the key stream of block 0) and the message together. Measured a third cheaper than the one-call AEAD.
 *
 * It works in its own scratch room and copies the result, so nothing outside the target is written and no plaintext
 * lands at the target before the tag is right; tags are compared in constant time. Packets in other memory, packets that
 * do not fit the room, and machines without the libraries use the ordinary AEAD. A library is used only after it proved
 * equal to that.
 */
import type { Arena } from '../../base/batch.ts';
import type { Crypto, PacketKey } from '../../ports/crypto.ts';
import { createNativeMemory, type NativeMemory } from '../../../native-bindings/linux/index.ts';
import { libsodiumPrimitives, MAC_STATE, nodePrimitives, type StreamPrimitives } from './stream-primitives.ts';

const TAG = 16;
const BLOCK = 64;
const KEY = 32;
const MAX_LENGTH = 9_216;
/** Layout of the scratch room: nonce with block counter, one-time key, expected tag, MAC state, one block, message. */
const NONCE_AT = 0;
const MAC_KEY_AT = 64;
const TAG_AT = 128;
const STATE_AT = 192;
const MESSAGE_AT = STATE_AT + MAC_STATE + BLOCK;
/** Bytes of native memory that the keys of one thread share. */
export const SCRATCH_ROOM = MESSAGE_AT + MAX_LENGTH + BLOCK + 512;

export interface FastCrypto extends Crypto {
  /** The library in use, or "one call" when there is none. For logs and benchmarks. */
  readonly packetCipher: string;
}

/** `ordinary`, with packet keys that are fast in `memory`. `room`: start of SCRATCH_ROOM bytes of it, a multiple of 64. */
export function createFastCrypto(ordinary: Crypto, memory: NativeMemory, room: number): FastCrypto {
  const candidates = [() => nodePrimitives(memory.base + room + STATE_AT), libsodiumPrimitives];
  for (const candidate of candidates) {
    const primitives = candidate();
    if (primitives === undefined) continue;
    const fast = composedCrypto(ordinary, memory, room, primitives);
    if (agrees(ordinary, fast, memory, room)) return fast;
  }
  return { ...ordinary, packetCipher: 'one call' };
}

/** With given primitives, unproved. For createFastCrypto, tests and benchmarks. */
export function composedCrypto(ordinary: Crypto, memory: NativeMemory, room: number, primitives: StreamPrimitives): FastCrypto {
  const shared: Shared = { memory, room, primitives, keys: new KeyStore() };
  return { ...ordinary, packetCipher: primitives.name, packetKey: (key) => new FastPacketKey(shared, key, ordinary.packetKey(key)) };
}

interface Shared {
  readonly memory: NativeMemory;
  readonly room: number;
  readonly primitives: StreamPrimitives;
  readonly keys: KeyStore;
}

class FastPacketKey implements PacketKey {
  readonly #shared: Shared;
  readonly #memory: NativeMemory;
  readonly #primitives: StreamPrimitives;
  readonly #room: number;
  readonly #ordinary: PacketKey;
  /** Address of the key; 0 when wiped. */
  #key: number;

  constructor(shared: Shared, key: Uint8Array, ordinary: PacketKey) {
    this.#shared = shared;
    this.#memory = shared.memory;
    this.#primitives = shared.primitives;
    this.#room = shared.room;
    this.#ordinary = ordinary;
    this.#key = shared.keys.put(key);
  }

  seal(counterHigh: number, counterLow: number, arena: Arena, from: number, length: number, to: number): void {
    if (arena !== this.#memory || !this.#fits(from, length)) {
      this.#ordinary.seal(counterHigh, counterLow, arena, from, length, to);
      return;
    }
    const { view, bytes, base } = this.#memory;
    const room = this.#room;
    const message = room + MESSAGE_AT;
    this.#stream(counterHigh, counterLow, from, length);
    this.#endMac(message + length, length);
    this.#primitives.mac(base + message + length, base + message, ((length + 15) & ~15) + 16, base + room + MAC_KEY_AT);
    bytes.copyWithin(to, message, message + length + TAG);
    view.setInt32(room + MAC_KEY_AT, 0);
  }

  open(counterHigh: number, counterLow: number, arena: Arena, from: number, length: number, to: number): boolean {
    if (arena !== this.#memory || !this.#fits(from, length)) return this.#ordinary.open(counterHigh, counterLow, arena, from, length, to);
    if (length < TAG || this.#key === 0) return false;
    const { view, bytes, base } = this.#memory;
    const room = this.#room;
    const plain = length - TAG;
    this.#stream(counterHigh, counterLow, from, plain);
    // The MAC's input ends with padding and lengths. They are laid over the tag and what follows, which is put back.
    const end = from + plain;
    const t0 = view.getInt32(end);
    const t1 = view.getInt32(end + 4);
    const t2 = view.getInt32(end + 8);
    const t3 = view.getInt32(end + 12);
    const r0 = view.getInt32(end + 16);
    const r1 = view.getInt32(end + 20);
    const r2 = view.getInt32(end + 24);
    const r3 = view.getInt32(end + 28);
    this.#endMac(end, plain);
    const tag = room + TAG_AT;
    this.#primitives.mac(base + tag, base + from, ((plain + 15) & ~15) + 16, base + room + MAC_KEY_AT);
    view.setInt32(end, t0);
    view.setInt32(end + 4, t1);
    view.setInt32(end + 8, t2);
    view.setInt32(end + 12, t3);
    view.setInt32(end + 16, r0);
    view.setInt32(end + 20, r1);
    view.setInt32(end + 24, r2);
    view.setInt32(end + 28, r3);
    const different = (t0 ^ view.getInt32(tag)) | (t1 ^ view.getInt32(tag + 4)) | (t2 ^ view.getInt32(tag + 8)) | (t3 ^ view.getInt32(tag + 12));
    const message = room + MESSAGE_AT;
    if (different !== 0) {
      bytes.fill(0, message, message + plain);
      bytes.fill(0, to, to + plain);
      return false;
    }
    bytes.copyWithin(to, message, message + plain);
    return true;
  }

  wipe(): void {
    this.#ordinary.wipe();
    if (this.#key !== 0) this.#shared.keys.erase(this.#key);
    this.#key = 0;
  }

  /** The stream reads 64 bytes in front; the MAC uses up to 32 behind; a library may read its overrun. */
  #fits(from: number, length: number): boolean {
    return from >= BLOCK && length <= MAX_LENGTH && from + length + BLOCK + this.#primitives.overrun <= this.#memory.bytes.length;
  }

  /** Message XOR key stream to the scratch room, and the one-time key to its place. */
  #stream(counterHigh: number, counterLow: number, from: number, length: number): void {
    if (this.#key === 0) throw new Error('a packet key was used after it was wiped');
    const { view, base } = this.#memory;
    const room = this.#room;
    const block = room + MESSAGE_AT - BLOCK;
    view.setInt32(room + NONCE_AT, 0);
    view.setInt32(room + NONCE_AT + 4, 0);
    view.setUint32(room + NONCE_AT + 8, counterLow, true);
    view.setUint32(room + NONCE_AT + 12, counterHigh, true);
    this.#primitives.stream(base + block, base + from - BLOCK, length + BLOCK, this.#key, base + room + NONCE_AT);
    // What came out, XOR what went in, is the key stream of block 0: its first 32 bytes are the one-time key.
    const before = from - BLOCK;
    for (let i = 0; i < KEY; i += 4) view.setInt32(room + MAC_KEY_AT + i, view.getInt32(block + i) ^ view.getInt32(before + i));
  }

  /** Padding to 16 and the two lengths of RFC 8439 section 2.8 behind a message that ends at `end`. */
  #endMac(end: number, length: number): void {
    const { view, bytes } = this.#memory;
    const padding = -length & 15;
    for (let i = 0; i < padding; i++) bytes[end + i] = 0;
    const at = end + padding;
    view.setInt32(at, 0);
    view.setInt32(at + 4, 0);
    view.setInt32(at + 8, length, true);
    view.setInt32(at + 12, 0);
  }
}

/** Keys at fixed addresses, in blocks that are added when all slots are taken. Erased slots are used again. */
class KeyStore {
  readonly #blocks: NativeMemory[] = [];
  readonly #free: number[] = [];

  put(key: Uint8Array): number {
    if (key.length !== KEY) throw new RangeError(`a packet key has ${KEY} bytes, not ${key.length}`);
    if (this.#free.length === 0) {
      const block = createNativeMemory(65_536);
      this.#blocks.push(block);
      for (let at = 0; at < block.bytes.length; at += KEY) this.#free.push(block.base + at);
    }
    const address = this.#free.pop()!;
    const { bytes, offset } = this.#find(address);
    bytes.set(key, offset);
    return address;
  }

  erase(address: number): void {
    const { bytes, offset } = this.#find(address);
    bytes.fill(0, offset, offset + KEY);
    this.#free.push(address);
  }

  #find(address: number): { readonly bytes: Uint8Array; readonly offset: number } {
    const block = this.#blocks.find(({ base, bytes }) => address >= base && address < base + bytes.length);
    if (block === undefined) throw new Error('a key address outside the key store');
    return { bytes: block.bytes, offset: address - block.base };
  }
}

/** Whether `fast` seals and opens as `ordinary` does, on a few lengths, and refuses a wrong tag. Uses the scratch room's memory only. */
function agrees(ordinary: Crypto, fast: FastCrypto, memory: NativeMemory, room: number): boolean {
  const secret = Uint8Array.from({ length: KEY }, (_, i) => i * 11 + 1);
  const reference = ordinary.packetKey(secret);
  const key = fast.packetKey(secret);
  const trial = createNativeMemory(8_192);
  const inRoom = composedOver(memory, room);
  try {
    return [0, 1, 16, 63, 64, 333, 1_420, 1_424].every((length) => inRoom(key, reference, trial, length));
  } finally {
    key.wipe();
    reference.wipe();
  }
}

/** One comparison in the upper part of the scratch room, which short messages leave free. */
function composedOver(memory: NativeMemory, room: number): (key: PacketKey, reference: PacketKey, trial: Arena, length: number) => boolean {
  const at = room + MESSAGE_AT + 4_096;
  return (key, reference, trial, length) => {
    for (let i = 0; i < length; i++) trial.bytes[128 + i] = memory.bytes[at + i] = i * 7;
    reference.seal(3, 0xfeed_beef, trial, 128, length, 128);
    key.seal(3, 0xfeed_beef, memory, at, length, at);
    for (let i = 0; i < length + TAG; i++) if (memory.bytes[at + i] !== trial.bytes[128 + i]) return false;
    memory.bytes[at]! ^= 1;
    const forged = key.open(3, 0xfeed_beef, memory, at, length + TAG, at);
    for (let i = 0; i < length + TAG; i++) memory.bytes[at + i] = trial.bytes[128 + i]!;
    if (forged || !key.open(3, 0xfeed_beef, memory, at, length + TAG, at)) return false;
    for (let i = 0; i < length; i++) if (memory.bytes[at + i] !== ((i * 7) & 255)) return false;
    return true;
  };
}
