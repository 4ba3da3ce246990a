/**
 * ICMP and ICMPv6 echo packets, whole IP packets (RFC 792, RFC 4443). Used by the in-tunnel probe and by small test
 * stacks. Not a general ICMP codec.
 */
import type { IpAddress } from '../base/ip.ts';
import { internetChecksum } from './checksum.ts';
import { beginIpPacket, pseudoHeaderSum } from './ip-writer.ts';

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_ICMPV6 = 58;
const TYPE = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const;
const ECHO_HEADER = 8;

export interface Echo {
  readonly kind: 'request' | 'reply';
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** A whole IP packet with an echo message. Both addresses are of one family. */
export function encodeEcho(source: IpAddress, destination: IpAddress, echo: Echo): Uint8Array {
  const family = source.family;
  const body = ECHO_HEADER + echo.payload.length;
  const { packet, view, at } = beginIpPacket(source, destination, family === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6, body);
  view.setUint8(at, TYPE[family][echo.kind]);
  view.setUint16(at + 4, echo.identifier);
  view.setUint16(at + 6, echo.sequence);
  packet.set(echo.payload, at + ECHO_HEADER);
  const pseudo = family === 4 ? 0 : pseudoHeaderSum(packet, 6, PROTOCOL_ICMPV6, body);
  view.setUint16(at + 2, internetChecksum(packet, at, body, pseudo));
  return packet;
}

/** The echo in an IP packet whose header was read and is sound; undefined when it is none or its checksum is wrong. */
export function decodeEcho(packet: Uint8Array, family: 4 | 6, headerLength: number, protocol: number): Echo | undefined {
  if (protocol !== (family === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6)) return undefined;
  const body = packet.length - headerLength;
  if (body < ECHO_HEADER) return undefined;
  const type = packet[headerLength]!;
  if (packet[headerLength + 1] !== 0 || (type !== TYPE[family].request && type !== TYPE[family].reply)) return undefined;
  const pseudo = family === 4 ? 0 : pseudoHeaderSum(packet, 6, PROTOCOL_ICMPV6, body);
  if (internetChecksum(packet, headerLength, body, pseudo) !== 0) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset + headerLength, body);
  return {
    kind: type === TYPE[family].request ? 'request' : 'reply',
    identifier: view.getUint16(4),
    sequence: view.getUint16(6),
    payload: packet.slice(headerLength + ECHO_HEADER),
  };
}
