/** States of paths and relays in a tailnet, by name, made by hand from the schema. Pure. Only for tests, as fake-scenes.ts. */
import type { CandidateView, NetcheckView, PathView, PeerView, RelayView, Snapshot } from '../../app/api/schema.ts';
import { account } from './fake-account-scenes.ts';
import { entry, NOW, pathTruth, peer, scene } from './fake-scenes.ts';

const SECOND = 1_000;
const HOST = 'hs.example.org';

export const RELAYS: RelayView[] = [
  { region: 1, code: 'fra', name: 'Frankfurt', home: true, state: 'up', heardAt: NOW - 11 * SECOND, latencyMs: 14.2 },
  { region: 2, code: 'nue', name: 'Nuremberg', home: false, state: 'up', heardAt: NOW - 4 * SECOND, latencyMs: 19 },
  { region: 3, code: 'hel', name: 'Helsinki', home: false, state: 'idle', heardAt: null, latencyMs: null },
];

export const NETCHECK: NetcheckView = { at: NOW - 21 * SECOND, udp: true, ipv4: true, ipv6: false, mappingVariesByDestination: true, captivePortal: false, globalV4: '203.0.113.7:52114', globalV6: null, portMapping: { key: 'port-mapping.absent' } };

const candidate = (over: Partial<CandidateView> & Pick<CandidateView, 'endpoint' | 'source'>): CandidateView => ({ sent: 0, answered: 0, lastAnswerAt: null, latencyMs: null, badUntil: null, ...over });

const AT_HOME = '192.168.178.40:41641';
const direct: PathView = {
  kind: 'direct',
  via: AT_HOME,
  latencyMs: 0.9,
  why: { key: 'why.direct-proved', endpoint: AT_HOME },
  sinceAt: NOW - 312 * SECOND,
  nextTryAt: null,
  candidates: [
    candidate({ endpoint: AT_HOME, source: 'map', sent: 61, answered: 61, lastAnswerAt: NOW - 2 * SECOND, latencyMs: 0.9 }),
    candidate({ endpoint: '203.0.113.7:41641', source: 'map', sent: 3, answered: 0 }),
  ],
};
const hard: PathView = {
  kind: 'relay',
  via: 'fra',
  latencyMs: 31.4,
  why: { key: 'why.relay-hard-nat', relay: 'fra', probed: 3, nextTryAt: NOW + 34 * SECOND },
  sinceAt: NOW - 1_480 * SECOND,
  nextTryAt: NOW + 34 * SECOND,
  candidates: [
    candidate({ endpoint: '192.168.1.40:41641', source: 'map', sent: 12, answered: 0 }),
    candidate({ endpoint: '198.51.100.140:52233', source: 'call-me-maybe', sent: 12, answered: 0 }),
    candidate({ endpoint: '[2001:db8:41::4]:41641', source: 'map' }),
  ],
};
const bad: PathView = {
  kind: 'relay',
  via: 'nue',
  latencyMs: 44,
  why: { key: 'why.relay-data-lost', relay: 'nue', endpoint: '198.51.100.77:41641', at: NOW - 95 * SECOND, nextTryAt: NOW + 205 * SECOND },
  sinceAt: NOW - 95 * SECOND,
  nextTryAt: NOW + 205 * SECOND,
  candidates: [candidate({ endpoint: '198.51.100.77:41641', source: 'ping', sent: 40, answered: 38, lastAnswerAt: NOW - 3 * SECOND, latencyMs: 18.4, badUntil: NOW + 205 * SECOND })],
};

const peers: PeerView[] = [peer(0, { path: direct }), peer(1, { path: hard }), peer(2, { path: bad })];

