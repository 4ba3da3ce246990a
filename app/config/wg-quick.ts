/**
 * Reads a WireGuard configuration file in the syntax of wg-quick(8): all of it, or every error that it holds, each with
 * its line. It touches no file and resolves no name. Keys are never part of an error; hooks are refused, because Bowline
 * runs no commands out of a file.
 */
import { formatPrefix, type IpPrefix } from '../base/ip.ts';
import { PresharedKey, PrivateKey, PublicKey } from '../keys/keys.ts';
import { MTU_AT_LEAST_V6, readAddress, readAllowedIp, readDns, readEndpoint, readFwMark, readKeepalive, readKey, readMtu, readPort, readTable, type DnsItem, type Read } from './fields.ts';
import { cutLines, type Entry, type Section, type StrayLine } from './lines.ts';
import { nearestName } from './nearest-name.ts';
import { PeerNames } from './peer-names.ts';
import type { ConfigError, Parsed, WgConfig, WgInterface, WgPeer } from './types.ts';

const INTERFACE_FIELDS = ['PrivateKey', 'Address', 'ListenPort', 'MTU', 'DNS', 'FwMark', 'Table', 'PreUp', 'PostUp', 'PreDown', 'PostDown', 'SaveConfig'] as const;
const PEER_FIELDS = ['PublicKey', 'PresharedKey', 'AllowedIPs', 'Endpoint', 'PersistentKeepalive'] as const;
type InterfaceField = (typeof INTERFACE_FIELDS)[number];
type PeerField = (typeof PEER_FIELDS)[number];

/** What an error may quote of a value. */
const QUOTED_AT_MOST = 60;
/** A file with more errors is something else than a configuration file. */
const ERRORS_AT_MOST = 20;

/** `file`: the name to call it by in errors. Never throws, whatever the text. */
export function parseWgQuick(text: string, file: string): Parsed<WgConfig> {
  return new Reader(file).read(text);
}

class Reader {
  readonly #file: string;
  readonly #errors: ConfigError[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  read(text: string): Parsed<WgConfig> {
    const { sections, stray } = cutLines(text);
    for (const line of stray) this.#strayLine(line);
    const interfaces = sections.filter((section) => is(section, 'Interface'));
    const peerSections = sections.filter((section) => is(section, 'Peer'));
    for (const section of sections) {
      if (!is(section, 'Interface') && !is(section, 'Peer')) this.#fail(section.line, 'section', plainWord(section.title, `[${section.title}]`), '[Interface] or [Peer]');
    }
    for (const again of interfaces.slice(1)) {
      this.#fail(again.line, '[Interface]', `a second one (the first is on line ${interfaces[0]!.line})`, 'exactly one');
    }
    if (interfaces[0] === undefined) this.#fail(1, '[Interface]', 'none', 'exactly one, with PrivateKey and Address');
    const own = interfaces[0] === undefined ? undefined : this.#interface(interfaces[0]);
    const names = new PeerNames();
    const peers = peerSections.map((section) => this.#peer(section, names)).filter((peer) => peer !== undefined);
    this.#checkBetween(peers);
    if (own === undefined || this.#errors.length > 0) {
      return { ok: false, errors: this.#errors.toSorted((a, b) => a.line - b.line).slice(0, ERRORS_AT_MOST) };
    }
    return { ok: true, value: { interface: own, peers } };
  }

  #interface(section: Section): WgInterface | undefined {
    const fields = this.#fields(section, INTERFACE_FIELDS, ['Address', 'DNS', 'PreUp', 'PostUp', 'PreDown', 'PostDown']);
    this.#refuseCommands(fields);
    const key = this.#one(fields, 'PrivateKey', readKey, 'secret');
    if (!fields.has('PrivateKey')) this.#fail(section.line, 'PrivateKey', 'none', "this computer's private key, as \"wg genkey\" prints it");
    const addresses = this.#list(fields, 'Address', readAddress);
    if (!fields.has('Address')) this.#fail(section.line, 'Address', 'none', "this computer's address inside the tunnel, such as 10.0.0.2/24");
    const mtu = this.#one(fields, 'MTU', readMtu);
    if (mtu !== undefined && mtu < MTU_AT_LEAST_V6 && addresses.some(({ address }) => address.family === 6)) {
      this.#fail(fields.get('MTU')![0]!.line, 'MTU', String(mtu), `at least ${MTU_AT_LEAST_V6} where Address holds an IPv6 address (RFC 8200)`);
    }
    const dns = this.#list(fields, 'DNS', readDns);
    const listenPort = this.#one(fields, 'ListenPort', readPort) ?? 0;
    const fwmark = this.#one(fields, 'FwMark', readFwMark) ?? 0;
    const table = this.#one(fields, 'Table', readTable) ?? { kind: 'auto' };
    if (key === undefined) return undefined;
    return { privateKey: new PrivateKey(key), addresses, listenPort, mtu, dns: sortDns(dns), fwmark, table };
  }

