/**
 * The operating system of one host of a mesh, as far as its network goes: links and addresses follow the station on the
 * simulated internet, and the tunnel's device is one of them. It carries what the engine asks to the model (sim-os.ts) and
 * its answers back. On request addresses, routes and rules of the tunnel are played too, in a model of their own
 * (os/guarded-system.ts), for the engine's guard to keep up. Callers: mesh-host.ts, mesh-world.ts, scenarios.
 */
import { equalIp } from '../../base/ip.ts';
import type { OsEvent } from '../../ports/os-network.ts';
import type { GuardAsk, GuardTold } from '../../ports/os-state.ts';
import type { OsSystem, OsWatchCommand } from '../../ports/os-watch.ts';
import type { Rng } from '../../ports/rng.ts';
import { DEVICE, GuardedSystem } from '../os/guarded-system.ts';
import type { SimHost } from '../sim-host.ts';
import { SimOs } from '../sim-os.ts';
import { reachesInternet, type Station } from './topology.ts';

/** ms from an open device to one that has its addresses and routes. */
const SET_UP_WITHIN = 20;
/** ms after which a computer that sleeps is looked at again. */
const ASLEEP = 250;

export interface HostOsInit {
  readonly sim: SimHost;
  readonly station: Station;
  readonly system: OsSystem;
  /** Runs later, in the world's time. */
  readonly later: (ms: number, run: () => void) => void;
  /** The engine has something to do. */
  readonly after: () => void;
}

export class HostOs {
  readonly os: SimOs;
  /** What the engine's guard keeps up; undefined: that is not played. */
  kept: GuardedSystem | undefined;
  readonly #init: HostOsInit;
  #device: number;
  readonly #uplink: number;
  /** The engine that was told to watch, by its number. */
  #watchedFor = 0;
  #plugged = true;
  readonly #asleepHeard: OsEvent[] = [];
  #asleepAsked: { readonly command: OsWatchCommand; readonly of: number }[] = [];

  constructor(init: HostOsInit) {
    this.#init = init;
    this.os = new SimOs((event) => this.#heard(event));
    this.#uplink = this.os.addLink('en0');
    this.#device = this.os.addLink(DEVICE, 'tunnel');
    this.#readdress();
  }

  /** From its next start on other programs can undo what is the tunnel's. `wrong` hears what was not put right in time. */
  keepUp(rng: Rng, now: () => number, wrong: (text: string) => void): void {
    const { sim, later } = this.#init;
    this.kept = new GuardedSystem({
      rng,
      now,
      later,
      tell: (told) => this.#tellGuard(told),
      wrong,
      state: () => (sim.power === 'asleep' ? 'asleep' : sim.power === 'up' && sim.hasDevice ? 'guarded' : 'without us'),
    });
  }

  /** What the engine's guard asks. */
  guard(ask: GuardAsk): void {
    this.kept?.obey(ask);
  }

  /** Its computer woke: what the system said meanwhile waited for it, and what was asked in its last moment. */
  woke(): void {
    for (const event of this.#asleepHeard.splice(0)) this.#heard(event);
    const asked = this.#asleepAsked;
    this.#asleepAsked = [];
    for (const { command, of } of asked) this.obey(command, of);
    this.kept?.judgeSoon();
  }

  /** Index of the tunnel's device, as it was opened last. */
  get device(): number {
    return this.#device;
  }

  get uplink(): number {
    return this.#uplink;
  }

  /** After a start of the host, and after its station moved. */
  follow(): void {
    const { sim, system } = this.#init;
    this.#readdress();
    this.#look();
    if (sim.generation === this.#watchedFor) return;
    this.#watchedFor = sim.generation;
    this.#input({ kind: 'os', told: { kind: 'watch', system, device: { index: this.#device, name: DEVICE }, marks: { tables: [52], protocols: [], priorities: { first: 5_210, last: 5_270 } } } });
    this.#setUp();
  }

  /** Its cable is there, or not: without one the uplink has no address and leads nowhere. */
  plug(plugged: boolean): void {
    this.#plugged = plugged;
    this.#readdress();
  }

  /** `of`: the number of the engine that asks. A process that sleeps goes on where it was; one that ended asks nothing. */
  obey(command: OsWatchCommand, of: number): void {
    const { sim } = this.#init;
    if (sim.generation !== of || sim.power === 'down') return;
    if (sim.power === 'asleep') {
      this.#asleepAsked.push({ command, of });
      return;
    }
    const told = this.os.obey(command);
    if (told?.kind === 'device-opened') {
      this.#device = told.device.index;
      this.#init.later(SET_UP_WITHIN, () => this.#look(told.device.index));
    }
    if (told !== undefined) this.#input({ kind: 'os', told });
  }

  #input(input: Parameters<SimHost['input']>[0]): void {
    this.#init.sim.input(input);
    this.#init.after();
  }

  /** Packets pass while the device is there; a new one once it is set up. */
  #look(setUp?: number): void {
    const { sim } = this.#init;
    if (this.os.link(this.#device) === undefined) sim.hasDevice = false;
    else if (setUp === this.#device) {
      sim.hasDevice = true;
      this.#setUp();
    }
  }

  #heard(event: OsEvent): void {
    const { sim, after } = this.#init;
    if (sim.power === 'asleep') this.#asleepHeard.push(event);
    else sim.input({ kind: 'os', told: { kind: 'event', event } });
    this.#look();
    after();
  }

  /** As a host does with a device of its own: it makes all, and tells the engine what it is. */
  #setUp(): void {
    if (this.kept === undefined) return;
    this.kept.setUpAnew();
    const { desired } = this.kept;
    this.#input({ kind: 'os-set', device: DEVICE, routes: desired.items.filter(({ kind }) => kind === 'route').length, desired });
  }

  /** Who sleeps is told afterwards; who is not there is not told. */
  #tellGuard(told: GuardTold): void {
    const { sim, later } = this.#init;
    if (sim.power === 'asleep') later(ASLEEP, () => this.#tellGuard(told));
    else if (sim.power === 'up') this.#input({ kind: 'os-guard', told });
  }

  /** Addresses and ways out as the station has them. */
  #readdress(): void {
    const { station } = this.#init;
    const has = this.#plugged ? station.interfaces.map(({ address }) => address) : [];
    for (const old of this.os.addresses.filter((one) => one.link === this.#uplink && !has.some((address) => equalIp(address, one.address)))) this.os.removeAddress(old);
    for (const address of has) {
      const isThere = this.os.addresses.some((one) => equalIp(one.address, address));
      if (!isThere) this.os.putAddress(this.#uplink, address, address.family === 4 ? 24 : 64);
    }
    for (const family of [4, 6] as const) {
      const prefix = family === 4 ? '0.0.0.0/0' : '::/0';
      const route = this.os.routes.find((one) => one.family === family && one.link === this.#uplink);
      const leads = this.#plugged && reachesInternet(station, family);
      if (leads && route === undefined) this.os.addRoute(this.os.route(prefix, this.#uplink));
      if (!leads && route !== undefined) this.os.removeRoute(route);
    }
  }
}
