/**
 * Carries a host's relay connections over the simulated internet, as the host's own link does over real sockets: to the
 * first node of the region that answers, with the round trips that TCP, TLS and the upgrade take. It obeys, tells, and
 * never retries. Callers: mesh-host.ts.
 */
import { formatIp, type IpAddress } from '../../base/ip.ts';
import type { RelayFailure, RelayLinkCommand, RelayLinkEvent } from '../../ports/relay-link.ts';
import type { Duration } from '../../time/instant.ts';
import type { RelayNode } from '../../wire/netmap/types.ts';
import type { Internet } from './internet.ts';
import { UPGRADE, UPGRADED } from './relay-site.ts';
import type { StreamEnd } from './stream.ts';
import type { Station } from './topology.ts';

type OpenCommand = Extract<RelayLinkCommand, { kind: 'open' }>;

interface Connection {
  readonly generation: number;
  readonly withinMs: Duration;
  readonly nodes: readonly { readonly node: RelayNode; readonly address: IpAddress }[];
  end: StreamEnd | undefined;
  state: 'connecting' | 'open';
}

/** Of TLS 1.3, after TCP's and before the upgrade's. */
const TLS_ROUND_TRIPS = 1;

export class RelayCarrier {
  readonly #internet: Internet;
  readonly #station: Station;
  readonly #deliver: (event: RelayLinkEvent) => void;
  readonly #connections = new Map<number, Connection>();
  /** Connections that were asked for, since the process began. */
  opens = 0;

  constructor(internet: Internet, station: Station, deliver: (event: RelayLinkEvent) => void) {
    this.#internet = internet;
    this.#station = station;
    this.#deliver = deliver;
  }

  command(command: RelayLinkCommand): void {
    switch (command.kind) {
      case 'open':
        this.#open(command);
        return;
      case 'write':
        this.#connections.get(command.generation)?.end?.send(command.bytes);
        return;
      case 'carry':
        // Every packet goes by the machine.
        return;
      case 'close': {
        const connection = this.#connections.get(command.generation);
        this.#connections.delete(command.generation);
        connection?.end?.close();
        return;
      }
      default:
        return command satisfies never;
    }
  }

  /** Bytes of whoever has this host's connections in hand. */
  inject(bytes: Uint8Array): void {
    for (const { end } of this.#connections.values()) end?.send(bytes);
  }

  /** The process ended: its system closes what it had. */
  left(): void {
    for (const { end } of this.#connections.values()) end?.close();
    this.#connections.clear();
  }

  #open({ generation, nodes, withinMs }: OpenCommand): void {
    this.opens++;
    const usable = nodes.flatMap((node) => ([node.ipv4, node.ipv6] as const).flatMap((address) => (typeof address === 'string' || !this.#station.has(address.family) ? [] : [{ node, address }])));
    const connection: Connection = { generation, withinMs, nodes: usable, end: undefined, state: 'connecting' };
    this.#connections.set(generation, connection);
    if (usable.length === 0) this.#internet.at(this.#internet.now, () => this.#lost(connection, { kind: 'unreachable', host: nodes[0]?.hostName ?? '', code: 'ENETUNREACH' }));
    else this.#try(connection, 0, this.#internet.now);
    this.#internet.at(this.#internet.now + withinMs, () => {
      if (connection.state !== 'connecting') return;
      connection.end?.reset();
      this.#lost(connection, { kind: 'timed-out', host: nodes[0]?.hostName ?? '', during: 'connect', afterMs: withinMs });
    });
  }

  #try(connection: Connection, which: number, beganAt: number): void {
    const { node, address } = connection.nodes[which]!;
    const host = node.hostName;
    connection.end = this.#internet.connect(this.#station, { address, port: node.relayPort }, {
      opened: () => {
        const roundTrip = this.#internet.now - beganAt;
        this.#internet.at(this.#internet.now + TLS_ROUND_TRIPS * roundTrip, () => {
          if (this.#isCurrent(connection)) connection.end?.send(UPGRADE);
        });
      },
      data: (bytes) => {
        if (!this.#isCurrent(connection)) return;
        const { generation } = connection;
        if (connection.state === 'open') return this.#deliver({ kind: 'data', generation, bytes });
        connection.state = 'open';
        this.#deliver({ kind: 'opened', generation, node: node.name, localAddress: this.#localAddress(address) });
        if (bytes.length > UPGRADED.length && this.#isCurrent(connection)) this.#deliver({ kind: 'data', generation, bytes: bytes.subarray(UPGRADED.length) });
      },
      written: (bytes) => {
        if (this.#isCurrent(connection) && connection.state === 'open') this.#deliver({ kind: 'written', generation: connection.generation, bytes });
      },
      ended: (code) => {
        if (!this.#isCurrent(connection)) return;
        if (connection.state === 'connecting' && which + 1 < connection.nodes.length) this.#try(connection, which + 1, this.#internet.now);
        else this.#lost(connection, failureOf(host, node.relayPort, code));
      },
    });
  }

  #isCurrent(connection: Connection): boolean {
    return this.#connections.get(connection.generation) === connection;
  }

  #lost(connection: Connection, failure: RelayFailure): void {
    if (!this.#isCurrent(connection)) return;
    this.#connections.delete(connection.generation);
    this.#deliver({ kind: 'lost', generation: connection.generation, failure });
  }

  #localAddress(to: IpAddress): string | undefined {
    const own = this.#station.towards(to);
    return own === undefined ? undefined : formatIp(own.address);
  }
}

function failureOf(host: string, port: number, code: string | undefined): RelayFailure {
  if (code === 'ECONNREFUSED') return { kind: 'refused', host, port };
  if (code === 'ENETUNREACH') return { kind: 'unreachable', host, code };
  return { kind: 'closed', host, code };
}
