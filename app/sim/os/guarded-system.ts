/**
 * A model of one computer's system with what Bowline keeps on it, other programs that write to it, and the hands and eyes of a
 * guard. What the system tells comes late, in order, and is dropped as a whole when too much waits; looking and repairing
 * take time, in which others write. It judges: once the last foreign write is a second old, all is right. It knows no guard and
 * no clock of its own. Callers: os-world.ts, mesh/host-os.ts, chaos.
 */
import { parseIp, parsePrefix, type IpAddress } from '../../base/ip.ts';
import { compare } from '../../osguard/compare.ts';
import { answerOf, repairedOf } from '../../osguard/parts.ts';
import { OS_TABLE_MAIN, type OsEvent } from '../../ports/os-network.ts';
import type { DesiredOs, GuardAsk, GuardTold, WantedItem } from '../../ports/os-state.ts';
import type { Rng } from '../../ports/rng.ts';
import { seconds } from '../../time/instant.ts';
import type { ForeignAct } from './foreign-writer.ts';
import type { Memory } from './naive-memory.ts';
import { SystemModel } from './system-model.ts';

const ETHERNET = 2;
const BRIDGE = 3;
const FIRST_TUN = 7;
const US = 1;
const OTHER = 2;
const TABLE = 51_820;
const OUR_PROTOCOL = 66;
const BOOT = 3;
export const DEVICE = 'bowline0';
/** What the product promises. */
export const RIGHT_WITHIN = seconds(1);
/** Messages that may wait before the system drops all and says so. */
const TOLD_AT_MOST = 24;

const ip = (text: string): IpAddress => parseIp(text)!;
const route = (prefix: string, type: 'unicast' | 'throw' = 'unicast'): WantedItem => ({ kind: 'route', prefix: parsePrefix(prefix)!, table: TABLE, type });
/** Of the containers of the incident, and of the world behind the exit node. */
const CONTAINER = ip('10.10.10.196');
const FAR = ip('203.0.113.9');
const FAR6 = ip('2001:db8:9::9');

const ITEMS: readonly WantedItem[] = [
  { kind: 'address', address: ip('100.64.0.1'), bits: 32 },
  { kind: 'address', address: ip('fd7a:115c:a1e0::1'), bits: 128 },
  { kind: 'device', mtu: 1_280 },
  route('10.10.10.0/24', 'throw'),
  route('fd00:10::/64', 'throw'),
  route('0.0.0.0/0'),
  route('::/0'),
  ...([4, 6] as const).map((family): WantedItem => ({ kind: 'rule', rule: { family, priority: 32_765, table: TABLE, mark: TABLE, invert: true, suppressPrefixLength: undefined } })),
];

export interface GuardedSystemInit {
  readonly rng: Rng;
  /** ms, of the world. */
  readonly now: () => number;
  readonly later: (ms: number, run: () => void) => void;
  /** To the guard. */
  readonly tell: (told: GuardTold) => void;
  readonly wrong: (text: string) => void;
  /** asleep: nobody writes, nobody repairs. without us: others write, and nothing is promised. */
  readonly state?: () => 'guarded' | 'asleep' | 'without us';
  /** The guard is shown this instead of what is there. */
  readonly memory?: (desired: DesiredOs) => Memory;
}

export class GuardedSystem {
  readonly system = new SystemModel();
  readonly tally = { looks: 0, repairs: 0, foreignWrites: 0 };
  /** Longest from the last foreign write until all was right, and longest that a destination went the wrong way without one; ms. */
  longestToRight = 0;
  longestWrongWay = 0;
  readonly #init: GuardedSystemInit;
  readonly #memory: Memory | undefined;
  readonly #told: OsEvent[] = [];
  #tun = FIRST_TUN;
  #lost = false;
  #foreignAt = 0;
  #wrongSince: number | undefined;
  #undoing: { readonly within: number; readonly until: number } | undefined;

