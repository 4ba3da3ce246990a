/**
 * The way to one peer: its addresses, what is asked there, and where its packets go.
 *
 *   direct:      trusted  a pong and data proved it, lately          -> packets go there only
 *                doubted  trust lapsed, or it loses packets          -> both ways, until pongs or their absence decide
 *                resting  nobody uses it                             -> both ways with the next packet
 *   challenger:  probes pass; an echo inside the tunnel has to pass by this way before it is believed
 *
 * No message is trusted before its box was opened with the peer's disco key, and a pong counts for the address that was
 * asked, by the transaction that was asked with. Nothing is scheduled while nobody uses the peer. Caller: paths.ts.
 */
import { sameBytes } from '../base/bytes.ts';
import { equalEndpoint, formatEndpoint, type IpEndpoint } from '../base/ip.ts';
import type { Via } from '../base/via.ts';
import type { Deadline } from '../time/deadline.ts';
import { after, age, type Duration, type Instant } from '../time/instant.ts';
import { TimerTable } from '../time/timer-table.ts';
import { TokenBucket } from '../time/token-bucket.ts';
import { relayAddress, type DiscoMessage } from '../wire/disco.ts';
import type { Around } from './around.ts';
import { isBetter, type Candidate } from './candidate.ts';
import { Candidates } from './candidates.ts';
import {
  BACK_BURST,
  BACK_EVERY,
  CALL_BURST,
  CALL_EVERY,
  CHECK_GAPS,
  GOOD_ENOUGH,
  HEARTBEAT,
  IDLE_AFTER,
  LOOK_EVERY,
  PING_AGAIN,
  PING_GAP,
  PONG_BURST,
  PONG_EVERY,
  PONG_WITHIN,
  ROUND_GAP,
  TRUST,
} from './constants.ts';
import { pathReport, type Direct } from './path-report.ts';
import { Pings } from './pings.ts';
import { gapAfter } from './rounds.ts';
import type { CandidateSource, MoveCause, PathPeer, PathReport } from './types.ts';

interface Challenger {
  readonly candidate: Candidate;
  readonly token: number;
  readonly since: Instant;
  tries: number;
}

type PathTimer = 'heartbeat' | 'round' | 'pongs' | 'trust' | 'check' | 'idle';
const TIMERS: readonly PathTimer[] = ['pongs', 'trust', 'check', 'idle', 'heartbeat', 'round'];

export class PeerPath {
  info: PathPeer;
  readonly #around: Around;
  readonly #candidates = new Candidates((candidate) => this.#direct?.candidate === candidate || this.#challenger?.candidate === candidate);
  readonly #pings: Pings;
  readonly #pongs = new TokenBucket(PONG_BURST, PONG_EVERY);
  readonly #calls = new TokenBucket(CALL_BURST, CALL_EVERY);
  readonly #back = new TokenBucket(BACK_BURST, BACK_EVERY);
  readonly #timers = new TimerTable<PathTimer>(TIMERS, 'path');
  #direct: Direct | undefined;
  #challenger: Challenger | undefined;
  #told: { readonly direct: IpEndpoint | undefined; readonly relay: number | undefined } | undefined;
  #activeSince: Instant | undefined;
  #since: Instant;
  #rounds = 0;
  #lookedAt: Instant | undefined;
  /** Of a peer that speaks no disco: which of its addresses is used. */
  #turn = 0;

  constructor(info: PathPeer, around: Around, now: Instant) {
    this.info = info;
    this.#around = around;
    this.#pings = new Pings(around.rng);
    this.#since = now;
    this.#setEndpoints(now);
    this.#tell();
  }

  get isActive(): boolean {
    return this.#activeSince !== undefined;
  }

  nextDeadline(): Deadline | undefined {
    return this.#timers.next();
  }

