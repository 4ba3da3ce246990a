/**
 * The Datagrams port on Winsock: one socket a family, on one port, whose datagrams never enter the tunnel. Before each
 * datagram the socket is told by which interface it leaves (IP_UNICAST_IF, IPV6_UNICAST_IF): the best one that is not ours, by
 * the table of routes; where there is none it is refused. So nothing has to be changed outside our own interface (no
 * host route to each endpoint, which roam and would be left by a killed process), and peers in networks beside the default
 * route are reached as well. The option is set again only when another interface is due; the table is read when it changed.
 */
import { MAX_PACKET, pushPacket, type PacketBatch } from '../../base/batch.ts';
import type { EndpointId } from '../../base/brand.ts';
import type { EndpointTable } from '../../base/endpoints.ts';
import { fromBytes, ipBytes, type IpAddress, type IpEndpoint } from '../../base/ip.ts';
import type { Counters } from '../../ports/counters.ts';
import type { Datagrams, DatagramsFactory, UnderlayError } from '../../ports/datagrams.ts';
import { addressOf, createNativeMemory, type NativeMemory } from '../../../native-bindings/memory.ts';
import type { HandleWait, SocketCalls } from '../../../native-bindings/windows/index.ts';
import { AF_INET, AF_INET6 } from '../../../native-bindings/windows/headers/netioapi.ts';
import { FD_READ, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_UDP, IPV6_V6ONLY, SOCK_DGRAM, SOCKADDR_IN, SOCKADDR_IN6, SOL_SOCKET, SO_RCVBUF, SO_SNDBUF, UNICAST_IF, WINSOCK_2_2, WSA_ERRORS, WSADATA_SIZE } from '../../../native-bindings/windows/headers/winsock.ts';

/** Asked of the system, which may grant less. Bytes. */
const SOCKET_BUFFER = 4 * 1_048_576;
/** Free ports tried until both families get the same one. */
const PORT_ATTEMPTS = 16;
const NO_FAMILY = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);
/** An answer to an earlier datagram of ours, which says nothing of this one. */
const OF_ANOTHER = new Set(['ECONNRESET', 'ENETRESET']);
const NAME = 0;
const NAME_LENGTH = 32;
const VALUE = 40;
const BYTES = 64;

export interface WindowsUdpInit {
  readonly endpoints: EndpointTable;
  readonly counters: Counters;
  readonly sockets: SocketCalls;
  readonly wait: Pick<HandleWait, 'watch'>;
  readonly newEvent: () => number;
  readonly closeEvent: (event: number) => void;
  /** By which interface; undefined: not at all. Asked once an endpoint, and again after `changed` of `watchWays`. */
  readonly wayTo: (to: IpAddress) => number | undefined;
  readonly watchWays: (changed: () => void) => () => void;
}

export function windowsUdp(init: WindowsUdpInit): DatagramsFactory {
  return {
    async open(port) {
      for (let attempt = 1; ; attempt++) {
        const v4 = new Socket(4, port, init.sockets);
        try {
          return new WindowsUdp(init, v4, new Socket(6, v4.port, init.sockets));
        } catch (error) {
          const code = error instanceof Error && 'code' in error ? String(error.code) : '';
          if (NO_FAMILY.has(code)) return new WindowsUdp(init, v4, undefined);
          v4.close();
          if (port !== 0 || code !== 'EADDRINUSE' || attempt === PORT_ATTEMPTS) throw error;
        }
      }
    },
  };
}

class Socket {
  readonly port: number;
  readonly family: 4 | 6;
  readonly #calls: SocketCalls;
  readonly #memory: NativeMemory = createNativeMemory(BYTES + MAX_PACKET + 1);
  readonly #layout: typeof SOCKADDR_IN | typeof SOCKADDR_IN6;
  readonly #socket: number;
  #leavesBy: number | undefined;

