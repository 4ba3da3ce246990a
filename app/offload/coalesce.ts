/**
 * Joins packets on their way to a TUN device into super-packets, so that one write carries up to 64 KiB. The opposite of
 * segment.ts: cutting what comes out gives back what went in, in order within each flow. Joined are whole, unfragmented
 * TCP or UDP packets of one flow with right checksums, where each continues the one before and nothing else differs, as
 * Linux GRO does. Everything else passes alone and first flushes what it must not overtake. Pure; no allocation a packet.
 *
 * Packets need VIRTIO_HEADER bytes of headroom that may be overwritten. The memory of a packet must stay until `flush`:
 * a packet is copied only when a second one may join it. Callers: the fast mover.
 */
import type { Arena } from '../base/batch.ts';
import { GSO, NEEDS_CHECKSUM, VIRTIO, VIRTIO_HEADER } from '../wire/virtio-net.ts';
import { fold, swap16, type Sums } from './checksum.ts';
import { ACK, IP4, IP4_DONT_FRAGMENT, IP4_FRAGMENTED, IP6, PSH, TCP, TCP_AT, UDP, UDP_AT } from './layout.ts';

/** Runs of different flows that may be open at once. */
export const RUNS = 8;
const MAX_SUPER = 65_535;
const MAX_SEGMENTS = 64;
const RUN_ROOM = 128 + MAX_SUPER + 1;
/** Bytes of arena that a Coalescer needs. */
export const COALESCER_ROOM = RUNS * RUN_ROOM;

export interface CoalescerInit {
  readonly arena: Arena;
  readonly sums: Sums;
  /** Start of COALESCER_ROOM bytes of the arena that are the Coalescer's own. */
  readonly room: number;
  /** Whether the device takes UDP super-packets (Linux 6.2). */
  readonly udp: boolean;
  /** Takes the virtio header at `at` and the packet behind it: `length` bytes in all, valid during the call. */
  readonly write: (at: number, length: number) => void;
}

/** One open run: a packet where it lies, or packets joined in the run's own memory. */
class Run {
  readonly home: number;
  at = 0;
  /** IP packet so far, in bytes; 0: not open. */
  length = 0;
  count = 0;
  l4 = 0;
  header = 0;
  protocol = 0;
  segment = 0;
  nextSequence = 0;
  /** Sum of addresses and protocol. */
  pseudoSum = 0;
  ports = 0;
  opened = 0;
  flags = 0;
  checksum: 'unknown' | 'right' | 'wrong' = 'unknown';
  /** IPv4 ids of the packets behind the first: undecided while there is one packet. */
  ids: 'undecided' | 'rising' | 'fixed' = 'undecided';

  constructor(home: number) {
    this.home = home;
  }
}

export class Coalescer {
  readonly #arena: Arena;
  readonly #sums: Sums;
  readonly #udp: boolean;
  readonly #write: (at: number, length: number) => void;
  readonly #runs: readonly Run[];
  #open = 0;
  #age = 0;
  /** The packet in hand, as #read found it. */
  #l4 = 0;
  #header = 0;
  #protocol = 0;

  constructor(init: CoalescerInit) {
    this.#arena = init.arena;
    this.#sums = init.sums;
    this.#udp = init.udp;
    this.#write = init.write;
    this.#runs = Array.from({ length: RUNS }, (_, i) => new Run(init.room + i * RUN_ROOM + 128));
  }

