/**
 * The internet of the sandbox, on loopback: each host sits behind a NAT of its own, and STUN servers tell it where it is
 * seen: two, since one alone cannot tell whether a NAT takes another port for each destination. Engines keep their ordinary UDP socket and know nothing of this. Every address that they learn is a socket of ours:
 * what a host sends there is known by its source port, gets an outside port of its NAT, and comes out of that port's socket
 * at the other host, if that one's NAT lets it in. An outside address is 127.0.0.1 with the port of such a socket.
 *
 * The NATs are the simulator's tables; here they get sockets and faults. Bounded: sockets a NAT, datagrams that wait for one.
 */
import dgram from 'node:dgram';
import { ipv4, type IpEndpoint } from '../../base/ip.ts';
import { isReject } from '../../base/reject.ts';
import type { Rng } from '../../ports/rng.ts';
import { Nat, type NatShape } from '../../sim/mesh/nat.ts';
import type { Duration, Instant } from '../../time/instant.ts';
import { decodeStunRequest, encodeStunResponse } from '../../wire/stun.ts';

const LOOPBACK = ipv4(0x7f000001);
/** Outside ports of one NAT; the oldest goes first. */
const PORTS_AT_MOST = 64;
/** Datagrams that wait until their outside port has its socket. */
const WAITING_AT_MOST = 64;

export interface InternetInit {
  /** Monotonic, ms. */
  readonly now: () => Instant;
  readonly rng: Rng;
}

/** A port outside a NAT. `port` 0: its socket is not there yet. */
interface OutsidePort {
  readonly site: Site;
  /** In the NAT's table; its socket has another number. */
  readonly mapped: number;
  readonly socket: dgram.Socket;
  /** Where the first datagram went. A NAT with a mapping for each destination takes answers from there alone, as trackers of connections do. */
  readonly madeFor: number;
  port: number;
  readonly waiting: (() => void)[];
}

interface Site {
  readonly nat: Nat;
  /** Of the host's own socket; undefined: not bound. */
  insidePort: number | undefined;
  readonly outside: Map<number, OutsidePort>;
  blockedUntil: number;
}

export class LoopbackInternet {
  readonly #init: InternetInit;
  readonly #stun: readonly dgram.Socket[];
  readonly #sites = new Map<string, Site>();
  #cutUntil = -Infinity;
  #closed = false;

