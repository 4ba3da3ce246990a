/**
 * A simulated internet: carries datagrams between stations over networks, NATs and firewalls, with the delays, losses, cuts
 * and size limits of each path. What a path does to its datagrams comes from the seed and that path alone, so that a new
 * flow shifts no other. It knows no protocol and decides nothing: what vanishes is counted by reason. Callers: worlds.
 */
import { ipv4, ipv6, type IpAddress, type IpEndpoint } from '../../base/ip.ts';
import { createSeededRng } from '../../base/seeded-rng.ts';
import type { Rng } from '../../ports/rng.ts';
import { instant, type Instant } from '../../time/instant.ts';
import { Link, PERFECT_LINK, type LinkShape } from '../link.ts';
import { Firewall, type FirewallShape } from './firewall.ts';
import { Nat, type NatShape } from './nat.ts';
import { inwards, outwards, REAL_TABLES, type Crossing, type Vanished } from './routing.ts';
import { connectStream, type Listener, type StreamHandler, type StreamEnd } from './stream.ts';
import { isStation, Network, Station, type Holder, type Interface, type Router } from './topology.ts';

export interface InternetInit {
  readonly seed: number;
  /** Virtual ms. */
  now(): number;
  at(ms: number, run: () => void): void;
}

export interface SiteShape {
  /** Undefined: no IPv4 beyond. */
  readonly nat?: NatShape;
  /** Undefined: no IPv6 beyond. */
  readonly ipv6?: FirewallShape | 'open';
}

export const LAN_SHAPE: LinkShape = { ...PERFECT_LINK, delayMs: 0.5 };
export const WAN_SHAPE: LinkShape = PERFECT_LINK;

export class Internet {
  readonly root = new Network('internet', undefined);
  readonly stations: Station[] = [];
  readonly vanished = new Map<Vanished, number>();
  /** Told of every datagram that vanishes; for a person who looks for a cause. */
  onVanished: ((why: Vanished, from: IpEndpoint, to: IpEndpoint) => void) | undefined;
  /** Of paths over the internet, unless shaped apart. */
  wan: LinkShape = WAN_SHAPE;
  readonly #init: InternetInit;
  readonly #links = new Map<string, Link>();
  readonly #listeners = new Map<Station, Map<number, Listener>>();
  #ids = 0;
  #addresses = 0;

  constructor(init: InternetInit) {
    this.#init = init;
  }

