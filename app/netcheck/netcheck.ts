/**
 * What the network around us is like: where we are seen, what the NAT does, which relays are near and which is home. Pure:
 * probes are outputs, answers are inputs.
 *
 *   idle -> probing over UDP -> (nothing answers) asking over HTTPS -> report
 *
 * A family without a route is never probed. A report without any answer keeps the home and says nothing of the NAT. Checks
 * begin at most once a second, and no answer begins another, so no storm of events becomes a storm of probes (fault 1).
 * Nothing is scheduled while the network is down or no map is known. Caller: node/mesh.
 */
import { bytesText } from '../base/bytes.ts';
import { type IpAddress, type IpEndpoint } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import { RingQueue } from '../base/ring.ts';
import type { Rng } from '../ports/rng.ts';
import { earlier, type Deadline, type Machine } from '../time/deadline.ts';
import { after, age, type Duration, type Instant } from '../time/instant.ts';
import { TimerTable } from '../time/timer-table.ts';
import type { RelayMap, RelayNode } from '../wire/netmap/types.ts';
import { decodeStunRequest, decodeStunResponse, encodeStunRequest, STUN_TX } from '../wire/stun.ts';
import { Check } from './check.ts';
import {
  CHECK_WITHIN,
  CHECKS_APART,
  ENDPOINTS_WITHIN,
  ENOUGH_REGIONS,
  FULL_EVERY,
  HAIRPIN_WITHIN,
  NAME_KEPT,
  PORTAL_WITHIN,
  REFRESH_FIRST,
  REFRESH_SPREAD,
  STUN_WITHIN,
  WEB_REGIONS,
} from './constants.ts';
import { HomeChoice } from './home-choice.ts';
import { plan, type CheckForm, type PlannedProbe } from './plan.ts';
import type { NetcheckInput, NetcheckOutput, NetcheckReport } from './types.ts';

interface KnownName {
  readonly askedAt: Instant;
  /** Undefined: on its way. */
  addresses: readonly IpAddress[] | undefined;
}

interface WebProbe {
  readonly form: 'latency' | 'portal';
  readonly region: number;
}

type NetcheckTimer = 'begin' | 'full' | 'refresh';

const OUTPUTS_WAITING = 4_096;
const NAMES_AT_MOST = 256;
/** Forms by how much they tell. */
const WEIGHT: Readonly<Record<CheckForm, number>> = { endpoints: 0, incremental: 1, full: 2 };

export class Netcheck implements Machine<NetcheckInput, NetcheckOutput> {
  readonly #rng: Rng;
  readonly #outputs = new RingQueue<NetcheckOutput>(OUTPUTS_WAITING);
  readonly #timers = new TimerTable<NetcheckTimer>(['begin', 'full', 'refresh'], 'netcheck');
  readonly #names = new Map<string, KnownName>();
  readonly #web = new Map<number, WebProbe>();
  readonly #choice: HomeChoice;
  #map: RelayMap = { regions: new Map(), scores: new Map(), omitDefaultRegions: false };
  #families = { ipv4: true, ipv6: false };
  #network: 'up' | 'down' = 'up';
  #inUse = false;
  #check: Check | undefined;
  /** What is to be checked when it may begin. */
  #wanted: CheckForm | undefined;
  #beganAt: Instant | undefined;
  #homeHeardAt: Instant | undefined;
  #homeTold: number | undefined;
  #seen: { readonly v4: IpEndpoint | undefined; readonly v6: IpEndpoint | undefined } = { v4: undefined, v6: undefined };
  /** Some check found an answer since the network changed: what the last report says of the NAT is of this network. */
  #seenHere = false;
  #webIds = 0;
  #last: NetcheckReport | undefined;

  constructor({ rng }: { readonly rng: Rng }) {
    this.#rng = rng;
    this.#choice = new HomeChoice(rng);
  }

  /** The last report of any form. */
  get last(): NetcheckReport | undefined {
    return this.#last;
  }

  get homeRelay(): number | undefined {
    return this.#choice.home;
  }

