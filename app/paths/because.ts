/**
 * Why a peer has no direct path: one fact that was really seen, the strongest first. Pure. Caller: peer-path.ts.
 */
import { age, type Instant } from '../time/instant.ts';
import type { Candidate } from './candidate.ts';
import { PONG_WITHIN } from './constants.ts';
import type { RelayedBecause, Surroundings } from './types.ts';

export interface Tried {
  readonly speaksDisco: boolean;
  readonly hasRelay: boolean;
  readonly candidates: readonly Candidate[];
  /** Rounds of probes since the peer came into use, or was moved to. */
  readonly rounds: number;
  readonly activeSince: Instant | undefined;
  /** A direct path is asked whether it still stands. */
  readonly doubted: Candidate | undefined;
  /** Probes pass somewhere, and data is on its way there. */
  readonly checking: boolean;
  readonly surroundings: Surroundings;
}

export function relayedBecause({ speaksDisco, hasRelay, candidates, rounds, activeSince, doubted, checking, surroundings }: Tried, now: Instant): RelayedBecause {
  if (!hasRelay && candidates.length === 0) return { kind: 'no-path-at-all' };
  if (!speaksDisco) return { kind: 'no-disco' };
  if (!checking && doubted?.losses.isLossy === true) return { kind: 'lossy', endpoint: doubted.endpoint, lost: doubted.losses.lost, of: doubted.losses.of };
  if (checking || doubted !== undefined) return { kind: 'trying', since: activeSince ?? now, candidates: candidates.length };
  const bad = candidates.filter((candidate) => candidate.losesData(now)).toSorted((a, b) => (b.badAt ?? 0) - (a.badAt ?? 0))[0];
  if (bad?.badAt !== undefined) return { kind: 'data-lost', endpoint: bad.endpoint, at: bad.badAt };
  if (rounds === 0) return { kind: 'not-in-use', since: undefined };
  const probed = candidates.filter((candidate) => candidate.sent > 0);
  const first = Math.min(...probed.map((candidate) => candidate.pingedAt ?? Infinity));
  if (rounds === 1 && activeSince !== undefined && (probed.length === 0 ? age(activeSince, now) < PONG_WITHIN : age(first as Instant, now) < PONG_WITHIN)) return { kind: 'trying', since: activeSince, candidates: candidates.length };
  if (surroundings.udpWorks === false) return { kind: 'udp-blocked-here' };
  if (candidates.length === 0) return { kind: 'no-candidates' };
  for (const family of [4, 6] as const) {
    const missing = (family === 4 ? surroundings.ipv4 : surroundings.ipv6) === false;
    if (missing && candidates.every(({ endpoint }) => endpoint.address.family === family)) return { kind: 'family-missing', family };
  }
  // Where the router gave us a port, others can call whatever the NAT does otherwise.
  if (surroundings.mappingVariesByDestination === true && surroundings.portMapped !== true) return { kind: 'hard-nat', probed: probed.length };
  return { kind: 'no-answer', probed: probed.length };
}
