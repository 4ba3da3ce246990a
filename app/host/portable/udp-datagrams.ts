/**
 * The Datagrams port on `node:dgram`: one UDP socket a family, on one port. Some 7 us a packet, on every system Node runs
 * on. Where the system has no IPv6 there is only the IPv4 socket.
 *
 * Received datagrams wait in a bounded ring; what does not fit is dropped and counted. Sent packets are copied: the
 * system may queue them, and the batch's memory holds plaintext again a moment later. It decides nothing about packets.
 */
import dgram from 'node:dgram';
import { MAX_PACKET, packetAt, pushPacket, type PacketBatch } from '../../base/batch.ts';
import type { EndpointId } from '../../base/brand.ts';
import type { EndpointTable } from '../../base/endpoints.ts';
import { formatIp, parseIp, type IpAddress, type IpEndpoint } from '../../base/ip.ts';
import { RingQueue } from '../../base/ring.ts';
import type { Counters } from '../../ports/counters.ts';
import type { Datagrams, DatagramsFactory, UnderlayError } from '../../ports/datagrams.ts';
import { errorCode } from '../error-code.ts';

/** Datagrams that wait for the packet loop. */
const RECEIVE_QUEUE = 2_048;
/** Asked of the system, which may grant less. Bytes. */
const SOCKET_BUFFER = 4 * 1_048_576;
const ADDRESSES_REMEMBERED = 4_096;
/** Free ports tried until both families get the same one. */
const PORT_ATTEMPTS = 16;
/** A system without IPv6, or with it switched off, answers with one of these. */
const NO_FAMILY = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'ENOPROTOOPT']);

/** Descriptors of bound sockets, one a family, on one port; they become ours. Throws the system's error. */
export type BindBoth = (port: number) => { readonly v4: number; readonly v6: number | undefined };

/** Whom the sockets hear: every interface, this computer only, or sockets made elsewhere, where they need what Node cannot ask for. */
export type Reach = 'anywhere' | 'loopback' | BindBoth;

/** Sockets whose senders are interned in `endpoints`. A failed `open` rejects with the system's error (`code`: EADDRINUSE...). */
export function udpDatagrams(endpoints: EndpointTable, counters: Counters, reach: Reach = 'anywhere'): DatagramsFactory {
  const [host4, host6] = reach === 'loopback' ? ['127.0.0.1', '::1'] : ['0.0.0.0', '::'];
  return {
    async open(port) {
      if (typeof reach === 'function') {
        const { v4, v6 } = reach(port);
        return new UdpDatagrams(await bind('udp4', { fd: v4 }), v6 === undefined ? undefined : await bind('udp6', { fd: v6 }), endpoints, counters);
      }
      for (let attempt = 1; ; attempt++) {
        const v4 = await bind('udp4', { port, address: host4 });
        try {
          const v6 = await bind('udp6', { port: v4.address().port, address: host6 });
          return new UdpDatagrams(v4, v6, endpoints, counters);
        } catch (error) {
          const code = errorCode(error);
          if (NO_FAMILY.has(code)) return new UdpDatagrams(v4, undefined, endpoints, counters);
          v4.close();
          if (port !== 0 || code !== 'EADDRINUSE' || attempt === PORT_ATTEMPTS) throw error;
        }
      }
    },
  };
}

