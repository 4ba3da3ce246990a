/**
 * The way of one datagram through networks, NATs and firewalls: outwards until a network knows its destination, then inwards
 * to a station. The tables of the routers are handed in: those of the internet that runs (internet.ts), or fresh ones of an
 * oracle that only asks what would happen (reach-oracle.ts). No time passes here.
 */
import { equalIp, type IpEndpoint } from '../../base/ip.ts';
import type { Instant } from '../../time/instant.ts';
import type { Firewall } from './firewall.ts';
import type { Nat } from './nat.ts';
import { isStation, type Holder, type Network, type Router, type Station } from './topology.ts';

export type Vanished =
  | 'station is down'
  | 'family missing'
  | 'no route'
  | 'uplink is down'
  | 'udp blocked'
  | 'nat full'
  | 'no hairpin'
  | 'no mapping'
  | 'filtered'
  | 'lost on the way'
  | 'port closed';

export interface Tables {
  nat(router: Router): Nat | undefined;
  firewall(router: Router): Firewall | 'open' | undefined;
}

export const REAL_TABLES: Tables = { nat: (router) => router.nat, firewall: (router) => router.firewall };

/** Where a datagram stands that is about to cross a network. */
export interface Crossing {
  readonly source: IpEndpoint;
  readonly holder: Holder;
  /** The id of the station or router that it came by, and the network; undefined: a NAT turned it around. */
  readonly across: { readonly edge: number; readonly network: Network } | undefined;
}

export interface Delivery {
  readonly station: Station;
  readonly source: IpEndpoint;
  readonly to: IpEndpoint;
}

export function outwards(tables: Tables, start: Network, author: Station, first: IpEndpoint, to: IpEndpoint, now: Instant): Crossing | Vanished {
  let source = first;
  let network = start;
  let edge = author.id;
  for (;;) {
    const holder = network.holder(to.address);
    if (holder !== undefined) return { source, holder, across: { edge, network } };
    const { router } = network;
    if (router === undefined) return 'no route';
    const left = leave(tables, router, source, to, now);
    if (typeof left === 'string') return left;
    source = left;
    edge = router.id;
    const nat = tables.nat(router);
    if (nat !== undefined && equalIp(to.address, nat.external)) return nat.shape.hairpin ? { source, holder: { inside: network, router }, across: undefined } : 'no hairpin';
    network = router.outside;
  }
}

export function inwards(tables: Tables, first: Holder, source: IpEndpoint, firstTo: IpEndpoint, now: Instant): Delivery | Vanished {
  let holder = first;
  let to = firstTo;
  while (!isStation(holder)) {
    const inner = enter(tables, holder.router, source, to, now);
    if (typeof inner === 'string') return inner;
    const next = holder.inside.holder(inner.address);
    if (next === undefined) return 'no route';
    holder = next;
    to = inner;
  }
  if (!holder.up) return 'station is down';
  return holder.sockets.has(to.port) ? { station: holder, source, to } : 'port closed';
}

function leave(tables: Tables, router: Router, source: IpEndpoint, to: IpEndpoint, now: Instant): IpEndpoint | Vanished {
  const closed = refuses(router);
  if (closed !== undefined) return closed;
  if (to.address.family === 4) {
    const nat = tables.nat(router);
    return nat === undefined ? 'no route' : (nat.outbound(source, to, now) ?? 'nat full');
  }
  const firewall = tables.firewall(router);
  if (firewall === undefined) return 'no route';
  return firewall === 'open' || firewall.outbound(source, to, now) ? source : 'nat full';
}

function enter(tables: Tables, router: Router, source: IpEndpoint, to: IpEndpoint, now: Instant): IpEndpoint | Vanished {
  const closed = refuses(router);
  if (closed !== undefined) return closed;
  if (to.address.family === 4) return tables.nat(router)?.inbound(source, to.port, now) ?? 'no route';
  const firewall = tables.firewall(router);
  if (firewall === undefined) return 'no route';
  return firewall === 'open' || firewall.inbound(source, to, now) ? to : 'filtered';
}

function refuses(router: Router): Vanished | undefined {
  if (!router.up) return 'uplink is down';
  return router.udp === 'blocked' ? 'udp blocked' : undefined;
}
