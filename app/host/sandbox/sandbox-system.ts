/**
 * The operating system of the sandbox's own node, as far as its network goes: a model (sim/os) that holds device, addresses,
 * routes and rules, and tells of its changes. The engine watches and guards it as it does a real one, and echo passes only
 * where the model says that packets leave by our device. Faults of a system are done here, by writers that are not us.
 */
import { formatIp, parseIp, parsePrefix, type IpAddress, type IpPrefix } from '../../base/ip.ts';
import { answerOf, repairedOf } from '../../osguard/parts.ts';
import { OS_TABLE_MAIN, type OsEvent } from '../../ports/os-network.ts';
import type { DesiredOs, GuardAsk, GuardTold, WantedItem } from '../../ports/os-state.ts';
import type { OsTold, OsWatchCommand } from '../../ports/os-watch.ts';
import type { OverlayState } from '../../ports/effects.ts';
import { SystemModel } from '../../sim/os/system-model.ts';

const DEVICE = 'sandbox0';
/** The program that undoes what is ours. */
const OPPONENT = 'sandbox-networkd';
/** ms that another program needs until its deleted device may be made anew. */
const REOPEN_AFTER = 400;
/** Writers, by number. */
const US = 1;
const OTHER = 2;
/** Of ours, as on Linux: see host/system. */
const TABLE = 52;
const PRIORITY = 5_270;
const OUR_PROTOCOL = 66;
const UPLINK = 2;
const BRIDGE = 3;
/** Addresses of containers, which must never go through the tunnel, though a route of ours might cover them. */
const CONTAINERS = '10.10.10.0/24';
const A_CONTAINER = '10.10.10.196';
const prefix = (text: string): IpPrefix => parsePrefix(text)!;
const ip = (text: string): IpAddress => parseIp(text)!;

export interface SandboxSystemInit {
  readonly told: (told: readonly OsTold[]) => void;
  readonly guardTold: (told: GuardTold) => void;
  readonly set: (device: string, routes: number, desired: DesiredOs) => void;
  /** The node was told where it can be reached by this system's account. */
  readonly addressed: () => void;
}

export class SandboxSystem {
  readonly #init: SandboxSystemInit;
  readonly #model = new SystemModel();
  readonly #timers = new Set<NodeJS.Timeout>();
  #device = 7;
  #isWatched = false;
  #wish: OverlayState | null = null;
  #looks = 0;

