/**
 * Receives datagrams: one system call brings up to 64 KiB from one sender, which the kernel joined (UDP_GRO) and says how
 * to take apart. Senders become EndpointIds; the same sender as last time costs a comparison. It looks into no datagram.
 */
import type { PacketBatch } from '../../base/batch.ts';
import { NO_ENDPOINT, type EndpointId } from '../../base/brand.ts';
import type { EndpointTable } from '../../base/endpoints.ts';
import type { Counters } from '../../ports/counters.ts';
import type { UdpSocket } from '../../../native-bindings/linux/index.ts';
import { errno, errnoName, libc, putPointer } from '../../../native-bindings/linux/index.ts';
import { CMSGHDR, IOVEC, MSG_DONTWAIT, MSG_TRUNC, MSGHDR, SO_RXQ_OVFL, SOCKADDR_IN, SOCKADDR_IN6, SOL_SOCKET, SOL_UDP, UDP_GRO } from '../../../native-bindings/linux/headers/socket.ts';
import { READ_ROOM, type Places } from './places.ts';

const IOV = MSGHDR.size + 8;
const NAME = IOV + IOVEC.size;
const CONTROL = NAME + 32;
const CONTROL_ROOM = 64;
/** Datagrams of one receive; a kernel joins 64, and a sender on the same machine may hand over more at once. */
const SLOTS = 256;

/** errno name, or what came. */
export type Received = 'some' | 'none' | { readonly failed: string };

export class Receiver {
  /** Of the last `receive`. */
  readonly batch: PacketBatch;
  readonly #places: Places;
  readonly #endpoints: EndpointTable;
  readonly #counters: Counters;
  readonly #libc = libc();
  /** Name of the last sender as it lay in memory, to compare with. */
  readonly #last = new Int32Array(SOCKADDR_IN6.size / 4);
  #lastId: EndpointId = NO_ENDPOINT;
  /** By socket, what it said last. */
  readonly #lost = new WeakMap<UdpSocket, number>();
  #rest = 0;
  #restAt = 0;
  #segment = 0;
  /** For benchmarks. */
  readonly totals = { datagrams: 0, calls: 0 };

  constructor(places: Places, endpoints: EndpointTable, counters: Counters) {
    this.#places = places;
    this.#endpoints = endpoints;
    this.#counters = counters;
    this.batch = { arena: places.memory, count: 0, offset: new Int32Array(SLOTS), length: new Int32Array(SLOTS), tag: new Int32Array(SLOTS) };
    const { view, base } = places.memory;
    const at = places.receive;
    putPointer(view, at + MSGHDR.name, base + at + NAME);
    putPointer(view, at + MSGHDR.iov, base + at + IOV);
    putPointer(view, at + MSGHDR.iovLength, 1);
    putPointer(view, at + MSGHDR.control, base + at + CONTROL);
    putPointer(view, at + IOV + IOVEC.base, base + places.received);
    putPointer(view, at + IOV + IOVEC.length, READ_ROOM);
  }

  /** Forgets who sent last: ids may have been given to others since. */
  forgetSender(): void {
    this.#lastId = NO_ENDPOINT;
  }

  /** Fills `batch` from one receive. 'some' may leave more of it: see `rest`. Never blocks. */
  receive(socket: UdpSocket): Received {
    const { view, base } = this.#places.memory;
    const at = this.#places.receive;
    view.setUint32(at + MSGHDR.nameLength, SOCKADDR_IN6.size, true);
    view.setUint32(at + MSGHDR.controlLength, CONTROL_ROOM, true);
    const n = this.#libc.recvmsg(socket.fd, base + at, MSG_DONTWAIT);
    if (n < 0) {
      const code = errnoName(errno());
      return code === 'EAGAIN' || code === 'EINTR' ? 'none' : { failed: code };
    }
    this.totals.calls++;
    this.#segment = n;
    this.#readControl(view.getUint32(at + MSGHDR.controlLength, true), socket);
    this.#restAt = this.#places.received;
    // A cut datagram is not WireGuard's; taken as empty it is refused as too short.
    this.#rest = (view.getUint32(at + MSGHDR.flags, true) & MSG_TRUNC) !== 0 ? 0 : n;
    if (view.getUint16(at + NAME + SOCKADDR_IN.port) === 0) {
      // Nobody can be answered there.
      this.#counters.refuse('datagram: from port 0');
      this.#rest = 0;
    }
    if (!this.#isLast(socket.family)) this.#lastId = this.#intern(socket.family);
    this.rest();
    return 'some';
  }

  /** Fills `batch` with what the last receive has left. False when that is nothing. */
  rest(): boolean {
    const { batch } = this;
    const size = this.#segment;
    let count = 0;
    while (this.#rest > 0 && count < SLOTS) {
      const length = this.#rest < size ? this.#rest : size;
      batch.offset[count] = this.#restAt;
      batch.length[count] = length;
      batch.tag[count] = this.#lastId;
      this.#restAt += length;
      this.#rest -= length;
      count++;
    }
    batch.count = count;
    this.totals.datagrams += count;
    return count > 0;
  }

  /** Control messages: the size of joined datagrams, and how many the socket could not hold so far. */
  #readControl(length: number, socket: UdpSocket): void {
    const { view } = this.#places.memory;
    const start = this.#places.receive + CONTROL;
    for (let at = start; at + CMSGHDR.size <= start + length; ) {
      const size = view.getUint32(at + CMSGHDR.length, true);
      const level = view.getInt32(at + CMSGHDR.level, true);
      const type = view.getInt32(at + CMSGHDR.type, true);
      if (level === SOL_UDP && type === UDP_GRO) this.#segment = view.getInt32(at + CMSGHDR.data, true);
      else if (level === SOL_SOCKET && type === SO_RXQ_OVFL) this.#overflowed(socket, view.getUint32(at + CMSGHDR.data, true));
      if (size < CMSGHDR.size) return;
      at += (size + 7) & ~7;
    }
  }

  /** The kernel counts datagrams that came joined as one: it is the least that was lost. */
  #overflowed(socket: UdpSocket, total: number): void {
    const before = this.#lost.get(socket) ?? 0;
    if (total === before) return;
    this.#lost.set(socket, total);
    this.#counters.refuse('underlay: receive queue full', (total - before) >>> 0);
  }

  #isLast(family: 4 | 6): boolean {
    if (this.#lastId === NO_ENDPOINT) return false;
    const { view } = this.#places.memory;
    const name = this.#places.receive + NAME;
    const words = family === 4 ? 2 : 6;
    for (let i = 0; i < words; i++) if (view.getInt32(name + i * 4) !== this.#last[i]) return false;
    return true;
  }

  #intern(family: 4 | 6): EndpointId {
    const { view } = this.#places.memory;
    const name = this.#places.receive + NAME;
    for (let i = 0; i < this.#last.length; i++) this.#last[i] = view.getInt32(name + i * 4);
    const port = view.getUint16(name + SOCKADDR_IN.port);
    if (family === 4) return this.#endpoints.intern(4, 0, 0, 0, view.getUint32(name + SOCKADDR_IN.address), port);
    const a = name + SOCKADDR_IN6.address;
    return this.#endpoints.intern(6, view.getUint32(a), view.getUint32(a + 4), view.getUint32(a + 8), view.getUint32(a + 12), port);
  }
}
