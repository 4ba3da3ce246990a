/**
 * A twin of macOS: links, addresses, routes and the dynamic store, which understands the very argument vectors and the very
 * standard input that our code sends to ifconfig, route, scutil, sysctl, ps and dscacheutil, and answers in their words. What it
 * does not understand it refuses, as they do. Like the real one, `route` ends with 0 when it failed, and scutil always.
 * `onStep` is called before and after each change, so that a test can end the process there.
 */
import { formatIp, formatPrefix, parseIp, parsePrefix, prefixContains, type IpPrefix } from '../../app/base/ip.ts';
import type { DarwinAnswer, DarwinCommand } from '../../app/host/system/darwin-commands.ts';
import type { DarwinPrograms } from '../../app/host/system/darwin-programs.ts';
import type { OsEvent, OsLink, OsRoute, OsSnapshot } from '../../app/ports/os-network.ts';

interface TwinRoute {
  readonly prefix: IpPrefix;
  readonly link: number;
  /** Looked up for sockets bound to its link alone. */
  readonly scoped?: boolean;
}

const ok = (stdout = ''): DarwinAnswer => ({ status: 0, stdout, stderr: '' });
const bad = (stderr: string, status = 1): DarwinAnswer => ({ status, stdout: '', stderr: `${stderr}\n` });

export class DarwinTwin implements DarwinPrograms {
  links: OsLink[] = [link(1, 'lo0', 16_384, 'loopback'), link(4, 'en0', 1_500, 'physical')];
  addresses: { readonly link: number; readonly prefix: IpPrefix }[] = [{ link: 1, prefix: parsePrefix('::1/128')! }, { link: 4, prefix: parsePrefix('192.168.1.7/24')! }];
  routes: TwinRoute[] = [
    { prefix: parsePrefix('0.0.0.0/0')!, link: 4 },
    { prefix: parsePrefix('::/0')!, link: 4 },
    { prefix: parsePrefix('0.0.0.0/0')!, link: 4, scoped: true },
    { prefix: parsePrefix('192.168.1.0/24')!, link: 4 },
  ];
  /** Key to lists, as the dynamic store keeps them. */
  store = new Map<string, ReadonlyMap<string, readonly string[]>>([['State:/Network/Service/8F1D/DNS', new Map([['ServerAddresses', ['192.168.1.1']]])]]);
  boot = '5F7B3D1A-90F0-4E4B-8E1B-2E5A7C9D1F00';
  processes = new Map<number, string>([[612, '/opt/other/bin/othervpnd']]);
  onStep: () => void = () => {};
  /** What the routing socket tells, with the process that asked. */
  heard: (event: OsEvent) => void = () => {};
  ran: DarwinCommand[] = [];
  #pid = 9_000;
  readonly #ours = new Set<number>();

  openUtun(): { readonly name: string; readonly ifindex: number } {
    const ifindex = Math.max(...this.links.map(({ index }) => index)) + 1;
    const name = `utun${ifindex}`;
    this.links.push({ ...link(ifindex, name, 1_500, 'tunnel'), up: false, running: false });
    return { name, ifindex };
  }

  /** What the kernel does when the control socket is closed. */
  dropLink(index: number): void {
    this.links = this.links.filter((each) => each.index !== index);
    this.addresses = this.addresses.filter((each) => each.link !== index);
    this.routes = this.routes.filter((each) => each.link !== index);
  }

  picture(): object {
    return structuredClone({
      links: this.links,
      addresses: this.addresses.map(({ link: of, prefix }) => `${of} ${formatPrefix(prefix)}`).toSorted(),
      routes: this.routes.map((route) => `${formatPrefix(route.prefix)} ${route.link}${route.scoped === true ? ' scoped' : ''}`).toSorted(),
      store: [...this.store].map(([key, lists]) => [key, [...lists]]),
    });
  }

  snapshot = (): OsSnapshot => ({
    links: [...this.links],
    addresses: this.addresses.map(({ link: of, prefix }) => ({ link: of, address: prefix.address, bits: prefix.bits, state: 'usable', temporary: false })),
    routes: this.routes.map(routeOf),
    rules: [],
  });

  isOurs(pid: number): boolean {
    return this.#ours.has(pid);
  }

