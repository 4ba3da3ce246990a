/**
 * Says from the topology alone whether two stations can have a direct UDP path, and which explanations of a relayed one are
 * true. It plays the ideal attempt on fresh tables: both learn their outside endpoints from STUN servers, tell them and
 * their own addresses to each other through a relay, and both ping all that they know, and every source that a ping came
 * from, until nothing new happens. No packet is lost and nothing expires. It knows none of the product's machines.
 *
 * For two hosts behind one NAT each, with mapping M and filtering F of RFC 4787, that comes to (reach-oracle.test.ts):
 * a direct path is possible exactly if, for each of the two hosts, F is not address-and-port-dependent or the OTHER host's
 * M is endpoint-independent. A filter that wants the exact port cannot be met by a host whose port nobody can know before.
 *
 *                     E, F any    E, F port    D, F any    D, F port
 *   E, F any             yes         yes          yes         yes        E: mapping endpoint-independent, D: dependent
 *   E, F port            yes         yes          no          no         F port: filtering by address and port
 *   D, F any             yes         no           yes         no         F any: one of the two others
 *   D, F port            yes         no           no          no
 */
import type { IpAddress, IpEndpoint } from '../../base/ip.ts';
import { createSeededRng } from '../../base/seeded-rng.ts';
import type { RelayedBecause } from '../../paths/types.ts';
import { instant } from '../../time/instant.ts';
import { Firewall } from './firewall.ts';
import { endpointKey } from './flow-memory.ts';
import type { Internet } from './internet.ts';
import { Nat } from './nat.ts';
import { inwards, outwards, type Delivery, type Tables } from './routing.ts';
import { isStation, mappingVaries, ownsAddress, reachesInternet, udpIsBlocked, type Router, type Station } from './topology.ts';

/** A UDP socket of a station. */
export interface UdpHost {
  readonly station: Station;
  readonly port: number;
}

export interface Reach {
  /** Endpoints of the other that answer pings: from a, from b. */
  readonly fromA: readonly IpEndpoint[];
  readonly fromB: readonly IpEndpoint[];
  /** Both have one, and it carries datagrams of full size. */
  readonly direct: boolean;
}

const ROUNDS = 5;
const PING_BYTES = 100;
/** A full packet of the tunnel in WireGuard's envelope. */
const DATA_BYTES = 1_312;
const NOW = instant(0);

class FreshTables implements Tables {
  readonly #nats = new Map<Router, Nat>();
  readonly #firewalls = new Map<Router, Firewall>();

  nat(router: Router): Nat | undefined {
    if (router.nat === undefined) return undefined;
    const known = this.#nats.get(router);
    if (known !== undefined) return known;
    const fresh = new Nat(router.nat.shape, router.nat.external, createSeededRng(router.id));
    this.#nats.set(router, fresh);
    return fresh;
  }

  firewall(router: Router): Firewall | 'open' | undefined {
    if (router.firewall === undefined || router.firewall === 'open') return router.firewall;
    const known = this.#firewalls.get(router);
    if (known !== undefined) return known;
    const fresh = new Firewall(router.firewall.shape);
    this.#firewalls.set(router, fresh);
    return fresh;
  }
}

class Puncher {
  readonly host: UdpHost;
  /** Endpoints of the other, and those of them that answered. */
  readonly known = new Map<string, IpEndpoint>();
  readonly answered = new Map<string, IpEndpoint>();

  constructor(host: UdpHost) {
    this.host = host;
  }
}

export function directReach(internet: Internet, a: UdpHost, b: UdpHost, stunServers: readonly IpEndpoint[]): Reach {
  const tables = new FreshTables();
  const carry = (from: UdpHost, to: IpEndpoint, bytes: number): Delivery | undefined => carried(internet, tables, from, to, bytes);
  const [x, y] = [new Puncher(a), new Puncher(b)];
  for (const [me, other] of [[x, y], [y, x]] as const) {
    for (const server of stunServers) learn(other, carry(me.host, server, PING_BYTES)?.source);
    for (const { address } of me.host.station.interfaces) learn(other, { address, port: me.host.port });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [me, other] of [[x, y], [y, x]] as const) {
      for (const [key, endpoint] of me.known) {
        const ping = carry(me.host, endpoint, PING_BYTES);
        if (ping === undefined || !isAt(ping, other.host)) continue;
        learn(other, ping.source);
        const pong = carry(other.host, ping.source, PING_BYTES);
        if (pong !== undefined && isAt(pong, me.host)) me.answered.set(key, endpoint);
      }
    }
  }
  const bears = (me: Puncher, other: Puncher): boolean => [...me.answered.values()].some((endpoint) => isAt(carry(me.host, endpoint, DATA_BYTES), other.host));
  return { fromA: [...x.answered.values()], fromB: [...y.answered.values()], direct: bears(x, y) && bears(y, x) };
}

/**
 * What a may truthfully give as the reason why b is relayed, at rest. Empty when a direct path is possible: then there is
 * no such reason.
 */
export function honestReasons(a: UdpHost, b: UdpHost, reach: Reach): ReadonlySet<RelayedBecause['kind']> {
  if (reach.direct) return new Set();
  if (udpIsBlocked(a.station)) return new Set(['udp-blocked-here']);
  if (reach.fromA.length > 0 && reach.fromB.length > 0) return new Set(['data-lost']);
  const told = b.station.interfaces;
  const isAlsoOurs = (address: IpAddress): boolean => b.port === a.port && ownsAddress(a.station, address);
  // Two private networks may use the same numbers: such an address leads to ourselves.
  if (udpIsBlocked(b.station) && told.every(({ address }) => isAlsoOurs(address))) return new Set(['no-candidates']);
  if (!told.some(({ address: { family } }) => reachesInternet(a.station, family))) return new Set(['family-missing']);
  return new Set([mappingVaries(a.station) ? 'hard-nat' : 'no-answer']);
}

function learn(who: Puncher, endpoint: IpEndpoint | undefined): void {
  if (endpoint !== undefined) who.known.set(`${endpoint.address.family} ${endpointKey(endpoint)}`, endpoint);
}

function isAt(end: Delivery | undefined, host: UdpHost): boolean {
  return end !== undefined && end.station === host.station && end.to.port === host.port;
}

function carried(internet: Internet, tables: Tables, { station, port }: UdpHost, to: IpEndpoint, bytes: number): Delivery | undefined {
  const own = station.towards(to.address);
  if (own === undefined || !station.up) return undefined;
  const crossing = outwards(tables, own.network, station, { address: own.address, port }, to, NOW);
  if (typeof crossing === 'string') return undefined;
  const { across, holder } = crossing;
  if (across !== undefined && !internet.carries(across.edge, isStation(holder) ? holder.id : holder.router.id, across.network, bytes, to.address.family)) return undefined;
  const end = inwards(tables, holder, crossing.source, to, NOW);
  return typeof end === 'string' ? undefined : end;
}
