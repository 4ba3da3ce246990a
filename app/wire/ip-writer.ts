/**
 * Makes whole IP packets (RFC 791, RFC 8200) around a payload: no options, no extension headers, never a fragment. For the few
 * packets that we send in our own name inside the tunnel; the packet path makes none.
 */
import { ipBytes, type IpAddress } from '../base/ip.ts';
import { internetChecksum } from './checksum.ts';
import { IPV4_HEADER, IPV6_HEADER } from './ip-packet.ts';

const HOPS = 64;

/** A packet, and where its payload of `payloadLength` zeros begins. Both addresses are of one family. */
export function beginIpPacket(source: IpAddress, destination: IpAddress, protocol: number, payloadLength: number): { readonly packet: Uint8Array; readonly view: DataView; readonly at: number } {
  if (source.family !== destination.family) throw new Error('a packet has addresses of one family');
  const at = source.family === 4 ? IPV4_HEADER : IPV6_HEADER;
  const packet = new Uint8Array(at + payloadLength);
  const view = new DataView(packet.buffer);
  if (source.family === 4) {
    view.setUint8(0, 0x45);
    view.setUint16(2, packet.length);
    view.setUint8(8, HOPS);
    view.setUint8(9, protocol);
    packet.set(ipBytes(source), 12);
    packet.set(ipBytes(destination), 16);
    view.setUint16(10, internetChecksum(packet, 0, IPV4_HEADER, 0));
  } else {
    view.setUint8(0, 0x60);
    view.setUint16(4, payloadLength);
    view.setUint8(6, protocol);
    view.setUint8(7, HOPS);
    packet.set(ipBytes(source), 8);
    packet.set(ipBytes(destination), 24);
  }
  return { packet, view, at };
}

/** What the addresses, the protocol and the length add to the checksum of UDP or ICMPv6 (RFC 768, RFC 8200 section 8.1). */
export function pseudoHeaderSum(packet: Uint8Array, family: 4 | 6, protocol: number, length: number): number {
  let sum = protocol + length;
  const [from, to] = family === 4 ? [12, 20] : [8, 40];
  for (let i = from; i < to; i += 2) sum += (packet[i]! << 8) | packet[i + 1]!;
  return sum;
}
