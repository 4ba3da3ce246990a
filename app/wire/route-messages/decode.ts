/**
 * Darwin's routing messages, as a PF_ROUTE socket and the NET_RT_* dumps give them (route(4), <net/route.h>, <net/if.h>):
 * bytes to values in Darwin's own terms. Any bytes at all end in values, never in a throw or a loop: a message of another
 * version, too short for its type, or with sockaddrs that do not fit is 'unparsable', and the walk goes on behind it; a
 * length that leads nowhere ends the walk. What it means for the engine is os-terms.ts.
 */
import { maskIp, type IpAddress, type IpPrefix } from '../../base/ip.ts';
import { viewOf } from '../netlink.ts';
import { IF_MSGHDR, IF_MSGHDR2, IFA_MSGHDR, IFMA_MSGHDR, MESSAGE, RT_MSGHDR, RT_MSGHDR2, RTAX, RTF, RTM, RTM_VERSION } from '../../../native-bindings/darwin/headers/route.ts';
import { ipFamilyOf, readAddress, readLink, readMaskBits, readSockaddrs, type Sockaddrs } from './sockaddr.ts';

export interface DarwinRoute {
  readonly prefix: IpPrefix;
  /** undefined: a link (see `link`), or nothing. */
  readonly gateway: IpAddress | undefined;
  /** 0: the message names none. */
  readonly link: number;
  readonly source: IpAddress | undefined;
  /** RTF_*. */
  readonly flags: number;
  /** A neighbour's hardware address (ARP, ND), or a copy of a route for one destination: no route that anybody made. */
  readonly isNeighbour: boolean;
}

export type RouteMessage =
  | { readonly kind: 'route'; readonly action: 'added' | 'changed' | 'removed' | 'listed'; readonly route: DarwinRoute | undefined; readonly pid: number }
  | { readonly kind: 'link'; readonly index: number; readonly name: string; readonly flags: number; readonly mtu: number }
  | { readonly kind: 'address'; readonly action: 'added' | 'removed'; readonly link: number; readonly linkName: string; readonly address: IpAddress | undefined; readonly bits: number }
  | { readonly kind: 'miss' }
  /** Says nothing of a change: an answer to somebody's question, a request that was refused, a multicast group. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unparsable'; readonly why: string };

export function decodeRouteMessages(bytes: Uint8Array): RouteMessage[] {
  const out: RouteMessage[] = [];
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.length - at;
    const length = left < MESSAGE.size ? 0 : view.getUint16(at + MESSAGE.length, true);
    if (length < MESSAGE.size || length > left) {
      out.push(unparsable(`a message of ${length} bytes in ${left}`));
      break;
    }
    out.push(decodeOne(bytes.subarray(at, at + length)));
    at += length;
  }
  return out;
}

const NOTHING: RouteMessage = { kind: 'nothing' };
const unparsable = (why: string): RouteMessage => ({ kind: 'unparsable', why });

/** Size of the header by type; a message that is shorter is none. */
const HEADERS: ReadonlyMap<number, { readonly size: number; readonly addresses: number }> = new Map(
  ([
    [RT_MSGHDR, [RTM.add, RTM.delete, RTM.change, RTM.get, RTM.losing, RTM.redirect, RTM.miss, RTM.lock, RTM.oldAdd, RTM.oldDelete, RTM.resolve]],
    [RT_MSGHDR2, [RTM.get2]],
    [IFA_MSGHDR, [RTM.newAddress, RTM.deleteAddress]],
    [IF_MSGHDR, [RTM.interface]],
    [IF_MSGHDR2, [RTM.interface2]],
    [IFMA_MSGHDR, [RTM.newGroup, RTM.deleteGroup, RTM.newGroup2]],
  ] as const).flatMap(([header, types]) => types.map((type) => [type, header] as const)),
);

function decodeOne(message: Uint8Array): RouteMessage {
  const type = message[MESSAGE.type]!;
  const version = message[MESSAGE.version];
  if (version !== RTM_VERSION) return unparsable(`version ${version}, type ${type}`);
  const header = HEADERS.get(type);
  if (header === undefined) return unparsable(`type ${type}`);
  if (message.length < header.size) return unparsable(`type ${type} in ${message.length} bytes`);
  const addresses = readSockaddrs(message, header.size, viewOf(message).getUint32(header.addresses, true));
  if (addresses === undefined) return unparsable(`type ${type} with sockaddrs that do not fit`);
  return decodeBody(message, type, addresses) ?? unparsable(`type ${type} with values that do not fit`);
}