  expire(now: Instant): void {
    for (let due = this.#timers.takeDue(now); due !== undefined; due = this.#timers.takeDue(now)) this.#fire(due, now);
  }

  /** Changed by the map; the node key is the same. */
  update(info: PathPeer, now: Instant): void {
    const before = this.info;
    this.info = info;
    this.#setEndpoints(now);
    if (!sameBytes(before.discoKey, info.discoKey)) this.newDiscoKey(now);
    else if (this.isActive && this.#direct === undefined && info.homeRelay !== before.homeRelay) this.#round(now, true);
    this.#tell();
  }

  /** What was asked of the old key is void; a way that stood is doubted, in the same step. */
  newDiscoKey(now: Instant): void {
    this.#abandon(now);
    this.#doubt(now);
    if (this.isActive) this.#round(now, true);
  }

  /** Data of ours goes to it. */
  active(now: Instant): void {
    if (this.isActive) return;
    this.#activeSince = now;
    this.#rounds = 0;
    this.#timers.set('idle', after(now, IDLE_AFTER));
    this.#timers.set('heartbeat', after(now, HEARTBEAT));
    if (this.#direct !== undefined) {
      this.#direct.state = 'doubted';
      this.#direct.trustUntil = now;
      this.#ping(this.#direct.candidate, 0, now);
    }
    this.#round(now, false);
    this.#changed();
  }

  /** WireGuard sent data here and hears nothing. */
  suspect(now: Instant): void {
    if (this.info.discoKey === undefined) {
      this.#turn++;
      this.#tell();
      return;
    }
    const direct = this.#direct;
    if (direct === undefined) {
      if (this.isActive) this.#round(now, false);
      return;
    }
    direct.candidate.losses.missed();
    this.#doubt(now);
    this.#ping(direct.candidate, 0, now);
    if (this.#challenger?.candidate !== direct.candidate && this.info.homeRelay !== 0) this.#challenge(direct.candidate, now);
  }

  probeAnswered(token: number, now: Instant): void {
    const challenger = this.#challenger;
    if (challenger?.token !== token) return;
    this.#challenger = undefined;
    this.#timers.clear('check');
    this.#adopt(challenger.candidate, now);
  }

  tryDirect(now: Instant): void {
    for (const candidate of this.#candidates.all()) candidate.clearBad(false);
    this.#rounds = 0;
    this.#wake(now);
    this.#round(now, true);
  }

  /** Our own place changed, or we slept: every way is doubted, and asked at once where somebody uses it. */
  moved(now: Instant): void {
    this.#abandon(now);
    for (const candidate of this.#candidates.all()) {
      candidate.pingedAt = undefined;
      candidate.clearBad(true);
      candidate.losses.forget();
    }
    this.#rounds = 0;
    if (this.#direct !== undefined) this.#direct.proof = 'renew';
    this.#doubt(now);
    if (this.isActive) {
      this.#timers.setIfIdle('heartbeat', after(now, HEARTBEAT));
      this.#round(now, true);
    }
  }

  /** Peers do not know the address at which we are seen now: a NAT of ours began anew, and forgot this way too. */
  seenElsewhere(now: Instant): void {
    if (!this.isActive || this.#direct?.state !== 'trusted') return this.seek(now);
    this.#ping(this.#direct.candidate, 0, now);
    if (this.info.homeRelay !== 0) this.#around.callMaybe(this, now);
  }

  /** A round, where somebody uses the peer and no way to it is trusted: what was called through a relay that was away is called again. */
  seek(now: Instant): void {
    if (this.isActive && this.#direct?.state !== 'trusted') this.#round(now, false);
  }

  offline(): void {
    this.#pings.clear();
    this.#timers.clear('pongs');
    this.#timers.clear('round');
    this.#timers.clear('heartbeat');
  }

  /** An authentic message of this peer. `via`: how it came. */
  heard(message: DiscoMessage, via: Via, now: Instant): void {
    switch (message.kind) {
      case 'ping':
        if (message.nodeKey !== undefined && !sameBytes(message.nodeKey, this.info.nodeKey)) return;
        this.#heardPing(message.tx, via, now);
        return;
      case 'pong':
        this.#heardPong(message.tx, via, now);
        return;
      case 'call-me-maybe':
        if (via.kind === 'relay') this.#heardCall(message.endpoints, now);
        return;
      default:
        return message satisfies never;
    }
  }

  report(now: Instant): PathReport {
    return pathReport(
      {
        speaksDisco: this.info.discoKey !== undefined,
        relay: this.#relay,
        plain: this.#plain(),
        direct: this.#direct,
        candidates: this.#candidates.all(),
        rounds: this.#rounds,
        activeSince: this.#activeSince,
        since: this.#since,
        roundAt: this.#timers.get('round'),
        checking: this.#challenger !== undefined,
        surroundings: this.#around.surroundings(),
      },
      now,
    );
  }

  // ---- what is heard

  #heardPing(tx: Uint8Array, via: Via, now: Instant): void {
    const from = via.kind === 'relay' ? `relay ${via.region}` : formatEndpoint(via.endpoint);
    if (!this.#pings.isNew(from, tx) || !this.#pongs.take(now)) return;
    if (via.kind === 'relay') {
      this.#around.sendRelayed(via.region, this, { kind: 'pong', tx, seen: relayAddress(via.region) });
      return;
    }
    this.#around.send(via.endpoint, this, { kind: 'pong', tx, seen: via.endpoint });
    const candidate = this.#add(via.endpoint, 'ping', now);
    if (candidate === undefined) return;
    // It looks for us: this is the moment at which both sides' NATs are open. What we asked before it called went to a closed one.
    const first = !candidate.isAnswered && (candidate.calledAt ?? -1) < (candidate.pingedAt ?? 0);
    candidate.calledAt = now;
    if (candidate.answeredAt === undefined ? this.#back.take(now) : this.#known === undefined) this.#ping(candidate, first ? 0 : PING_AGAIN, now);
  }

  #heardPong(tx: Uint8Array, via: Via, now: Instant): void {
    if (via.kind === 'relay') return;
    const ping = this.#pings.take(tx);
    if (ping === undefined || !this.#candidates.has(ping.candidate)) return;
    const { candidate } = ping;
    const answeredBefore = candidate.answeredAt;
    candidate.answer(via.endpoint, ping.at, now);
    const direct = this.#direct;
    if (direct?.candidate === candidate) {
      this.#again(direct, answeredBefore, now);
      return;
    }
    if (candidate.isBad(now)) return;
    const best = this.#known ?? this.#challenger?.candidate;
    if (best !== undefined && !isBetter(candidate, best)) {
      this.#changed();
      return;
    }
    if (this.info.homeRelay === 0) this.#adopt(candidate, now);
    else this.#challenge(candidate, now);
  }

  #heardCall(endpoints: readonly IpEndpoint[], now: Instant): void {
    if (!this.#calls.take(now)) return;
    this.#candidates.keepListed('call-me-maybe', endpoints);
    for (const endpoint of endpoints) this.#add(endpoint, 'call-me-maybe', now);
    this.#pingAll(this.#known === undefined ? 0 : PING_AGAIN, now);
    this.#changed();
  }

  // ---- what is asked

  #fire(timer: PathTimer, now: Instant): void {
    switch (timer) {
      case 'pongs':
        this.#dropUnanswered(now);
        return;
      case 'trust':
        this.#lapse(now);
        return;
      case 'check':
        this.#checkAgain(now);
        return;
      case 'idle':
        this.#rest(now);
        return;
      case 'heartbeat':
        this.#beat(now);
        return;
      case 'round':
        this.seek(now);
        return;
      default:
        return timer satisfies never;
    }
  }

  #beat(now: Instant): void {
    if (!this.isActive || this.#around.isOffline()) return;
    const direct = this.#direct;
    const wait = direct?.candidate.beatIn(now) ?? HEARTBEAT;
    if (direct === undefined || wait > 0) {
      this.#timers.set('heartbeat', after(now, wait));
      return;
    }
    // An answer is missing: until it comes, what is sent goes both ways.
    if (!direct.candidate.isAnswered) {
      direct.candidate.lookAtLosses(now);
      this.#doubt(now);
      this.#around.doubtOwn(direct.candidate.answeredAt ?? now, now);
      // From where it called since, there it is now.
      const since = direct.candidate.answeredAt ?? 0;
      for (const candidate of this.#candidates.all()) if (candidate !== direct.candidate && (candidate.calledAt ?? -1) > since) this.#ping(candidate, PING_AGAIN, now);
    }
    this.#ping(direct.candidate, 0, now);
    this.#timers.set('heartbeat', after(now, direct.candidate.patience));
    const look = direct.state === 'trusted' && (direct.candidate.latencyMs ?? Infinity) > GOOD_ENOUGH && (this.#lookedAt === undefined || age(this.#lookedAt, now) >= LOOK_EVERY);
    if (!look) return;
    this.#lookedAt = now;
    this.#pingAll(PING_GAP, now);
    this.#around.callMaybe(this, now);
  }

  /** Every address, and a call through the relay, so that the peer's NAT opens at the same time. */
  #round(now: Instant, forced: boolean): void {
    if (this.#around.isOffline() || this.info.discoKey === undefined) return;
    this.#lookedAt = now;
    this.#rounds++;
    this.#pingAll(forced ? 0 : PING_AGAIN, now);
    if (this.info.homeRelay !== 0) this.#around.callMaybe(this, now);
    if (this.isActive) this.#timers.set('round', after(now, gapAfter(this.#rounds)));
    this.#changed();
  }

  #pingAll(gap: Duration, now: Instant): void {
    for (const candidate of this.#candidates.all()) this.#ping(candidate, gap, now);
  }

  /** Unless it was asked `gap` ms ago or less. */
  #ping(candidate: Candidate, gap: Duration, now: Instant): void {
    const surroundings = this.#around.surroundings();
    if (this.#around.isOffline() || this.info.discoKey === undefined || candidate.isBad(now)) return;
    if ((candidate.endpoint.address.family === 4 ? surroundings.ipv4 : surroundings.ipv6) === false) return;
    if (candidate.pingedAt !== undefined && age(candidate.pingedAt, now) < gap) return;
    const tx = this.#pings.begin(candidate, now);
    if (tx === undefined) return;
    candidate.ask(now);
    this.#timers.setIfIdle('pongs', after(now, PONG_WITHIN));
    this.#around.send(candidate.endpoint, this, { kind: 'ping', tx, nodeKey: undefined });
  }

  /** A doubted way that does not answer is given up. */
  #dropUnanswered(now: Instant): void {
    const direct = this.#direct;
    const lost = this.#pings.takeUnanswered(now).some(({ candidate, at }) => direct?.candidate === candidate && direct.state !== 'trusted' && (candidate.answeredAt === undefined || candidate.answeredAt < at));
    const next = this.#pings.next();
    if (next !== undefined) this.#timers.setIfIdle('pongs', next);
    if (lost && this.info.homeRelay !== 0) this.#demote('no-pong', now);
    this.#changed();
  }

  // ---- where packets go

  /** Probes pass by this way; does data? */
  #challenge(candidate: Candidate, now: Instant): void {
    this.#challenger = { candidate, token: this.#around.token(this), since: now, tries: 0 };
    this.#checkAgain(now);
    this.#tell();
    this.#changed();
  }

  #checkAgain(now: Instant): void {
    const challenger = this.#challenger;
    if (challenger === undefined) return;
    const gap = CHECK_GAPS[challenger.tries];
    if (gap === undefined) {
      this.#failed(challenger, now);
      return;
    }
    challenger.tries++;
    this.#timers.set('check', after(now, gap));
    this.#around.put({ kind: 'probe', peer: this.info.id, token: challenger.token, via: { kind: 'direct', endpoint: challenger.candidate.endpoint } });
  }

  #failed(challenger: Challenger, now: Instant): void {
    const { candidate, since } = challenger;
    const heard = this.#around.lastHeardAt(this.info.id);
    // Only what passes by another way, and probes by this one, show that it is data that does not pass here.
    if (heard !== undefined && heard >= since && candidate.answeredAt !== undefined && candidate.answeredAt >= since) {
      this.#challenger = undefined;
      candidate.markBad(now);
      if (this.#direct?.candidate === candidate) {
        this.#demote('data-lost', now);
        this.#around.put({ kind: 'initiate', peer: this.info.id, because: 'data-lost' });
      }
    } else if (this.#direct?.candidate === candidate) {
      // Nothing passes anywhere: both ways stay open, and the question too.
      this.#challenger = { ...challenger, since: now, tries: 0 };
      this.#timers.set('check', after(now, PING_GAP));
    } else {
      this.#challenger = undefined;
    }
    this.#tell();
    this.#changed();
  }

  #adopt(candidate: Candidate, now: Instant): void {
    const before = this.#direct;
    candidate.clearBad(true);
    this.#challenger = undefined;
    this.#timers.clear('check');
    if (before?.candidate === candidate) {
      before.proof = 'stands';
      this.#again(before, candidate.answeredAt, now);
      return;
    }
    candidate.losses.begin();
    this.#direct = { candidate, since: now, state: 'doubted', trustUntil: now, proof: 'stands' };
    this.#trust(this.#direct, now);
    this.#rounds = 0;
    this.#moved(before === undefined ? this.#relayVia() : directVia(before.candidate), directVia(candidate), before?.state === 'trusted' ? 'faster' : 'proved');
    this.#since = now;
    this.#tell();
    this.#changed();
  }

  /** The way in use answered. */
  #again(direct: Direct, answeredBefore: Instant | undefined, now: Instant): void {
    // Data is doubted, not the probes: only data ends that. A way that was silent altogether is asked anew: the last tries prove nothing.
    if (this.#challenger?.candidate === direct.candidate) {
      if (answeredBefore === undefined || answeredBefore < this.#challenger.since) this.#challenge(direct.candidate, now);
      return;
    }
    const was = direct.state;
    if (was === 'resting' && !this.isActive) return;
    if (direct.proof === 'renew' && this.#relay !== undefined) {
      this.#challenge(direct.candidate, now);
      return;
    }
    this.#trust(direct, now);
    if (was === direct.state) return;
    this.#tell();
    this.#changed();
  }

  /** Unless it loses packets, or just did: then both ways go on. */
  #trust(direct: Direct, now: Instant): void {
    if ((direct.candidate.losses.isLossy || direct.candidate.losses.isShaky) && this.#relay !== undefined) {
      direct.state = 'doubted';
      return;
    }
    direct.state = 'trusted';
    direct.trustUntil = after(now, TRUST);
    this.#timers.set('trust', direct.trustUntil);
    this.#timers.clear('round');
  }

  #lapse(now: Instant): void {
    const direct = this.#direct;
    if (direct?.state !== 'trusted') return;
    if (direct.trustUntil > now) {
      this.#timers.set('trust', direct.trustUntil);
      return;
    }
    this.#doubt(now);
    if (!this.isActive) return;
    this.#ping(direct.candidate, 0, now);
    this.#round(now, false);
  }

  #doubt(now: Instant): void {
    const direct = this.#direct;
    if (direct === undefined || direct.state === 'doubted') return;
    direct.state = this.isActive ? 'doubted' : 'resting';
    direct.trustUntil = now;
    this.#timers.clear('trust');
    this.#tell();
    this.#changed();
  }

  #demote(because: MoveCause, now: Instant): void {
    const direct = this.#direct;
    if (direct === undefined) return;
    this.#direct = undefined;
    if (this.#challenger?.candidate === direct.candidate) this.#challenger = undefined;
    this.#timers.clear('trust');
    this.#abandon(now);
    this.#moved(directVia(direct.candidate), this.#relayVia(), because);
    this.#since = now;
    this.#tell();
    if (this.isActive) this.#timers.setIfIdle('round', after(now, ROUND_GAP));
  }

  /** Nobody uses the peer: nothing is asked any more. */
  #rest(now: Instant): void {
    const used = this.#around.lastUserDataAt(this.info.id);
    const last = used !== undefined && (this.#activeSince === undefined || used > this.#activeSince) ? used : this.#activeSince;
    if (last !== undefined && now < after(last, IDLE_AFTER)) {
      this.#timers.set('idle', after(last, IDLE_AFTER));
      return;
    }
    this.#activeSince = undefined;
    this.#challenger = undefined;
    this.#timers.clearAll();
    this.#pings.clear();
    if (this.#direct !== undefined) this.#direct.state = 'resting';
    this.#tell();
    this.#changed();
  }

  /** A person wants an answer: as if there were data. */
  #wake(now: Instant): void {
    if (this.isActive) return;
    this.#activeSince = now;
    this.#timers.set('idle', after(now, IDLE_AFTER));
    this.#timers.set('heartbeat', after(now, HEARTBEAT));
  }

  /** What was asked counts no more, whatever still comes. */
  #abandon(_now: Instant): void {
    this.#pings.clear();
    this.#challenger = undefined;
    this.#timers.clear('pongs');
    this.#timers.clear('check');
    this.#tell();
  }