  /** Bound to every address. Throws an error whose `code` is the name of Winsock's. */
  constructor(family: 4 | 6, port: number, calls: SocketCalls) {
    this.family = family;
    this.#calls = calls;
    this.#layout = family === 4 ? SOCKADDR_IN : SOCKADDR_IN6;
    calls.WSAStartup(WINSOCK_2_2, addressOf(new Uint8Array(Math.max(512, WSADATA_SIZE))));
    this.#socket = calls.socket(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    if (this.#socket === -1) throw this.#error('socket');
    try {
      if (family === 6) this.#option(IPPROTO_IPV6, IPV6_V6ONLY, 1);
      const { base, view, bytes } = this.#memory;
      bytes.fill(0, NAME, NAME_LENGTH);
      view.setUint16(NAME + this.#layout.family, family === 4 ? AF_INET : AF_INET6, true);
      view.setUint16(NAME + this.#layout.port, port);
      if (calls.bind(this.#socket, base + NAME, this.#layout.size) !== 0) throw this.#error('bind');
      view.setInt32(NAME_LENGTH, this.#layout.size, true);
      if (calls.getsockname(this.#socket, base + NAME, base + NAME_LENGTH) !== 0) throw this.#error('getsockname');
      this.port = view.getUint16(NAME + this.#layout.port);
      // Less is granted where this is too much.
      this.#option(SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
      this.#option(SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  select(event: number): void {
    if (this.#calls.WSAEventSelect(this.#socket, event, FD_READ) !== 0) throw this.#error('WSAEventSelect');
  }

  /** Bytes and sender of one datagram, until the next call; a name of an error; undefined: none waits. */
  receive(): { readonly bytes: Uint8Array; readonly address: IpAddress; readonly port: number } | string | undefined {
    const { base, view, bytes } = this.#memory;
    view.setInt32(NAME_LENGTH, this.#layout.size, true);
    const length = this.#calls.recvfrom(this.#socket, base + BYTES, MAX_PACKET + 1, 0, base + NAME, base + NAME_LENGTH);
    if (length < 0) {
      const code = this.#code();
      return code === 'EWOULDBLOCK' ? undefined : code;
    }
    const from = NAME + this.#layout.address;
    return { bytes: bytes.subarray(BYTES, BYTES + length), address: fromBytes(bytes.subarray(from, from + (this.family === 4 ? 4 : 16))), port: view.getUint16(NAME + this.#layout.port) };
  }

  /** undefined: taken. */
  send(packet: Uint8Array, to: IpEndpoint, leavesBy: number): string | undefined {
    const { base, view, bytes } = this.#memory;
    if (leavesBy !== this.#leavesBy) {
      const isSet = this.family === 4 ? this.#option(IPPROTO_IP, UNICAST_IF, networkOrder(leavesBy)) : this.#option(IPPROTO_IPV6, UNICAST_IF, leavesBy);
      // Without it the datagram might go into the tunnel.
      if (!isSet) return this.#code();
      this.#leavesBy = leavesBy;
    }
    bytes.fill(0, NAME, NAME_LENGTH);
    view.setUint16(NAME + this.#layout.family, this.family === 4 ? AF_INET : AF_INET6, true);
    view.setUint16(NAME + this.#layout.port, to.port);
    bytes.set(ipBytes(to.address), NAME + this.#layout.address);
    bytes.set(packet, BYTES);
    return this.#calls.sendto(this.#socket, base + BYTES, packet.length, 0, base + NAME, this.#layout.size) < 0 ? this.#code() : undefined;
  }

  close(): void {
    this.#calls.closesocket(this.#socket);
  }

  #option(level: number, option: number, value: number): boolean {
    this.#memory.view.setUint32(VALUE, value, true);
    return this.#calls.setsockopt(this.#socket, level, option, this.#memory.base + VALUE, 4) === 0;
  }

  #code(): string {
    const number = this.#calls.WSAGetLastError();
    return WSA_ERRORS.get(number) ?? `WSA_${number}`;
  }

  #error(call: string): Error {
    const code = this.#code();
    return Object.assign(new Error(`${call}: ${code}`), { code });
  }
}

const networkOrder = (index: number): number => (((index & 0xff) << 24) | ((index & 0xff00) << 8) | ((index >>> 8) & 0xff00) | (index >>> 24)) >>> 0;

class WindowsUdp implements Datagrams {
  readonly port: number;
  readonly #init: WindowsUdpInit;
  readonly #sockets: readonly Socket[];
  readonly #event: number;
  readonly #stopWays: () => void;
  readonly #unwatch: () => Promise<void>;
  /** By the table's own objects: its numbers are given again to others. */
  #ways = new WeakMap<IpEndpoint, { readonly link: number | undefined }>();
  #state: 'telling' | 'told' | 'closed' = 'telling';
  #failing: { readonly code: string; told: boolean } | undefined;
  #onReadable: () => void = () => {};
  #onError: (error: UnderlayError | undefined) => void = () => {};

  constructor(init: WindowsUdpInit, v4: Socket, v6: Socket | undefined) {
    this.#init = init;
    this.port = v4.port;
    this.#sockets = v6 === undefined ? [v4] : [v4, v6];
    this.#event = init.newEvent();
    for (const socket of this.#sockets) socket.select(this.#event);
    this.#unwatch = init.wait.watch(this.#event, () => this.#tell());
    this.#stopWays = init.watchWays(() => {
      this.#ways = new WeakMap();
    });
  }

  onReadable(callback: () => void): void {
    this.#onReadable = callback;
    setImmediate(() => this.#tell());
  }

  onError(callback: (error: UnderlayError | undefined) => void): void {
    this.#onError = callback;
  }

  receive(batch: PacketBatch): number {
    const { endpoints, counters } = this.#init;
    batch.count = 0;
    if (this.#state === 'closed') return 0;
    for (const socket of this.#sockets) {
      while (batch.count < batch.offset.length) {
        const got = socket.receive();
        if (got === undefined) break;
        if (typeof got === 'string') {
          if (OF_ANOTHER.has(got)) continue;
          if (got === 'EMSGSIZE') counters.refuse('datagram: wrong length for its type');
          else {
            this.#onError({ code: got, during: 'receive' });
            break;
          }
          continue;
        }
        if (got.port === 0) {
          counters.refuse('datagram: from port 0');
          continue;
        }
        const { family, w0, w1, w2, w3 } = got.address;
        const id = endpoints.intern(family, w0, w1, w2, w3, got.port);
        if (!pushPacket(batch, got.bytes, id)) counters.refuse('datagram: wrong length for its type');
      }
    }
    if (batch.count === 0 && this.#state === 'told') this.#state = 'telling';
    return batch.count;
  }

  send(batch: PacketBatch): number {
    let taken = 0;
    for (let i = 0; i < batch.count; i++) {
      const to = this.#init.endpoints.get(batch.tag[i] as EndpointId);
      const socket = this.#sockets.find(({ family }) => family === to?.address.family);
      const way = to === undefined ? undefined : this.#wayTo(to);
      if (to === undefined || to.port === 0 || socket === undefined || this.#state === 'closed') {
        this.#init.counters.refuse('underlay: system refused to send');
        continue;
      }
      const failed = way === undefined ? 'ENETUNREACH' : socket.send(batch.arena.bytes.subarray(batch.offset[i]!, batch.offset[i]! + batch.length[i]!), to, way);
      if (failed === undefined) taken++;
      this.#sent(failed);
    }
    return taken;
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopWays();
    for (const socket of this.#sockets) socket.close();
    void this.#unwatch().then(() => this.#init.closeEvent(this.#event));
  }

  #wayTo(to: IpEndpoint): number | undefined {
    let way = this.#ways.get(to);
    if (way === undefined) {
      way = { link: this.#init.wayTo(to.address) };
      this.#ways.set(to, way);
    }
    return way.link;
  }

  /** One refused address among reachable ones is that peer's affair: it is called failing at the second in a row. */
  #sent(failed: string | undefined): void {
    if (failed === undefined) {
      const told = this.#failing?.told === true;
      this.#failing = undefined;
      if (told) this.#onError(undefined);
      return;
    }
    this.#init.counters.refuse('underlay: system refused to send');
    if (this.#failing?.code !== failed) {
      this.#failing = { code: failed, told: false };
    } else if (!this.#failing.told) {
      this.#failing.told = true;
      this.#onError({ code: failed, during: 'send' });
    }
  }

  #tell(): void {
    if (this.#state !== 'telling') return;
    this.#state = 'told';
    this.#onReadable();
  }
}
