/**
 * What is told of the way to one peer: direct only where that is proved now, else the relay with the reason. Pure. Caller:
 * peer-path.ts.
 */
import type { IpEndpoint } from '../base/ip.ts';
import type { Instant } from '../time/instant.ts';
import { relayedBecause } from './because.ts';
import type { Candidate } from './candidate.ts';
import type { PathReport, Surroundings } from './types.ts';

export interface Direct {
  readonly candidate: Candidate;
  readonly since: Instant;
  state: 'trusted' | 'doubted' | 'resting';
  trustUntil: Instant;
  /** renew: data proved it from another place of ours, so data has to prove it again. */
  proof: 'stands' | 'renew';
}

export interface WayFacts {
  readonly speaksDisco: boolean;
  readonly relay: number | undefined;
  /** Of a peer without disco and without a relay: its address. */
  readonly plain: IpEndpoint | undefined;
  readonly direct: Readonly<Direct> | undefined;
  readonly candidates: readonly Candidate[];
  /** Rounds of probes since the peer came into use, or was moved to. */
  readonly rounds: number;
  /** Undefined: not in use. */
  readonly activeSince: Instant | undefined;
  /** When the way that is not a direct one began. */
  readonly since: Instant;
  readonly roundAt: Instant | undefined;
  /** Probes pass somewhere, and data is on its way there. */
  readonly checking: boolean;
  readonly surroundings: Surroundings;
}

export function pathReport({ speaksDisco, relay, plain, direct, candidates: all, rounds, activeSince, since, roundAt, checking, surroundings }: WayFacts, now: Instant): PathReport {
  const candidates = all.map((candidate) => candidate.report());
  const nextTryAt = activeSince !== undefined && direct === undefined ? roundAt : undefined;
  if (plain !== undefined) return { kind: 'direct', via: { kind: 'direct', endpoint: plain }, since, latencyMs: undefined, because: undefined, nextTryAt: undefined, candidates };
  if (direct !== undefined && (direct.state !== 'doubted' || relay === undefined)) {
    return { kind: 'direct', via: { kind: 'direct', endpoint: direct.candidate.endpoint }, since: direct.since, latencyMs: direct.candidate.latencyMs, because: undefined, nextTryAt, candidates };
  }
  const because = relayedBecause({ speaksDisco, hasRelay: relay !== undefined, candidates: all, rounds, activeSince, doubted: direct?.candidate, checking, surroundings }, now);
  if (relay === undefined) return { kind: 'none', via: undefined, since, latencyMs: undefined, because, nextTryAt, candidates };
  return { kind: 'relay', via: { kind: 'relay', region: relay }, since, latencyMs: undefined, because, nextTryAt, candidates };
}
