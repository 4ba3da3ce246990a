/** Snapshots of any kind, also such as no engine would make: states that contradict their peers, data of any age. For properties. */
import * as fc from 'fast-check';
import type { CauseView, PeerView, Snapshot } from '../../app/api/schema.ts';
import { sampleSnapshot } from '../doubles/fake-app-engine.ts';
import { peer, entry } from '../../renderer/src/fake-scenes.ts';

export const AT = 10_000_000;
export const LIMIT = 180_000;

const data = fc.option(fc.integer({ min: AT - 3 * LIMIT, max: AT }));
const aPeer: fc.Arbitrary<PeerView> = fc
  .record({ id: fc.nat(20), health: fc.constantFrom('proved' as const, 'proved' as const, 'quiet' as const, 'checking' as const, 'silent' as const, 'never' as const), lastDataAt: data, kind: fc.constantFrom('direct' as const, 'relay' as const, 'none' as const) })
  .map(({ id, health, lastDataAt, kind }) => peer(id, { health, lastDataAt, path: { ...peer(id).path, kind } }));

const peers = fc.uniqueArray(aPeer, { selector: ({ id }) => id, maxLength: 12 });

const aCause: fc.Arbitrary<CauseView> = fc
  .record({ n: fc.nat(4), severity: fc.constantFrom('down' as const, 'stale' as const, 'checking' as const, 'info' as const), ago: fc.nat(600_000) })
  .map(({ n, severity, ago }) => ({ id: `peer-${n}`, severity, message: { key: 'cause.peer-silent', peer: `p${n}`, sinceAt: AT - ago, endpoint: '192.0.2.1:1', attempts: n }, sinceAt: AT - ago, peer: `p${n}` }));
const causes = fc.uniqueArray(aCause, { selector: ({ id }) => id, maxLength: 5 });

const overall = (total: number): fc.Arbitrary<Pick<Snapshot['overall'], 'state' | 'sentence'>> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.nat(12).map((answering) => ({ state: 'connected' as const, sentence: { key: 'overall.connected' as const, answering, total } })) },
    { weight: 2, arbitrary: fc.nat(12).map((silent) => ({ state: 'attention' as const, sentence: { key: 'overall.some-silent' as const, silent, total } })) },
    fc.constant({ state: 'checking' as const, sentence: { key: 'overall.woke' as const, sleptMs: 60_000, total } }),
    fc.constant({ state: 'offline' as const, sentence: { key: 'overall.no-network' as const } }),
    fc.constant({ state: 'idle' as const, sentence: { key: 'overall.quiet' as const, total } }),
    fc.constant({ state: 'connected' as const, sentence: { key: 'overall.alone' as const, host: 'hs.example.org' } }),
    fc.constant({ state: 'stopped' as const, sentence: { key: 'overall.stopped' as const } }),
  );

const account: fc.Arbitrary<Snapshot['account']> = fc.option(
  fc
    .record({ phase: fc.constantFrom('running' as const, 'sign-in' as const, 'key-changed' as const, 'backing-off' as const, 'signed-out' as const), url: fc.option(fc.constant('https://hs.example.org/register/1')), expires: fc.option(fc.integer({ min: -10, max: 20 * 24 })) })
    .map(({ phase, url, expires }) => ({
      server: 'https://hs.example.org', phase, phaseSinceAt: AT - 5_000, attempt: 0, lastError: null, nextTryAt: null, signInUrl: url, keyChange: null, user: 'ada', tailnet: null, name: 'ada-laptop', tags: [],
      keyExpiresAt: expires === null ? null : 1_800_000_000_000 + expires * 3_600_000,
    })),
);

const history = fc.array(fc.record({ ago: fc.nat(500_000), ms: fc.option(fc.nat(20_000)) }), { maxLength: 3 }).map((list) =>
  list.map(({ ago, ms }, i) => entry(i, ago, { startedAt: AT - ago, cause: { key: 'history.cause.all-silent', total: 3, silentMs: 15_000 }, action: { key: 'history.action.rebind', attempts: 1 }, durationMs: ms, result: ms === null ? null : { key: 'history.result.all-again', answered: 3, total: 3 } })),
);

const accounts: fc.Arbitrary<Snapshot['accounts']> = fc.constantFrom(
  [],
  [{ id: 'a', server: 'https://a.example.org', user: 'ada', active: true, state: 'signed-in' as const }, { id: 'b', server: 'https://b.example.org', user: null, active: false, state: 'signed-out' as const }],
);

export const anySnapshot: fc.Arbitrary<Snapshot> = fc.tuple(peers, causes, account, history, accounts).chain(([list, reasons, one, past, all]) =>
  overall(list.length).map((whole) => sampleSnapshot({ now: AT, provedForMs: LIMIT, peers: list, account: one, history: past, accounts: all, overall: { ...whole, causes: reasons, sinceAt: AT - 1_000 } })),
);