  // ---- candidates

  #setEndpoints(now: Instant): void {
    this.#candidates.keepListed('map', this.info.endpoints);
    for (const endpoint of this.info.endpoints) this.#add(endpoint, 'map', now);
  }

  #add(endpoint: IpEndpoint, source: CandidateSource, now: Instant): Candidate | undefined {
    return this.#candidates.add(endpoint, source, this.#around.own(), now);
  }

  // ---- telling

  /** The direct way, where it is known how it is: proved lately, or in doubt for its losses alone. */
  get #known(): Candidate | undefined {
    return this.#direct?.state === 'trusted' || this.#direct?.candidate.losses.isLossy === true ? this.#direct.candidate : undefined;
  }

  get #relay(): number | undefined {
    return this.info.homeRelay === 0 ? undefined : this.info.homeRelay;
  }

  /** Of a peer without disco and without a relay: one of its addresses, as it is written. */
  #plain(): IpEndpoint | undefined {
    const { discoKey, endpoints } = this.info;
    if (discoKey !== undefined || this.#relay !== undefined || endpoints.length === 0) return undefined;
    return endpoints[this.#turn % endpoints.length];
  }

  #tell(): void {
    const relay = this.#relay;
    const direct = this.#direct;
    const checked = this.#challenger?.candidate.endpoint;
    const endpoint = direct?.state === 'trusted' ? direct.candidate.endpoint : (checked ?? direct?.candidate.endpoint ?? this.#plain());
    const way = { direct: endpoint, relay: direct?.state === 'trusted' ? undefined : relay };
    if (this.#told !== undefined && equalEndpoint(this.#told.direct, way.direct) && this.#told.relay === way.relay) return;
    this.#told = way;
    this.#around.put({ kind: 'path', peer: this.info.id, ...way });
  }

  #relayVia(): Via | undefined {
    const region = this.#relay;
    return region === undefined ? undefined : { kind: 'relay', region };
  }

  #moved(from: Via | undefined, to: Via | undefined, because: MoveCause): void {
    this.#around.put({ kind: 'moved', peer: this.info.id, from, to, because });
  }

  #changed(): void {
    this.#around.put({ kind: 'changed', peer: this.info.id });
  }
}

function directVia(candidate: Candidate): Via {
  return { kind: 'direct', endpoint: candidate.endpoint };
}
