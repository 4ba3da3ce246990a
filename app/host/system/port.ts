/**
 * What Bowline may read and change on the operating system, as functions. `linux-system.ts` is the real one; tests play
 * it with a fake. Types only. Each change is one step that either happened or threw; nothing here remembers anything.
 */
import type { IpAddress, IpPrefix } from '../../base/ip.ts';
import type { OsSnapshot } from '../../ports/os-network.ts';
import type { OsPart, OsParts } from '../../ports/os-state.ts';
import type { InterfaceAddress, Link, Route, Rule } from '../../wire/rtnetlink.ts';
import type { DnsWanted } from './resolv-conf.ts';

/** Where kernel state lives: it does not outlive a boot, and each network namespace has its own. */
export interface Place {
  readonly boot: string;
  readonly namespace: string;
}

export interface ResolvConfFile {
  readonly kind: 'file';
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
}

export type ResolvConf = { readonly kind: 'absent' } | ResolvConfFile | { readonly kind: 'link'; readonly target: string };

/** All that a plan looks at. */
export interface SystemView {
  readonly links: readonly Link[];
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  /** net.ipv4.conf.NAME.rp_filter of `all` and of every link; absent where the system has none. */
  readonly reversePathFilter: ReadonlyMap<string, number>;
  /** The system has IPv6 switched on. */
  readonly ipv6: boolean;
  readonly resolvConf: ResolvConf;
  /** The text behind the link or in the file; empty when there is none. */
  readonly resolvConfText: string;
  /** systemd-resolved answers and can be told name servers by link. */
  readonly resolved: boolean;
}

/** unicast: to the link. throw: the look-up goes on with the next rule; `ifindex` says nothing. */
export interface OwnRoute {
  readonly type: 'unicast' | 'throw';
  readonly destination: IpPrefix;
  readonly table: number;
  readonly ifindex: number;
}

/** Name servers of a network service of ours, where the system merges services (macOS). */
export interface ServiceDns {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  /** Whose names are asked of these servers; the empty one: all. */
  readonly match: readonly string[];
}

export interface SystemPort {
  place(): Place;
  view(): SystemView;
  /** Links, addresses, rules, and the routes of these tables, as a guard compares them. */
  network(tables: readonly number[]): OsSnapshot;
  /** Parts of that, for less. */
  networkParts(only: readonly OsPart[], tables: readonly number[]): OsParts;
  /** Index of the link by which a packet without a mark would leave; undefined: none. */
  linkTo(to: IpAddress): number | undefined;
  /** Under which others are told of what is changed through this port. */
  writer(): number;
  /** The program that writes under this number; undefined: not found, or ended. */
  programOf(writer: number): string | undefined;
  /** Index of the link of this name, now. */
  linkIndex(name: string): number | undefined;
  setMtu(ifindex: number, mtu: number): void;
  setUp(ifindex: number): void;
  addAddress(address: InterfaceAddress): void;
  /** This and the other `remove` functions: false when there was none. */
  removeAddress(address: InterfaceAddress): boolean;
  /** new: refused where one of the same destination stands. ahead: before that one, which stays. */
  addRoute(route: OwnRoute, how: 'new' | 'ahead'): void;
  removeRoute(route: OwnRoute): boolean;
  addRule(rule: Rule): void;
  removeRule(rule: Rule): boolean;
  /** `name` with slashes: net/ipv4/conf/all/rp_filter. Undefined where the system has none. */
  readSetting(name: string): string | undefined;
  writeSetting(name: string, value: string): void;
  readResolvConf(): ResolvConf;
  /** Replaces it whole, also its kind. */
  writeResolvConf(conf: ResolvConf): void;
  /** Tells systemd-resolved; it forgets when the link goes. */
  setLinkDns(link: string, servers: readonly string[], domains: readonly string[]): void;
  /** undefined: no such service. */
  readServiceDns(service: string): ServiceDns | undefined;
  /** undefined: it goes. Refused where the system has no such services. */
  writeServiceDns(service: string, dns: ServiceDns | undefined): void;
  /** As told, read back; undefined: no such link. Absent where who keeps the names restores them itself. */
  readLinkDns?(link: string): DnsWanted | undefined;
}
