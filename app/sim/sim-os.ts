/**
 * A system's links, addresses, routes and rules as a model that tells of its changes as Linux does (and of missed look-ups,
 * as Darwin does), whose source can lose messages, fail and refuse. It obeys what the engine asks of whoever watches.
 * Callers: mesh scenarios, tests of the network monitor.
 */
import { equalIp, parseIp, parsePrefix, type IpAddress } from '../base/ip.ts';
import { OS_TABLE_MAIN, type OsAddress, type OsEvent, type OsLink, type OsRoute, type OsRule, type OsSnapshot } from '../ports/os-network.ts';
import type { OsTold, OsWatchCommand } from '../ports/os-watch.ts';

export class SimOs {
  links: OsLink[] = [{ index: 1, name: 'lo', up: true, running: true, kind: 'loopback', mtu: 65_536 }];
  addresses: OsAddress[] = [];
  routes: OsRoute[] = [];
  rules: OsRule[] = [];
  /** A subscription fails while this is set. */
  refusesSource: string | undefined;
  /** A new device fails while this is set. */
  refusesDevice: string | undefined;
  snapshots = 0;
  opened = 0;
  #next = 2;
  #isSubscribed = false;
  readonly #tell: (event: OsEvent) => void;

  /** `tell` hears events while a subscription stands. */
  constructor(tell: (event: OsEvent) => void) {
    this.#tell = tell;
  }

  /** The answer comes at once, as from Linux. Undefined: there is none to give. */
  obey(command: OsWatchCommand): OsTold | undefined {
    switch (command.kind) {
      case 'subscribe':
        this.#isSubscribed = this.refusesSource === undefined;
        return { kind: 'event', event: this.refusesSource === undefined ? { kind: 'source-up' } : { kind: 'source-failed', why: this.refusesSource } };
      case 'take-snapshot':
        this.snapshots++;
        return { kind: 'snapshot', snapshot: this.snapshot() };
      case 'look-at-device': {
        const { index, name } = command.device;
        return { kind: 'device-seen', name: this.link(index)?.name, index: this.links.find((link) => link.name === name)?.index };
      }
      case 'open-device':
        if (this.refusesDevice !== undefined) return { kind: 'device-failed', why: this.refusesDevice };
        return this.#open(command.name);
      case 'device-renamed':
      case 'look-at-ours':
        return undefined;
      default:
        return command satisfies never;
    }
  }

  snapshot(): OsSnapshot {
    return { links: [...this.links], addresses: [...this.addresses], routes: [...this.routes], rules: [...this.rules] };
  }

  link(index: number): OsLink | undefined {
    return this.links.find((link) => link.index === index);
  }

  /** Its index. */
  addLink(name: string, kind: OsLink['kind'] = 'physical'): number {
    const link: OsLink = { index: this.#next++, name, up: true, running: true, kind, mtu: 1_500 };
    this.links.push(link);
    this.#told({ kind: 'link', action: 'added', index: link.index, link });
    return link.index;
  }

  setLink(index: number, change: Partial<Omit<OsLink, 'index'>>): void {
    const before = this.link(index);
    if (before === undefined) return;
    const link = { ...before, ...change };
    this.links = this.links.map((one) => (one.index === index ? link : one));
    // IPv4 routes over a link that goes down end without a word.
    if (!link.up) this.routes = this.routes.filter((route) => route.link !== index);
    this.#told({ kind: 'link', action: 'changed', index, link });
  }

  removeLink(index: number): void {
    const link = this.link(index);
    if (link === undefined) return;
    for (const address of this.addresses.filter((one) => one.link === index)) this.removeAddress(address);
    this.routes = this.routes.filter((route) => route.link !== index);
    this.links = this.links.filter((one) => one !== link);
    this.#told({ kind: 'link', action: 'removed', index, link });
  }

  addAddress(link: number, text: string, state: OsAddress['state'] = 'usable'): void {
    const [ip, bits] = text.split('/');
    this.putAddress(link, parseIp(ip!)!, bits === undefined ? 24 : Number(bits), state);
  }

  putAddress(link: number, address: IpAddress, bits: number, state: OsAddress['state'] = 'usable'): void {
    const value: OsAddress = { link, address, bits, state, temporary: false };
    this.addresses = [...this.addresses.filter((one) => one.link !== link || !equalIp(one.address, address)), value];
    this.#told({ kind: 'address', action: 'added', link, address: value });
  }

  removeAddress(address: OsAddress): void {
    if (!this.addresses.includes(address)) return;
    this.addresses = this.addresses.filter((one) => one !== address);
    this.#told({ kind: 'address', action: 'removed', link: address.link, address });
  }

  route(prefix: string, link: number | undefined, change: Partial<OsRoute> = {}): OsRoute {
    const parsed = parsePrefix(prefix)!;
    return { family: parsed.address.family, table: OS_TABLE_MAIN, prefix: parsed, type: 'unicast', link, gateway: undefined, metric: 0, source: undefined, protocol: undefined, ...change };
  }

  addRoute(route: OsRoute, by?: number): void {
    this.routes.push(route);
    this.#told({ kind: 'route', action: 'added', route, ...(by === undefined ? {} : { by }) });
  }

  removeRoute(route: OsRoute): void {
    if (!this.routes.includes(route)) return;
    this.routes = this.routes.filter((one) => one !== route);
    this.#told({ kind: 'route', action: 'removed', route });
  }

  addRule(rule: OsRule): void {
    this.rules.push(rule);
    this.#told({ kind: 'rule', action: 'added', rule });
  }

  /** The system repeats what it said of a link, an address and a route, as it does. */
  repeat(): void {
    for (const link of this.links) this.#told({ kind: 'link', action: 'changed', index: link.index, link });
    for (const address of this.addresses) this.#told({ kind: 'address', action: 'added', link: address.link, address });
    for (const route of this.routes) this.#told({ kind: 'route', action: 'added', route });
  }

  /** A look-up that found no route. */
  miss(): void {
    this.#told({ kind: 'miss' });
  }

  garble(): void {
    this.#told({ kind: 'unparsable', why: 'a message of 3 bytes' });
  }

  /** What `changes` does is told in no message but 'lost'. */
  lose(changes: () => void): void {
    const was = this.#isSubscribed;
    this.#isSubscribed = false;
    changes();
    this.#isSubscribed = was;
    this.#told({ kind: 'lost' });
  }

  /** Nobody is told of what `changes` does. */
  unseen(changes: () => void): void {
    const was = this.#isSubscribed;
    this.#isSubscribed = false;
    changes();
    this.#isSubscribed = was;
  }

  /** The source ends by itself. */
  endSource(why: string): void {
    if (!this.#isSubscribed) return;
    this.#told({ kind: 'source-failed', why });
    this.#isSubscribed = false;
  }

  /** A tunnel of this name that nobody uses is taken. */
  #open(name: string): OsTold {
    const there = this.links.find((link) => link.name === name);
    if (there !== undefined && there.kind !== 'tunnel') return { kind: 'device-failed', why: 'EINVAL' };
    this.opened++;
    return { kind: 'device-opened', device: { index: there?.index ?? this.addLink(name, 'tunnel'), name } };
  }

  #told(event: OsEvent): void {
    if (this.#isSubscribed) this.#tell(event);
  }
}
