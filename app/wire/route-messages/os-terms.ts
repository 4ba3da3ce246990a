/**
 * Darwin's routing messages in the terms of app/ports/os-network.ts: one message to an event or to none, a dump to a
 * snapshot. Judges nothing but what is no route, address or link at all; what a change means is for netmon and osguard.
 */
import { OS_TABLE_MAIN, type OsAddress, type OsEvent, type OsLink, type OsLinkKind, type OsRoute, type OsRouteType, type OsSnapshot } from '../../ports/os-network.ts';
import { IFF, RTF } from '../../../native-bindings/darwin/headers/route.ts';
import type { DarwinRoute, RouteMessage } from './decode.ts';

type LinkMessage = Extract<RouteMessage, { readonly kind: 'link' }>;
type AddressMessage = Extract<RouteMessage, { readonly kind: 'address' }>;

/**
 * Undefined: nothing changed, or only a neighbour, a multicast group, or an address that is none of IP. `nameOf`: the
 * system's name of an index now, empty when there is no such link; the socket's own messages about links carry no name.
 */
export function osEventOf(message: RouteMessage, nameOf: (index: number) => string): OsEvent | undefined {
  switch (message.kind) {
    case 'miss':
      return { kind: 'miss' };
    case 'nothing':
      return undefined;
    case 'unparsable':
      return { kind: 'unparsable', why: message.why };
    case 'link': {
      const name = message.name === '' ? nameOf(message.index) : message.name;
      if (name === '') return { kind: 'link', action: 'removed', index: message.index, link: undefined };
      return { kind: 'link', action: 'changed', index: message.index, link: linkOf({ ...message, name }) };
    }
    case 'address': {
      const address = addressOf(message);
      return address === undefined ? undefined : { kind: 'address', action: message.action, link: message.link, address };
    }
    case 'route': {
      if (message.action === 'listed' || message.route?.isNeighbour === true) return undefined;
      return { kind: 'route', action: message.action, route: message.route === undefined ? undefined : routeOf(message.route), by: message.pid };
    }
    default:
      return message satisfies never;
  }
}

/** Of the messages of NET_RT_IFLIST2 and NET_RT_DUMP2, together. What is unparsable in them is left out. */
export function osSnapshotOf(messages: readonly RouteMessage[]): OsSnapshot {
  const links: OsLink[] = [];
  const addresses: OsAddress[] = [];
  const routes: OsRoute[] = [];
  for (const message of messages) {
    if (message.kind === 'link') {
      links.push(linkOf(message));
    } else if (message.kind === 'address') {
      const address = addressOf(message);
      if (address !== undefined) addresses.push(address);
    } else if (message.kind === 'route' && message.route?.isNeighbour === false) {
      routes.push(routeOf(message.route));
    }
  }
  return { links, addresses, routes, rules: [] };
}

function linkOf({ index, name, flags, mtu }: LinkMessage): OsLink {
  const up = (flags & IFF.up) !== 0;
  return { index, name, up, running: up && (flags & IFF.running) !== 0, kind: kindOf(name, flags), mtu };
}

/** By the names of Darwin's drivers: no message tells more. */
const KINDS: readonly (readonly [RegExp, OsLinkKind])[] = [
  [/^(utun|ipsec|gif|stf|ppp|tun|tap)\d/, 'tunnel'],
  [/^(bridge|vmenet|vmnet|vlan|bond|feth|awdl|llw|ap|anpi)\d/, 'virtual'],
  [/^(en|pdp_ip)\d/, 'physical'],
];

function kindOf(name: string, flags: number): OsLinkKind {
  if ((flags & IFF.loopback) !== 0) return 'loopback';
  return KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? ((flags & IFF.pointToPoint) !== 0 ? 'tunnel' : 'unknown');
}

/** Whether an IPv6 address is tentative, deprecated or made for privacy is in no message. */
function addressOf({ link, address, bits }: AddressMessage): OsAddress | undefined {
  return address === undefined ? undefined : { link, address, bits, state: 'usable', temporary: false };
}

function routeOf({ prefix, gateway, link, source, flags }: DarwinRoute): OsRoute {
  const { family } = prefix.address;
  return { family, table: OS_TABLE_MAIN, prefix, type: typeOf(flags), link: link === 0 ? undefined : link, gateway, metric: 0, source, protocol: undefined };
}

function typeOf(flags: number): OsRouteType {
  // Looked up only for sockets that are bound to its link; ours are not.
  if ((flags & RTF.scoped) !== 0) return 'other';
  if ((flags & RTF.reject) !== 0) return 'unreachable';
  if ((flags & RTF.blackhole) !== 0) return 'blackhole';
  if ((flags & RTF.broadcast) !== 0) return 'broadcast';
  if ((flags & RTF.multicast) !== 0) return 'multicast';
  return (flags & RTF.local) !== 0 ? 'local' : 'unicast';
}
