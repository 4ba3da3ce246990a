/**
 * One change of the operating system as a value: how it is made, how exactly it is taken back, how it is written into
 * the journal, and what it is called in a message. Taking back looks first: what is no longer as we made it stays.
 * Called by system-changes.ts; plan.ts makes the values.
 */
import * as v from 'valibot';
import { formatIp, formatPrefix, parseIp, parsePrefix, type IpAddress, type IpPrefix } from '../../base/ip.ts';
import type { Rule } from '../../wire/rtnetlink.ts';
import { errorCode } from '../error-code.ts';
import type { OwnRoute, SystemPort } from './port.ts';
import type { DnsWanted } from './resolv-conf.ts';

const Address = v.pipe(
  v.string(),
  v.rawTransform<string, IpAddress>(({ dataset, addIssue, NEVER }) => parseIp(dataset.value) ?? (addIssue({ message: 'an IP address' }), NEVER)),
);
const Prefix = v.pipe(
  v.string(),
  v.rawTransform<string, IpPrefix>(({ dataset, addIssue, NEVER }) => parsePrefix(dataset.value) ?? (addIssue({ message: 'an IP prefix' }), NEVER)),
);
const Index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
/** A link is ours only while name and index both agree: another program may have made one of the same name. */
const Link = v.object({ name: v.string(), ifindex: Index });
const ResolvConf = v.variant('kind', [
  v.object({ kind: v.literal('absent') }),
  v.object({ kind: v.literal('file'), text: v.string(), mode: Index }),
  v.object({ kind: v.literal('link'), target: v.string() }),
]);

export const SystemChange = v.variant('kind', [
  v.object({ kind: v.literal('mtu'), link: Link, mtu: Index }),
  v.object({ kind: v.literal('address'), link: Link, address: Address, bits: Index }),
  v.object({ kind: v.literal('up'), link: Link }),
  /** Without a type: unicast, as journals of earlier versions have it. */
  v.object({ kind: v.literal('route'), link: Link, destination: Prefix, table: Index, type: v.optional(v.picklist(['unicast', 'throw'])) }),
  v.object({
    kind: v.literal('rule'),
    rule: v.object({ family: v.picklist([4, 6]), priority: Index, table: Index, fwmark: v.optional(Index), invert: v.boolean(), suppressPrefixLength: v.optional(Index) }),
  }),
  v.object({ kind: v.literal('setting'), name: v.pipe(v.string(), v.regex(/^net(?:\/[a-z0-9_.-]+)+$/i)), value: v.string(), before: v.string() }),
  v.object({ kind: v.literal('resolv-conf'), text: v.string(), mode: Index, before: ResolvConf }),
  v.object({ kind: v.literal('link-dns'), link: Link, servers: v.array(v.string()), domains: v.array(v.string()) }),
  v.object({ kind: v.literal('service-dns'), service: v.pipe(v.string(), v.regex(/^bowline-[a-z0-9]{1,15}$/)), dns: v.object({ servers: v.array(v.string()), search: v.array(v.string()), match: v.array(v.string()) }) }),
]);
export type SystemChange = v.InferOutput<typeof SystemChange>;
export type LinkName = v.InferOutput<typeof Link>;

/** The same on another link; what is on none stays as it is. */
export function onLink(change: SystemChange, link: LinkName): SystemChange {
  return 'link' in change ? { ...change, link } : change;
}

/** As JSON that `SystemChange` reads back. */
export function encodeChange(change: SystemChange): object {
  switch (change.kind) {
    case 'address':
      return { ...change, address: formatIp(change.address) };
    case 'route':
      return { ...change, destination: formatPrefix(change.destination) };
    default:
      return change;
  }
}

export function makeChange(change: SystemChange, system: SystemPort): void {
  switch (change.kind) {
    case 'mtu':
      return system.setMtu(change.link.ifindex, change.mtu);
    case 'address':
      return system.addAddress({ ifindex: change.link.ifindex, address: change.address, bits: change.bits });
    case 'up':
      return system.setUp(change.link.ifindex);
    case 'route':
      return system.addRoute(routeOf(change), 'new');
    case 'rule':
      return system.addRule(change.rule);
    case 'setting':
      return system.writeSetting(change.name, change.value);
    case 'resolv-conf':
      return system.writeResolvConf({ kind: 'file', text: change.text, mode: change.mode });
    case 'link-dns':
      return system.setLinkDns(change.link.name, change.servers, change.domains);
    case 'service-dns':
      return system.writeServiceDns(change.service, change.dns);
    default:
      return change satisfies never;
  }
}

/** Makes it again, whatever became of it meanwhile. What took the place of a route of ours stays, behind ours. Throws when the
 *  system refuses. */
