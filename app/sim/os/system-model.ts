/**
 * The links, addresses, routes and rules of one computer, as Linux keeps them: what hangs on what, which losses it tells of
 * and which it does not (routes of IPv4 vanish silently with the device that goes down), and which device a packet leaves
 * by. Many writers may change it; each is known by a number. Callers: guarded-system.ts, tests.
 */
import { equalPrefix, formatPrefix, prefixContains, type IpAddress } from '../../base/ip.ts';
import { OS_TABLE_LOCAL, OS_TABLE_MAIN, type OsAddress, type OsEvent, type OsLink, type OsRoute, type OsRule } from '../../ports/os-network.ts';
import type { ObservedOs, RepairResult, WantedItem, WantedRule } from '../../ports/os-state.ts';

const DEFAULT_TABLE = 253;
const ok: RepairResult = { ok: true };
const no = (why: string): RepairResult => ({ ok: false, why });

export class SystemModel {
  links: OsLink[] = [];
  addresses: OsAddress[] = [];
  routes: OsRoute[] = [];
  rules: OsRule[] = ([4, 6] as const).flatMap((family) => [
    ruleOf({ family, priority: 0, table: OS_TABLE_LOCAL, mark: undefined, invert: false, suppressPrefixLength: undefined }),
    ruleOf({ family, priority: 32_766, table: OS_TABLE_MAIN, mark: undefined, invert: false, suppressPrefixLength: undefined }),
    ruleOf({ family, priority: 32_767, table: DEFAULT_TABLE, mark: undefined, invert: false, suppressPrefixLength: undefined }),
  ]);
  names = '';
  /** Hears every change that the system tells of. */
  onEvent: (event: OsEvent) => void = () => {};

  observe(): ObservedOs {
    return { network: { links: [...this.links], addresses: [...this.addresses], routes: [...this.routes], rules: [...this.rules] }, resolver: this.names, settings: [] };
  }

  addLink(index: number, name: string, up = true): void {
    this.links.push({ index, name, up, running: up, kind: 'tunnel', mtu: 1_280 });
    this.onEvent({ kind: 'link', action: 'added', index, link: this.links.at(-1), by: 0 });
  }

  removeLink(index: number, by: number): void {
    const gone = this.links.find((link) => link.index === index);
    if (gone === undefined) return;
    this.links = this.links.filter((link) => link !== gone);
    this.#dropOf(index, by);
    this.addresses = this.addresses.filter((address) => address.link !== index);
    this.onEvent({ kind: 'link', action: 'removed', index, link: gone, by });
  }

  setUp(index: number, up: boolean, by: number): void {
    this.#changeLink(index, { up, running: up }, by);
    if (up) return;
    this.#dropOf(index, by);
    for (const address of this.addresses.filter((each) => each.link === index && each.address.family === 6)) this.removeAddress(address, by);
  }

