/**
 * Cuts what a TUN device with offloads delivers (a virtio-net header and a packet of up to 64 KiB) into finished packets
 * that fit the tunnel: IP length, id and header checksum; TCP sequence, FIN and PSH only on the last, CWR only on the
 * first; full checksums. A packet that needs no cutting is passed on with its checksum completed. Pure; the source and
 * the batch lie in one arena. Callers: the fast mover.
 *
 * `start` with a packet, then `fill` batches until it says that nothing is left: a super-packet may have more segments
 * than a batch has slots.
 */
import type { Arena, PacketBatch } from '../base/batch.ts';
import { GSO, NEEDS_CHECKSUM, VIRTIO, VIRTIO_HEADER } from '../wire/virtio-net.ts';
import { fold, swap16, type Sums } from './checksum.ts';
import { CWR, FIN, IP4, IP6, PSH, TCP, TCP_AT, UDP, UDP_AT } from './layout.ts';

/** too-large: a segment would not fit a slot of the batch. */
export type SegmentVerdict = 'ok' | 'malformed' | 'too-large';

export class Segmenter {
  readonly #arena: Arena;
  readonly #sums: Sums;
  readonly #slot: number;
  /** The packet in work: [#at, #at + #length); #done bytes of its payload are given out. */
  #at = 0;
  #length = 0;
  #done = 0;
  #payload = 0;
  #segment = 0;
  #header = 0;
  #l4 = 0;
  #protocol = 0;
  #count = 0;
  /** Sum of addresses and protocol; of the IPv4 header without length, id and checksum. */
  #pseudoSum = 0;
  #ipSum = 0;
  #left = false;

  /** `slot`: the largest packet, in bytes, that a slot of the batches holds. */
  constructor(arena: Arena, sums: Sums, slot: number) {
    this.#arena = arena;
    this.#sums = sums;
    this.#slot = slot;
  }