  private constructor(init: InternetInit, stun: readonly dgram.Socket[]) {
    this.#init = init;
    this.#stun = stun;
    for (const server of stun) {
      server.on('message', (bytes, from) => this.#toStun(server, bytes, from.port));
      server.on('error', () => undefined);
    }
  }

  /** Rejects when no port can be had. */
  static async open(init: InternetInit): Promise<LoopbackInternet> {
    const first = await bound();
    try {
      return new LoopbackInternet(init, [first, await bound()]);
    } catch (error) {
      first.close();
      throw error;
    }
  }

  get stunPorts(): readonly number[] {
    return this.#stun.map((server) => server.address().port);
  }

  /** A host behind a NAT of this shape. Once per name. */
  add(name: string, shape: NatShape): void {
    this.#sites.set(name, { nat: new Nat(shape, LOOPBACK, this.#init.rng), insidePort: undefined, outside: new Map(), blockedUntil: -Infinity });
  }

  remove(name: string): void {
    const site = this.#sites.get(name);
    if (site !== undefined) closeAll(site);
    this.#sites.delete(name);
  }

  /** The socket of this host has this port now. */
  bound(name: string, port: number): void {
    const site = this.#sites.get(name);
    if (site !== undefined) site.insidePort = port;
  }

  /** Nothing passes anywhere, from now for so many ms. */
  cut(forMs: Duration): void {
    this.#cutUntil = this.#init.now() + forMs;
  }

  /** A firewall in front of this host drops all UDP, both ways. */
  block(name: string, forMs: Duration): void {
    const site = this.#sites.get(name);
    if (site !== undefined) site.blockedUntil = this.#init.now() + forMs;
  }

  /** Its NAT forgets everything: the host is seen elsewhere from now on. */
  reboot(name: string): void {
    const site = this.#sites.get(name);
    if (site === undefined) return;
    site.nat.reboot();
    closeAll(site);
  }

  close(): void {
    this.#closed = true;
    for (const server of this.#stun) server.close();
    for (const site of this.#sites.values()) closeAll(site);
    this.#sites.clear();
  }

  #toStun(server: dgram.Socket, bytes: Uint8Array, fromPort: number): void {
    const tx = decodeStunRequest(bytes);
    if (isReject(tx)) return;
    const { port } = server.address();
    this.#leave(fromPort, port, (outside) => {
      // Who learns that its NAT is hard also tells peers its inside port at the outside address, in case somebody forwarded it by
      // hand. On loopback that is its very socket, past every NAT: so one answer is all that it gets.
      if (server !== this.#stun[0] && outside.site.nat.shape.mapping !== 'endpoint-independent') return;
      const back = outside.site.nat.inbound(at(port), outside.mapped, this.#init.now());
      if (typeof back !== 'string' && this.#passes(outside.site)) server.send(encodeStunResponse(tx, at(outside.port)), back.port, '127.0.0.1', ignore);
    });
  }

  /** A datagram for the host behind `to`. */
  #toHost(to: OutsidePort, bytes: Uint8Array, fromPort: number): void {
    this.#leave(fromPort, to.port, (outside) => {
      const inside = to.site.nat.inbound(at(outside.port), to.mapped, this.#init.now());
      if (inside === 'no mapping') return this.#drop(to);
      if (inside !== 'filtered' && takesFrom(to, outside.port) && this.#passes(to.site)) outside.socket.send(bytes, inside.port, '127.0.0.1', ignore);
    });
  }

  /** Out through the NAT of the host with this socket; `then` when the outside port has a socket. */
  #leave(insidePort: number, toPort: number, then: (outside: OutsidePort) => void): void {
    const site = [...this.#sites.values()].find((each) => each.insidePort === insidePort);
    if (site === undefined || !this.#passes(site)) return;
    const mapped = site.nat.outbound(at(insidePort), at(toPort), this.#init.now());
    if (mapped === undefined) return;
    const outside = site.outside.get(mapped.port) ?? this.#openPort(site, mapped.port, toPort);
    if (outside.port !== 0) then(outside);
    else if (outside.waiting.length < WAITING_AT_MOST) outside.waiting.push(() => then(outside));
  }

  #passes(site: Site): boolean {
    const now = this.#init.now();
    return !this.#closed && now >= this.#cutUntil && now >= site.blockedUntil;
  }

  #openPort(site: Site, mapped: number, madeFor: number): OutsidePort {
    const oldest = site.outside.values().next().value;
    if (site.outside.size >= PORTS_AT_MOST && oldest !== undefined) this.#drop(oldest);
    const socket = dgram.createSocket('udp4');
    const outside: OutsidePort = { site, mapped, socket, madeFor, port: 0, waiting: [] };
    site.outside.set(mapped, outside);
    socket.on('error', () => this.#drop(outside));
    socket.on('message', (bytes, from) => this.#toHost(outside, bytes, from.port));
    socket.bind(0, '127.0.0.1', () => {
      // It may have been dropped while it was being bound.
      if (site.outside.get(mapped) !== outside) return;
      outside.port = socket.address().port;
      for (const send of outside.waiting.splice(0)) send();
    });
    return outside;
  }

  #drop(outside: OutsidePort): void {
    const { site, mapped, socket } = outside;
    if (site.outside.get(mapped) !== outside) return;
    site.outside.delete(mapped);
    socket.close();
  }
}

function bound(): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function closeAll(site: Site): void {
  for (const { socket } of site.outside.values()) socket.close();
  site.outside.clear();
}

function takesFrom({ site, madeFor }: OutsidePort, port: number): boolean {
  return site.nat.shape.mapping === 'endpoint-independent' || port === madeFor;
}

const at = (port: number): IpEndpoint => ({ address: LOOPBACK, port });

/** A datagram that the system does not take is lost, as datagrams are. */
function ignore(): void {}
