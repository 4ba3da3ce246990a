/**
 * Sends sealed datagrams: those that follow each other to one endpoint with one size go out in one system call
 * (UDP_SEGMENT), the last of a run may be shorter. It is the place where the dataplane writes them, so nothing is copied.
 * Where a path or a device refuses segmentation, that endpoint's datagrams go one by one from then on. A send may block
 * while the socket's buffer is full: that is the back-pressure. It decides nothing about packets.
 */
import type { Arena } from '../../base/batch.ts';
import { NO_ENDPOINT, type EndpointId, type PeerId } from '../../base/brand.ts';
import type { EndpointTable } from '../../base/endpoints.ts';
import type { IpEndpoint } from '../../base/ip.ts';
import { SEALED_EXTRA, type UnderlaySink } from '../../dataplane/dataplane.ts';
import type { Counters } from '../../ports/counters.ts';
import type { UnderlayError } from '../../ports/datagrams.ts';
import {
  AF_INET,
  AF_INET6,
  CMSGHDR,
  cmsgLength,
  cmsgSpace,
  IOVEC,
  MSGHDR,
  SOCKADDR_IN,
  SOCKADDR_IN6,
  SOL_UDP,
  UDP_MAX_PAYLOAD,
  UDP_MAX_SEGMENTS,
  UDP_SEGMENT,
} from '../../../native-bindings/linux/headers/socket.ts';
import { errno, errnoName, libc, putPointer, type UdpPair } from '../../../native-bindings/linux/index.ts';
import { GATHER_ROOM, type Places } from './places.ts';

const IOV = MSGHDR.size + 8;
const NAME = IOV + IOVEC.size;
const CONTROL = NAME + 32;
/** What a kernel says when it cannot segment for this path or device. */
const NO_SEGMENTATION = new Set(['EIO', 'EMSGSIZE', 'EINVAL', 'EOPNOTSUPP']);

/** Takes packets for nodes behind a relay: a ring, or the connections of this thread. False: no room. */
export interface RelayPackets {
  push(region: number, peer: PeerId, from: Uint8Array, offset?: number, length?: number): boolean;
}

export class Sender implements UnderlaySink {
  readonly #places: Places;
  readonly #endpoints: EndpointTable;
  readonly #counters: Counters;
  readonly #toRelays: RelayPackets;
  readonly #onError: (error: UnderlayError | undefined) => void;
  readonly #libc = libc();
  readonly #end: number;
  #sockets: UdpPair;
  /** The open run: `#count` datagrams of `#size` bytes from `#start` to `#next`, for `#endpoint`. */
  #start: number;
  #next: number;
  #count = 0;
  #size = 0;
  #endpoint: EndpointId = NO_ENDPOINT;
  /** What the name in memory stands for. */
  #named: IpEndpoint | undefined;
  #fd = -1;
  #segmenting = true;
  readonly #oneByOne = new WeakSet<IpEndpoint>();
  #failing: { readonly code: string; told: boolean } | undefined;
  /** Datagrams and system calls, for benchmarks. */
  readonly totals = { datagrams: 0, calls: 0 };

  /** `onError` hears of a socket that fails, once, and with undefined that it sends again. */
  constructor(places: Places, sockets: UdpPair, endpoints: EndpointTable, counters: Counters, toRelays: RelayPackets, onError: (error: UnderlayError | undefined) => void) {
    this.#places = places;
    this.#sockets = sockets;
    this.#endpoints = endpoints;
    this.#counters = counters;
    this.#toRelays = toRelays;
    this.#onError = onError;
    this.#start = places.gather;
    this.#next = places.gather;
    this.#end = places.gather + GATHER_ROOM;
    const { view, base } = places.memory;
    const at = places.send;
    putPointer(view, at + MSGHDR.name, base + at + NAME);
    putPointer(view, at + MSGHDR.iov, base + at + IOV);
    putPointer(view, at + MSGHDR.iovLength, 1);
    putPointer(view, at + MSGHDR.control, base + at + CONTROL);
    putPointer(view, at + CONTROL + CMSGHDR.length, cmsgLength(2));
    view.setInt32(at + CONTROL + CMSGHDR.level, SOL_UDP, true);
    view.setInt32(at + CONTROL + CMSGHDR.type, UDP_SEGMENT, true);
  }

  /** Other sockets from now on. Flush first. */
  use(sockets: UdpPair): void {
    this.#sockets = sockets;
    this.#named = undefined;
    this.#failing = undefined;
  }

