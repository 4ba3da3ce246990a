/**
 * One address at which a peer may be reached: where it comes from, what was asked and answered there, and how it compares.
 * Data and small rules. Callers: peer-path.ts.
 */
import { maskIp, equalEndpoint, equalIp, ipv4, ipv6, isLoopback, type IpAddress, type IpEndpoint } from '../base/ip.ts';
import { age, type Duration, type Instant } from '../time/instant.ts';
import { BAD_CAP, BAD_FIRST, HEARTBEAT, HEARTBEAT_MISSED, PONG_WITHIN } from './constants.ts';
import { Losses } from './losses.ts';
import type { CandidateReport, CandidateSource } from './types.ts';

export class Candidate {
  readonly endpoint: IpEndpoint;
  source: CandidateSource;
  sent = 0;
  answered = 0;
  pingedAt: Instant | undefined;
  /** When a ping of the peer came from here last. */
  calledAt: Instant | undefined;
  answeredAt: Instant | undefined;
  latencyMs: Duration | undefined;
  /** The last answer came from another address than this one. */
  isOneSided = false;
  badUntil: Instant | undefined;
  badAt: Instant | undefined;
  readonly losses = new Losses();
  #bad = 0;

  constructor(endpoint: IpEndpoint, source: CandidateSource) {
    this.endpoint = endpoint;
    this.source = source;
  }

  /** The last ping, or a later one, was. */
  get isAnswered(): boolean {
    return this.pingedAt === undefined || (this.answeredAt !== undefined && this.answeredAt >= this.pingedAt);
  }

  /** A pong later than this is missing, though it may still come. */
  get patience(): Duration {
    return Math.max(HEARTBEAT_MISSED, 3 * (this.latencyMs ?? 0));
  }

  /** ms until it is asked again, while it is in use: sooner where an answer is missing, or just was. */
  beatIn(now: Instant): Duration {
    if (this.pingedAt === undefined) return 0;
    return Math.max(0, this.pingedAt + (this.isAnswered && !this.losses.isShaky ? HEARTBEAT : this.patience) - now);
  }

  /** A pong came from `from`, to a ping that was sent `sentAt`. */
  answer(from: IpEndpoint, sentAt: Instant, now: Instant): void {
    this.answered++;
    this.answeredAt = now;
    this.latencyMs = age(sentAt, now);
    this.isOneSided = !equalEndpoint(from, this.endpoint);
    this.losses.answered(sentAt);
    this.lookAtLosses(now);
  }

  lookAtLosses(now: Instant): void {
    this.losses.look(this.patience, now);
  }

  /** A ping goes there. */
  ask(now: Instant): void {
    this.sent++;
    this.pingedAt = now;
    this.losses.asked(now);
  }

  isBad(now: Instant): boolean {
    return this.badUntil !== undefined && this.badUntil > now;
  }

  /** Data did not pass here when it was tried last, and nothing has shown since that probes do not pass either. */
  losesData(now: Instant): boolean {
    const { badAt, pingedAt, answeredAt } = this;
    if (badAt === undefined || this.isBad(now)) return badAt !== undefined;
    return pingedAt === undefined || pingedAt <= badAt || (answeredAt !== undefined && answeredAt >= pingedAt) || age(pingedAt, now) < PONG_WITHIN;
  }

  /** Probes pass here and data does not. */
  markBad(now: Instant): void {
    this.badAt = now;
    this.badUntil = (now + Math.min(BAD_CAP, BAD_FIRST * 2 ** this.#bad)) as Instant;
    this.#bad++;
  }

  /** A person asks to try it again, or data passed. `forget`: for good. */
  clearBad(forget: boolean): void {
    this.badUntil = undefined;
    if (forget) {
      this.#bad = 0;
      this.badAt = undefined;
    }
  }

  report(): CandidateReport {
    return { endpoint: this.endpoint, source: this.source, sent: this.sent, answered: this.answered, lastAnswerAt: this.answeredAt, latencyMs: this.latencyMs, badUntil: this.badUntil };
  }
}

/**
 * True when `a` is worth moving to from `b`: points for a lower latency, for nearness, and for use by the peer itself. One that
 * answers from elsewhere is the worse one whatever it measures, for it may end while both send.
 */
export function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.latencyMs === undefined) return false;
  if (b.latencyMs === undefined) return true;
  // One that loses packets is left for one that was seen to lose none, not for one that nobody knows.
  if (a.losses.isLossy !== b.losses.isLossy) return a.losses.isSound;
  if (frailty(a) !== frailty(b)) return frailty(a) < frailty(b);
  let [forA, forB] = [nearness(a.endpoint.address) + usedByPeer(a), nearness(b.endpoint.address) + usedByPeer(b)];
  if (a.latencyMs < b.latencyMs) forA += Math.trunc(100 - (a.latencyMs * 100) / b.latencyMs);
  else if (b.latencyMs < a.latencyMs) forB += Math.trunc(100 - (b.latencyMs * 100) / a.latencyMs);
  if (forB === 0 && forA <= 1) return false;
  return forA > forB;
}

/** What the peer sends keeps its NAT's mapping there alive; or does so while it looks for us; or nothing of the kind was ever seen. */
function frailty({ isOneSided, calledAt }: Candidate): 0 | 1 | 2 {
  if (!isOneSided) return 0;
  return calledAt === undefined ? 2 : 1;
}

/** Its own packets come from there, so it keeps its NAT's mapping alive; one that it only told us of may end while it sends. */
function usedByPeer({ calledAt }: Candidate): number {
  return calledAt === undefined ? 0 : 10;
}

function nearness(address: IpAddress): number {
  const family = address.family === 6 ? 10 : 0;
  if (isLoopback(address)) return family + 50;
  if (isLinkLocal(address)) return family + 30;
  return family + (isPrivate(address) ? 20 : 0);
}

const within = (address: IpAddress, network: IpAddress, bits: number): boolean => address.family === network.family && equalIp(maskIp(address, bits), network);
const PRIVATE: readonly (readonly [IpAddress, number])[] = [
  [ipv4(0x0a000000), 8],
  [ipv4(0xac100000), 12],
  [ipv4(0xc0a80000), 16],
  [ipv6(0xfc000000, 0, 0, 0), 7],
];

function isPrivate(address: IpAddress): boolean {
  return PRIVATE.some(([network, bits]) => within(address, network, bits));
}

export function isLinkLocal(address: IpAddress): boolean {
  return within(address, ipv4(0xa9fe0000), 16) || within(address, ipv6(0xfe800000, 0, 0, 0), 10);
}

/** This network, multicast and reserved, the overlay, a relay's pseudo address; likewise of IPv6, and IPv4 in its clothes. */
const NOWHERE: readonly (readonly [IpAddress, number])[] = [
  [ipv4(0), 8],
  [ipv4(0xe0000000), 3],
  [ipv4(0x64400000), 10],
  [ipv4(0x7f030328), 32],
  [ipv6(0, 0, 0, 0), 128],
  [ipv6(0, 0, 0xffff, 0), 96],
  [ipv6(0xfe800000, 0, 0, 0), 10],
  [ipv6(0xff000000, 0, 0, 0), 8],
  [ipv6(0xfd7a115c, 0xa1e00000, 0, 0), 48],
];

/**
 * Addresses at which nobody can be reached, whose meaning differs from one computer to the next, or that lie inside the
 * tunnel: a path through the tunnel itself would be a loop.
 */
export function isUseless({ address, port }: IpEndpoint): boolean {
  return port === 0 || NOWHERE.some(([network, bits]) => within(address, network, bits));
}
