import { describe, expect, it } from 'vitest';
import type { PeerView } from '../../app/api/schema.ts';
import { canTryDirect, tryOutcome } from './direct.ts';
import { peer } from './fake-scenes.ts';

const AT = 100_000;
const candidate = { endpoint: '192.0.2.1:1', source: 'map', sent: 1, answered: 0, lastAnswerAt: null, latencyMs: null, badUntil: null } as const;
const on = (path: Partial<PeerView['path']>): PeerView => peer(0, { path: { ...peer(0).path, ...path } });
const relayed = on({ kind: 'relay', via: 'lab', why: { key: 'why.relay-no-answer', relay: 'lab', probed: 1, nextTryAt: null }, candidates: [candidate] });
const trying = on({ kind: 'relay', via: 'lab', why: { key: 'why.relay-trying', relay: 'lab', candidates: 1 }, candidates: [candidate] });

describe('a direct way', () => {
  it('can be looked for where there is none and an address is known, and not for a peer of a file', () => {
    expect(canTryDirect(relayed)).toBe(true);
    expect(canTryDirect(on({ kind: 'none', candidates: [candidate] }))).toBe(true);
    expect(canTryDirect(on({ kind: 'none' }))).toBe(false);
    expect(canTryDirect(on({ kind: 'direct', candidates: [candidate] }))).toBe(false);
  });

  it('is told from the question to its end, whichever way it ends', () => {
    expect(tryOutcome(relayed, AT, AT + 4_000, 10_000)).toEqual({ kind: 'asked' });
    expect(tryOutcome(trying, AT, AT + 2_000, 10_000)).toEqual({ kind: 'trying', addresses: 1, forMs: 2_000 });
    expect(tryOutcome(relayed, AT, AT + 5_000, 10_000)).toEqual({ kind: 'not-found', afterMs: 5_000 });
    expect(tryOutcome(trying, AT, AT + 10_000, 10_000)).toEqual({ kind: 'not-found', afterMs: 10_000 });
    expect(tryOutcome(on({ kind: 'direct', sinceAt: AT + 1_200 }), AT, AT + 1_300, 10_000)).toEqual({ kind: 'direct', afterMs: 1_200 });
  });
});