  run(command: DarwinCommand): DarwinAnswer {
    this.#ours.add(++this.#pid);
    this.ran.push(command);
    return this.answer(command, this.#pid);
  }

  /** As another program's child: the same words, not ours. */
  answer({ program, args, input = '' }: DarwinCommand, pid: number): DarwinAnswer {
    switch (program) {
      case 'ifconfig':
        return this.#ifconfig(args);
      case 'route':
        return this.#route(args, pid);
      case 'scutil':
        return this.#scutil(input);
      case 'sysctl':
        return args.join(' ') === '-n kern.bootsessionuuid' ? ok(`${this.boot}\n`) : bad(`sysctl: unknown oid '${args[1]}'`);
      case 'ps':
        return args.length === 4 && args[0] === '-p' && args[2] === '-o' && args[3] === 'comm=' ? ok(`${this.processes.get(Number(args[1])) ?? ''}\n`) : bad('ps: illegal argument');
      case 'dscacheutil':
        return args.join(' ') === '-flushcache' ? ok() : bad('Usage: dscacheutil');
      default:
        return program satisfies never;
    }
  }

  #ifconfig([name = '', what = '', ...rest]: readonly string[]): DarwinAnswer {
    const at = this.links.findIndex((each) => each.name === name);
    const device = this.links[at];
    if (device === undefined) return bad(`ifconfig: interface ${name} does not exist`);
    if (what === 'mtu') return this.#change(() => (this.links[at] = { ...device, mtu: Number(rest[0]) }));
    if (what === 'up') return this.#change(() => (this.links[at] = { ...device, up: true, running: true }));
    if (what !== 'inet' && what !== 'inet6') return bad(`ifconfig: ${what}: bad value`);
    const family = what === 'inet' ? 4 : 6;
    const last = rest.at(-1);
    const prefix = parsePrefix(rest[0] ?? '');
    if (prefix === undefined || prefix.address.family !== family) return bad(`ifconfig: ${rest[0]}: bad value`);
    // The twin's prefix keeps the whole address, as the kernel does.
    const address = parseIp(rest[0]!.split('/')[0]!)!;
    const same = (each: (typeof this.addresses)[number]): boolean => each.link === device.index && formatIp(each.prefix.address) === formatIp(address);
    if (last === '-alias') {
      if (!this.addresses.some(same)) return bad("ifconfig: ioctl (SIOCDIFADDR): Can't assign requested address");
      return this.#change(() => (this.addresses = this.addresses.filter((each) => !same(each))));
    }
    if (last !== 'alias' || rest.length !== (family === 4 ? 3 : 2) || (family === 4 && rest[1] !== formatIp(address))) return bad(`ifconfig: ${last}: bad value`);
    if (this.addresses.some(same)) return bad('ifconfig: ioctl (SIOCAIFADDR): File exists');
    return this.#change(() => this.addresses.push({ link: device.index, prefix: { address, bits: prefix.bits } }));
  }

  #route([numeric, what, family, to = '', flag, name]: readonly string[], pid: number): DarwinAnswer {
    if (numeric !== '-n' || (family !== '-inet' && family !== '-inet6')) return bad('usage: route [-dnqtv] command [[modifiers] args]', 64);
    if (what === 'get') {
      const address = parseIp(to);
      const route = this.routes.filter(({ prefix, scoped }) => scoped !== true && address !== undefined && prefixContains(prefix, address)).toSorted((a, b) => b.prefix.bits - a.prefix.bits)[0];
      if (route === undefined) return bad('route: writing to routing socket: not in table', 0);
      const device = this.links.find(({ index }) => index === route.link)!.name;
      return ok(`   route to: ${to}\ndestination: ${formatIp(route.prefix.address)}\n  interface: ${device}\n      flags: <UP,DONE,STATIC,PRCLONING>\n`);
    }
    const prefix = parsePrefix(to);
    const device = this.links.find((each) => each.name === name);
    if (prefix === undefined || (prefix.address.family === 4) !== (family === '-inet')) return bad(`route: bad address: ${to}`, 68);
    if (flag !== '-interface' || device === undefined) return bad(`route: bad interface name`, 68);
    const stands = this.routes.find((each) => each.scoped !== true && formatPrefix(each.prefix) === formatPrefix(prefix));
    const fresh: TwinRoute = { prefix, link: device.index };
    const others = this.routes.filter((each) => each !== stands);
    switch (what) {
      case 'add':
        if (stands !== undefined) return bad('route: writing to routing socket: File exists', 0);
        return this.#changeRoute([...others, fresh], 'added', fresh, pid);
      case 'change':
        if (stands === undefined) return bad('route: writing to routing socket: not in table', 0);
        return this.#changeRoute([...others, fresh], 'changed', fresh, pid);
      case 'delete':
        if (stands === undefined) return bad('route: writing to routing socket: not in table', 0);
        return this.#changeRoute(others, 'removed', stands, pid);
      default:
        return bad('usage: route [-dnqtv] command [[modifiers] args]', 64);
    }
  }

  #changeRoute(routes: TwinRoute[], action: 'added' | 'changed' | 'removed', route: TwinRoute, pid: number): DarwinAnswer {
    const answer = this.#change(() => (this.routes = routes));
    this.heard({ kind: 'route', action, route: routeOf(route), by: pid });
    return answer;
  }

  #scutil(input: string): DarwinAnswer {
    let draft = new Map<string, readonly string[]>();
    let said = '';
    for (const line of input.split('\n')) {
      const [verb, key = '', star, ...words] = line.split(/\s+/);
      if (verb === 'd.init') draft = new Map();
      else if (verb === 'd.add' && star === '*') draft.set(key, words.map((word) => (word === '""' ? '' : word)));
      else if (verb === 'set') this.#change(() => this.store.set(key, draft));
      else if (verb === 'remove') {
        if (!this.store.has(key)) said += '  No such key\n';
        else this.#change(() => this.store.delete(key));
      } else if (verb === 'show') said += shown(this.store.get(key));
      else if (verb === 'quit') break;
      else if (verb !== 'open' && line !== '') said += `${verb}: command not found\n`;
    }
    return ok(said);
  }

  #change(change: () => unknown): DarwinAnswer {
    this.onStep();
    change();
    this.onStep();
    return ok();
  }
}

function shown(lists: ReadonlyMap<string, readonly string[]> | undefined): string {
  if (lists === undefined) return '  No such key\n';
  const body = [...lists].map(([key, words]) => `  ${key} : <array> {\n${words.map((word, i) => `    ${i} : ${word}\n`).join('')}  }\n`);
  return `<dictionary> {\n${body.join('')}}\n`;
}

function link(index: number, name: string, mtu: number, kind: OsLink['kind']): OsLink {
  return { index, name, up: true, running: true, kind, mtu };
}

function routeOf({ prefix, link: of, scoped }: TwinRoute): OsRoute {
  return { family: prefix.address.family, table: 254, prefix, type: scoped === true ? 'other' : 'unicast', link: of, gateway: undefined, metric: 0, source: undefined, protocol: undefined };
}