  /** As a host leaves it when it has set up all. */
  constructor(init: GuardedSystemInit) {
    this.#init = init;
    const { system } = this;
    system.addLink(ETHERNET, 'eth0');
    system.addLink(BRIDGE, 'incusbr0');
    for (const [prefix, link] of [['0.0.0.0/0', ETHERNET], ['::/0', ETHERNET], ['10.10.10.0/24', BRIDGE], ['fd00:10::/64', BRIDGE]] as const) {
      const parsed = parsePrefix(prefix)!;
      system.addRoute({ family: parsed.address.family, table: OS_TABLE_MAIN, prefix: parsed, type: 'unicast', link, gateway: undefined, metric: 0, source: undefined, protocol: BOOT }, 'new', OTHER);
    }
    system.addLink(this.#tun, DEVICE);
    this.#makeAll();
    system.onEvent = (event) => this.#heard(event);
    this.#memory = init.memory?.(this.desired);
  }

  /** Of the device as it is now. */
  get desired(): DesiredOs {
    return {
      device: { name: DEVICE, index: this.#tun },
      writers: [US],
      items: ITEMS,
      proofs: [
        { to: FAR, expects: 'device' },
        { to: CONTAINER, expects: 'elsewhere' },
      ],
    };
  }

  /** What was made is taken back and made anew on another device: after a start, and when the device was lost. */
  setUpAnew(): void {
    const { system } = this;
    for (const one of system.routes.filter((each) => each.protocol === OUR_PROTOCOL)) system.removeRoute(one, US);
    for (const rule of system.rules.filter((each) => each.table === TABLE)) system.removeRule(rule, US);
    system.removeLink(this.#tun, US);
    system.addLink(++this.#tun, DEVICE);
    this.#makeAll();
    this.#wrongSince = undefined;
    this.judgeSoon();
  }

  /** Another program begins this now. */
  begin(act: ForeignAct): void {
    const now = this.#init.now();
    switch (act.kind) {
      case 'race':
        for (let t = 0; t < act.forMs; t += act.everyMs) this.#init.later(t, () => this.#removeRoute(this.#init.rng.uint32()));
        return;
      case 'undo':
        this.#undoing = { within: act.within, until: now + act.forMs };
        this.#removeRoute(this.#init.rng.uint32());
        return;
      case 'flush-table':
        this.#flushTable();
        return;
      case 'flush-rules':
        this.#flushRules();
        return;
      case 'remove-addresses':
        for (const address of this.system.addresses.filter((each) => each.link === this.#tun)) this.#foreign(() => this.system.removeAddress(address, OTHER));
        return;
      case 'device-down':
        this.#foreign(() => this.system.setUp(this.#tun, false, OTHER));
        if (act.backAfter !== undefined) this.#init.later(act.backAfter, () => this.#foreign(() => this.system.setUp(this.#tun, true, OTHER)));
        return;
      case 'replace':
        for (const item of ITEMS) {
          if (item.kind !== 'route') continue;
          const theirs = { family: item.prefix.address.family, table: TABLE, prefix: item.prefix, type: 'unicast', link: ETHERNET, gateway: undefined, metric: 0, source: undefined, protocol: BOOT } as const;
          this.#foreign(() => void this.system.addRoute(theirs, 'replace', OTHER));
        }
        return;
      case 'restart-loop':
        for (let i = 0; i < act.times; i++) {
          const start = i * act.everyMs;
          this.#init.later(start, () => this.#flushRules());
          this.#init.later(start + act.everyMs * 0.2, () => this.#flushTable());
          if (act.withDevice) this.#init.later(start + act.everyMs * 0.3, () => this.begin({ kind: 'device-down', backAfter: act.everyMs * 0.3 }));
          this.#init.later(start + act.everyMs * 0.7, () => this.#flushTable());
        }
        return;
      default:
        return act satisfies never;
    }
  }

  /** What the guard asks. */
  obey(ask: GuardAsk): void {
    switch (ask.kind) {
      case 'look':
        this.tally.looks++;
        this.#within(3, () => {
          const seen = this.#memory?.recall() ?? this.system.observe();
          this.#within(3, () => this.#init.tell(answerOf(ask, seen)));
        });
        return;
      case 'repair':
        this.tally.repairs++;
        this.#within(1, () => {
          const result = this.system.make(ask.item, this.#tun, US, OUR_PROTOCOL);
          this.#memory?.made(ask.item);
          const seen = this.#memory?.recall() ?? this.system.observe();
          this.#within(1, () => this.#init.tell(repairedOf(ask, result, seen)));
        });
        return;
      case 'prove':
        this.#within(1, () => {
          const trusted = this.#memory !== undefined;
          const link = trusted ? (this.desired.proofs.find((proof) => proof.to === ask.to)?.expects === 'device' ? this.#tun : undefined) : this.system.deviceFor(ask.to);
          this.#init.tell({ kind: 'proved', id: ask.id, link });
        });
        return;
      case 'who':
        this.#within(5, () => this.#init.tell({ kind: 'named', by: ask.by, program: 'systemd-networkd' }));
        return;
      default:
        return ask satisfies never;
    }
  }

  /** The guard has a second from now on, if nobody writes meanwhile: after a wake, and after each foreign write. */
  judgeSoon(): void {
    const at = this.#init.now();
    if (this.#foreignAt === at) return;
    this.#foreignAt = at;
    this.#init.later(RIGHT_WITHIN, () => {
      if (this.#foreignAt === at && this.#state === 'guarded' && !this.isRight) this.#init.wrong(`not right ${RIGHT_WITHIN / 1_000} s after the last foreign write: ${this.#wrongs()}`);
    });
  }

  /** To be called after anything that happened: measures how long what is wrong stays so. */
  watch(): void {
    if (this.#wrongSince === undefined) return;
    const since = this.#init.now() - this.#foreignAt;
    if (!this.#waysAreRight()) this.longestWrongWay = Math.max(this.longestWrongWay, since);
    if (!this.isRight) return;
    this.#wrongSince = undefined;
    this.longestToRight = Math.max(this.longestToRight, since);
  }

  get isRight(): boolean {
    const found = compare(this.desired, this.system.observe());
    return found.kind === 'compared' && found.missing.length === 0 && this.#waysAreRight();
  }

  get #state(): 'guarded' | 'asleep' | 'without us' {
    return this.#init.state?.() ?? 'guarded';
  }

  #makeAll(): void {
    for (const item of ITEMS) this.system.make(item, this.#tun, US, OUR_PROTOCOL);
  }

  #removeRoute(which: number): void {
    const ours = this.system.routes.filter((each) => each.table === TABLE && each.protocol === OUR_PROTOCOL);
    const one = ours[which % Math.max(1, ours.length)];
    if (one !== undefined) this.#foreign(() => this.system.removeRoute(one, OTHER));
  }

  #flushTable(): void {
    for (const one of this.system.routes.filter((each) => each.table === TABLE)) this.#foreign(() => this.system.removeRoute(one, OTHER));
  }

  #flushRules(): void {
    for (const rule of this.system.rules.filter((each) => each.table === TABLE)) this.#foreign(() => this.system.removeRule(rule, OTHER));
  }