  addAddress(address: OsAddress, by: number): RepairResult {
    if (this.#linkOf(address.link) === undefined) return no('ENODEV');
    if (this.addresses.some((each) => each.link === address.link && equalPrefix(each, address))) return ok;
    if (address.address.family === 6 && this.#linkOf(address.link)?.up !== true) return no('EACCES');
    this.addresses.push(address);
    this.onEvent({ kind: 'address', action: 'added', link: address.link, address, by });
    return ok;
  }

  removeAddress(address: OsAddress, by: number): void {
    if (!this.addresses.includes(address)) return;
    this.addresses = this.addresses.filter((each) => each !== address);
    this.onEvent({ kind: 'address', action: 'removed', link: address.link, address, by });
  }

  /** ahead: before one of the same place, which stays. replace: in its place. */
  addRoute(route: OsRoute, how: 'new' | 'ahead' | 'replace', by: number): RepairResult {
    if (route.type === 'unicast' && this.#linkOf(route.link)?.up !== true) return no('ENETDOWN');
    const there = this.routes.find((each) => samePlace(each, route));
    if (there !== undefined && there.type === route.type && there.link === route.link) return ok;
    if (there !== undefined && how === 'new') return no('EEXIST');
    if (how === 'replace') this.routes = this.routes.filter((each) => each !== there);
    this.routes.unshift(route);
    this.onEvent({ kind: 'route', action: 'added', route, by });
    return ok;
  }

  removeRoute(route: OsRoute, by: number): void {
    if (!this.routes.includes(route)) return;
    this.routes = this.routes.filter((each) => each !== route);
    this.onEvent({ kind: 'route', action: 'removed', route, by });
  }

  addRule(rule: WantedRule, by: number): void {
    if (this.rules.some((each) => sameRule(each, rule))) return;
    this.rules.push(ruleOf(rule));
    this.onEvent({ kind: 'rule', action: 'added', rule: this.rules.at(-1), by });
  }

  removeRule(rule: OsRule, by: number): void {
    if (!this.rules.includes(rule)) return;
    this.rules = this.rules.filter((each) => each !== rule);
    this.onEvent({ kind: 'rule', action: 'removed', rule, by });
  }

  /** As a host makes one wanted item: what stands in its place stays, behind it. */
  make(item: WantedItem, device: number, by: number, protocol: number): RepairResult {
    switch (item.kind) {
      case 'device':
        if (this.#linkOf(device) === undefined) return no('ENODEV');
        this.#changeLink(device, { up: true, running: true, mtu: item.mtu }, by);
        return ok;
      case 'address':
        return this.addAddress({ link: device, address: item.address, bits: item.bits, state: 'usable', temporary: false }, by);
      case 'route': {
        const { prefix, table, type } = item;
        const route: OsRoute = { family: prefix.address.family, table, prefix, type, link: type === 'unicast' ? device : undefined, gateway: undefined, metric: 0, source: undefined, protocol };
        return this.addRoute(route, 'ahead', by);
      }
      case 'rule':
        this.addRule(item.rule, by);
        return ok;
      case 'names':
        this.names = item.resolver;
        return ok;
      case 'setting':
        return ok;
      default:
        return item satisfies never;
    }
  }

  /** The device by which a packet without a mark leaves; undefined: none. */
  deviceFor(to: IpAddress): number | undefined {
    const rules = this.rules.filter((rule) => rule.family === to.family).sort((a, b) => a.priority - b.priority);
    for (const rule of rules) {
      if ((rule.mark === undefined || rule.mark === 0) === rule.invert) continue;
      const found = this.routes
        .filter((route) => route.table === rule.table && prefixContains(route.prefix, to) && (rule.suppressPrefixLength === undefined || route.prefix.bits > rule.suppressPrefixLength))
        .sort((a, b) => b.prefix.bits - a.prefix.bits || a.metric - b.metric)[0];
      if (found === undefined || found.type === 'throw') continue;
      return found.type === 'unicast' ? found.link : undefined;
    }
    return undefined;
  }

  #linkOf(index: number | undefined): OsLink | undefined {
    return this.links.find((link) => link.index === index);
  }

  #changeLink(index: number, change: Partial<OsLink>, by: number): void {
    this.links = this.links.map((link) => (link.index === index ? { ...link, ...change } : link));
    this.onEvent({ kind: 'link', action: 'changed', index, link: this.#linkOf(index), by });
  }

  /** Routes go with their device. Those of IPv4 go without a word. */
  #dropOf(index: number, by: number): void {
    const gone = this.routes.filter((route) => route.link === index);
    this.routes = this.routes.filter((route) => route.link !== index);
    for (const route of gone) if (route.family === 6) this.onEvent({ kind: 'route', action: 'removed', route, by });
  }
}

function samePlace(a: OsRoute, b: OsRoute): boolean {
  return a.table === b.table && a.metric === b.metric && formatPrefix(a.prefix) === formatPrefix(b.prefix);
}

function ruleOf(rule: WantedRule): OsRule {
  return { ...rule, action: 'table', mask: undefined, protocol: undefined, narrower: false };
}

function sameRule(a: OsRule, b: WantedRule): boolean {
  return a.family === b.family && a.priority === b.priority && a.table === b.table && a.mark === b.mark && a.invert === b.invert && a.suppressPrefixLength === b.suppressPrefixLength;
}
