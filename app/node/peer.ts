/**
 * What the node knows of one peer beyond configuration: where its packets go, how it stands, what was measured. Data and
 * small rules over that data; the repair ladder decides what is done.
 */
import type { PeerId } from '../base/brand.ts';
import { formatEndpoint, formatIp, type IpAddress, type IpEndpoint } from '../base/ip.ts';
import type { NetNode } from '../wire/netmap/types.ts';
import type { Counters } from '../ports/counters.ts';
import type { Rng } from '../ports/rng.ts';
import { Backoff } from '../time/backoff.ts';
import { age, type Duration, type Instant } from '../time/instant.ts';
import { TimerTable } from '../time/timer-table.ts';
import { LATENCY_SAMPLES, PROBE_AGAIN_AFTER, PROBES_IGNORED, PROVED_FOR, RETRY } from './constants.ts';
import type { NodePeerConfig, PeerView } from './types.ts';

/** How a peer stands. `live` is proved or quiet by the age of its last authentic packet: see `shownHealth`. */
export type Standing =
  | { readonly kind: 'never'; readonly since: Instant; readonly attempts: number }
  | { readonly kind: 'live'; readonly since: Instant }
  | { readonly kind: 'checking'; readonly since: Instant; readonly attempts: number }
  | { readonly kind: 'silent'; readonly since: Instant; readonly attempts: number };

/** ask: the probe had its time, ask for a handshake. declare-silent: the handshake had its time. alone: it stayed silent, and
 *  nobody else can tell whose fault it is. retry: WireGuard gave up, begin again. */
export const PEER_TIMERS = ['ask', 'declare-silent', 'alone', 'retry'] as const;
export type PeerTimer = (typeof PEER_TIMERS)[number];

/** What a map says of a peer, beside its configuration. */
export interface FromMap {
  readonly node: NetNode;
  /** Its key has ended: nothing is sent to it, and the packet thread does not know it. */
  readonly expired: boolean;
}

/** Where the packets of a peer of a map go. Both: either may be the one that works. */
export interface PeerWay {
  readonly direct: IpEndpoint | undefined;
  /** Region. */
  readonly relay: number | undefined;
}
/** Changes of its way that a report tells of. */
const WAYS_KEPT = 16;
const NO_WAY: PeerWay = { direct: undefined, relay: undefined };

export class NodePeer {
  readonly id: PeerId;
  config: NodePeerConfig;
  /** Undefined: written down in a configuration. */
  fromMap: FromMap | undefined;
  /** Changes with anything that a view shows and that no counter tells. */
  revision = 0;
  readonly timers = new TimerTable<PeerTimer>(PEER_TIMERS, 'peer check');
  readonly retry: Backoff;
  #standing: Standing;
  #endpoint: IpEndpoint | undefined;
  #way: PeerWay = NO_WAY;
  /** The newest last, for a report. */
  readonly ways: (PeerWay & { readonly at: Instant })[] = [];
  followed = false;
  handshakes = 0;
  /** When the last session began, and the last one that the peer began. */
  lastSessionAt: Instant | undefined;
  lastBegunByPeerAt: Instant | undefined;
  lastInitiatedAt: Instant | undefined;
  #latency: { at: Instant; ms: number | null }[] = [];
  #probesUnanswered = 0;
  #probedAt: Instant | undefined;
  #everAnsweredProbe = false;

  constructor(id: PeerId, config: NodePeerConfig, rng: Rng, now: Instant) {
    this.id = id;
    this.config = config;
    this.#endpoint = config.endpoint;
    this.#standing = { kind: 'never', since: now, attempts: 0 };
    this.retry = new Backoff(RETRY, rng);
  }

  get name(): string {
    return this.config.name;
  }

  get standing(): Standing {
    return this.#standing;
  }

  set standing(standing: Standing) {
    this.#standing = standing;
    this.revision++;
  }

  get endpoint(): IpEndpoint | undefined {
    return this.#endpoint;
  }

  set endpoint(endpoint: IpEndpoint | undefined) {
    this.#endpoint = endpoint;
    this.revision++;
  }

  /** Where its packets go from now on. */
  noteWay(way: PeerWay, now: Instant): void {
    this.way = way;
    if (this.ways.length === WAYS_KEPT) this.ways.shift();
    this.ways.push({ ...way, at: now });
  }