  get now(): Instant {
    return instant(this.#init.now());
  }

  at(ms: number, run: () => void): void {
    this.#init.at(ms, run);
  }

  /** A network behind a router of its own. `subnet`: its IPv4 hosts are subnet + 1, + 2, ... */
  addSite(name: string, shape: SiteShape, parent: Network = this.root): Network {
    const id = ++this.#ids;
    const nat = shape.nat === undefined ? undefined : new Nat(shape.nat, this.#outsideAddress(parent, id), this.rng(`nat ${id}`));
    const firewall = shape.ipv6 === undefined || shape.ipv6 === 'open' ? shape.ipv6 : new Firewall(shape.ipv6);
    const router: Router = { id, name, outside: parent, nat, firewall, udp: 'open', up: true, generation: 0 };
    const inside = new Network(name, router);
    if (nat !== undefined) parent.put(nat.external, { inside, router });
    return inside;
  }

  addStation(name: string): Station {
    const station = new Station(++this.#ids, name);
    this.stations.push(station);
    return station;
  }

  /** Puts a station on a network. Without an address: the next free one (public on the internet, private behind a NAT; IPv6 always global). */
  attach(station: Station, network: Network, family: 4 | 6, address: IpAddress = this.#freshAddress(network, family)): Interface {
    const added: Interface = { network, address };
    station.interfaces.push(added);
    this.#announce(station, network, address);
    return added;
  }

  /** Another address on the same or another network (roaming). Connections of before are dead. */
  move(station: Station, from: Interface, network: Network = from.network): Interface {
    this.#withdraw(from);
    station.interfaces.splice(station.interfaces.indexOf(from), 1);
    station.generation++;
    return this.attach(station, network, from.address.family);
  }

  detach(station: Station, old: Interface): void {
    this.#withdraw(old);
    station.interfaces.splice(station.interfaces.indexOf(old), 1);
    station.generation++;
  }

  /** The router forgets every flow and connection; `renumber`: it gets another outside address too. */
  reboot(router: Router, renumber = false): void {
    router.generation++;
    if (router.firewall instanceof Firewall) router.firewall.reboot();
    const { nat } = router;
    if (nat === undefined) return;
    const holder = router.outside.holder(nat.external);
    router.outside.remove(nat.external);
    nat.reboot(renumber ? this.#outsideAddress(router.outside, ++this.#ids) : nat.external);
    if (holder !== undefined) router.outside.put(nat.external, holder);
  }

  /** The path over the internet (or one network) between two ends; an end: a station, or the router of a site. */
  path(a: Station | Router, b: Station | Router): Link {
    return this.#link(a.id, b.id, this.wan);
  }

  send(from: Station, port: number, to: IpEndpoint, bytes: Uint8Array): void {
    const own = from.towards(to.address);
    if (!from.up || own === undefined) return this.#vanish(from.up ? 'family missing' : 'station is down', to, to);
    const source = { address: own.address, port };
    const crossing = outwards(REAL_TABLES, own.network, from, source, to, this.now);
    if (typeof crossing === 'string') this.#vanish(crossing, source, to);
    else this.#cross(crossing, to, bytes.slice(), from);
  }

  /** A datagram with any source, from somewhere on the internet: what a stranger can do. */
  inject(source: IpEndpoint, to: IpEndpoint, bytes: Uint8Array): void {
    const holder = this.root.holder(to.address);
    if (holder === undefined) this.#vanish('no route', source, to);
    else this.at(this.now + this.wan.delayMs, () => this.#arrive(holder, source, to, bytes, undefined));
  }

  listen(station: Station, port: number, listener: Listener | undefined): void {
    const ports = this.#listeners.get(station) ?? new Map<number, Listener>();
    this.#listeners.set(station, ports);
    if (listener === undefined) ports.delete(port);
    else ports.set(port, listener);
  }

  /** Opens a TCP-like connection. `opened` or `ended` follows. */
  connect(from: Station, to: IpEndpoint, handler: StreamHandler): StreamEnd {
    return connectStream(this, from, to, handler, (station, port) => this.#listeners.get(station)?.get(port));
  }

  /** One random stream for each purpose. */
  rng(purpose: string): Rng {
    let seed = Math.imul(this.#init.seed, 0x9e3779b1);
    for (let i = 0; i < purpose.length; i++) seed = Math.imul(seed ^ purpose.charCodeAt(i), 0x01000193);
    return createSeededRng(seed >>> 0);
  }

  #cross({ source, holder, across }: Crossing, to: IpEndpoint, bytes: Uint8Array, author: Station): void {
    const arrive = (): void => this.#arrive(holder, source, to, bytes, author);
    if (across === undefined) return this.at(this.now + LAN_SHAPE.delayMs, arrive);
    const other = isStation(holder) ? holder.id : holder.router.id;
    const link = this.#linkIn(across.network, across.edge, other);
    const fates = link.fate(across.edge < other ? 'a-to-b' : 'b-to-a', bytes.length, to.address.family, this.now);
    if (fates.length === 0) this.#vanish('lost on the way', source, to);
    for (const delay of fates) this.at(this.now + delay, arrive);
  }

  #arrive(holder: Holder, source: IpEndpoint, to: IpEndpoint, bytes: Uint8Array, author: Station | undefined): void {
    const end = inwards(REAL_TABLES, holder, source, to, this.now);
    if (typeof end === 'string') this.#vanish(end, source, to);
    else end.station.sockets.get(end.to.port)?.(bytes, end.source, end.to, author);
  }

  /** Would a datagram of this size pass between these two ends of one network, if it is not lost by chance? */
  carries(a: number, b: number, network: Network, bytes: number, family: 4 | 6): boolean {
    const link = this.#linkIn(network, a, b);
    return !link.isCut(a < b ? 'a-to-b' : 'b-to-a', this.now) && link.holds(bytes, family);
  }

  #linkIn(network: Network, a: number, b: number): Link {
    return this.#link(a, b, network.router === undefined ? this.wan : LAN_SHAPE);
  }

  #link(a: number, b: number, shape: LinkShape): Link {
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = new Link(shape, this.rng(`link ${key}`));
      this.#links.set(key, link);
    }
    return link;
  }

  #announce(station: Station, network: Network, address: IpAddress): void {
    network.put(address, station);
    if (address.family === 4) return;
    for (let inside = network; inside.router !== undefined; inside = inside.router.outside) inside.router.outside.put(address, { inside, router: inside.router });
  }

  #withdraw({ network, address }: Interface): void {
    network.remove(address);
    if (address.family === 4) return;
    for (let at = network.router; at !== undefined; at = at.outside.router) at.outside.remove(address);
  }

  #outsideAddress(parent: Network, id: number): IpAddress {
    return parent.router === undefined ? ipv4(0xc6120000 + id) : this.#freshAddress(parent, 4);
  }

  /** Private networks all begin at 192.168.1.2: they overlap. */
  #freshAddress(network: Network, family: 4 | 6): IpAddress {
    this.#addresses++;
    if (family === 6) return ipv6(0x20010db8, 0x10000 + this.#addresses, 0, 1);
    if (network.router === undefined) return ipv4(0xcb007100 + (this.#addresses & 0xff) + ((this.#addresses >> 8) << 16));
    let word = 0xc0a80102;
    while (network.holds(ipv4(word))) word++;
    return ipv4(word);
  }

  #vanish(why: Vanished, from: IpEndpoint, to: IpEndpoint): void {
    this.vanished.set(why, (this.vanished.get(why) ?? 0) + 1);
    this.onVanished?.(why, from, to);
  }
}