  place(_at: number, length: number): number {
    if (this.#next + length + SEALED_EXTRA > this.#end) this.flush();
    return this.#next;
  }

  datagram(arena: Arena, offset: number, length: number, endpoint: EndpointId): void {
    if (arena !== this.#places.memory || offset !== this.#next) throw new Error('a datagram must lie where it was placed');
    if (this.#count > 0 && (endpoint !== this.#endpoint || length > this.#size || offset + length - this.#start > UDP_MAX_PAYLOAD)) this.#sendRun();
    if (this.#count === 0) {
      this.#start = offset;
      this.#size = length;
      this.#endpoint = endpoint;
    }
    this.#next = offset + length;
    this.#count++;
    if (length < this.#size || this.#count >= UDP_MAX_SEGMENTS) this.flush();
  }

  /** Copied: the same bytes may go to an address next. */
  relayed(arena: Arena, offset: number, length: number, region: number, peer: PeerId): void {
    if (!this.#toRelays.push(region, peer, arena.bytes, offset, length)) this.#counters.refuse('relay: queue to relays full');
  }

  /** Sends what is gathered. */
  flush(): void {
    if (this.#count > 0) this.#sendRun();
    this.#start = this.#next = this.#places.gather;
  }

  /** One datagram from ordinary memory: handshakes and keepalives. */
  sendBytes(bytes: Uint8Array, endpoint: EndpointId): void {
    const { memory, control } = this.#places;
    memory.bytes.set(bytes, control);
    if (this.#address(endpoint)) this.#sendOne(control, bytes.length);
  }

  #sendRun(): void {
    const { view, base } = this.#places.memory;
    const at = this.#places.send;
    const count = this.#count;
    this.#count = 0;
    if (!this.#address(this.#endpoint)) return;
    if (count === 1 || !this.#segmenting) {
      this.#sendEach();
      return;
    }
    const total = this.#next - this.#start;
    putPointer(view, at + IOV + IOVEC.base, base + this.#start);
    view.setUint32(at + IOV + IOVEC.length, total, true);
    view.setUint16(at + CONTROL + CMSGHDR.data, this.#size, true);
    view.setUint32(at + MSGHDR.controlLength, cmsgSpace(2), true);
    this.totals.calls++;
    if (this.#libc.sendmsg(this.#fd, base + at, 0) >= 0) {
      this.totals.datagrams += count;
      if (this.#failing !== undefined) this.#works();
      return;
    }
    const code = errnoName(errno());
    if (!NO_SEGMENTATION.has(code)) {
      this.#refused(code, count);
      return;
    }
    this.#oneByOne.add(this.#named!);
    this.#segmenting = false;
    this.#sendEach();
  }

  #sendEach(): void {
    for (let at = this.#start; at < this.#next; at += this.#size) this.#sendOne(at, Math.min(this.#size, this.#next - at));
  }

  #sendOne(from: number, length: number): void {
    const { view, base } = this.#places.memory;
    const at = this.#places.send;
    putPointer(view, at + IOV + IOVEC.base, base + from);
    view.setUint32(at + IOV + IOVEC.length, length, true);
    view.setUint32(at + MSGHDR.controlLength, 0, true);
    this.totals.calls++;
    this.totals.datagrams++;
    if (this.#libc.sendmsg(this.#fd, base + at, 0) < 0) this.#refused(errnoName(errno()), 1);
    else if (this.#failing !== undefined) this.#works();
  }

  /** Puts the endpoint's name in place. False, and counted, when there is none or no socket of its family. */
  #address(endpoint: EndpointId): boolean {
    const to = this.#endpoints.get(endpoint);
    if (to !== undefined && to === this.#named) return true;
    const socket = to?.address.family === 6 ? this.#sockets.v6 : this.#sockets.v4;
    if (to === undefined || to.port === 0 || socket === undefined) {
      this.#counters.refuse('underlay: system refused to send');
      return false;
    }
    const { view, bytes } = this.#places.memory;
    const at = this.#places.send;
    const name = at + NAME;
    const { family, w0, w1, w2, w3 } = to.address;
    bytes.fill(0, name, name + SOCKADDR_IN6.size);
    view.setUint16(name + SOCKADDR_IN.family, family === 4 ? AF_INET : AF_INET6, true);
    view.setUint16(name + SOCKADDR_IN.port, to.port);
    if (family === 4) {
      view.setUint32(name + SOCKADDR_IN.address, w3);
    } else {
      view.setUint32(name + SOCKADDR_IN6.address, w0);
      view.setUint32(name + SOCKADDR_IN6.address + 4, w1);
      view.setUint32(name + SOCKADDR_IN6.address + 8, w2);
      view.setUint32(name + SOCKADDR_IN6.address + 12, w3);
    }
    view.setUint32(at + MSGHDR.nameLength, family === 4 ? SOCKADDR_IN.size : SOCKADDR_IN6.size, true);
    this.#named = to;
    this.#fd = socket.fd;
    this.#segmenting = socket.gso && !this.#oneByOne.has(to);
    return true;
  }

  #works(): void {
    const told = this.#failing?.told === true;
    this.#failing = undefined;
    if (told) this.#onError(undefined);
  }

  /** One refused address among reachable ones is that peer's affair: the socket is called failing at the second in a row. */
  #refused(code: string, datagrams: number): void {
    for (let i = 0; i < datagrams; i++) this.#counters.refuse('underlay: system refused to send');
    if (this.#failing?.code !== code) {
      this.#failing = { code, told: false };
    } else if (!this.#failing.told) {
      this.#failing.told = true;
      this.#onError({ code, during: 'send' });
    }
  }
}
