/**
 * The operating system as SystemPort sees it, in memory: changes that clash are refused as a kernel does, and what hangs
 * on a link goes with it. `onStep` is called before and after each change, so that a test can end the process there.
 */
import { formatIp, formatPrefix, prefixContains, type IpAddress } from '../../app/base/ip.ts';
import { sameRule } from '../../app/host/system/changes.ts';
import type { OwnRoute, Place, ResolvConf, SystemPort, SystemView } from '../../app/host/system/port.ts';
import type { OsSnapshot } from '../../app/ports/os-network.ts';
import type { OsPart, OsParts } from '../../app/ports/os-state.ts';
import type { InterfaceAddress, Link, Route, Rule } from '../../app/wire/rtnetlink.ts';

export class FakeSystem implements SystemPort {
  links: Link[] = [{ ifindex: 1, name: 'lo', mtu: 65_536, up: true }];
  addresses: InterfaceAddress[] = [];
  routes: Route[] = [];
  rules: Rule[] = [];
  settings = new Map<string, string>();
  resolvConf: ResolvConf = { kind: 'absent' };
  linkDns = new Map<string, string>();
  resolved = false;
  ipv6 = true;
  here: Place = { boot: 'boot-1', namespace: 'net:[1]' };
  onStep: () => void = () => {};
  #nextIndex = 2;