  constructor(init: SandboxSystemInit) {
    this.#init = init;
    const model = this.#model;
    for (const [index, name, kind] of [[1, 'lo', 'loopback'], [UPLINK, 'eth0', 'physical'], [BRIDGE, 'incusbr0', 'virtual'], [this.#device, DEVICE, 'tunnel']] as const) {
      model.links.push({ index, name, up: true, running: true, kind, mtu: 1_500 });
    }
    model.addAddress({ link: UPLINK, address: ip('192.0.2.2'), bits: 24, state: 'usable', temporary: false }, OTHER);
    for (const [to, link] of [['0.0.0.0/0', UPLINK], [CONTAINERS, BRIDGE]] as const) {
      model.addRoute({ family: 4, table: OS_TABLE_MAIN, prefix: prefix(to), type: 'unicast', link, gateway: undefined, metric: 0, source: undefined, protocol: undefined }, 'new', OTHER);
    }
    model.onEvent = (event) => this.#tell(event);
  }

  begin(): void {
    this.#init.told([{ kind: 'watch', system: 'linux', device: { index: this.#device, name: DEVICE }, marks: { tables: [TABLE], protocols: [OUR_PROTOCOL], priorities: { first: PRIORITY, last: PRIORITY } } }]);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Whether a packet to this address leaves by our device. */
  carries(to: IpAddress): boolean {
    return this.#model.deviceFor(to) === this.#device;
  }

  /** Whether what comes out of the tunnel has a way into this computer. */
  get hasDevice(): boolean {
    return this.#model.links.some(({ index }) => index === this.#device);
  }

  /** Snapshots that the engine asked for. */
  get looks(): number {
    return this.#looks;
  }

  // ---- what the engine asks; every answer comes later, as from a real system

  obey(command: OsWatchCommand): void {
    switch (command.kind) {
      case 'subscribe':
        this.#isWatched = true;
        this.#soon(() => this.#init.told([{ kind: 'event', event: { kind: 'source-up' } }]));
        return;
      case 'take-snapshot':
        this.#looks += 1;
        this.#soon(() => {
          this.#init.told([{ kind: 'snapshot', snapshot: this.#model.observe().network }]);
          this.#init.addressed();
        });
        return;
      case 'look-at-device': {
        const { index, name } = command.device;
        const { links } = this.#model;
        this.#soon(() => this.#init.told([{ kind: 'device-seen', name: links.find((link) => link.index === index)?.name, index: links.find((link) => link.name === name)?.index }]));
        return;
      }
      case 'open-device':
        this.#later(REOPEN_AFTER, () => {
          this.#device += 1;
          this.#model.addLink(this.#device, command.name);
          this.#init.told([{ kind: 'device-opened', device: { index: this.#device, name: command.name } }]);
          this.#setUp();
        });
        return;
      case 'device-renamed':
        return;
      case 'look-at-ours':
        this.#soon(() => this.#init.guardTold({ kind: 'event', event: command.event }));
        return;
      default:
        return command satisfies never;
    }
  }

  answer(ask: GuardAsk): void {
    switch (ask.kind) {
      case 'look':
        this.#soon(() => this.#init.guardTold(answerOf(ask, this.#model.observe())));
        return;
      case 'repair':
        this.#soon(() => this.#init.guardTold(repairedOf(ask, this.#model.make(ask.item, this.#device, US, OUR_PROTOCOL), this.#model.observe())));
        return;
      case 'prove':
        this.#soon(() => this.#init.guardTold({ kind: 'proved', id: ask.id, link: this.#model.deviceFor(ask.to) }));
        return;
      case 'who':
        this.#soon(() => this.#init.guardTold({ kind: 'named', by: ask.by, program: ask.by === OTHER ? OPPONENT : undefined }));
        return;
      default:
        return ask satisfies never;
    }
  }

  /** Null: nothing of ours is wanted any more. */
  want(overlay: OverlayState | null): void {
    this.#wish = overlay;
    this.#soon(() => this.#setUp());
  }

  // ---- what others do to it

  /** So many look-ups that found no route are told at once. */
  miss(times: number): void {
    if (this.#isWatched) this.#init.told(Array.from({ length: times }, () => ({ kind: 'event', event: { kind: 'miss' } }) as const));
  }

  deleteDevice(): void {
    this.#model.removeLink(this.#device, OTHER);
  }

  /** All routes and rules of ours go. */
  wipe(): void {
    for (const route of this.#model.routes.filter((each) => each.table === TABLE)) this.#model.removeRoute(route, OTHER);
    for (const rule of this.#model.rules.filter((each) => each.table === TABLE)) this.#model.removeRule(rule, OTHER);
  }

  #setUp(): void {
    const model = this.#model;
    const wanted = this.#wish === null ? [] : itemsOf(this.#wish);
    for (const route of model.routes.filter((each) => each.table === TABLE)) model.removeRoute(route, US);
    for (const address of model.addresses.filter(({ link }) => link === this.#device)) model.removeAddress(address, US);
    for (const item of wanted) model.make(item, this.#device, US, OUR_PROTOCOL);
    if (this.#wish === null) return;
    const { addresses, routes } = this.#wish;
    const own = addresses.map(({ address }) => address);
    const inside = routes.flatMap(({ address, bits }) => (bits === (address.family === 4 ? 32 : 128) ? [address] : []));
    const proofs = [...inside.filter((to) => own.every((mine) => formatIp(mine) !== formatIp(to))).slice(0, 1).map((to) => ({ to, expects: 'device' as const })), { to: ip(A_CONTAINER), expects: 'elsewhere' as const }];
    this.#init.set(DEVICE, routes.length, { device: { name: DEVICE, index: this.#device }, writers: [US], items: wanted, proofs });
  }

  #tell(event: OsEvent): void {
    if (this.#isWatched) this.#soon(() => this.#init.told([{ kind: 'event', event }]));
  }

  #soon(run: () => void): void {
    this.#later(0, run);
  }

  #later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }
}

function itemsOf({ addresses, mtu, routes }: OverlayState): WantedItem[] {
  return [
    ...addresses.map(({ address, bits }): WantedItem => ({ kind: 'address', address, bits })),
    { kind: 'device', mtu },
    { kind: 'route', prefix: prefix(CONTAINERS), table: TABLE, type: 'throw' },
    ...routes.map((to): WantedItem => ({ kind: 'route', prefix: to, table: TABLE, type: 'unicast' })),
    ...([4, 6] as const).map((family): WantedItem => ({ kind: 'rule', rule: { family, priority: PRIORITY, table: TABLE, mark: undefined, invert: false, suppressPrefixLength: undefined } })),
  ];
}