const history: Snapshot['history'] = [
  entry(2, 312_000, { cause: { key: 'history.cause.path-proved', peer: 'anchor', to: AT_HOME }, action: { key: 'history.action.path-moved', to: AT_HOME }, result: { key: 'history.result.path', peer: 'anchor', to: AT_HOME }, durationMs: 0, peer: 'anchor' }),
  entry(3, 200_000, { truth: 'relay', cause: { key: 'history.cause.relay', relay: 'fra', trouble: { key: 'trouble.relay-no-pong', relay: 'fra', afterMs: 5_000 } }, action: { key: 'history.action.relay-reconnect', attempts: 2 }, result: { key: 'history.result.relay-up', relay: 'fra' }, durationMs: 1_400 }),
  entry(4, 95_000, { cause: { key: 'history.cause.path-data-lost', peer: 'capstan', from: '198.51.100.77:41641' }, action: { key: 'history.action.path-moved', to: 'relay nue' }, result: { key: 'history.result.path', peer: 'capstan', to: 'relay nue' }, durationMs: 0, peer: 'capstan' }),
];

const truths: Snapshot['truths'] = {
  ...pathTruth('stale', SECOND, {}),
  control: { state: 'ok', provedAt: NOW - 21 * SECOND, detail: { key: 'truth.control-ok', host: HOST } },
  relay: { state: 'ok', provedAt: NOW - 11 * SECOND, detail: { key: 'truth.relay-up', relay: 'fra' } },
  path: { state: 'ok', provedAt: NOW - SECOND, detail: { key: 'truth.path', direct: 1, relayed: 2, checking: 0, quiet: 0, silent: 0 } },
};

const mesh = (over: Parameters<typeof scene>[0] = {}): Snapshot => scene({ sandbox: null, account: account(), peers, relays: RELAYS, netcheck: NETCHECK, truths, history: [...history], ...over });

const AWAY = { key: 'trouble.silent', host: 'relay fra', silentMs: 52_000 } as const;
const awayFra = RELAYS.map((relay) => (relay.code === 'fra' ? { ...relay, state: 'backing-off' as const, heardAt: null } : relay));

export const meshScenes = {
  mesh: () => mesh(),
  'relay-away': () =>
    mesh({
      state: 'attention',
      sentence: { key: 'overall.some-silent', silent: 1, total: 3 },
      causes: [{ id: 'relay', severity: 'stale', message: { key: 'cause.relay', relay: 'fra', trouble: AWAY, nextTryAt: NOW + 4 * SECOND }, sinceAt: NOW - 52 * SECOND, peer: null }],
      peers: [peer(0, { path: direct }), peer(1, { path: hard, health: 'silent', healthSinceAt: NOW - 30 * SECOND, lastDataAt: NOW - 52 * SECOND }), peer(2, { path: bad })],
      relays: awayFra,
      truths: { ...truths, relay: { state: 'down', provedAt: NOW - 52 * SECOND, detail: { key: 'truth.relay-waiting', relay: 'fra', trouble: AWAY, nextTryAt: NOW + 4 * SECOND } } },
      history: [...history, entry(5, 52_000, { truth: 'relay', cause: { key: 'history.cause.relay', relay: 'fra', trouble: AWAY }, action: { key: 'history.action.relay-reconnect', attempts: 2 } })],
    }),
  'udp-blocked': () =>
    mesh({
      causes: [{ id: 'udp', severity: 'info', message: { key: 'cause.udp-blocked' }, sinceAt: NOW - 21 * SECOND, peer: null }],
      peers: [0, 1, 2].map((id) => peer(id, { path: { ...hard, why: { key: 'why.relay-udp-blocked', relay: 'fra', nextTryAt: NOW + 34 * SECOND } } })),
      netcheck: { ...NETCHECK, udp: false, mappingVariesByDestination: null, globalV4: null },
      truths: { ...truths, path: { state: 'ok', provedAt: NOW - SECOND, detail: { key: 'truth.path', direct: 0, relayed: 3, checking: 0, quiet: 0, silent: 0 } } },
    }),
} as const satisfies Record<string, () => Snapshot>;