  /** Takes the packet at [at, at + length), its virtio header in front. The bytes must stay until all is given out. */
  start(at: number, length: number): SegmentVerdict {
    const { bytes, view } = this.#arena;
    const header = at - VIRTIO_HEADER;
    const type = bytes[header + VIRTIO.gsoType]! & ~GSO.ecn;
    const needsChecksum = (bytes[header + VIRTIO.flags]! & NEEDS_CHECKSUM) !== 0;
    const l4 = view.getUint16(header + VIRTIO.checksumStart, true);
    const checksum = l4 + view.getUint16(header + VIRTIO.checksumOffset, true);
    this.#left = false;
    this.#at = at;
    this.#length = length;
    if (type === GSO.none) {
      if (length > this.#slot) return 'too-large';
      if (needsChecksum) {
        if (checksum + 2 > length || l4 >= length) return 'malformed';
        this.#complete(at + l4, length - l4, at + checksum);
      }
      this.#payload = 0;
      this.#done = 0;
      this.#left = true;
      return 'ok';
    }
    const segment = view.getUint16(header + VIRTIO.gsoSize, true);
    if (!needsChecksum || segment === 0 || !this.#readHeaders(type, l4)) return 'malformed';
    if (this.#header + Math.min(segment, this.#payload) > this.#slot) return 'too-large';
    this.#segment = segment;
    this.#done = 0;
    this.#count = 0;
    this.#left = true;
    return 'ok';
  }

  /** Leaves the next segment out: a packet that is lost on purpose. */
  skip(): void {
    if (this.#payload > 0) {
      this.#done += Math.min(this.#segment, this.#payload - this.#done);
      this.#count++;
    }
    if (this.#done >= this.#payload) this.#left = false;
  }

  /** Appends to `batch`, slots from its count on. True when segments are left for the next batch. */
  fill(batch: PacketBatch): boolean {
    const slots = batch.offset.length;
    while (this.#left && batch.count < slots) {
      const i = batch.count;
      const to = batch.offset[i]!;
      if (this.#payload === 0) {
        this.#left = false;
        this.#sums.copy(to, this.#at, this.#length);
        batch.length[i] = this.#length;
      } else {
        batch.length[i] = this.#cut(to);
      }
      batch.tag[i] = -1;
      batch.count = i + 1;
    }
    return this.#left;
  }

  /** Writes the next segment at `to` and returns its length. */
  #cut(to: number): number {
    const { bytes, view } = this.#arena;
    const header = this.#header;
    const l4 = this.#l4;
    const payload = Math.min(this.#segment, this.#payload - this.#done);
    const length = header + payload;
    const from = this.#at + header + this.#done;
    this.#sums.copy(to, this.#at, header);
    const payloadSum = this.#sums.copy(to + header, from, payload);
    if (bytes[to]! >>> 4 === 6) {
      view.setUint16(to + IP6.payloadLength, length - IP6.header);
    } else {
      const id = (view.getUint16(this.#at + IP4.id) + this.#count) & 0xffff;
      view.setUint16(to + IP4.totalLength, length);
      view.setUint16(to + IP4.id, id);
      view.setUint16(to + IP4.checksum, ~fold(this.#ipSum + swap16(length) + swap16(id)) & 0xffff, true);
    }
    const at = to + l4;
    let checksum = at + TCP_AT.checksum;
    if (this.#protocol === UDP) {
      checksum = at + UDP_AT.checksum;
      view.setUint16(at + UDP_AT.length, length - l4);
    } else {
      view.setUint32(at + TCP_AT.sequence, view.getUint32(this.#at + l4 + TCP_AT.sequence) + this.#done);
      let flags = bytes[at + TCP_AT.flags]!;
      if (this.#done + payload < this.#payload) flags &= ~(FIN | PSH);
      if (this.#count > 0) flags &= ~CWR;
      bytes[at + TCP_AT.flags] = flags;
    }
    view.setUint16(checksum, 0);
    const sum = ~fold(this.#pseudoSum + swap16(length - l4) + this.#sums.sum(at, header - l4) + payloadSum) & 0xffff;
    view.setUint16(checksum, sum === 0 && this.#protocol === UDP ? 0xffff : sum, true);
    this.#done += payload;
    this.#count++;
    if (this.#done >= this.#payload) this.#left = false;
    return length;
  }

  /** Header lengths and constant sums of a super-packet. False when they do not fit together. */
  #readHeaders(type: number, l4: number): boolean {
    const { bytes, view } = this.#arena;
    const at = this.#at;
    const protocol = type === GSO.udp ? UDP : type === GSO.tcpV4 || type === GSO.tcpV6 ? TCP : 0;
    if (protocol === 0 || this.#length < l4 + (protocol === UDP ? UDP_AT.header : TCP_AT.header)) return false;
    const family = bytes[at]! >>> 4;
    if (family === 4) {
      if (type === GSO.tcpV6 || l4 !== (bytes[at]! & 15) << 2 || l4 < IP4.header || bytes[at + IP4.protocol] !== protocol) return false;
      this.#ipSum = this.#sums.sum(at, l4) + 3 * 0xffff - view.getUint16(at + IP4.totalLength, true) - view.getUint16(at + IP4.id, true) - view.getUint16(at + IP4.checksum, true);
      this.#pseudoSum = this.#sums.sum(at + IP4.source, 8) + swap16(protocol);
    } else {
      if (family !== 6 || type === GSO.tcpV4 || l4 < IP6.header) return false;
      this.#pseudoSum = this.#sums.sum(at + IP6.source, 32) + swap16(protocol);
    }
    const size = protocol === UDP ? UDP_AT.header : (bytes[at + l4 + TCP_AT.dataOffset]! >>> 4) << 2;
    this.#header = l4 + size;
    this.#payload = this.#length - this.#header;
    this.#l4 = l4;
    this.#protocol = protocol;
    return (protocol === UDP || size >= TCP_AT.header) && this.#payload > 0;
  }

  /** The field at `checksum` holds the pseudo-header's sum: add the rest. UDP has no checksum 0. */
  #complete(from: number, length: number, checksum: number): void {
    const sum = ~this.#sums.sum(from, length) & 0xffff;
    this.#arena.view.setUint16(checksum, sum === 0 && checksum - from === UDP_AT.checksum ? 0xffff : sum, true);
  }
}
