/**
 * Links, addresses, routes and policy rules of this computer, and what its system tells of their changes, in terms that
 * Linux, Darwin and Windows share. Types only, plain data: a flight recorder keeps them. The sources in the host make
 * them; netmon/ and osguard/ judge them.
 */
import type { IpAddress, IpPrefix } from '../base/ip.ts';

/** A network device. It is known by its index; the name may change, and come again with another index. */
export interface OsLink {
  readonly index: number;
  readonly name: string;
  /** Switched on by somebody. */
  readonly up: boolean;
  /** Switched on, and something is at the other end (a carrier). Where the system does not tell: as `up`. */
  readonly running: boolean;
  readonly kind: OsLinkKind;
  /** Bytes; 0: the system does not tell. */
  readonly mtu: number;
}

/** tunnel: TUN, WireGuard, utun and their like, ours too. virtual: bridges, pairs, of virtual machines. */
export type OsLinkKind = 'physical' | 'loopback' | 'tunnel' | 'virtual' | 'unknown';

export interface OsAddress {
  /** Index of its link. */
  readonly link: number;
  readonly address: IpAddress;
  /** Of its prefix: 0 to 32 or 128. */
  readonly bits: number;
  readonly state: OsAddressState;
  /** A privacy address: made to be replaced. False where the system does not tell. */
  readonly temporary: boolean;
}

/** tentative: the network is asked whether somebody has it. deprecated: no new connection uses it. */
export type OsAddressState = 'usable' | 'tentative' | 'deprecated' | 'duplicate';

export interface OsRoute {
  readonly family: 4 | 6;
  /** {@link OS_TABLE_MAIN} on systems with one table. */
  readonly table: number;
  readonly prefix: IpPrefix;
  readonly type: OsRouteType;
  /** Index of the link it leads to; undefined: none, or several. */
  readonly link: number | undefined;
  /** undefined: the destination is on the link itself, or the type leads nowhere. */
  readonly gateway: IpAddress | undefined;
  /** The smaller one is preferred. 0 where the system does not tell. */
  readonly metric: number;
  /** Preferred source address. */
  readonly source: IpAddress | undefined;
  /** The system's number for who made it (Linux: RTPROT_*; Windows: NL_ROUTE_PROTOCOL). */
  readonly protocol: number | undefined;
}

/** throw: the look-up goes on with the next rule. local: this computer itself. other: a type that routes nothing of ours. */
export type OsRouteType = 'unicast' | 'throw' | 'unreachable' | 'prohibit' | 'blackhole' | 'local' | 'broadcast' | 'multicast' | 'other';

/** As Linux numbers them. */
export const OS_TABLE_MAIN = 254;
export const OS_TABLE_LOCAL = 255;
/** A route to everywhere has 0 bits; some write it as two halves, so that the one of the system stays. */
export const WIDE_BITS = 1;

/** Linux only: which packets are looked up in which table. */
export interface OsRule {
  readonly family: 4 | 6;
  /** The smaller one is asked first. */
  readonly priority: number;
  readonly action: OsRuleAction;
  /** For the action 'table'; else 0. */
  readonly table: number;
  /** Matches packets whose mark, of the bits of `mask`, is `mark`. undefined: any mark. */
  readonly mark: number | undefined;
  readonly mask: number | undefined;
  /** Matches packets that do not match. */
  readonly invert: boolean;
  /** Routes of the table with at most this many bits do not count. */
  readonly suppressPrefixLength: number | undefined;
  /** RTPROT_* of who made it. */
  readonly protocol: number | undefined;
  /** It looks at more than family and mark (source, destination, port, user, interface). */
  readonly narrower: boolean;
}

export type OsRuleAction = 'table' | 'goto' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit' | 'other';

/** All of it at one moment. */
export interface OsSnapshot {
  readonly links: readonly OsLink[];
  readonly addresses: readonly OsAddress[];
  readonly routes: readonly OsRoute[];
  readonly rules: readonly OsRule[];
}

/** Linux does not tell 'added' from 'changed': nothing may depend on which of the two it is. */
export type OsAction = 'added' | 'changed' | 'removed';

/**
 * One message of the system. The value is as the system tells it, and undefined where it tells none: then only a snapshot
 * helps. `by`: who asked for the change, where the system tells (Linux: port id of the netlink socket, in most programs the
 * process id; Darwin: the process id); undefined or 0: the system itself, or unknown.
 */
export type OsEvent =
  | { readonly kind: 'link'; readonly action: OsAction; readonly index: number; readonly link: OsLink | undefined; readonly by?: number }
  | { readonly kind: 'address'; readonly action: OsAction; readonly link: number; readonly address: OsAddress | undefined; readonly by?: number }
  | { readonly kind: 'route'; readonly action: OsAction; readonly route: OsRoute | undefined; readonly by?: number }
  | { readonly kind: 'rule'; readonly action: OsAction; readonly rule: OsRule | undefined; readonly by?: number }
  /** A look-up found no route (Darwin: RTM_MISS). Nothing changed. `count`: in a row, where a source counts them. */
  | { readonly kind: 'miss'; readonly count?: number }
  /** A message that fits no form we know: something happened. `why`: for the log. */
  | { readonly kind: 'unparsable'; readonly why: string }
  /** The system had to drop messages (Linux: ENOBUFS): only a snapshot helps. */
  | { readonly kind: 'lost' }
  /** The subscription stands from now on; what happened before it is in no event. */
  | { readonly kind: 'source-up' }
  /** The subscription could not be made, or ended by itself. Nothing more comes of it. */
  | { readonly kind: 'source-failed'; readonly why: string };

/**
 * One system's source of both, as the host opens it. `start` at most once: it subscribes, and tells 'source-up' before it
 * returns or 'source-failed'; it never throws. Events come later, in the thread that started it, one read of the system at
 * a time. After 'source-failed' only `close` is of use: who wants more opens a new source. No timer and no wake-up between
 * events. `snapshot` may be called before `start`, and throws when the system refuses. `close` twice is fine.
 */
export interface OsNetworkSource {
  start(onEvent: (event: OsEvent) => void): void;
  snapshot(): OsSnapshot;
  close(): void;
}
