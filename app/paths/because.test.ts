/** Why a peer is relayed: whatever was seen, one reason is given, and each names a fact that holds. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseEndpoint, type IpEndpoint } from '../base/ip.ts';
import { instant } from '../time/instant.ts';
import { relayedBecause, type Tried } from './because.ts';
import { Candidate } from './candidate.ts';
import { PONG_WITHIN } from './constants.ts';
import type { RelayedBecause } from './types.ts';

const NOW = instant(100_000);
const endpoint = (text: string): IpEndpoint => {
  const parsed = parseEndpoint(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const FOUR = endpoint('192.0.2.1:1');
const SIX = endpoint('[2001:db8::1]:1');

const maybe = fc.constantFrom(true, false, undefined);
const candidate = fc.record({ is4: fc.boolean(), sent: fc.nat(3), before: fc.nat(9_000), bad: fc.constantFrom(...([false, false, false, true] as const)) }).map(({ is4, sent, before, bad }) => {
  const made = new Candidate(is4 ? FOUR : SIX, 'map');
  made.sent = sent;
  if (sent > 0) made.pingedAt = instant(NOW - before);
  if (bad) made.markBad(NOW);
  return made;
});
const [sound, lossy] = [new Candidate(FOUR, 'map'), new Candidate(SIX, 'map')];
for (let i = 0; i < 12; i++) {
  lossy.ask(instant(1_000 * i));
  if (i % 2 === 0) lossy.losses.answered(instant(1_000 * i));
}
lossy.losses.look(1, instant(12_000));
const tried: fc.Arbitrary<Tried> = fc.record({
  speaksDisco: fc.constantFrom(true, true, true, false),
  hasRelay: fc.constantFrom(true, true, true, false),
  candidates: fc.array(candidate, { maxLength: 3 }),
  rounds: fc.nat(3),
  activeSince: fc.constantFrom(undefined, instant(NOW - 200), instant(NOW - 60_000)),
  doubted: fc.constantFrom(undefined, undefined, undefined, sound, lossy),
  checking: fc.constantFrom(false, false, false, true),
  surroundings: fc.record({ udpWorks: maybe, ipv4: maybe, ipv6: maybe, mappingVariesByDestination: maybe, portMapped: maybe }),
});

/** The fact that each reason claims, said once more and apart. */
function holds(because: RelayedBecause, { candidates, surroundings, ...seen }: Tried): boolean {
  const lost = candidates.some((each) => each.losesData(NOW));
  switch (because.kind) {
    case 'no-path-at-all':
      return !seen.hasRelay && candidates.length === 0;
    case 'no-disco':
      return !seen.speaksDisco;
    case 'trying':
      return seen.checking || seen.doubted === sound || (seen.rounds === 1 && !lost);
    case 'not-in-use':
      return seen.rounds === 0 && !lost;
    case 'data-lost':
      return lost;
    case 'udp-blocked-here':
      return surroundings.udpWorks === false && !lost;
    case 'no-candidates':
      return candidates.length === 0 && surroundings.udpWorks !== false;
    case 'family-missing':
      return (because.family === 4 ? surroundings.ipv4 : surroundings.ipv6) === false && candidates.length > 0 && candidates.every((each) => each.endpoint.address.family === because.family);
    case 'lossy':
      return seen.doubted === lossy && !seen.checking && because.lost === 6 && because.of === 12;
    case 'hard-nat':
      return surroundings.mappingVariesByDestination === true && surroundings.portMapped !== true && surroundings.udpWorks !== false && candidates.length > 0;
    case 'no-answer':
      return !lost && surroundings.udpWorks !== false && candidates.length > 0 && !(surroundings.mappingVariesByDestination === true && surroundings.portMapped !== true) && because.probed === candidates.filter(({ sent }) => sent > 0).length;
  }
}

it('whatever was seen, one reason is given, and it is a fact', () => {
  const given = new Set<string>();
  fc.assert(
    fc.property(tried, (seen) => {
      const because = relayedBecause(seen, NOW);
      given.add(because.kind);
      expect(holds(because, seen), because.kind).toBe(true);
    }),
    { numRuns: 5_000, seed: 6 },
  );
  expect([...given].toSorted()).toEqual(['data-lost', 'family-missing', 'hard-nat', 'lossy', 'no-answer', 'no-candidates', 'no-disco', 'no-path-at-all', 'not-in-use', 'trying', 'udp-blocked-here']);
});

it('after the first round nothing is called tried any more', () => {
  const made = new Candidate(FOUR, 'map');
  made.sent = 1;
  made.pingedAt = instant(NOW - PONG_WITHIN - 1);
  const seen: Tried = { speaksDisco: true, hasRelay: true, candidates: [made], rounds: 1, activeSince: instant(NOW - 60_000), doubted: undefined, checking: false, surroundings: { udpWorks: true, ipv4: true, ipv6: undefined, mappingVariesByDestination: false, portMapped: undefined } };
  expect(relayedBecause(seen, NOW)).toEqual({ kind: 'no-answer', probed: 1 });
});