  openLink(name: string): { readonly name: string; readonly ifindex: number } {
    const link = { ifindex: this.#nextIndex++, name, mtu: 1_500, up: false };
    this.links.push(link);
    return { name, ifindex: link.ifindex };
  }

  /** What the kernel does when the last descriptor of a TUN device is closed. */
  dropLink(ifindex: number): void {
    const name = this.links.find((link) => link.ifindex === ifindex)?.name;
    this.links = this.links.filter((link) => link.ifindex !== ifindex);
    this.addresses = this.addresses.filter((address) => address.ifindex !== ifindex);
    this.routes = this.routes.filter((route) => route.oif !== ifindex);
    if (name !== undefined) this.linkDns.delete(name);
  }

  reboot(): void {
    for (const link of this.links.slice(1)) this.dropLink(link.ifindex);
    this.rules = [];
    this.settings.clear();
    this.here = { ...this.here, boot: `${this.here.boot}+` };
  }

  /** Everything that can be seen, for comparison. */
  picture(): object {
    return structuredClone({ links: this.links, addresses: this.addresses, routes: this.routes, rules: this.rules, settings: [...this.settings].toSorted(), resolvConf: this.resolvConf, linkDns: [...this.linkDns] });
  }

  place(): Place {
    return this.here;
  }

  view(): SystemView {
    const { links, addresses, routes, rules, resolvConf, resolved, ipv6 } = this;
    const reversePathFilter = new Map([...this.settings].flatMap(([name, value]): [string, number][] => {
      const link = /^net\/ipv4\/conf\/([^/]+)\/rp_filter$/.exec(name)?.[1];
      return link === undefined ? [] : [[link, Number(value)]];
    }));
    return { links, addresses: [...addresses], routes, rules, reversePathFilter, ipv6, resolvConf, resolvConfText: resolvConf.kind === 'file' ? resolvConf.text : '', resolved };
  }

  network(): OsSnapshot {
    return {
      links: this.links.map(({ ifindex, name, mtu, up }) => ({ index: ifindex, name, mtu, up, running: up, kind: 'unknown' })),
      addresses: this.addresses.map(({ ifindex, address, bits }) => ({ link: ifindex, address, bits, state: 'usable', temporary: false })),
      routes: this.routes.map(({ destination, type, table, oif }) => ({ family: destination.address.family, table, prefix: destination, type, link: oif, gateway: undefined, metric: 0, source: undefined, protocol: undefined })),
      rules: this.rules.map(({ family, priority, table, fwmark, invert, suppressPrefixLength }) => ({ family, priority, action: 'table', table, mark: fwmark, mask: undefined, invert, suppressPrefixLength, protocol: undefined, narrower: false })),
    };
  }

  networkParts(only: readonly OsPart[]): OsParts {
    return Object.fromEntries(only.map((part) => [part, this.network()[part]]));
  }

  /** The first route that fits, of any table. */
  linkTo(to: IpAddress): number | undefined {
    return this.routes.find(({ destination }) => prefixContains(destination, to))?.oif;
  }

  writer(): number {
    return 1;
  }

  programOf(): string | undefined {
    return undefined;
  }

  linkIndex(name: string): number | undefined {
    return this.links.find((link) => link.name === name)?.ifindex;
  }

  setMtu(ifindex: number, mtu: number): void {
    this.#step(() => this.#changeLink(ifindex, { mtu }));
  }

  setUp(ifindex: number): void {
    this.#step(() => this.#changeLink(ifindex, { up: true }));
  }

  addAddress(address: InterfaceAddress): void {
    this.#step(() => {
      if (this.addresses.some((a) => addressText(a) === addressText(address))) throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' });
      this.addresses.push(address);
    });
  }

  removeAddress(address: InterfaceAddress): boolean {
    return this.#remove(() => {
      const kept = this.addresses.filter((a) => addressText(a) !== addressText(address));
      const removed = kept.length < this.addresses.length;
      this.addresses = kept;
      return removed;
    });
  }

  addRoute(route: OwnRoute, how: 'new' | 'ahead' = 'new'): void {
    this.#step(() => {
      const same = (r: Route): boolean => r.table === route.table && formatPrefix(r.destination) === formatPrefix(route.destination);
      if (how === 'new' && this.routes.some(same)) throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' });
      const fresh: Route = { destination: route.destination, table: route.table, type: route.type, scope: 0, ...(route.type === 'throw' ? {} : { oif: route.ifindex }) };
      this.routes = how === 'ahead' ? [fresh, ...this.routes] : [...this.routes, fresh];
    });
  }

  removeRoute(route: OwnRoute): boolean {
    return this.#remove(() => {
      const kept = this.routes.filter((r) => r.table !== route.table || r.type !== route.type || (route.type === 'unicast' && r.oif !== route.ifindex) || formatPrefix(r.destination) !== formatPrefix(route.destination));
      const removed = kept.length < this.routes.length;
      this.routes = kept;
      return removed;
    });
  }

  addRule(rule: Rule): void {
    this.#step(() => {
      if (this.rules.some((r) => sameRule(r, rule))) throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' });
      this.rules.push(rule);
    });
  }

  removeRule(rule: Rule): boolean {
    return this.#remove(() => {
      const at = this.rules.findIndex((r) => sameRule(r, rule));
      if (at >= 0) this.rules.splice(at, 1);
      return at >= 0;
    });
  }

  readSetting(name: string): string | undefined {
    return this.settings.get(name);
  }

  writeSetting(name: string, value: string): void {
    this.#step(() => void this.settings.set(name, value));
  }

  readResolvConf(): ResolvConf {
    return this.resolvConf;
  }

  writeResolvConf(conf: ResolvConf): void {
    this.#step(() => void (this.resolvConf = conf));
  }

  setLinkDns(link: string, servers: readonly string[], domains: readonly string[]): void {
    this.#step(() => void this.linkDns.set(link, [...servers, ...domains].join(' ')));
  }

  readServiceDns(): undefined {
    return undefined;
  }

  writeServiceDns(): never {
    throw Object.assign(new Error('ENOTSUP'), { code: 'ENOTSUP' });
  }

  #changeLink(ifindex: number, change: Partial<Link>): void {
    if (!this.links.some((link) => link.ifindex === ifindex)) throw new Error('ENODEV');
    this.links = this.links.map((link) => (link.ifindex === ifindex ? { ...link, ...change } : link));
  }

  #step(change: () => void): void {
    this.onStep();
    change();
    this.onStep();
  }

  #remove(change: () => boolean): boolean {
    this.onStep();
    const removed = change();
    this.onStep();
    return removed;
  }
}

function addressText(a: InterfaceAddress): string {
  return `${a.ifindex} ${formatIp(a.address)}/${a.bits}`;
}
