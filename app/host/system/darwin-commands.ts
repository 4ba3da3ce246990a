/**
 * What macOS's own programs are told and what they answer: argument vectors, the text for scutil, and parsers. Pure: any text
 * is handled, none is trusted. Callers: darwin-system.ts; the twin of tests/doubles speaks the same from the other side.
 */
import { formatIp, formatPrefix, parseIp, type IpAddress, type IpPrefix } from '../../base/ip.ts';
import type { ServiceDns } from './port.ts';

/** Each by its path in darwin-programs.ts. */
export type DarwinProgram = 'ifconfig' | 'route' | 'scutil' | 'sysctl' | 'ps' | 'dscacheutil';

export interface DarwinCommand {
  readonly program: DarwinProgram;
  readonly args: readonly string[];
  /** On its standard input: nothing of it is an argument, and no shell sees it. */
  readonly input?: string;
}

/** How a program ended. */
export interface DarwinAnswer {
  /** null: it was ended by a signal, or could not be started. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const familyName = (family: 4 | 6): string => (family === 4 ? 'inet' : 'inet6');

export const mtuCommand = (link: string, mtu: number): DarwinCommand => ({ program: 'ifconfig', args: [link, 'mtu', String(mtu)] });
export const upCommand = (link: string): DarwinCommand => ({ program: 'ifconfig', args: [link, 'up'] });

/** A utun is point-to-point: of IPv4 the other end is named too, and is we ourselves. */
export function addressCommand(link: string, { address, bits }: IpPrefix, what: 'add' | 'remove'): DarwinCommand {
  const text = formatIp(address);
  const family = familyName(address.family);
  if (what === 'remove') return { program: 'ifconfig', args: [link, family, text, '-alias'] };
  return { program: 'ifconfig', args: [link, family, `${text}/${bits}`, ...(address.family === 4 ? [text] : []), 'alias'] };
}

export function routeCommand(link: string, destination: IpPrefix, what: 'add' | 'change' | 'delete'): DarwinCommand {
  return { program: 'route', args: ['-n', what, `-${familyName(destination.address.family)}`, formatPrefix(destination), '-interface', link] };
}

export const wayCommand = (to: IpAddress): DarwinCommand => ({ program: 'route', args: ['-n', 'get', `-${familyName(to.family)}`, formatIp(to)] });

/** Name of the device in the answer of `route -n get`; undefined: no way, or no answer that we know. */
export function readWay(stdout: string): string | undefined {
  return /^\s*interface: ([a-z][a-z0-9]{0,14})\s*$/m.exec(stdout)?.[1];
}

/** errno's name of what a program complained of, in the C locale; undefined: of nothing. `route` may end with 0 all the same. */
export function complaintOf({ status, stderr }: DarwinAnswer): string | undefined {
  const known = COMPLAINTS.find(([pattern]) => pattern.test(stderr))?.[1];
  return known ?? (status === 0 && !/^(?:route|ifconfig|scutil): /m.test(stderr) ? undefined : 'FAILED');
}

const COMPLAINTS: readonly (readonly [RegExp, string])[] = [
  [/File exists/, 'EEXIST'],
  [/not in table|No such process/, 'ESRCH'],
  [/Can't assign requested address/, 'EADDRNOTAVAIL'],
  [/interface \S+ does not exist|Device not configured|bad interface name/, 'ENXIO'],
  [/must be root|Operation not permitted|Permission denied/, 'EPERM'],
  [/Network is unreachable/, 'ENETUNREACH'],
];

/** The dynamic store's key of a network service of ours; of any other name there is none. */
export function serviceKey(service: string): string {
  if (!/^bowline-[a-z0-9]{1,15}$/.test(service)) throw new Error(`"${service}" is no name of a service of ours`);
  return `State:/Network/Service/${service}/DNS`;
}

/** scutil reads words: a domain that is more than one would be a command of its own. */
function domainWord(domain: string): string {
  if (domain === '') return '""';
  if (!/^[A-Za-z0-9._-]{1,253}$/.test(domain)) throw new Error(`"${domain}" is no domain`);
  return domain;
}

export function setDnsCommand(service: string, { servers, search, match }: ServiceDns): DarwinCommand {
  const addresses = servers.map((server) => {
    const address = parseIp(server);
    if (address === undefined) throw new Error(`"${server}" is no address of a name server`);
    return formatIp(address);
  });
  const lists = [['ServerAddresses', addresses], ['SearchDomains', search.map(domainWord)], ['SupplementalMatchDomains', match.map(domainWord)]] as const;
  const adds = lists.flatMap(([key, words]) => (words.length === 0 ? [] : [`d.add ${key} * ${words.join(' ')}`]));
  return scutil('d.init', ...adds, `set ${serviceKey(service)}`);
}

export const removeDnsCommand = (service: string): DarwinCommand => scutil(`remove ${serviceKey(service)}`);
export const showDnsCommand = (service: string): DarwinCommand => scutil(`show ${serviceKey(service)}`);

const scutil = (...lines: string[]): DarwinCommand => ({ program: 'scutil', args: [], input: ['open', ...lines, 'quit', ''].join('\n') });

/** What `show` printed of our key; undefined: there is no such key. What is not a list of ours is left out. */
export function readDns(stdout: string): ServiceDns | undefined {
  if (!/^<dictionary> \{$/m.test(stdout)) return undefined;
  const lists = new Map<string, string[]>();
  let list: string[] | undefined;
  for (const line of stdout.split('\n')) {
    const key = /^ {2}(\w+) : <array> \{$/.exec(line)?.[1];
    const value = /^ {4}\d+ : ?(.*)$/.exec(line)?.[1];
    if (key !== undefined) lists.set(key, (list = []));
    else if (line === '  }') list = undefined;
    else if (value !== undefined) list?.push(value);
  }
  const of = (key: string): string[] => lists.get(key) ?? [];
  return { servers: of('ServerAddresses'), search: of('SearchDomains'), match: of('SupplementalMatchDomains') };
}

/** A number that names this boot, from `sysctl -n kern.bootsessionuuid`; undefined: it is none. */
export const readBoot = (stdout: string): string | undefined => /^[0-9A-F-]{36}$/i.exec(stdout.trim())?.[0];

/** Name of a program, from `ps -o comm=`; printable characters alone. */
export function readProgram(stdout: string): string | undefined {
  const name = (stdout.trim().split('\n')[0] ?? '').split('/').at(-1)!.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 64);
  return name === '' ? undefined : name;
}