  /** Of a peer of a map, as the path machine decides. */
  get way(): PeerWay {
    return this.#way;
  }

  set way(way: PeerWay) {
    this.#way = way;
    this.revision++;
  }

  /** The server says that it is not there. Unknown counts as there. */
  get isOffline(): boolean {
    return this.fromMap?.node.online === false;
  }

  /** Packets can go to it. */
  get isReachable(): boolean {
    if (this.fromMap === undefined) return this.#endpoint !== undefined;
    return !this.fromMap.expired && (this.#way.direct !== undefined || this.#way.relay !== undefined);
  }

  /** As if it had just been added: another key, or none, answers for it now. */
  forget(now: Instant): void {
    this.standing = { kind: 'never', since: now, attempts: 0 };
    this.timers.clearAll();
    this.retry.reset();
    this.followed = false;
    this.way = NO_WAY;
    this.handshakes = 0;
    this.lastSessionAt = undefined;
    this.lastBegunByPeerAt = undefined;
    this.lastInitiatedAt = undefined;
    this.#probesUnanswered = 0;
    this.#everAnsweredProbe = false;
  }

  get endpointText(): string {
    const endpoint = this.endpoint ?? this.#way.direct;
    return endpoint === undefined ? '' : formatEndpoint(endpoint);
  }

  /** Where an in-tunnel probe goes: the first host prefix among the allowed addresses. Undefined: this peer cannot be probed. */
  probeAddress(own: readonly IpAddress[]): IpAddress | undefined {
    for (const prefix of this.config.allowedIps) {
      const host = prefix.bits === (prefix.address.family === 4 ? 32 : 128);
      if (host && own.some((address) => address.family === prefix.address.family)) return prefix.address;
    }
    return undefined;
  }

  /** Silence after a probe is evidence only from a peer that answers probes. */
  get answersProbes(): boolean {
    return this.#everAnsweredProbe && this.#probesUnanswered < PROBES_IGNORED;
  }

  mayProbe(now: Instant): boolean {
    if (this.#probesUnanswered < PROBES_IGNORED) return true;
    return this.#probedAt === undefined || age(this.#probedAt, now) >= PROBE_AGAIN_AFTER;
  }

  noteProbed(now: Instant): void {
    this.#probedAt = now;
  }

  noteProbeAnswered(now: Instant, rttMs: number): void {
    this.#everAnsweredProbe = true;
    this.#probesUnanswered = 0;
    this.noteLatency(now, rttMs);
  }

  /** `alive`: other authentic packets came meanwhile, so it is the probe that is ignored, not the path that is dead. */
  noteProbeLost(now: Instant, alive: boolean): void {
    if (alive) this.#probesUnanswered++;
    if (this.#everAnsweredProbe) this.noteLatency(now, null);
  }

  noteLatency(at: Instant, ms: number | null): void {
    this.revision++;
    this.#latency = [...this.#latency.slice(1 - LATENCY_SAMPLES), { at, ms: ms === null ? null : Math.round(ms * 100) / 100 }];
  }

  get latency(): { at: Instant; ms: number | null }[] {
    return this.#latency;
  }

  get lastLatency(): number | null {
    return this.#latency.findLast((sample) => sample.ms !== null)?.ms ?? null;
  }

  /** Time since the last authentic packet; undefined when there was none. */
  heardAgo(counters: Counters, now: Instant): Duration | undefined {
    const at = counters.readAt(this.id, 'lastAuthenticAt');
    return at === undefined ? undefined : age(at, now);
  }

  shownHealth(counters: Counters, now: Instant): PeerView['health'] {
    if (this.standing.kind !== 'live') return this.#isExcused() ? 'quiet' : this.standing.kind;
    const heard = this.heardAgo(counters, now);
    return heard !== undefined && heard <= PROVED_FOR ? 'proved' : 'quiet';
  }

  /** The silence of a peer of a map says nothing while it was not asked, is known to be away, or may not be spoken to. */
  #isExcused(): boolean {
    if (this.fromMap === undefined) return false;
    return this.isOffline || !this.isReachable || (this.standing.kind === 'never' && this.standing.attempts === 0);
  }

  addressTexts(): string[] {
    return this.config.allowedIps.filter((p) => p.bits === (p.address.family === 4 ? 32 : 128)).map((p) => formatIp(p.address));
  }
}