/** Undefined: a value in it does not fit. */
function decodeBody(message: Uint8Array, type: number, addresses: Sockaddrs): RouteMessage | undefined {
  switch (type) {
    case RTM.add:
    case RTM.oldAdd:
      return decodeRoute(message, 'added', addresses);
    case RTM.delete:
    case RTM.oldDelete:
      return decodeRoute(message, 'removed', addresses);
    case RTM.change:
    case RTM.redirect:
      return decodeRoute(message, 'changed', addresses);
    case RTM.get2:
      return decodeRoute(message, 'listed', addresses);
    case RTM.miss:
      return { kind: 'miss' };
    case RTM.newAddress:
      return decodeAddress(message, 'added', addresses);
    case RTM.deleteAddress:
      return decodeAddress(message, 'removed', addresses);
    case RTM.interface:
      return decodeLink(message, IF_MSGHDR, addresses);
    case RTM.interface2:
      return decodeLink(message, IF_MSGHDR2, addresses);
    default:
      return NOTHING;
  }
}

function decodeRoute(message: Uint8Array, action: 'added' | 'changed' | 'removed' | 'listed', addresses: Sockaddrs): RouteMessage | undefined {
  const view = viewOf(message);
  const isDump = action === 'listed';
  // A request that the kernel refused is told to every listener too.
  if (!isDump && view.getInt32(RT_MSGHDR.errno, true) !== 0) return NOTHING;
  const pid = isDump ? 0 : view.getInt32(RT_MSGHDR.pid, true);
  const destination = addresses[RTAX.destination];
  const family = ipFamilyOf(destination);
  if (family === undefined) return { kind: 'route', action, route: undefined, pid };
  const address = readAddress(destination);
  const flags = view.getUint32(RT_MSGHDR.flags, true);
  const mask = addresses[RTAX.netmask];
  const bits = (flags & RTF.host) !== 0 || mask === undefined ? (family === 4 ? 32 : 128) : readMaskBits(mask, family);
  if (address === undefined || bits === undefined) return undefined;
  const gateway = readAddress(addresses[RTAX.gateway]);
  const gatewayLink = readLink(addresses[RTAX.gateway]);
  const isNeighbour = (flags & RTF.wasCloned) !== 0 || ((flags & RTF.linkLayer) !== 0 && gatewayLink?.hasAddress === true);
  const link = view.getUint16(RT_MSGHDR.index, true) || (readLink(addresses[RTAX.interface])?.index ?? gatewayLink?.index ?? 0);
  return { kind: 'route', action, route: { prefix: { address: maskIp(address, bits), bits }, gateway, link, source: readAddress(addresses[RTAX.interfaceAddress]), flags, isNeighbour }, pid };
}

function decodeLink(message: Uint8Array, header: typeof IF_MSGHDR | typeof IF_MSGHDR2, addresses: Sockaddrs): RouteMessage {
  const view = viewOf(message);
  return { kind: 'link', index: view.getUint16(header.index, true), name: readLink(addresses[RTAX.interface])?.name ?? '', flags: view.getUint32(header.flags, true), mtu: view.getUint32(header.mtu, true) };
}

function decodeAddress(message: Uint8Array, action: 'added' | 'removed', addresses: Sockaddrs): RouteMessage | undefined {
  const link = viewOf(message).getUint16(IFA_MSGHDR.index, true);
  const linkName = readLink(addresses[RTAX.interface])?.name ?? '';
  const sockaddr = addresses[RTAX.interfaceAddress];
  const family = ipFamilyOf(sockaddr);
  // A link-layer address, or that of a family that is none of ours.
  if (family === undefined) return { kind: 'address', action, link, linkName, address: undefined, bits: 0 };
  const address = readAddress(sockaddr);
  const mask = addresses[RTAX.netmask];
  const bits = mask === undefined ? (family === 4 ? 32 : 128) : readMaskBits(mask, family);
  return address === undefined || bits === undefined ? undefined : { kind: 'address', action, link, linkName, address, bits };
}
