/**
 * One computer: the product's guard on a model of its system, beside other writers. What the system tells comes late, in
 * order, and is dropped as a whole when too much waits; looking and repairing take time, in which others write. It watches
 * whether packets would leave by the right device. Callers: route-wipe.ts.
 */
import { parseIp, parsePrefix, type IpAddress } from '../../base/ip.ts';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { compare } from '../../osguard/compare.ts';
import { OsGuard } from '../../osguard/guard.ts';
import type { GuardInput, GuardOutput, OsIncident } from '../../osguard/types.ts';
import { OS_TABLE_MAIN, type OsEvent } from '../../ports/os-network.ts';
import type { DesiredOs, ObservedOs, WantedItem } from '../../ports/os-state.ts';
import type { Rng } from '../../ports/rng.ts';
import { instant, seconds, type Instant } from '../../time/instant.ts';
import { EventQueue } from '../event-queue.ts';
import type { PlainViolation } from '../plain-report.ts';
import { TraceHash } from '../../base/trace-hash.ts';
import type { ForeignAct } from './foreign-writer.ts';
import { Memory } from './naive-memory.ts';
import { SystemModel } from './system-model.ts';

export const TUN = 7;
const ETHERNET = 2;
const BRIDGE = 3;
const US = 1;
const OTHER = 2;
export const TABLE = 51_820;
const OUR_PROTOCOL = 66;
const BOOT = 3;
/** What the product promises. */
const RIGHT_WITHIN = seconds(1);
/** Messages that may wait before the system drops all and says so. */
const TOLD_AT_MOST = 24;
const VIOLATIONS_KEPT = 20;

const ip = (text: string): IpAddress => parseIp(text)!;
const route = (prefix: string, type: 'unicast' | 'throw' = 'unicast'): WantedItem => ({ kind: 'route', prefix: parsePrefix(prefix)!, table: TABLE, type });
/** Of the containers of the incident, and of the world behind the exit node. */
const CONTAINER = ip('10.10.10.196');
const FAR = ip('203.0.113.9');
const FAR6 = ip('2001:db8:9::9');

export const WANTED: DesiredOs = {
  device: { name: 'bowline0', index: TUN },
  writers: [US],
  items: [
    { kind: 'address', address: ip('100.64.0.1'), bits: 32 },
    { kind: 'address', address: ip('fd7a:115c:a1e0::1'), bits: 128 },
    { kind: 'device', mtu: 1_280 },
    route('10.10.10.0/24', 'throw'),
    route('fd00:10::/64', 'throw'),
    route('0.0.0.0/0'),
    route('::/0'),
    ...([4, 6] as const).map((family): WantedItem => ({ kind: 'rule', rule: { family, priority: 32_765, table: TABLE, mark: TABLE, invert: true, suppressPrefixLength: undefined } })),
  ],
  proofs: [
    { to: FAR, expects: 'device' },
    { to: CONTAINER, expects: 'elsewhere' },
  ],
};

export class OsWorld {
  readonly seed: number;
  readonly rng: Rng;
  readonly system = new SystemModel();
  readonly guard: OsGuard;
  readonly violations: PlainViolation[] = [];
  readonly hash = new TraceHash();
  readonly incidents: { readonly at: number; readonly incident: OsIncident }[] = [];
  readonly tally = { steps: 0, looks: 0, repairs: 0, foreignWrites: 0, wakeUps: 0 };
  /** Longest from the last foreign write until all was right, and longest that a destination went the wrong way without one; ms. */
  longestToRight = 0;
  longestWrongWay = 0;
  readonly #queue = new EventQueue();
  readonly #memory: Memory | undefined;
  readonly #told: OsEvent[] = [];
  #lost = false;
  #now = 0;
  #wokenAt: number | undefined;
  #foreignAt = 0;
  #wrongSince: number | undefined;
  #undoing: { readonly within: number; readonly until: number } | undefined;