export function remakeChange(change: SystemChange, system: SystemPort): void {
  switch (change.kind) {
    case 'route':
      return system.addRoute(routeOf(change), 'ahead');
    case 'address':
    case 'rule':
      try {
        makeChange(change, system);
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
      return;
    default:
      return makeChange(change, system);
  }
}

/** Safe to call again, and for a change that was never made. */
export function takeBack(change: SystemChange, system: SystemPort): void {
  switch (change.kind) {
    case 'mtu':
    case 'up':
      // The link is ours from its first moment and ends with us.
      return;
    case 'link-dns':
      // So does what was said of it, but where the system keeps it under the link's name: what is ours of it is taken away,
      // also when it is a half.
      if (system.readLinkDns !== undefined && isOurs(change.link, system) && namesOnly(change, system.readLinkDns(change.link.name))) system.setLinkDns(change.link.name, [], []);
      return;
    case 'address':
      if (isOurs(change.link, system)) system.removeAddress({ ifindex: change.link.ifindex, address: change.address, bits: change.bits });
      return;
    case 'route':
      // A throw route does not end with the link: the table that it is in is ours alone.
      if (change.type === 'throw' || isOurs(change.link, system)) system.removeRoute(routeOf(change));
      return;
    case 'rule':
      if (system.view().rules.some((rule) => sameRule(rule, change.rule))) system.removeRule(change.rule);
      return;
    case 'setting':
      if (system.readSetting(change.name) === change.value) system.writeSetting(change.name, change.before);
      return;
    case 'resolv-conf': {
      const now = system.readResolvConf();
      if (now.kind === 'file' && now.text === change.text) system.writeResolvConf(change.before);
      return;
    }
    case 'service-dns':
      // Its name is ours alone, and nobody else would take it away: whatever it holds goes.
      if (system.readServiceDns(change.service) !== undefined) system.writeServiceDns(change.service, undefined);
      return;
    default:
      return change satisfies never;
  }
}

/** Kernel state is gone with its boot and its namespace; files stay. */
export function outlivesPlace(change: SystemChange): boolean {
  return change.kind === 'resolv-conf';
}

export function describeChange(change: SystemChange): string {
  switch (change.kind) {
    case 'mtu':
      return `set the MTU of ${change.link.name} to ${change.mtu}`;
    case 'address':
      return `give ${change.link.name} the address ${formatIp(change.address)}/${change.bits}`;
    case 'up':
      return `switch ${change.link.name} on`;
    case 'route':
      if (change.type === 'throw') return `keep ${formatPrefix(change.destination)} out of table ${change.table}`;
      return `route ${formatPrefix(change.destination)} to ${change.link.name}${change.table === 254 ? '' : ` in table ${change.table}`}`;
    case 'rule':
      return `add the IPv${change.rule.family} routing rule ${change.rule.priority} for table ${change.rule.table}`;
    case 'setting':
      return `set ${change.name.replaceAll('/', '.')} to ${change.value}`;
    case 'resolv-conf':
      return 'write /etc/resolv.conf';
    case 'link-dns':
      return `tell the system the name servers of ${change.link.name}`;
    case 'service-dns':
      return `set the name servers of the network service ${change.service}`;
    default:
      return change satisfies never;
  }
}

/** Name servers and domains of a link in one form: as a system reads them back, IPv4 first. "~." is no domain (see plan.ts). */
export function linkNames(dns: DnsWanted | undefined): string | undefined {
  if (dns === undefined) return undefined;
  const servers = dns.servers.toSorted((a, b) => Number(a.includes(':')) - Number(b.includes(':')));
  return `${servers.join(' ')}; ${dns.searchDomains.filter((domain) => domain !== '~.').join(' ')}`;
}

/** Some of ours, and nobody else's. */
function namesOnly({ servers, domains }: Extract<SystemChange, { kind: 'link-dns' }>, found: DnsWanted | undefined): boolean {
  if (found === undefined || found.servers.length + found.searchDomains.length === 0) return false;
  return found.servers.every((server) => servers.includes(server)) && found.searchDomains.every((domain) => domains.includes(domain));
}

function routeOf({ link, destination, table, type }: Extract<SystemChange, { kind: 'route' }>): OwnRoute {
  return { type: type ?? 'unicast', ifindex: link.ifindex, destination, table };
}

function isOurs(link: LinkName, system: SystemPort): boolean {
  return system.linkIndex(link.name) === link.ifindex;
}

/** The mask is left out: the kernel fills it in. */
export function sameRule(a: Rule, b: Rule): boolean {
  return (
    a.family === b.family &&
    a.priority === b.priority &&
    a.table === b.table &&
    a.invert === b.invert &&
    (a.fwmark ?? 0) === (b.fwmark ?? 0) &&
    a.suppressPrefixLength === b.suppressPrefixLength
  );
}
