/**
 * The hands and eyes of the node's guard: turns what was changed into what has to stay, reads it back, makes one
 * thing again, asks the kernel which way a packet goes, and finds out who wrote. One question at a time; it decides nothing and
 * remembers only which change an item stands for. Event thread. Callers: tunnel-host.ts, start-tailnet.ts.
 */
import { formatIp, formatPrefix, ipv4, ipv6, prefixContains, type IpAddress } from '../../base/ip.ts';
import type { Log } from '../../ports/log.ts';
import type { DesiredOs, GuardAsk, GuardTold, ObservedOs, OsPart, Proof, RepairResult, SeenParts, WantedItem } from '../../ports/os-state.ts';
import { WIDE_BITS } from '../../ports/os-network.ts';
import { linkNames, type LinkName, type SystemChange } from './changes.ts';
import { dnsText } from './service-dns.ts';
import type { SystemPort } from './port.ts';
import type { SystemChanges } from './system-changes.ts';

export interface GuardHandsInit {
  readonly system: SystemPort;
  readonly changes: SystemChanges;
  readonly tell: (told: GuardTold) => void;
  /** Runs later, soon: the node is in the middle of its turn. */
  readonly soon: (work: () => void) => void;
  readonly log: Log;
}

/** Destinations behind a default route that no network uses: 6to4's old anycast (RFC 7526) and a benchmark's (RFC 5180). */
const FAR = [ipv4(0xc0586301), ipv6(0x20010002, 0, 0, 1)] as const;
const PROOFS = 8;

export class GuardHands {
  readonly #init: GuardHandsInit;
  #changes: readonly SystemChange[] = [];
  #tables: readonly number[] = [];
  /** What is made again for an item, by its key. */
  #madeOf = new Map<string, SystemChange[]>();
  #isClosed = false;

  constructor(init: GuardHandsInit) {
    this.#init = init;
  }

