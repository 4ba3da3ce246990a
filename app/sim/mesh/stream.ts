/**
 * TCP-like connections over the simulated internet: in order, never losing a byte while both ends and the routers between
 * them remember the connection, and silent for ever after one of them forgot (a rebooted NAT, another address): dead but
 * open. A path that is down holds the bytes back. No windows and no retransmission times. Callers: internet.ts.
 */
import type { IpEndpoint } from '../../base/ip.ts';
import type { Duration } from '../../time/instant.ts';
import type { Internet } from './internet.ts';
import { isStation, type Router, type Station } from './topology.ts';

export interface StreamHandler {
  opened?(): void;
  /** `bytes` are the handler's. */
  data(bytes: Uint8Array): void;
  /** So many bytes were taken by this end's system. */
  written?(bytes: number): void;
  /** Once, the last: an errno name, or undefined for an orderly end. */
  ended(code: string | undefined): void;
}

export interface StreamEnd {
  send(bytes: Uint8Array): void;
  /** An orderly end: the other side hears of it after all that was sent. This side hears nothing more. */
  close(): void;
  /** At once, and what is under way is lost. */
  reset(): void;
  /** Both sides hear nothing of each other any more, and nobody is told: dead but open. */
  forget(): void;
}

/** Takes a connection on the server's side. */
export type Listener = (end: StreamEnd, remote: IpEndpoint) => StreamHandler;

/** What an end's system takes before the other side has it, bytes. */
export const SYSTEM_BUFFER = 212_992;
const RETRY_MS: Duration = 200;
/** A system gives up on bytes that nobody acknowledges. */
const GIVES_UP_AFTER: Duration = 924_600;

interface Side {
  readonly station: Station;
  handler: StreamHandler | undefined;
  /** Virtual ms of the last arrival at this side, and what arrives, in order. */
  arrivesAt: number;
  arrivals: (() => void)[];
  /** Somebody looks whether this side's bytes were ever acknowledged. */
  watched: boolean;
  inFlight: number;
  /** Bytes that this end's system has not taken yet. */
  waiting: number;
}

export function connectStream(internet: Internet, from: Station, to: IpEndpoint, handler: StreamHandler, listenerOf: (station: Station, port: number) => Listener | undefined): StreamEnd {
  const own = from.towards(to.address);
  const routers: Router[] = [];
  let network = own?.network;
  while (network !== undefined && !network.holds(to.address)) {
    const { router } = network;
    if (router !== undefined) routers.push(router);
    network = router?.outside;
  }
  const holder = network?.holder(to.address);
  const stream = new Stream(internet, from, routers, handler, holder !== undefined && isStation(holder) ? holder : undefined);
  stream.open(to.port, own === undefined ? undefined : { address: own.address, port: 0 }, listenerOf);
  return stream.end('client');
}

class Stream {
  readonly #internet: Internet;
  readonly #routers: readonly Router[];
  readonly #generations: readonly number[];
  readonly #clientGeneration: number;
  readonly #client: Side;
  readonly #server: Side | undefined;
  #forgotten = false;

  constructor(internet: Internet, client: Station, routers: readonly Router[], handler: StreamHandler, server: Station | undefined) {
    this.#internet = internet;
    this.#routers = routers;
    this.#generations = routers.map((router) => router.generation);
    this.#clientGeneration = client.generation;
    this.#client = { station: client, handler, arrivesAt: 0, arrivals: [], watched: false, inFlight: 0, waiting: 0 };
    this.#server = server === undefined ? undefined : { station: server, handler: undefined, arrivesAt: 0, arrivals: [], watched: false, inFlight: 0, waiting: 0 };
  }

  open(port: number, local: IpEndpoint | undefined, listenerOf: (station: Station, port: number) => Listener | undefined): void {
    const server = this.#server;
    const client = this.#client;
    if (server === undefined || local === undefined || !client.station.up) {
      this.#internet.at(this.#internet.now, () => this.#tellEnd(client, 'ENETUNREACH'));
      return;
    }
    this.#carry(server, () => {
      const listener = listenerOf(server.station, port);
      if (listener === undefined) {
        this.#carry(client, () => this.#tellEnd(client, 'ECONNREFUSED'));
        return;
      }
      server.handler = listener(this.end('server'), local);
      this.#carry(client, () => client.handler?.opened?.());
    });
  }

  end(which: 'client' | 'server'): StreamEnd {
    const side = which === 'client' ? this.#client : this.#server!;
    const other = (): Side | undefined => (which === 'client' ? this.#server : this.#client);
    return {
      send: (bytes) => this.#send(side, other(), bytes),
      close: () => {
        side.handler = undefined;
        const to = other();
        if (to !== undefined) this.#carry(to, () => this.#tellEnd(to, undefined));
      },
      reset: () => {
        side.handler = undefined;
        const to = other();
        if (to === undefined) return;
        to.arrivals = [];
        this.#carry(to, () => this.#tellEnd(to, 'ECONNRESET'));
      },
      forget: () => {
        this.#forgotten = true;
      },
    };
  }

  #send(side: Side, to: Side | undefined, bytes: Uint8Array): void {
    if (to === undefined || side.handler === undefined || bytes.length === 0) return;
    side.inFlight += bytes.length;
    side.waiting += bytes.length;
    this.#take(side);
    this.#watch(side);
    const copy = bytes.slice();
    this.#carry(to, () => {
      side.inFlight -= copy.length;
      this.#take(side);
      to.handler?.data(copy);
    });
  }

  /** The system takes what fits into its buffer. */
  #take(side: Side): void {
    const taken = Math.min(side.waiting, SYSTEM_BUFFER - (side.inFlight - side.waiting));
    if (taken <= 0) return;
    side.waiting -= taken;
    this.#internet.at(this.#internet.now, () => side.handler?.written?.(taken));
  }

  /** Once in a long while, so that a dead connection with bytes under way ends at last. */
  #watch(side: Side): void {
    if (side.watched) return;
    side.watched = true;
    this.#internet.at(this.#internet.now + GIVES_UP_AFTER, () => {
      side.watched = false;
      if (side.inFlight > 0 && this.#isDead()) this.#tellEnd(side, 'ETIMEDOUT');
    });
  }

  /** Runs `arrive` at the other side after the way, in order; never, once the connection is forgotten. */
  #carry(to: Side, arrive: () => void): void {
    const link = this.#internet.path(this.#routers.at(-1) ?? this.#client.station, this.#server!.station);
    to.arrivesAt = Math.max(this.#internet.now + link.shape.delayMs, to.arrivesAt);
    to.arrivals.push(arrive);
    const deliver = (): void => {
      if (this.#isDead()) {
        to.arrivals = [];
      } else if (this.#passes(link.isCut('both', this.#internet.now))) {
        to.arrivals.shift()?.();
      } else {
        to.arrivesAt = Math.max(this.#internet.now + RETRY_MS, to.arrivesAt);
        this.#internet.at(to.arrivesAt, deliver);
      }
    };
    this.#internet.at(to.arrivesAt, deliver);
  }

  #isDead(): boolean {
    return this.#forgotten || this.#client.station.generation !== this.#clientGeneration || this.#routers.some((router, i) => router.generation !== this.#generations[i]);
  }

  #passes(cut: boolean): boolean {
    return !cut && this.#client.station.up && this.#server!.station.up && this.#routers.every((router) => router.up);
  }

  #tellEnd(side: Side, code: string | undefined): void {
    const { handler } = side;
    side.handler = undefined;
    handler?.ended(code);
  }
}
