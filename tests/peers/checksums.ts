/**
 * Judges the transport checksums of a capture of raw IP packets: right, or left to the system to finish (a packet of several
 * segments bears the sum of its pseudo-header only, as the virtio header of a TUN device asks), or wrong.
 */
import { internetChecksum } from '../../app/wire/checksum.ts';

export interface Judged {
  readonly right: number;
  readonly unfinished: number;
  readonly wrong: number;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
/** Where the checksum lies in each transport's header. */
const CHECKSUM_AT: Readonly<Record<number, number>> = { 6: 16, 17: 6 };

/** `capture`: a little-endian pcap file of link type RAW. TCP and UDP without IPv6 extension headers are judged. */
export function judgeChecksums(capture: Buffer): Judged {
  const judged = { right: 0, unfinished: 0, wrong: 0 };
  for (let at = FILE_HEADER; at + RECORD_HEADER <= capture.length; ) {
    const length = capture.readUInt32LE(at + 8);
    const verdict = judge(capture.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length));
    if (verdict !== undefined) judged[verdict]++;
    at += RECORD_HEADER + length;
  }
  return judged;
}

function judge(packet: Buffer): keyof Judged | undefined {
  const isIpv4 = packet[0]! >> 4 === 4;
  const protocol = packet[isIpv4 ? 9 : 6]!;
  const checksumAt = CHECKSUM_AT[protocol];
  if (checksumAt === undefined) return undefined;
  const header = isIpv4 ? (packet[0]! & 0xf) * 4 : 40;
  const [from, to] = isIpv4 ? [12, 20] : [8, 40];
  const length = packet.length - header;
  // The pseudo-header's sum: addresses, protocol, length. The complement of the checksum of it.
  const pseudo = ~internetChecksum(packet, from, to - from, protocol + length) & 0xffff;
  if (internetChecksum(packet, header, length, pseudo) === 0) return 'right';
  return packet.readUInt16BE(header + checksumAt) === pseudo ? 'unfinished' : 'wrong';
}