function bind(type: 'udp4' | 'udp6', where: { readonly port: number; readonly address: string } | { readonly fd: number }): Promise<dgram.Socket> {
  return new Promise((resolve, reject) => {
    // The default look-up defers every send by a task; addresses need none.
    const lookup = (address: string, _: unknown, done: (error: null, address: string, family: number) => void): void => done(null, address, 0);
    const socket = dgram.createSocket({ type, ipv6Only: type === 'udp6', lookup });
    socket.once('error', reject);
    socket.bind(where, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

class UdpDatagrams implements Datagrams {
  readonly port: number;
  readonly #v4: dgram.Socket;
  readonly #v6: dgram.Socket | undefined;
  readonly #endpoints: EndpointTable;
  readonly #counters: Counters;
  readonly #waiting = new RingQueue<{ readonly bytes: Uint8Array; readonly from: EndpointId }>(RECEIVE_QUEUE);
  readonly #parsed = new Map<string, IpAddress>();
  readonly #printed = new WeakMap<IpEndpoint, string>();
  #state: 'telling' | 'told' | 'closed' = 'telling';
  #failing: { readonly code: string; told: boolean } | undefined;
  #onReadable: () => void = () => {};
  #onError: (error: UnderlayError | undefined) => void = () => {};

  constructor(v4: dgram.Socket, v6: dgram.Socket | undefined, endpoints: EndpointTable, counters: Counters) {
    this.port = v4.address().port;
    this.#v4 = v4;
    this.#v6 = v6;
    this.#endpoints = endpoints;
    this.#counters = counters;
    for (const socket of v6 === undefined ? [v4] : [v4, v6]) {
      enlargeBuffers(socket);
      socket.on('message', (bytes, from) => this.#arrived(bytes, from));
      socket.on('error', (error) => this.#onError({ code: errorCode(error), during: 'receive' }));
    }
  }

  onReadable(callback: () => void): void {
    this.#onReadable = callback;
    if (this.#waiting.size > 0) this.#tell();
  }

  onError(callback: (error: UnderlayError | undefined) => void): void {
    this.#onError = callback;
  }

  receive(batch: PacketBatch): number {
    batch.count = 0;
    while (batch.count < batch.offset.length) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      if (!pushPacket(batch, next.bytes, next.from)) this.#counters.refuse('datagram: wrong length for its type');
    }
    if (batch.count === 0 && this.#state === 'told') this.#state = 'telling';
    return batch.count;
  }

  send(batch: PacketBatch): number {
    let taken = 0;
    for (let i = 0; i < batch.count; i++) {
      const to = this.#endpoints.get(batch.tag[i] as EndpointId);
      const socket = to?.address.family === 6 ? this.#v6 : this.#v4;
      if (to === undefined || to.port === 0 || socket === undefined || this.#state === 'closed') {
        this.#counters.refuse('underlay: system refused to send');
        continue;
      }
      // A copy: see the head of this file.
      socket.send(Buffer.from(packetAt(batch, i)), to.port, this.#print(to), this.#sent);
      taken++;
    }
    return taken;
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#waiting.clear();
    this.#v4.close();
    this.#v6?.close();
  }

  readonly #sent = (error: Error | null): void => {
    if (error === null) {
      const told = this.#failing?.told === true;
      this.#failing = undefined;
      if (told && this.#state !== 'closed') this.#onError(undefined);
      return;
    }
    this.#counters.refuse('underlay: system refused to send');
    const code = errorCode(error);
    if (this.#state === 'closed') return;
    // One refused address among reachable ones is that peer's affair: the socket is called failing at the second in a row.
    if (this.#failing?.code !== code) {
      this.#failing = { code, told: false };
    } else if (!this.#failing.told) {
      this.#failing.told = true;
      this.#onError({ code, during: 'send' });
    }
  };

  #arrived(bytes: Uint8Array, from: dgram.RemoteInfo): void {
    if (this.#state === 'closed') return;
    if (bytes.length > MAX_PACKET) {
      this.#counters.refuse('datagram: wrong length for its type');
      return;
    }
    const address = this.#parse(from.address);
    if (address === undefined) return;
    // Nobody can be answered there, and node:dgram throws at the attempt.
    if (from.port === 0) {
      this.#counters.refuse('datagram: from port 0');
      return;
    }
    const id = this.#endpoints.intern(address.family, address.w0, address.w1, address.w2, address.w3, from.port);
    if (!this.#waiting.push({ bytes, from: id })) this.#counters.refuse('underlay: receive queue full');
    this.#tell();
  }

  #tell(): void {
    if (this.#state !== 'telling') return;
    this.#state = 'told';
    this.#onReadable();
  }

  #parse(text: string): IpAddress | undefined {
    let address = this.#parsed.get(text);
    if (address === undefined) {
      address = parseIp(text.split('%', 1)[0]!);
      if (address === undefined) return undefined;
      if (this.#parsed.size >= ADDRESSES_REMEMBERED) this.#parsed.clear();
      this.#parsed.set(text, address);
    }
    return address;
  }

  #print(to: IpEndpoint): string {
    let text = this.#printed.get(to);
    if (text === undefined) {
      text = formatIp(to.address);
      this.#printed.set(to, text);
    }
    return text;
  }
}

function enlargeBuffers(socket: dgram.Socket): void {
  for (const set of [() => socket.setRecvBufferSize(SOCKET_BUFFER), () => socket.setSendBufferSize(SOCKET_BUFFER)]) {
    try {
      set();
    } catch {
      // Some systems refuse instead of granting less; the default serves.
    }
  }
}
