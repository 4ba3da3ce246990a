/**
 * Links, addresses, routes and rules of this network namespace: asks the kernel over rtnetlink and reads its answers.
 * Each call is one request; nothing is remembered or repaired here. Needs CAP_NET_ADMIN for changes. Every error is a
 * SystemError that names the change, the object and the errno. Event thread only.
 */
import { formatIp, formatPrefix, type IpAddress, type IpPrefix } from '../../base/ip.ts';
import { NLMSG_DONE, NLMSG_ERROR, NLM_F_DUMP_INTR, readError, readHeader } from '../../wire/netlink.ts';
import {
  decodeDescribed,
  encodeAddress,
  encodeDump,
  encodeGetLink,
  encodeGetRoute,
  encodeRoute,
  encodeRule,
  encodeSetLink,
  type Described,
  type Dumped,
  type InterfaceAddress,
  type Link,
  type Route,
  type RouteType,
  type Rule,
} from '../../wire/rtnetlink.ts';
import { osSnapshotOf } from '../../wire/rtnetlink-os.ts';
import type { OsSnapshot } from '../../ports/os-network.ts';
import type { OsPart, OsParts } from '../../ports/os-state.ts';
import { NetlinkSocket, SystemError } from '../../../native-bindings/linux/index.ts';

/** A table that changes while it is read is read again, this many times in all. */
const DUMP_ATTEMPTS = 5;
/** The kernel's answers to "which way": none, an unreachable, a prohibit, a blackhole. */
const NO_WAY = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL']);

export class RouteSocket {
  readonly #socket = new NetlinkSocket();
  #sequence = 1;

  /** Throws ENODEV when there is none of this name. */
  link(name: string): Link {
    const found = this.#request('get link', name, (sequence) => encodeGetLink(name, sequence)).find((d) => d.kind === 'link');
    if (found === undefined) throw new SystemError('get link', name, 19);
    return found.link;
  }

  setLink(ifindex: number, set: { readonly up?: boolean; readonly mtu?: number }): void {
    const what = [set.mtu === undefined ? [] : [`mtu ${set.mtu}`], set.up === undefined ? [] : [set.up ? 'up' : 'down']].flat().join(' ');
    this.#request('set link', `${ifindex} ${what}`, (sequence) => encodeSetLink(ifindex, set, sequence));
  }

  address(action: 'add' | 'delete', a: InterfaceAddress): void {
    this.#request(`${action} address`, `${formatIp(a.address)}/${a.bits} on link ${a.ifindex}`, (sequence) => encodeAddress(action, a, sequence));
  }

  route(action: 'add' | 'ahead' | 'replace' | 'delete', r: Route & { readonly type: RouteType }): void {
    this.#request(`${action} route`, describeRoute(r), (sequence) => encodeRoute(action, r, sequence));
  }

  rule(action: 'add' | 'delete', r: Rule): void {
    this.#request(`${action} rule`, `IPv${r.family} priority ${r.priority} table ${r.table}`, (sequence) => encodeRule(action, r, sequence));
  }

  /** Index of the link by which a packet to this address would leave; undefined: none. */
  linkTo(to: IpAddress): number | undefined {
    try {
      const found = this.#request('find the way to', formatIp(to), (sequence) => encodeGetRoute(to, sequence)).find((d) => d.kind === 'route');
      return found?.route.type === 'unicast' ? found.route.oif : undefined;
    } catch (error) {
      if (error instanceof SystemError && NO_WAY.has(error.code)) return undefined;
      throw error;
    }
  }

  /** Under which the kernel tells others of what is changed through here. */
  get portId(): number {
    return this.#socket.portId();
  }

  links(): Link[] {
    return this.#described('links').flatMap((d) => (d.kind === 'link' ? [d.link] : []));
  }

  addresses(): InterfaceAddress[] {
    return this.#described('addresses').flatMap((d) => (d.kind === 'address' ? [d.address] : []));
  }

  routes(): Route[] {
    return this.#described('routes').flatMap((d) => (d.kind === 'route' ? [d.route] : []));
  }

  rules(): Rule[] {
    return this.#described('rules').flatMap((d) => (d.kind === 'rule' ? [d.rule] : []));
  }

