/**
 * The SystemPort of macOS: ifconfig and route for what is changed, the kernel's dumps for what is read back, `route -n get`
 * for which way a packet goes, and scutil for names, in a network service of our own. Rules, tables, marks, settings and
 * resolv.conf do not exist here: whoever asks for one is refused. It decides nothing. Event thread only.
 *
 * No program ends the caches of names: configd tells mDNSResponder of a service that came or went, and that drops its own.
 * dscacheutil empties Directory Services' cache beside it. A signal to mDNSResponder by its name could hit another's process.
 */
import { formatIp } from '../../base/ip.ts';
import { OS_TABLE_MAIN, type OsSnapshot } from '../../ports/os-network.ts';
import type { InterfaceAddress, Link, Route } from '../../wire/rtnetlink.ts';
import { addressCommand, complaintOf, mtuCommand, readBoot, readDns, readProgram, readWay, removeDnsCommand, routeCommand, setDnsCommand, showDnsCommand, upCommand, wayCommand, type DarwinCommand } from './darwin-commands.ts';
import type { DarwinPrograms } from './darwin-programs.ts';
import type { OwnRoute, SystemPort } from './port.ts';
import { dnsText } from './service-dns.ts';

/** Answers to "remove what is not there". */
const NOT_THERE = new Set(['ESRCH', 'EADDRNOTAVAIL', 'ENXIO']);

/** A program complained. `code`: errno's name where its words tell one. */
export class DarwinRefusal extends Error {
  override readonly name = 'DarwinRefusal';
  readonly code: string;

  constructor({ program, args }: DarwinCommand, code: string, words: string) {
    const said = words.trim().replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200);
    super(`${[program, ...args].join(' ')}: ${said === '' ? code : said}`);
    this.code = code;
  }
}

export interface DarwinSystemInit {
  readonly programs: DarwinPrograms;
  /** The kernel's dumps. Throws SystemError. */
  readonly snapshot: () => OsSnapshot;
  readonly pid: number;
}

export function createDarwinSystem({ programs, snapshot, pid }: DarwinSystemInit): SystemPort & { close(): void } {
  const tell = (command: DarwinCommand): string => {
    const answer = programs.run(command);
    const complaint = complaintOf(answer);
    if (complaint !== undefined) throw new DarwinRefusal(command, complaint, answer.stderr);
    return answer.stdout;
  };
  const gone = (command: DarwinCommand): boolean => {
    try {
      tell(command);
      return true;
    } catch (error) {
      if (error instanceof DarwinRefusal && NOT_THERE.has(error.code)) return false;
      throw error;
    }
  };
  const nameOf = (ifindex: number): string => {
    const name = snapshot().links.find(({ index }) => index === ifindex)?.name;
    if (name === undefined) throw Object.assign(new Error(`no link has the number ${ifindex}`), { code: 'ENXIO' });
    return name;
  };
  const linkIndex = (name: string): number | undefined => snapshot().links.find((link) => link.name === name)?.index;
  const stands = (route: OwnRoute): boolean => mainRoutes(snapshot()).some(({ destination, oif }) => oif === route.ifindex && formatIp(destination.address) === formatIp(route.destination.address) && destination.bits === route.destination.bits);
  return {
    place: () => ({ boot: readBoot(tell({ program: 'sysctl', args: ['-n', 'kern.bootsessionuuid'] })) ?? 'unknown', namespace: 'macOS' }),
    view() {
      const seen = snapshot();
      const links = seen.links.map(({ index, name, mtu, up }): Link => ({ ifindex: index, name, mtu, up }));
      const addresses = seen.addresses.map(({ link, address, bits }): InterfaceAddress => ({ ifindex: link, address, bits }));
      return { links, addresses, routes: mainRoutes(seen), rules: [], reversePathFilter: new Map(), ipv6: seen.addresses.some(({ address }) => address.family === 6), resolvConf: { kind: 'absent' }, resolvConfText: '', resolved: false };
    },
    network: snapshot,
    networkParts(only) {
      const { routes, rules } = snapshot();
      return { ...(only.includes('routes') ? { routes } : {}), ...(only.includes('rules') ? { rules } : {}) };
    },
    linkTo(to) {
      const way = readWay(programs.run(wayCommand(to)).stdout);
      return way === undefined ? undefined : linkIndex(way);
    },
    writer: () => pid,
    programOf: (by) => readProgram(programs.run({ program: 'ps', args: ['-p', String(by), '-o', 'comm='] }).stdout),
    linkIndex,
    setMtu: (ifindex, mtu) => void tell(mtuCommand(nameOf(ifindex), mtu)),
    setUp: (ifindex) => void tell(upCommand(nameOf(ifindex))),
    addAddress: (address) => void tell(addressCommand(nameOf(address.ifindex), address, 'add')),
    removeAddress: (address) => gone(addressCommand(nameOf(address.ifindex), address, 'remove')),
    addRoute(route, how) {
      const link = nameOf(route.ifindex);
      try {
        tell(routeCommand(link, unicast(route), 'add'));
      } catch (error) {
        if (how === 'new' || !(error instanceof DarwinRefusal) || error.code !== 'EEXIST') throw error;
        // There is one route of a destination: what stands in our place becomes ours again.
        tell(routeCommand(link, route.destination, 'change'));
      }
      // `route` may end well and have changed nothing.
      if (!stands(route)) throw Object.assign(new Error('the route is not in the table afterwards'), { code: 'FAILED' });
    },
    // `route delete` minds no interface: without a look it would take another's.
    removeRoute: (route) => stands(route) && gone(routeCommand(nameOf(route.ifindex), route.destination, 'delete')),
    addRule: () => refuse('routing rules'),
    removeRule: () => false,
    readSetting: () => undefined,
    writeSetting: () => refuse('such settings'),
    readResolvConf: () => ({ kind: 'absent' }),
    writeResolvConf: () => refuse('name servers in resolv.conf'),
    setLinkDns: () => refuse('systemd-resolved'),
    readServiceDns: (service) => readDns(tell(showDnsCommand(service))),
    writeServiceDns(service, dns) {
      const command = dns === undefined ? removeDnsCommand(service) : setDnsCommand(service, dns);
      const answer = programs.run(command);
      const now = readDns(tell(showDnsCommand(service)));
      // Its exit status says nothing: what is in the store counts.
      if (dnsText(now) !== dnsText(dns)) throw new DarwinRefusal(command, complaintOf(answer) ?? 'FAILED', answer.stderr === '' ? answer.stdout : answer.stderr);
      programs.run({ program: 'dscacheutil', args: ['-flushcache'] });
    },
    close: () => {},
  };
}

/** Those that any socket's packets take, of links. */
function mainRoutes({ routes }: OsSnapshot): Route[] {
  return routes.flatMap(({ prefix, type, link }): Route[] => (type === 'unicast' && link !== undefined ? [{ destination: prefix, type: 'unicast', table: OS_TABLE_MAIN, scope: 0, oif: link }] : []));
}

function unicast({ type, table, destination }: OwnRoute): OwnRoute['destination'] {
  if (type !== 'unicast' || table !== OS_TABLE_MAIN) refuse('routing tables of its own');
  return destination;
}

function refuse(what: string): never {
  throw Object.assign(new Error(`macOS has no ${what}`), { code: 'ENOTSUP' });
}
