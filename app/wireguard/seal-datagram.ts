/**
 * One inner packet into one transport datagram (whitepaper 5.4.6), in the caller's memory: header, padding, tag. It moves
 * the session's counter and decides nothing: whether the session may send is asked before. Caller: `wireguard.ts`.
 */
import { arenaOver, type Arena } from '../base/batch.ts';
import { DATA, MESSAGE_DATA } from '../wire/wireguard.ts';
import { PADDING } from './constants.ts';
import type { Session } from './session.ts';

/**
 * Seals `length` bytes at `from` into a datagram at `to`; `to + 16` may equal `from`. Zeros up to the next 16 bytes, but not
 * beyond `mtu`, are written behind the packet first. Returns the datagram's length in bytes.
 */
export function sealDatagram(session: Session, arena: Arena, from: number, length: number, to: number, mtu: number): number {
  const padded = Math.max(length, Math.min((length + PADDING - 1) & ~(PADDING - 1), mtu));
  const view = arena.view;
  if (padded > length) arena.bytes.fill(0, from + length, from + padded);
  const high = session.counterHigh;
  const low = session.counterLow;
  session.sendKey.seal(high, low, arena, from, padded, to + DATA.header);
  view.setUint32(to, MESSAGE_DATA, true);
  view.setUint32(to + DATA.receiver, session.remoteIndex, true);
  view.setUint32(to + DATA.counterLow, low, true);
  view.setUint32(to + DATA.counterHigh, high, true);
  session.advanceCounter();
  return DATA.header + padded + DATA.tag;
}

/** The same into memory of its own: for packets that waited, and keepalives (no bytes). */
export function sealCopy(session: Session, packet: Uint8Array, mtu: number): Uint8Array {
  const arena = arenaOver(new Uint8Array(DATA.header + packet.length + PADDING + DATA.tag));
  arena.bytes.set(packet, DATA.header);
  return arena.bytes.subarray(0, sealDatagram(session, arena, DATA.header, packet.length, 0, mtu));
}