  /** All of it, one after the other: what changes in between is told by events. `tables`: only routes of these. */
  snapshot(tables?: readonly number[]): OsSnapshot {
    const routes = tables === undefined ? this.#dump('routes') : this.#routesOf(tables);
    return osSnapshotOf([...(['links', 'addresses', 'rules'] as const).flatMap((what) => this.#dump(what)), ...routes]);
  }

  /** Of a snapshot no more than this. */
  parts(only: readonly OsPart[], tables: readonly number[]): OsParts {
    const { routes, rules } = osSnapshotOf(only.flatMap((part) => (part === 'routes' ? this.#routesOf(tables) : this.#dump(part))));
    return { ...(only.includes('routes') ? { routes } : {}), ...(only.includes('rules') ? { rules } : {}) };
  }

  /** Undefined: there is none of this index now. */
  nameOf(ifindex: number): string | undefined {
    return this.#linkNow(ifindex)?.name;
  }

  /** Undefined: there is none of this name now. */
  indexOf(name: string): number | undefined {
    return this.#linkNow(name)?.ifindex;
  }

  close(): void {
    this.#socket.close();
  }

  #request(call: string, object: string, encode: (sequence: number) => Uint8Array): Described[] {
    const sequence = this.#sequence++;
    this.#socket.send(encode(sequence), `${call} ${object}`);
    const out: Described[] = [];
    for (;;) {
      const messages = this.#socket.receive(`${call} ${object}`);
      if (messages.length === 0) throw new SystemError(call, object, 11, 'the kernel did not answer');
      for (const message of messages) {
        const header = readHeader(message);
        if (header?.sequence !== sequence) continue;
        if (header.type === NLMSG_ERROR) {
          const error = readError(message);
          if (error === undefined) throw new Error(`netlink cut its answer to "${call} ${object}" short`);
          if (error.errno !== 0) throw new SystemError(call, object, error.errno, error.sentence);
          return out;
        }
        const described = decodeDescribed(message);
        if (described !== undefined) out.push(described);
      }
    }
  }

  #linkNow(which: string | number): Link | undefined {
    try {
      return this.#request('get link', String(which), (sequence) => encodeGetLink(which, sequence)).find((d) => d.kind === 'link')?.link;
    } catch (error) {
      if (error instanceof SystemError && error.code === 'ENODEV') return undefined;
      throw error;
    }
  }

  #routesOf(tables: readonly number[]): Uint8Array[] {
    return tables.flatMap((table) => this.#dump('routes', table));
  }

  #described(what: Dumped): Described[] {
    return this.#dump(what).flatMap((message) => decodeDescribed(message) ?? []);
  }

  #dump(what: Dumped, table?: number): Uint8Array[] {
    for (let attempt = 1; ; attempt++) {
      const { entries, whole } = this.#dumpOnce(what, table);
      if (whole || attempt === DUMP_ATTEMPTS) return entries;
    }
  }

  #dumpOnce(what: Dumped, table: number | undefined): { readonly entries: Uint8Array[]; readonly whole: boolean } {
    const sequence = this.#sequence++;
    this.#socket.send(encodeDump(what, sequence, table), `list ${what}`);
    const entries: Uint8Array[] = [];
    let whole = true;
    for (;;) {
      const messages = this.#socket.receive(`list ${what}`);
      if (messages.length === 0) throw new SystemError('list', what, 11, 'the kernel stopped in the middle');
      for (const message of messages) {
        const header = readHeader(message);
        if (header?.sequence !== sequence) continue;
        if ((header.flags & NLM_F_DUMP_INTR) !== 0) whole = false;
        if (header.type === NLMSG_DONE) return { entries, whole };
        if (header.type === NLMSG_ERROR) throw new SystemError('list', what, readError(message)?.errno ?? 0, readError(message)?.sentence);
        entries.push(message);
      }
    }
  }
}

function describeRoute(r: Route): string {
  const prefix: IpPrefix = r.destination;
  return `${r.type === 'unicast' ? '' : `${r.type} `}${formatPrefix(prefix)}${r.oif === undefined ? '' : ` on link ${r.oif}`} table ${r.table}`;
}