  /** A whole IP packet: `length` is its IP length. */
  add(at: number, length: number): void {
    if (!this.#read(at, length)) {
      this.flush();
      this.#single(at, length);
      return;
    }
    const run = this.#open === 0 ? undefined : this.#find(at);
    const payload = length - this.#header;
    if (run !== undefined) {
      if (payload > 0 && this.#continues(run, at, length, payload)) {
        this.#join(run, at, payload);
        return;
      }
      this.#end(run);
    }
    if (payload > 0 && this.#mayLead(at, length)) this.#begin(at, length, payload);
    else this.#single(at, length);
  }

  /** Writes everything that is open, oldest first. */
  flush(): void {
    while (this.#open > 0) this.#end(this.#oldest());
  }

  /** Finds the transport header of a whole TCP or UDP packet without IP options. False for everything else. */
  #read(at: number, length: number): boolean {
    const { bytes, view } = this.#arena;
    let protocol: number;
    if (bytes[at] === 0x45) {
      if ((view.getUint16(at + IP4.fragment) & IP4_FRAGMENTED) !== 0) return false;
      protocol = bytes[at + IP4.protocol]!;
      this.#l4 = IP4.header;
    } else {
      if (bytes[at]! >>> 4 !== 6 || length < IP6.header) return false;
      protocol = bytes[at + IP6.nextHeader]!;
      this.#l4 = IP6.header;
    }
    this.#protocol = protocol;
    const l4 = at + this.#l4;
    if (protocol === TCP) {
      if (length < this.#l4 + TCP_AT.header) return false;
      const size = (bytes[l4 + TCP_AT.dataOffset]! >>> 4) << 2;
      this.#header = this.#l4 + size;
      return size >= TCP_AT.header && this.#header <= length;
    }
    this.#header = this.#l4 + UDP_AT.header;
    return protocol === UDP && this.#header <= length;
  }

  #find(at: number): Run | undefined {
    const ports = this.#arena.view.getInt32(at + this.#l4);
    for (let i = 0; i < RUNS; i++) {
      const run = this.#runs[i]!;
      if (run.length > 0 && run.ports === ports && run.protocol === this.#protocol && run.l4 === this.#l4 && this.#sameAddresses(run.at, at)) return run;
    }
    return undefined;
  }

  #sameAddresses(a: number, b: number): boolean {
    const { view } = this.#arena;
    if (this.#l4 === IP4.header) return view.getInt32(a + 12) === view.getInt32(b + 12) && view.getInt32(a + 16) === view.getInt32(b + 16);
    for (let i = IP6.source; i < IP6.header; i += 4) if (view.getInt32(a + i) !== view.getInt32(b + i)) return false;
    return true;
  }

  /** Whether a run may begin with this packet: TCP with only ACK set (a PSH ends a run), UDP with a checksum and a right length. */
  #mayLead(at: number, length: number): boolean {
    const { bytes, view } = this.#arena;
    const l4 = at + this.#l4;
    if (this.#protocol === TCP) return bytes[l4 + TCP_AT.flags] === ACK;
    return this.#udp && view.getUint16(l4 + UDP_AT.checksum) !== 0 && view.getUint16(l4 + UDP_AT.length) === length - this.#l4;
  }

  #begin(at: number, length: number, payload: number): void {
    const { bytes, view } = this.#arena;
    const run = this.#free();
    const l4 = this.#l4;
    run.at = at;
    run.length = length;
    run.count = 1;
    run.l4 = l4;
    run.header = this.#header;
    run.protocol = this.#protocol;
    run.segment = payload;
    run.ports = view.getInt32(at + l4);
    run.nextSequence = this.#protocol === TCP ? (view.getUint32(at + l4 + TCP_AT.sequence) + payload) >>> 0 : 0;
    run.flags = this.#protocol === TCP ? bytes[at + l4 + TCP_AT.flags]! : 0;
    run.checksum = 'unknown';
    run.ids = 'undecided';
    run.opened = this.#age++;
    this.#open++;
  }

  /** Whether the packet continues the run in every respect, so that cutting the whole gives it back. */
  #continues(run: Run, at: number, length: number, payload: number): boolean {
    const { bytes, view } = this.#arena;
    if (payload > run.segment || this.#header !== run.header || run.count >= MAX_SEGMENTS || run.length + payload > MAX_SUPER) return false;
    const first = run.at;
    if (run.l4 === IP4.header) {
      // Version, header length, TOS; DF; TTL and protocol.
      if (view.getUint16(at) !== view.getUint16(first) || view.getUint16(at + IP4.fragment) !== view.getUint16(first + IP4.fragment)) return false;
      if (view.getUint16(at + IP4.ttl) !== view.getUint16(first + IP4.ttl) || !this.#idContinues(run, at)) return false;
      if (this.#sums.sum(at, IP4.header) !== 0xffff) return false;
    } else {
      // Version, traffic class, flow label; hop limit.
      if (view.getInt32(at) !== view.getInt32(first) || bytes[at + 7] !== bytes[first + 7]) return false;
    }
    const l4 = at + run.l4;
    const l4First = first + run.l4;
    if (run.protocol === TCP) {
      const flags = bytes[l4 + TCP_AT.flags]!;
      if ((flags & ~PSH) !== ACK || view.getUint32(l4 + TCP_AT.sequence) !== run.nextSequence) return false;
      if (view.getInt32(l4 + TCP_AT.acknowledgement) !== view.getInt32(l4First + TCP_AT.acknowledgement) || bytes[l4 + TCP_AT.dataOffset] !== bytes[l4First + TCP_AT.dataOffset]) return false;
      if (view.getUint16(l4 + TCP_AT.window) !== view.getUint16(l4First + TCP_AT.window) || view.getUint16(l4 + TCP_AT.urgent) !== view.getUint16(l4First + TCP_AT.urgent)) return false;
      for (let i = run.l4 + TCP_AT.header; i < run.header; i += 4) if (view.getInt32(at + i) !== view.getInt32(first + i)) return false;
    } else if (view.getUint16(l4 + UDP_AT.checksum) === 0 || view.getUint16(l4 + UDP_AT.length) !== length - run.l4) {
      return false;
    }
    if (run.checksum === 'unknown') this.#settle(run);
    if (run.checksum === 'wrong') return false;
    // The payload goes to where it belongs while it is summed; when the sum is wrong it does not count as there.
    const sum = this.#sums.sum(l4, run.header - run.l4) + this.#sums.copy(run.at + run.length, at + run.header, payload);
    return fold(run.pseudoSum + swap16(length - run.l4) + sum) === 0xffff;
  }

  /** A second packet may join: moves the first into the run's own memory and checks it on the way. */
  #settle(run: Run): void {
    const { at, l4, home, length } = run;
    const header = this.#sums.copy(home, at, l4);
    const rest = this.#sums.copy(home + l4, at + l4, length - l4);
    run.at = home;
    run.pseudoSum = swap16(run.protocol) + (l4 === IP4.header ? this.#sums.sum(home + IP4.source, 8) : this.#sums.sum(home + IP6.source, 32));
    const right = (l4 === IP6.header || header === 0xffff) && fold(run.pseudoSum + swap16(length - l4) + rest) === 0xffff;
    run.checksum = right ? 'right' : 'wrong';
  }

  /** Ids rise by one from packet to packet; or, where they mean nothing because DF is set (RFC 6864), stay the same. */
  #idContinues(run: Run, at: number): boolean {
    const { view } = this.#arena;
    const first = view.getUint16(run.at + IP4.id);
    const id = view.getUint16(at + IP4.id);
    const rises = id === ((first + run.count) & 0xffff);
    if (run.ids === 'rising') return rises;
    const stays = id === first && (view.getUint16(at + IP4.fragment) & IP4_DONT_FRAGMENT) !== 0;
    if (run.ids === 'fixed') return stays;
    if (rises || stays) run.ids = rises ? 'rising' : 'fixed';
    return rises || stays;
  }

  /** The payload is there already. */
  #join(run: Run, at: number, payload: number): void {
    run.length += payload;
    run.count++;
    run.nextSequence = (run.nextSequence + payload) >>> 0;
    const pushed = run.protocol === TCP && (this.#arena.bytes[at + run.l4 + TCP_AT.flags]! & PSH) !== 0;
    if (pushed) run.flags |= PSH;
    // A shorter one is the last, and there must be room for another.
    if (pushed || payload < run.segment || run.count >= MAX_SEGMENTS || run.length + run.segment > MAX_SUPER) this.#end(run);
  }

  #end(run: Run): void {
    const { at, length } = run;
    if (run.count === 1) {
      this.#single(at, length);
    } else {
      this.#finish(run);
      this.#write(at - VIRTIO_HEADER, length + VIRTIO_HEADER);
    }
    run.length = 0;
    this.#open--;
  }

  /** Makes one super-packet of what was joined: lengths, header checksum, flags, pseudo-header sum, virtio header. */
  #finish(run: Run): void {
    const { bytes, view } = this.#arena;
    const { at, length, l4 } = run;
    const v6 = l4 === IP6.header;
    if (v6) {
      view.setUint16(at + IP6.payloadLength, length - IP6.header);
    } else {
      view.setUint16(at + IP4.totalLength, length);
      view.setUint16(at + IP4.checksum, 0);
      view.setUint16(at + IP4.checksum, ~this.#sums.sum(at, IP4.header) & 0xffff, true);
    }
    let checksumOffset: number = TCP_AT.checksum;
    if (run.protocol === UDP) {
      checksumOffset = UDP_AT.checksum;
      view.setUint16(at + l4 + UDP_AT.length, length - l4);
    } else {
      bytes[at + l4 + TCP_AT.flags] = run.flags;
    }
    view.setUint16(at + l4 + checksumOffset, fold(run.pseudoSum + swap16(length - l4)), true);
    const header = at - VIRTIO_HEADER;
    bytes[header + VIRTIO.flags] = NEEDS_CHECKSUM;
    bytes[header + VIRTIO.gsoType] = run.protocol === UDP ? GSO.udp : v6 ? GSO.tcpV6 : GSO.tcpV4;
    view.setUint16(header + VIRTIO.headerLength, run.header, true);
    view.setUint16(header + VIRTIO.gsoSize, run.segment, true);
    view.setUint16(header + VIRTIO.checksumStart, l4, true);
    view.setUint16(header + VIRTIO.checksumOffset, checksumOffset, true);
  }

  /** One packet as it is: the kernel checks it. */
  #single(at: number, length: number): void {
    this.#arena.bytes.fill(0, at - VIRTIO_HEADER, at);
    this.#write(at - VIRTIO_HEADER, length + VIRTIO_HEADER);
  }

  #free(): Run {
    if (this.#open === RUNS) this.#end(this.#oldest());
    for (let i = 0; i < RUNS; i++) if (this.#runs[i]!.length === 0) return this.#runs[i]!;
    throw new Error('no run is free although fewer are open than there are');
  }

  #oldest(): Run {
    let oldest: Run | undefined;
    for (let i = 0; i < RUNS; i++) {
      const run = this.#runs[i]!;
      if (run.length > 0 && (oldest === undefined || run.opened < oldest.opened)) oldest = run;
    }
    return oldest!;
  }
}