  /** What has to stay of these, which were made, or refused, once. */
  keep(changes: readonly SystemChange[], link: LinkName): DesiredOs {
    this.#changes = changes;
    this.#tables = [...new Set(changes.flatMap((change) => (change.kind === 'route' ? [change.table] : [])))];
    const each = changes.map((change) => [change, itemOf(change, changes, this.#init.system.readLinkDns !== undefined)] as const);
    const items = each.flatMap(([, made]) => made);
    this.#madeOf = new Map(items.map((item) => [keyOf(item), []]));
    for (const [change, made] of each) for (const key of change.kind === 'mtu' ? ['device'] : made.map(keyOf)) this.#madeOf.get(key)?.push(change);
    return { device: { name: link.name, index: link.ifindex }, writers: [this.#init.system.writer()], items, proofs: proofsOf(items) };
  }

  /** Nothing is looked at or made from now on. */
  close(): void {
    this.#isClosed = true;
  }

  obey(ask: GuardAsk): void {
    const { soon, tell, system } = this.#init;
    soon(() => {
      if (this.#isClosed) return;
      switch (ask.kind) {
        case 'look':
          return tell(ask.only === undefined ? { kind: 'seen', id: ask.id, seen: this.#look() } : this.#lookAt(ask.id, ask.only));
        case 'repair':
          return tell(this.#repaired(ask));
        case 'prove':
          return tell({ kind: 'proved', id: ask.id, link: this.#linkTo(ask.to) });
        case 'who':
          return tell({ kind: 'named', by: ask.by, program: system.programOf(ask.by) });
        default:
          return ask satisfies never;
      }
    });
  }

  #look(): ObservedOs | undefined {
    return this.#read(() => ({ network: this.#init.system.network(this.#tables), resolver: this.#resolver(), settings: this.#settings() }));
  }

  #lookAt(id: number, parts: readonly OsPart[]): GuardTold {
    const seen = this.#parts(parts);
    return seen === undefined ? { kind: 'seen', id, seen } : { kind: 'seen-parts', id, seen };
  }

  #repaired({ id, item, only }: Extract<GuardAsk, { kind: 'repair' }>): GuardTold {
    const result = this.#repair(item);
    return { kind: 'repaired', id, result, ...(only === undefined ? {} : { seen: this.#parts(only) }) };
  }

  #parts(only: readonly OsPart[]): SeenParts | undefined {
    return this.#read(() => ({ ...this.#init.system.networkParts(only, this.#tables), settings: this.#settings() }));
  }

  #read<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#init.log.write('warn', 'system', `the system cannot be looked at: ${reason(error)}`);
      return undefined;
    }
  }

  /** Those that are ours. */
  #settings(): ObservedOs['settings'] {
    return this.#changes.flatMap((change) => {
      const setTo = change.kind === 'setting' ? this.#init.system.readSetting(change.name) : undefined;
      return change.kind === 'setting' && setTo !== undefined ? [{ name: change.name, setTo }] : [];
    });
  }

  /** Undefined: the names are not ours, or who keeps them restores them itself (systemd-resolved). */
  #resolver(): string | undefined {
    const service = this.#changes.find((change) => change.kind === 'service-dns');
    if (service?.kind === 'service-dns') return dnsText(this.#init.system.readServiceDns(service.service));
    const ofLink = this.#changes.find((change) => change.kind === 'link-dns');
    if (ofLink !== undefined) return linkNames(this.#init.system.readLinkDns?.(ofLink.link.name));
    if (!this.#changes.some(({ kind }) => kind === 'resolv-conf')) return undefined;
    const conf = this.#init.system.readResolvConf();
    return conf.kind === 'file' ? conf.text : `${conf.kind}${conf.kind === 'link' ? ` ${conf.target}` : ''}`;
  }

  #repair(item: WantedItem): RepairResult {
    try {
      for (const change of this.#madeOf.get(keyOf(item)) ?? []) this.#init.changes.remake(change);
      return { ok: true };
    } catch (error) {
      return { ok: false, why: reason(error) };
    }
  }

  #linkTo(to: IpAddress): number | undefined {
    try {
      return this.#init.system.linkTo(to);
    } catch (error) {
      this.#init.log.write('warn', 'system', `the way to ${formatIp(to)} is not told: ${reason(error)}`);
      return undefined;
    }
  }
}

/** A phrase for within a sentence. */
const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');

/** The MTU is a part of the device. */
function itemOf(change: SystemChange, all: readonly SystemChange[], readsLinkDns: boolean): WantedItem[] {
  switch (change.kind) {
    case 'mtu':
      return [];
    case 'link-dns': {
      const resolver = readsLinkDns ? linkNames({ servers: change.servers, searchDomains: change.domains }) : undefined;
      return resolver === undefined ? [] : [{ kind: 'names', resolver }];
    }
    case 'up':
      return all.flatMap((each) => (each.kind === 'mtu' ? [{ kind: 'device', mtu: each.mtu }] : []));
    case 'address':
      return [{ kind: 'address', address: change.address, bits: change.bits }];
    case 'route':
      return [{ kind: 'route', prefix: change.destination, table: change.table, type: change.type ?? 'unicast' }];
    case 'rule': {
      const { family, priority, table, fwmark, invert, suppressPrefixLength } = change.rule;
      return [{ kind: 'rule', rule: { family, priority, table, mark: fwmark, invert, suppressPrefixLength } }];
    }
    case 'setting':
      return [{ kind: 'setting', name: change.name, setTo: change.value }];
    case 'resolv-conf':
      return [{ kind: 'names', resolver: change.text }];
    case 'service-dns':
      return [{ kind: 'names', resolver: dnsText(change.dns) }];
    default:
      return change satisfies never;
  }
}

function keyOf(item: WantedItem): string {
  switch (item.kind) {
    case 'device':
    case 'names':
      return item.kind;
    case 'address':
      return `address ${formatIp(item.address)}/${item.bits}`;
    case 'route':
      return `route ${item.type} ${formatPrefix(item.prefix)} ${item.table}`;
    case 'rule':
      return `rule ${item.rule.family} ${item.rule.priority} ${item.rule.table}`;
    case 'setting':
      return `setting ${item.name}`;
    default:
      return item satisfies never;
  }
}

/** A destination of each wide route and of each exception: which device would it use? An address of ours is no destination. */
function proofsOf(items: readonly WantedItem[]): Proof[] {
  const routes = items.flatMap((item) => (item.kind === 'route' ? [item] : []));
  const unicast = routes.filter(({ type }) => type === 'unicast');
  const exceptions = routes.filter(({ type }) => type === 'throw');
  const far = FAR.filter((to) => unicast.some(({ prefix }) => prefix.bits <= WIDE_BITS && prefixContains(prefix, to)) && !exceptions.some(({ prefix }) => prefixContains(prefix, to)));
  return [
    ...far.map((to): Proof => ({ to, expects: 'device' })),
    ...exceptions.map(({ prefix }): Proof => ({ to: prefix.address, expects: 'elsewhere' })),
    ...unicast.filter(({ prefix }) => prefix.bits > WIDE_BITS && prefix.bits <= (prefix.address.family === 4 ? 16 : 48)).map(({ prefix }): Proof => ({ to: prefix.address, expects: 'device' })),
  ].slice(0, PROOFS);
}
