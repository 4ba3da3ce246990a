/**
 * What a simulated internet is made of: networks, the routers between them, and stations with addresses on them. Data and
 * look-ups only; internet.ts moves datagrams over it, stream.ts connections, reach-oracle.ts reads it.
 *
 * The root network is the internet. Every other network has one router, whose outside stands on its parent: NAT behind NAT
 * is a network below a network. Private subnets may overlap, as they do in the world.
 */
import { equalIp, ipv4, type IpAddress, type IpEndpoint } from '../../base/ip.ts';
import type { Gateway } from '../../ports/gateway-link.ts';
import { addressKey } from './flow-memory.ts';
import type { Firewall } from './firewall.ts';
import type { Nat } from './nat.ts';

/** Of every NAT, to the hosts behind it: 192.168.1.1. Hosts have the numbers after it. */
export const ROUTER_INSIDE = ipv4(0xc0a80101);

export type DatagramHandler = (bytes: Uint8Array, from: IpEndpoint, to: IpEndpoint, author: Station | undefined) => void;

export interface Interface {
  readonly network: Network;
  address: IpAddress;
}

/** A host or a server. */
export class Station {
  readonly id: number;
  readonly name: string;
  readonly interfaces: Interface[] = [];
  /** By UDP port. */
  readonly sockets = new Map<number, DatagramHandler>();
  /** Grows when an address changes: connections of before are dead. */
  generation = 0;
  /** False: nothing leaves it and nothing reaches it. */
  up = true;

  constructor(id: number, name: string) {
    this.id = id;
    this.name = name;
  }

  has(family: 4 | 6): boolean {
    return this.interfaces.some(({ address }) => address.family === family);
  }

  /** The interface that a packet to this address leaves by: on its own network if it stands there, else the first of the family. */
  towards(to: IpAddress): Interface | undefined {
    const fit = this.interfaces.filter(({ address }) => address.family === to.family);
    return fit.find(({ network }) => network.router !== undefined && network.holds(to)) ?? fit[0];
  }
}

export interface Router {
  readonly id: number;
  readonly name: string;
  readonly outside: Network;
  /** Undefined: no IPv4 beyond this router. */
  readonly nat: Nat | undefined;
  /** IPv6 passes without translation. Undefined: no IPv6 beyond this router. */
  readonly firewall: Firewall | 'open' | undefined;
  /** Of UDP, both ways; connections pass. */
  udp: 'open' | 'blocked';
  /** False: the uplink is cut. */
  up: boolean;
  /** Grows with each reboot: connections of before are dead. */
  generation: number;
}

export type Holder = Station | Downlink;

/** The outside of a router, as its parent network sees it. */
export interface Downlink {
  readonly inside: Network;
  readonly router: Router;
}

export class Network {
  readonly name: string;
  /** Undefined: the internet itself. */
  readonly router: Router | undefined;
  readonly #holders = new Map<string, Holder>();

  constructor(name: string, router: Router | undefined) {
    this.name = name;
    this.router = router;
  }

  holds(address: IpAddress): boolean {
    return this.#holders.has(keyOf(address));
  }

  holder(address: IpAddress): Holder | undefined {
    return this.#holders.get(keyOf(address));
  }

  put(address: IpAddress, holder: Holder): void {
    this.#holders.set(keyOf(address), holder);
  }

  remove(address: IpAddress): void {
    this.#holders.delete(keyOf(address));
  }
}

/** The routers from this network out to the internet, nearest first. */
export function routersOf(network: Network): Router[] {
  const routers: Router[] = [];
  for (let at: Network = network; at.router !== undefined; at = at.router.outside) routers.push(at.router);
  return routers;
}

/** Has this station a way to the internet in this family? Says nothing about what is blocked there now. */
export function reachesInternet(station: Station, family: 4 | 6): boolean {
  return station.interfaces.some(({ network, address }) => address.family === family && routersOf(network).every((router) => (family === 4 ? router.nat : router.firewall) !== undefined));
}

/** The router that its IPv4 goes through first, and its own address there. Undefined: it stands on the internet, or has none. */
export function gatewayOf(station: Station): Gateway | undefined {
  const own = station.interfaces.find(({ network, address }) => address.family === 4 && network.router?.nat !== undefined);
  return own === undefined ? undefined : { address: ROUTER_INSIDE, own: own.address };
}

/** Is UDP beyond its own network blocked for this station, on every way out that it has? */
export function udpIsBlocked(station: Station): boolean {
  const ways = station.interfaces.filter(({ address }) => reachesInternet(station, address.family));
  return ways.length > 0 && ways.every(({ network }) => routersOf(network).some((router) => router.udp === 'blocked'));
}

/** Does some NAT between this station and the internet give it another outside port for another destination? */
export function mappingVaries(station: Station): boolean {
  return station.interfaces.some(({ network, address }) => address.family === 4 && routersOf(network).some((router) => router.nat !== undefined && router.nat.shape.mapping !== 'endpoint-independent'));
}

export function isStation(holder: Holder): holder is Station {
  return holder instanceof Station;
}

export function ownsAddress(station: Station, address: IpAddress): boolean {
  return station.interfaces.some((own) => equalIp(own.address, address));
}

function keyOf(address: IpAddress): string {
  return `${address.family} ${addressKey({ address, port: 0 })}`;
}