  /** naive: the guard is shown what it was told and what it did, never what is there. */
  constructor(seed: number, naive: boolean) {
    this.seed = seed;
    this.rng = createSeededRng((seed ^ 0x05a11e) >>> 0);
    this.guard = new OsGuard({ rng: createSeededRng(seed) });
    this.#memory = naive ? new Memory(WANTED) : undefined;
    const { system } = this;
    system.addLink(ETHERNET, 'eth0');
    system.addLink(BRIDGE, 'incusbr0');
    system.addLink(TUN, 'bowline0');
    for (const [prefix, link] of [['0.0.0.0/0', ETHERNET], ['::/0', ETHERNET], ['10.10.10.0/24', BRIDGE], ['fd00:10::/64', BRIDGE]] as const) {
      const parsed = parsePrefix(prefix)!;
      system.addRoute({ family: parsed.address.family, table: OS_TABLE_MAIN, prefix: parsed, type: 'unicast', link, gateway: undefined, metric: 0, source: undefined, protocol: BOOT }, 'new', OTHER);
    }
    for (const item of WANTED.items) system.make(item, TUN, US, OUR_PROTOCOL);
    system.onEvent = (event) => this.#tell(event);
    this.#give({ kind: 'want', desired: WANTED });
  }

  get now(): number {
    return this.#now;
  }

  at(ms: number, run: () => void): void {
    this.#queue.push(Math.max(ms, this.#now), run);
  }

  run(until: number): void {
    for (let next = this.#queue.nextAt(); next !== undefined && next <= until; next = this.#queue.nextAt()) {
      this.#now = next;
      this.#queue.shift()?.run();
      this.tally.steps++;
      this.#watch();
    }
    this.#now = until;
  }

