/**
 * ICMP and ICMPv6 echo packets, whole IP packets (RFC 792, RFC 4443). Used by the in-tunnel probe and by small test
 * stacks. Not a general ICMP codec.
 */
import { ipBytes, type IpAddress } from '../base/ip.ts';
import { internetChecksum } from './checksum.ts';

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
  if (family !== destination.family) throw new Error('an echo has addresses of one family');
  const body = ECHO_HEADER + echo.payload.length;
  const header = family === 4 ? 20 : 40;
  const packet = new Uint8Array(header + body);
  const view = new DataView(packet.buffer);
  if (family === 4) {
    view.setUint8(0, 0x45);
    view.setUint16(2, packet.length);
    view.setUint8(8, 64);
    view.setUint8(9, PROTOCOL_ICMP);
    packet.set(ipBytes(source), 12);
    packet.set(ipBytes(destination), 16);
    view.setUint16(10, internetChecksum(packet, 0, 20, 0));
  } else {
    view.setUint8(0, 0x60);
    view.setUint16(4, body);
    view.setUint8(6, PROTOCOL_ICMPV6);
    view.setUint8(7, 64);
    packet.set(ipBytes(source), 8);
    packet.set(ipBytes(destination), 24);
  }
  view.setUint8(header, TYPE[family][echo.kind]);
  view.setUint16(header + 4, echo.identifier);
  view.setUint16(header + 6, echo.sequence);
  packet.set(echo.payload, header + ECHO_HEADER);
  const pseudo = family === 4 ? 0 : pseudoHeader(packet, body);
  view.setUint16(header + 2, internetChecksum(packet, header, body, pseudo));
  return packet;
}

/** The echo in an IP packet whose header was read and is sound; undefined when it is none or its checksum is wrong. */
export function decodeEcho(packet: Uint8Array, family: 4 | 6, headerLength: number, protocol: number): Echo | undefined {
  if (protocol !== (family === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6)) return undefined;
  const body = packet.length - headerLength;
  if (body < ECHO_HEADER) return undefined;
  const type = packet[headerLength]!;
  if (packet[headerLength + 1] !== 0 || (type !== TYPE[family].request && type !== TYPE[family].reply)) return undefined;
  const pseudo = family === 4 ? 0 : pseudoHeader(packet, body);
  if (internetChecksum(packet, headerLength, body, pseudo) !== 0) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset + headerLength, body);
  return {
    kind: type === TYPE[family].request ? 'request' : 'reply',
    identifier: view.getUint16(4),
    sequence: view.getUint16(6),
    payload: packet.slice(headerLength + ECHO_HEADER),
  };
}

/** Sum of the IPv6 pseudo-header (RFC 8200 section 8.1) for an ICMPv6 message. */
function pseudoHeader(packet: Uint8Array, bodyLength: number): number {
  let sum = bodyLength + PROTOCOL_ICMPV6;
  for (let i = 8; i < 40; i += 2) sum += (packet[i]! << 8) | packet[i + 1]!;
  return sum;
}