  handle(input: NetcheckInput, now: Instant): void {
    switch (input.kind) {
      case 'map':
        this.#setMap(input.map, now);
        return;
      case 'families':
        this.#setFamilies(input, now);
        return;
      case 'check':
        this.#want(input.form, now);
        return;
      case 'in-use':
        this.#setInUse(input.on, now);
        return;
      case 'datagram':
        this.#take(input.bytes, now);
        return;
      case 'resolved':
        this.#resolved(input.host, input.addresses, now);
        return;
      case 'web-answered':
        this.#webAnswered(input.id, input.latencyMs, input.portal, now);
        return;
      case 'relay-heard':
        if (input.region === this.#choice.home) this.#homeHeardAt = now;
        return;
      case 'network':
        this.#setNetwork(input.now, now);
        return;
      case 'slept':
        this.#moved(now);
        return;
      default:
        return input satisfies never;
    }
  }

  poll(): NetcheckOutput | undefined {
    return this.#outputs.shift();
  }

  nextDeadline(): Deadline | undefined {
    const check = this.#check;
    if (check === undefined) return this.#timers.next();
    const next = check.planned[0];
    const probe: Deadline | undefined = check.phase === 'probing' && next !== undefined ? { at: after(check.startedAt, next.afterMs), why: 'netcheck: probe' } : undefined;
    return earlier(this.#timers.next(), earlier(probe, { at: check.until, why: 'netcheck: answers had their time' }));
  }

  expire(now: Instant): void {
    for (let due = this.#timers.takeDue(now); due !== undefined; due = this.#timers.takeDue(now)) {
      if (due === 'begin') this.#begin(now);
      else if (due === 'full') this.#want('full', now);
      else this.#want('endpoints', now);
    }
    const check = this.#check;
    if (check === undefined) return;
    this.#sendDue(check, now);
    if (check.until <= now) this.#timeUp(check, now);
  }

  // ---- what others want

  #setMap(map: RelayMap, now: Instant): void {
    this.#map = map;
    this.#choice.keepOnly(map);
    if (this.#choice.home === undefined) this.#homeTold = undefined;
    this.#tellHome(this.#choice.onlyOne(map));
    if (map.regions.size === 0) {
      this.#stop();
      return;
    }
    this.#want('full', now);
  }

  #setFamilies({ ipv4, ipv6 }: { readonly ipv4: boolean; readonly ipv6: boolean }, now: Instant): void {
    const before = this.#families;
    this.#families = { ipv4, ipv6 };
    if (before.ipv4 !== ipv4 || before.ipv6 !== ipv6) this.#want('full', now);
  }

  #setInUse(on: boolean, now: Instant): void {
    if (on === this.#inUse) return;
    this.#inUse = on;
    if (on) this.#armRefresh(now);
    else this.#timers.clear('refresh');
  }

  #setNetwork(network: 'up' | 'down' | 'changed', now: Instant): void {
    if (network === 'down') {
      this.#network = 'down';
      this.#stop();
      return;
    }
    this.#network = 'up';
    this.#moved(now);
  }

  /** What is under way was sent from another place. */
  #moved(now: Instant): void {
    this.#check = undefined;
    this.#web.clear();
    this.#seen = { v4: undefined, v6: undefined };
    this.#seenHere = false;
    for (const [host, name] of this.#names) if (name.addresses === undefined) this.#names.delete(host);
    this.#want('full', now);
  }