  #foreign(write: () => void): void {
    if (this.#state === 'asleep') return;
    write();
    this.tally.foreignWrites++;
    this.#wrongSince ??= this.#init.now();
    this.judgeSoon();
  }

  #wrongs(): string {
    const found = compare(this.desired, this.system.observe());
    return found.kind === 'device-gone' ? 'the device is gone' : `${found.missing.length} missing, the containers are reached by link ${this.system.deviceFor(CONTAINER) ?? 'none'}`;
  }

  #waysAreRight(): boolean {
    const { system } = this;
    return system.deviceFor(FAR) === this.#tun && system.deviceFor(FAR6) === this.#tun && system.deviceFor(CONTAINER) === BRIDGE;
  }

  /** The system tells of a change. */
  #heard(event: OsEvent): void {
    this.#memory?.hear(event);
    if (this.#undoing !== undefined && this.#init.now() < this.#undoing.until && event.kind === 'route' && event.action === 'added' && event.by === US) {
      const { route: added } = event;
      if (added !== undefined) this.#init.later(this.#undoing.within, () => this.#foreign(() => this.system.removeRoute(added, OTHER)));
    }
    if (this.#told.length >= TOLD_AT_MOST) {
      this.#lost = true;
      return;
    }
    this.#told.push(event);
    if (this.#told.length === 1) this.#init.later(1 + 30 * this.#init.rng.fraction(), () => this.#deliver());
  }

  #deliver(): void {
    if (this.#lost) {
      this.#lost = false;
      this.#told.length = 0;
      this.#init.tell({ kind: 'event', event: { kind: 'lost' } });
      return;
    }
    for (const event of this.#told.splice(0)) this.#init.tell({ kind: 'event', event });
  }

  #within(most: number, run: () => void): void {
    this.#init.later(most * this.#init.rng.fraction(), run);
  }
}