  /** Another program begins this now. */
  begin(act: ForeignAct): void {
    this.hash.value(act);
    switch (act.kind) {
      case 'race':
        for (let t = 0; t < act.forMs; t += act.everyMs) this.at(this.#now + t, () => this.#removeRoute(this.rng.uint32()));
        return;
      case 'undo':
        this.#undoing = { within: act.within, until: this.#now + act.forMs };
        this.#removeRoute(this.rng.uint32());
        return;
      case 'flush-table':
        this.#flushTable();
        return;
      case 'flush-rules':
        this.#flushRules();
        return;
      case 'remove-addresses':
        for (const address of this.system.addresses.filter((each) => each.link === TUN)) this.#foreign(() => this.system.removeAddress(address, OTHER));
        return;
      case 'device-down':
        this.#foreign(() => this.system.setUp(TUN, false, OTHER));
        if (act.backAfter !== undefined) this.at(this.#now + act.backAfter, () => this.#foreign(() => this.system.setUp(TUN, true, OTHER)));
        return;
      case 'replace':
        for (const item of WANTED.items) {
          if (item.kind !== 'route') continue;
          const theirs = { family: item.prefix.address.family, table: TABLE, prefix: item.prefix, type: 'unicast', link: ETHERNET, gateway: undefined, metric: 0, source: undefined, protocol: BOOT } as const;
          this.#foreign(() => void this.system.addRoute(theirs, 'replace', OTHER));
        }
        return;
      case 'restart-loop':
        for (let i = 0; i < act.times; i++) {
          const start = this.#now + i * act.everyMs;
          this.at(start, () => this.#flushRules());
          this.at(start + act.everyMs * 0.2, () => this.#flushTable());
          if (act.withDevice) this.at(start + act.everyMs * 0.3, () => this.begin({ kind: 'device-down', backAfter: act.everyMs * 0.3 }));
          this.at(start + act.everyMs * 0.7, () => this.#flushTable());
        }
        return;
      default:
        return act satisfies never;
    }
  }

  violate(rule: string, text: string): void {
    if (this.violations.length < VIOLATIONS_KEPT) this.violations.push({ rule, atSeconds: Math.round(this.#now) / 1_000, text });
  }

  get instant(): Instant {
    return instant(this.#now);
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
    write();
    this.tally.foreignWrites++;
    const at = this.#now;
    this.#wrongSince ??= at;
    if (this.#foreignAt === at) return;
    this.#foreignAt = at;
    this.at(at + RIGHT_WITHIN, () => {
      if (this.#foreignAt === at && !this.#isRight()) this.violate('right within a second', `not right ${RIGHT_WITHIN / 1_000} s after the last foreign write: ${this.#wrongs()}`);
    });
  }

  #wrongs(): string {
    const found = compare(WANTED, this.system.observe());
    return found.kind === 'device-gone' ? 'the device is gone' : `${found.missing.length} missing, the containers are reached by link ${this.system.deviceFor(CONTAINER) ?? 'none'}`;
  }

  #isRight(): boolean {
    const found = compare(WANTED, this.system.observe());
    return found.kind === 'compared' && found.missing.length === 0 && this.#waysAreRight();
  }

  #waysAreRight(): boolean {
    const { system } = this;
    return system.deviceFor(FAR) === TUN && system.deviceFor(FAR6) === TUN && system.deviceFor(CONTAINER) === BRIDGE;
  }

  #watch(): void {
    if (this.#wrongSince === undefined) return;
    const since = this.#now - this.#foreignAt;
    if (!this.#waysAreRight()) this.longestWrongWay = Math.max(this.longestWrongWay, since);
    if (!this.#isRight()) return;
    this.#wrongSince = undefined;
    this.longestToRight = Math.max(this.longestToRight, since);
  }

  /** The system tells of a change. */
  #tell(event: OsEvent): void {
    this.#memory?.hear(event);
    if (this.#undoing !== undefined && this.#now < this.#undoing.until && event.kind === 'route' && event.action === 'added' && event.by === US) {
      const { route: added } = event;
      if (added !== undefined) this.at(this.#now + this.#undoing.within, () => this.#foreign(() => this.system.removeRoute(added, OTHER)));
    }
    if (this.#told.length >= TOLD_AT_MOST) {
      this.#lost = true;
      return;
    }
    this.#told.push(event);
    if (this.#told.length === 1) this.at(this.#now + 1 + 30 * this.rng.fraction(), () => this.#deliver());
  }

  #deliver(): void {
    if (this.#lost) {
      this.#lost = false;
      this.#told.length = 0;
      this.#give({ kind: 'event', event: { kind: 'lost' } });
      return;
    }
    for (const event of this.#told.splice(0)) this.#give({ kind: 'event', event });
  }

  #give(input: GuardInput): void {
    this.guard.handle(input, this.instant);
    this.#drain();
  }

  #drain(): void {
    for (let out = this.guard.poll(); out !== undefined; out = this.guard.poll()) {
      this.hash.value(out.kind);
      this.hash.number(this.#now);
      this.#interpret(out);
    }
    const next = this.guard.nextDeadline();
    if (next === undefined || next.at === this.#wokenAt) return;
    this.#wokenAt = next.at;
    this.at(next.at, () => {
      const due = this.guard.nextDeadline();
      if (due === undefined || due.at > this.#now) return;
      this.tally.wakeUps++;
      this.#wokenAt = undefined;
      this.guard.expire(this.instant);
      this.#drain();
    });
  }

  #interpret(out: GuardOutput): void {
    switch (out.kind) {
      case 'look':
        this.tally.looks++;
        this.#after(3, () => this.#look(out.id));
        return;
      case 'repair':
        this.tally.repairs++;
        this.#after(1, () => {
          const result = this.system.make(out.item, TUN, US, OUR_PROTOCOL);
          this.#memory?.made(out.item);
          this.#after(1, () => this.#give({ kind: 'repaired', id: out.id, result }));
        });
        return;
      case 'prove':
        this.#after(1, () => {
          const trusted = this.#memory !== undefined;
          const link = trusted ? (WANTED.proofs.find((proof) => proof.to === out.to)?.expects === 'device' ? TUN : undefined) : this.system.deviceFor(out.to);
          this.#give({ kind: 'proved', id: out.id, link });
        });
        return;
      case 'who':
        this.#after(5, () => this.#give({ kind: 'named', by: out.by, program: 'systemd-networkd' }));
        return;
      case 'incident':
        this.incidents.push({ at: this.#now, incident: out.incident });
        return;
      case 'changed':
        return;
      default:
        return out satisfies never;
    }
  }

  #look(id: number): void {
    const seen: ObservedOs = this.#memory?.recall() ?? this.system.observe();
    this.#after(3, () => this.#give({ kind: 'seen', id, seen }));
  }

  #after(most: number, run: () => void): void {
    this.at(this.#now + most * this.rng.fraction(), run);
  }
}