  #peer(section: Section, names: PeerNames): WgPeer | undefined {
    const fields = this.#fields(section, PEER_FIELDS, ['AllowedIPs']);
    const key = this.#one(fields, 'PublicKey', readKey, 'secret');
    if (!fields.has('PublicKey')) this.#fail(section.line, 'PublicKey', 'none', "the peer's public key");
    const preshared = this.#one(fields, 'PresharedKey', readKey, 'secret');
    const endpoint = this.#one(fields, 'Endpoint', (text, line) => readEndpoint(text, line));
    const allowedIps = this.#list(fields, 'AllowedIPs', readAllowedIp);
    const persistentKeepalive = this.#one(fields, 'PersistentKeepalive', readKeepalive) ?? 0;
    if (key === undefined) return undefined;
    const publicKey = new PublicKey(key);
    return {
      name: names.nameOf(section, publicKey.toString()),
      line: section.line,
      publicKey,
      ...(preshared === undefined ? {} : { presharedKey: new PresharedKey(preshared) }),
      allowedIps: unique(allowedIps),
      ...(endpoint === undefined ? {} : { endpoint }),
      persistentKeepalive,
    };
  }

  /** One key is one peer, and one network belongs to one peer: wg(8) silently lets the last one win. */
  #checkBetween(peers: readonly WgPeer[]): void {
    const keys = new Map<string, WgPeer>();
    const networks = new Map<string, WgPeer>();
    for (const peer of peers) {
      const key = peer.publicKey.toString();
      const same = keys.get(key);
      if (same !== undefined) this.#fail(peer.line, 'PublicKey', `the key of the peer on line ${same.line} again`, 'one [Peer] for each key');
      keys.set(key, peer);
      for (const prefix of peer.allowedIps) {
        const network = formatPrefix(prefix);
        const other = networks.get(network);
        if (other !== undefined && same === undefined) {
          this.#fail(peer.line, 'AllowedIPs', `${network}, which belongs to the peer on line ${other.line}`, 'each network at one peer only: a packet goes to one of them');
        }
        networks.set(network, peer);
      }
    }
  }

  /** The entries by field. Unknown fields, fields of the other section and repeats are errors. */
  #fields<F extends InterfaceField | PeerField>(section: Section, known: readonly F[], repeatable: readonly F[]): Map<F, Entry[]> {
    const out = new Map<F, Entry[]>();
    for (const entry of section.entries) {
      const field = known.find((name) => name.toLowerCase() === entry.key.toLowerCase());
      if (field === undefined) {
        this.#unknownField(section, entry, known);
        continue;
      }
      const before = out.get(field);
      if (before === undefined) out.set(field, [entry]);
      else if (repeatable.includes(field)) before.push(entry);
      else this.#fail(entry.line, field, `it again (the first is on line ${before[0]!.line})`, `one ${field} in a [${section.title}]`);
    }
    return out;
  }

  #unknownField(section: Section, entry: Entry, known: readonly string[]): void {
    const other = is(section, 'Interface') ? PEER_FIELDS : INTERFACE_FIELDS;
    const elsewhere = other.find((name) => name.toLowerCase() === entry.key.toLowerCase());
    const place = is(section, 'Interface') ? '[Peer]' : '[Interface]';
    const nearest = nearestName(entry.key, known);
    const expected = elsewhere !== undefined ? `${elsewhere} in a ${place} section` : nearest !== undefined ? `${nearest}` : `one of ${known.join(', ')}`;
    this.#fail(entry.line, `[${is(section, 'Interface') ? 'Interface' : 'Peer'}]`, plainWord(entry.key, `the field ${entry.key}`), expected);
  }

  #refuseCommands(fields: Map<InterfaceField, Entry[]>): void {
    for (const hook of ['PreUp', 'PostUp', 'PreDown', 'PostDown'] as const) {
      for (const entry of fields.get(hook) ?? []) {
        this.#fail(entry.line, hook, 'a command', 'no command: Bowline runs no shell commands as root out of a file. Remove the line, and run the command yourself before or after "bowline up"');
      }
    }
    const save = fields.get('SaveConfig')?.[0];
    if (save !== undefined && save.value.toLowerCase() !== 'false') {
      this.#fail(save.line, 'SaveConfig', quote(save.value), 'false, or no such line: Bowline never writes to this file');
    }
  }

  #one<T, F extends string>(fields: Map<F, Entry[]>, field: F, read: (text: string, line: number) => Read<T>, kind: 'secret' | 'plain' = 'plain'): T | undefined {
    const entry = fields.get(field)?.[0];
    return entry === undefined ? undefined : this.#value(entry.value, entry.line, field, read, kind);
  }

  #list<T, F extends string>(fields: Map<F, Entry[]>, field: F, read: (text: string) => Read<T>): T[] {
    const out: T[] = [];
    for (const entry of fields.get(field) ?? []) {
      const items = entry.value.split(',').map((item) => item.trim());
      for (const item of items) {
        // wg(8) takes an empty AllowedIPs and a comma too many.
        if (item === '' && (field !== 'Address' || items.length > 1)) continue;
        const value = this.#value(item, entry.line, field, read, 'plain');
        if (value !== undefined) out.push(value);
      }
    }
    return out;
  }

  #value<T>(text: string, line: number, field: string, read: (text: string, line: number) => Read<T>, kind: 'secret' | 'plain'): T | undefined {
    const result = read(text, line);
    if ('value' in result) return result.value;
    this.#fail(line, field, text === '' ? 'nothing' : kind === 'secret' ? `${text.length} characters that are no key` : quote(text), result.expected);
    return undefined;
  }

  #strayLine({ line, kind, length }: StrayLine): void {
    switch (kind) {
      case 'no equals sign':
        return this.#fail(line, 'line', `${length} characters without "="`, 'a section such as [Peer], or a field such as Address = 10.0.0.2/24');
      case 'before any section':
        return this.#fail(line, 'line', 'a field before any section', '[Interface] or [Peer] first');
      case 'unclosed bracket':
        return this.#fail(line, 'section', 'a bracket without its pair, or text behind it', '[Interface] or [Peer]');
      default:
        return kind satisfies never;
    }
  }

  #fail(line: number, field: string, found: string, expected: string): void {
    this.#errors.push({ file: this.#file, line, field, found, expected });
  }
}

function is(section: Section, title: 'Interface' | 'Peer'): boolean {
  return section.title.toLowerCase() === title.toLowerCase();
}

/** Not what could be a key in the wrong place. */
function quote(text: string): string {
  if (/[A-Za-z0-9+/]{40}/.test(text)) return `${text.length} characters`;
  return JSON.stringify(text.length > QUOTED_AT_MOST ? `${text.slice(0, QUOTED_AT_MOST)}...` : text);
}

/** `shown` when the word is short and plain; else it may be a misplaced key and is not shown. */
function plainWord(word: string, shown: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]{0,23}$/.test(word) ? shown : `${word.length} characters that name nothing`;
}

function unique(prefixes: readonly IpPrefix[]): IpPrefix[] {
  return [...new Map(prefixes.map((prefix) => [formatPrefix(prefix), prefix])).values()];
}

function sortDns(items: readonly DnsItem[]): WgInterface['dns'] {
  return {
    servers: items.filter((item) => item.kind === 'server').map((item) => item.address),
    searchDomains: items.filter((item) => item.kind === 'search').map((item) => item.domain),
  };
}