  #stop(): void {
    this.#check = undefined;
    this.#wanted = undefined;
    this.#web.clear();
    this.#timers.clearAll();
  }

  #want(form: CheckForm, now: Instant): void {
    if (this.#network === 'down' || this.#map.regions.size === 0) return;
    if (this.#check !== undefined && WEIGHT[this.#check.form] >= WEIGHT[form] && this.#check.phase === 'probing') return;
    if (this.#wanted === undefined || WEIGHT[form] > WEIGHT[this.#wanted]) this.#wanted = form;
    // One at a time: an end is always reached, however often somebody asks.
    if (this.#check !== undefined) return;
    const free = this.#beganAt === undefined ? now : after(this.#beganAt, CHECKS_APART);
    if (free <= now) this.#begin(now);
    else this.#timers.setIfIdle('begin', free);
  }

  #armRefresh(now: Instant): void {
    if (this.#inUse && this.#network === 'up' && this.#map.regions.size > 0) this.#timers.set('refresh', after(now, REFRESH_FIRST + this.#rng.fraction() * REFRESH_SPREAD));
  }

  // ---- a check

  #begin(now: Instant): void {
    const form = this.#wanted;
    if (form === undefined || this.#network === 'down' || this.#map.regions.size === 0) return;
    this.#wanted = undefined;
    this.#beganAt = now;
    this.#timers.clear('begin');
    const latency = form === 'full' ? new Map<number, Duration>() : this.#lastBest();
    const probes = plan({ form, map: this.#map, home: this.#choice.home, latency, families: this.#families });
    const check = new Check(form, probes, now, after(now, form === 'endpoints' ? ENDPOINTS_WITHIN : STUN_WITHIN));
    this.#check = check;
    this.#sendDue(check, now);
    if (probes.length === 0 && check.planned.length === 0) this.#timeUp(check, now);
  }

  #lastBest(): Map<number, Duration> {
    const best = new Map<number, Duration>();
    for (const [region, { v4, v6 }] of this.#last?.latency ?? []) {
      const ms = Math.min(v4 ?? Infinity, v6 ?? Infinity);
      if (ms < Infinity) best.set(region, ms);
    }
    return best;
  }

  #sendDue(check: Check, now: Instant): void {
    if (check.phase !== 'probing') return;
    for (let next = check.planned[0]; next !== undefined && after(check.startedAt, next.afterMs) <= now; next = check.planned[0]) {
      check.planned.shift();
      if (!check.isAnswered(next.region, next.family)) this.#probe(check, next, now);
    }
  }

  #probe(check: Check, probe: PlannedProbe, now: Instant): void {
    const address = this.#addressOf(probe.node, probe.family, now);
    if (address === undefined || probe.node.stunPort === undefined) return;
    const tx = new Uint8Array(STUN_TX);
    this.#rng.fillPublic(tx);
    if (!check.sent(bytesText(tx), probe, address, now)) return;
    this.#put({ kind: 'send', to: { address, port: probe.node.stunPort }, bytes: encodeStunRequest(tx) });
  }

  /** Undefined: not known (yet), or of no use. */
  #addressOf(node: RelayNode, family: 4 | 6, now: Instant): IpAddress | undefined {
    const written = family === 4 ? node.ipv4 : node.ipv6;
    if (written === 'off') return undefined;
    if (written !== 'dns') return written;
    const known = this.#names.get(node.hostName);
    if (known === undefined || (known.addresses !== undefined && age(known.askedAt, now) >= NAME_KEPT)) {
      if (known === undefined && this.#names.size >= NAMES_AT_MOST) return undefined;
      this.#names.set(node.hostName, { askedAt: now, addresses: undefined });
      this.#put({ kind: 'resolve', host: node.hostName });
    }
    return (known?.addresses ?? []).find((address) => address.family === family);
  }

  /** Probes that waited for this name go now. */
  #resolved(host: string, addresses: readonly IpAddress[], now: Instant): void {
    const name = this.#names.get(host);
    if (name === undefined) return;
    if (addresses.length === 0) this.#names.delete(host);
    else name.addresses = addresses;
    const check = this.#check;
    if (check?.phase !== 'probing' || addresses.length === 0) return;
    for (const { id, nodes } of this.#map.regions.values()) {
      const node = nodes.find((candidate) => candidate.hostName === host);
      if (node?.stunPort === undefined) continue;
      for (const family of [4, 6] as const) {
        const wanted = family === 4 ? this.#families.ipv4 && node.ipv4 === 'dns' : this.#families.ipv6 && node.ipv6 === 'dns';
        if (wanted && !check.isAnswered(id, family)) this.#probe(check, { region: id, family, node, afterMs: 0 }, now);
      }
    }
  }

  #take(bytes: Uint8Array, now: Instant): void {
    const check = this.#check;
    if (check === undefined) return;
    const response = decodeStunResponse(bytes);
    if (!isReject(response)) {
      if (check.answered(bytesText(response.tx), response.seen, now)) this.#answered(check, now);
      return;
    }
    // A request that comes here is our own, by way of our own outside address.
    const request = decodeStunRequest(bytes);
    if (isReject(request) || check.hairpin?.tx !== bytesText(request)) return;
    check.hairpin.answered = true;
    if (check.phase === 'probing' && check.planned.length === 0 && this.#allAnswered(check)) check.until = now;
  }

  #answered(check: Check, now: Instant): void {
    const v4 = check.globalV4(this.#seen.v4) ?? this.#seen.v4;
    const v6 = check.globalV6 ?? this.#seen.v6;
    this.#seen = { v4, v6 };
    this.#put({ kind: 'endpoints', endpoints: [v4, v6].filter((endpoint) => endpoint !== undefined), confirmedAt: now });
    if (check.form === 'full' && check.hairpin === undefined && v4 !== undefined) this.#askHairpin(check, v4, now);
    if (check.phase !== 'probing') return;
    const open = check.planned.some(({ region, family }) => !check.isAnswered(region, family));
    if (!open && this.#allAnswered(check)) {
      // The way to ourselves has its time, or it would be called closed unheard.
      check.until = check.hairpin === undefined ? now : after(check.hairpin.at, HAIRPIN_WITHIN);
    } else if (check.best().size >= ENOUGH_REGIONS) {
      const slowest = Math.max(...check.best().values());
      const enough = after(now, slowest * (check.form === 'full' ? 2 : 1));
      if (enough < check.until) check.until = enough;
    }
  }

  /** Everyone who can be asked has answered. */
  #allAnswered(check: Check): boolean {
    const probes = plan({ form: check.form, map: this.#map, home: this.#choice.home, latency: check.form === 'full' ? new Map() : this.#lastBest(), families: this.#families });
    return probes.every(({ region, family }) => check.isAnswered(region, family));
  }

  #askHairpin(check: Check, to: IpEndpoint, now: Instant): void {
    const tx = new Uint8Array(STUN_TX);
    this.#rng.fillPublic(tx);
    check.hairpin = { tx: bytesText(tx), at: now, answered: false };
    this.#put({ kind: 'send', to, bytes: encodeStunRequest(tx) });
  }

  #timeUp(check: Check, now: Instant): void {
    if (check.phase === 'probing' && !check.anyUdp && check.form !== 'endpoints') {
      check.phase = 'web';
      check.until = after(check.startedAt, STUN_WITHIN + CHECK_WITHIN);
      if (this.#askWeb(check)) return;
    }
    this.#end(check, now);
  }

  /** UDP is silent: does the network work at all, and is it a captive portal? False: there is nobody to ask. */
  #askWeb(check: Check): boolean {
    const { home } = this.#choice;
    const regions = [...this.#map.regions.values()].filter((region) => region.nodes.some((node) => !node.stunOnly)).toSorted((a, b) => Number(b.id === home) - Number(a.id === home));
    for (const { id, nodes } of regions.slice(0, WEB_REGIONS)) {
      const node = nodes.find((candidate) => !candidate.stunOnly);
      if (node !== undefined) this.#webProbe('latency', id, node, node.relayPort, CHECK_WITHIN);
    }
    const portal = regions.flatMap(({ id, nodes }) => nodes.filter((node) => node.canPort80).map((node) => ({ id, node })))[0];
    if (portal !== undefined && check.form === 'full') this.#webProbe('portal', portal.id, portal.node, 80, PORTAL_WITHIN);
    return this.#web.size > 0;
  }

  #webProbe(form: 'latency' | 'portal', region: number, node: RelayNode, port: number, withinMs: Duration): void {
    const id = ++this.#webIds;
    this.#web.set(id, { form, region });
    const address = node.ipv4 !== 'dns' && node.ipv4 !== 'off' ? node.ipv4 : undefined;
    this.#put({ kind: 'web-probe', id, form, host: node.hostName, address, port, withinMs });
  }

  #webAnswered(id: number, latencyMs: number | undefined, portal: boolean, now: Instant): void {
    const probe = this.#web.get(id);
    this.#web.delete(id);
    const check = this.#check;
    if (probe === undefined || check === undefined) return;
    if (probe.form === 'portal') check.portal = portal;
    else if (latencyMs !== undefined) check.webAnswered(probe.region, latencyMs);
    if (this.#web.size === 0 && check.phase === 'web') this.#end(check, now);
  }

  #end(check: Check, now: Instant): void {
    this.#check = undefined;
    this.#web.clear();
    const best = check.best();
    const heardSince = this.#homeHeardAt !== undefined && this.#homeHeardAt >= check.startedAt;
    const networkWorks = best.size > 0 || heardSince;
    const home = check.form === 'endpoints' && this.#choice.home !== undefined ? this.#choice.home : this.#choice.choose(best, this.#homeHeardAt, this.#map, now);
    // A quick look at two servers that fell silent says less than what is known.
    if (check.form !== 'endpoints' || check.anyUdp || this.#last === undefined) {
      const report = check.report(now, { networkWorks, families: this.#families, before: this.#seenHere ? this.#last : undefined, home });
      this.#last = check.form === 'endpoints' && this.#last !== undefined ? { ...report, latency: new Map([...this.#last.latency, ...report.latency]), captivePortal: this.#last.captivePortal } : report;
      this.#tellHome(home);
      this.#put({ kind: 'report', report: this.#last });
    }
    // Looks at where we are seen, however many, put off no whole check.
    if (check.form === 'full') this.#timers.set('full', after(now, FULL_EVERY));
    else this.#timers.setIfIdle('full', after(now, FULL_EVERY));
    if (check.anyUdp) this.#seenHere = true;
    this.#armRefresh(now);
    if (this.#wanted !== undefined) this.#want(this.#wanted, now);
  }

  #tellHome(home: number | undefined): void {
    if (home === undefined || home === this.#homeTold) return;
    this.#homeTold = home;
    this.#put({ kind: 'home', region: home });
  }

  #put(output: NetcheckOutput): void {
    if (!this.#outputs.push(output)) throw new Error('netcheck outputs are not drained');
  }
}
