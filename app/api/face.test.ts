/** The one face: green means data, it ages without messages, it tells when, and the order of news does not matter. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scenes } from '../../renderer/src/fake-scene-list.ts';
import { NOW, PROVED_FOR_MS } from '../../renderer/src/fake-scenes.ts';
import { anySnapshot, AT, LIMIT } from '../../tests/kit/random-snapshots.ts';
import { peerState } from './aging.ts';
import { face, faceOf, overallAt, type Face } from './face.ts';
import { applyPatch, diffSnapshots } from './patch.ts';
import type { Snapshot } from './schema.ts';
import { toStatus } from './status.ts';

const later = fc.integer({ min: 0, max: 4 * LIMIT });
const proofs = (snapshot: Snapshot, now: number): number => snapshot.peers.filter((each) => peerState(each, now, snapshot.provedForMs) === 'proved').length;
/** All that a person would see, without ages that only tick. */
const seen = ({ ages: _ages, key, ...rest }: Face) => ({ ...rest, key: key === null ? null : { kind: key.kind, warn: key.kind === 'lasts' && key.warn } });

describe('the face', () => {
  it('is green only with data inside its limit, and then says no more than answers', () => {
    fc.assert(
      fc.property(anySnapshot, later, (snapshot, wait) => {
        const now = AT + wait;
        const shown = faceOf(snapshot, now);
        const proved = proofs(snapshot, now);
        if (shown.tone === 'ok' || shown.state === 'connected') expect(proved).toBeGreaterThan(0);
        if (shown.sentence?.key === 'overall.connected') expect(shown.sentence.answering).toBeLessThanOrEqual(proved);
        expect([shown.ages === null, shown.devices.direct + shown.devices.relayed]).toEqual([proved === 0, proved]);
        if (shown.ages !== null) expect(shown.ages.oldest).toBeLessThanOrEqual(LIMIT);
      }),
      { numRuns: 500 },
    );
  });

  it('is the one of the command line too', () => {
    fc.assert(
      fc.property(anySnapshot, later, (snapshot, wait) => {
        const late = { ...snapshot, now: AT + wait };
        const { state, sentence } = faceOf(late, late.now);
        expect([toStatus(late).state, overallAt(late, late.now)]).toEqual([state, { state, sentence }]);
      }),
    );
  });

  it('never turns better by age alone', () => {
    fc.assert(
      fc.property(anySnapshot, later, later, (snapshot, a, b) => {
        const [early, late] = [faceOf(snapshot, AT + Math.min(a, b)), faceOf(snapshot, AT + Math.max(a, b))];
        if (early.tone !== 'ok') expect(late.tone).not.toBe('ok');
        expect(late.devices.direct + late.devices.relayed).toBeLessThanOrEqual(early.devices.direct + early.devices.relayed);
      }),
    );
  });

  it('tells when it changes: the same before, another at that moment or told anew', () => {
    fc.assert(
      fc.property(anySnapshot, later, fc.double({ min: 0, max: 1, noNaN: true }), (snapshot, wait, part) => {
        const now = AT + wait;
        const shown = faceOf(snapshot, now);
        if (shown.changesAt === null) {
          expect(seen(faceOf(snapshot, now + 1_000 * LIMIT))).toEqual(seen(shown));
          return;
        }
        expect(shown.changesAt).toBeGreaterThan(now);
        const before = Math.max(now, Math.min(shown.changesAt - 1, now + part * (shown.changesAt - now)));
        expect(seen(faceOf(snapshot, before))).toEqual(seen(shown));
        expect(seen(faceOf(snapshot, shown.changesAt))).not.toEqual(seen(shown));
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on how the news came: whole, in patches, late, twice', () => {
    fc.assert(
      fc.property(anySnapshot, anySnapshot, anySnapshot, fc.array(fc.constantFrom('first', 'second', 'third', 'look'), { maxLength: 8 }), later, (a, b, c, order, wait) => {
        const steps = [a, { ...b, revision: a.revision + 1, history: a.history }, { ...c, revision: a.revision + 2, history: a.history }] as const;
        const [first, second, third] = steps;
        const patches = { second: diffSnapshots(first, second), third: diffSnapshots(second, third) };
        let state: Snapshot = first;
        const take = (next: Snapshot | 'gap'): void => void (state = next === 'gap' ? third : next);
        for (const each of [...order, 'second', 'third'] as const) {
          if (each === 'look') faceOf(state, AT + wait);
          else if (each !== 'first') {
            const patch = patches[each];
            if (patch !== undefined) take(applyPatch(state, patch));
          }
        }
        if (state.revision < third.revision) take('gap');
        expect(faceOf(state, AT + wait)).toEqual(faceOf(third, AT + wait));
      }),
    );
  });

  it('has its causes worst first and the older first, in whatever order they were told', () => {
    const rank = { down: 0, stale: 1, checking: 2, info: 3 };
    fc.assert(
      fc.property(anySnapshot.chain((snapshot) => fc.tuple(fc.constant(snapshot), fc.shuffledSubarray(snapshot.overall.causes, { minLength: snapshot.overall.causes.length }))), ([snapshot, causes]) => {
        const shown = faceOf(snapshot, AT).causes;
        expect(faceOf({ ...snapshot, overall: { ...snapshot.overall, causes } }, AT).causes).toEqual(shown);
        const order = shown.map(({ severity, sinceAt }) => rank[severity] * 1e9 + sinceAt);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }),
    );
  });

  it('after sleep counts nothing that was heard before', () => {
    fc.assert(
      fc.property(anySnapshot, later, (snapshot, wait) => {
        const shown = face({ kind: 'live', snapshot, doubtUpTo: AT }, AT + wait);
        expect(shown.tone).not.toBe('ok');
        expect(shown.ages).toBeNull();
      }),
    );
    const connected = scenes.connected();
    expect(face({ kind: 'live', snapshot: connected, doubtUpTo: NOW }, NOW)).toMatchObject({ state: 'checking', sentence: { key: 'overall.checking', waiting: 3, total: 3 } });
    const proved = connected.peers.map((peer) => ({ ...peer, lastDataAt: NOW + 10 }));
    expect(face({ kind: 'live', snapshot: { ...connected, peers: proved }, doubtUpTo: NOW }, NOW + 20)).toMatchObject({ state: 'connected', tone: 'ok' });
  });

  it('of an engine that is not there, or does not answer, repeats nothing of what it said', () => {
    expect(face({ kind: 'starting' }, 0)).toMatchObject({ state: 'starting', tone: 'checking', sentence: null, causes: [] });
    fc.assert(fc.property(anySnapshot, (snapshot) => {
      expect(face({ kind: 'lost', snapshot }, AT)).toMatchObject({ state: 'lost', tone: 'down', sentence: null, causes: [], ages: null });
    }));
  });
});

describe('the sentence', () => {
  it('says quiet when connected has grown too old, and fewer while it grows', () => {
    const snapshot = scenes.connected();
    const ages = snapshot.peers.map(({ lastDataAt }) => NOW - (lastDataAt ?? 0)).toSorted((a, b) => a - b);
    expect(faceOf(snapshot, NOW).sentence).toEqual({ key: 'overall.connected', answering: 3, total: 3 });
    expect(faceOf(snapshot, NOW + PROVED_FOR_MS - ages[2]! + 1).sentence).toEqual({ key: 'overall.connected', answering: 2, total: 3 });
    expect(faceOf(snapshot, NOW + 60_000)).toMatchObject({ state: 'idle', tone: 'off', sentence: { key: 'overall.quiet', total: 3 } });
  });

  it('of some that do not answer becomes all, when the others are proved no more', () => {
    const calm = scenes.connected();
    const peers = calm.peers.map((each, i) => (i === 0 ? { ...each, health: 'silent' as const } : each));
    const snapshot: Snapshot = { ...calm, peers, overall: { ...calm.overall, state: 'attention', sentence: { key: 'overall.some-silent', silent: 1, total: 3 } } };
    expect(faceOf(snapshot, NOW).state).toBe('attention');
    expect(faceOf(snapshot, NOW + 60_000)).toMatchObject({ state: 'offline', sentence: { key: 'overall.none-answer', total: 3 } });
  });

  it('does not stand under a green sign while something of this computer is cut off', () => {
    const snapshot = scenes.connected();
    const cut = { id: 'system', severity: 'down', message: { key: 'truth.os-misled', to: '10.0.0.1', through: null }, sinceAt: NOW, peer: null } as const;
    expect(faceOf({ ...snapshot, overall: { ...snapshot.overall, causes: [cut] } }, NOW)).toMatchObject({ state: 'attention', tone: 'stale', sentence: { key: 'overall.connected' } });
    expect(faceOf({ ...snapshot, overall: { ...snapshot.overall, causes: [{ ...cut, severity: 'stale' }] } }, NOW)).toMatchObject({ state: 'connected' });
  });
});

describe('what a person is asked for', () => {
  it.each([
    ['sign-in', { kind: 'sign-in', host: 'hs.example.org', ready: true }],
    ['key-changed', { kind: 'answer', host: 'hs.example.org' }],
    ['signed-out', { kind: 'sign-in-again', host: 'hs.example.org' }],
    ['renewing', { kind: 'renewal', host: 'hs.example.org' }],
    ['member', null],
    ['connected', null],
  ] as const)('in the scene %s', (name, need) => {
    expect(faceOf(scenes[name](), NOW).need).toEqual(need);
  });
});
