/**
 * Snapshots of every state a screen must be able to show, made by hand from the schema. Pure. Only for tests: neither this
 * file nor fake-bridge.ts is part of the product's bundle.
 */
import type { CauseView, HistoryView, PeerView, Snapshot } from '../../app/api/schema.ts';
import type { Message } from '../../app/node/messages.ts';
import { fakeShell } from './fake-shell.ts';

/** Engine time and wall time of each scene's beginning: 21 November 2026, 14:02:11 UTC. */
export const NOW = 5_000_000;
export const WALL = Date.UTC(2026, 10, 21, 14, 2, 11);
export const PROVED_FOR_MS = 25_000;

const NAMES = ['anchor', 'beacon', 'capstan'] as const;
const SECOND = 1_000;
/** Of a path that no map knows: nothing else can be tried. */
export const FROM_FILE: Pick<PeerView['path'], 'sinceAt' | 'nextTryAt' | 'candidates'> = { sinceAt: null, nextTryAt: null, candidates: [] };

export function latency(around: number, samples = 48, missed: readonly number[] = []): PeerView['latency'] {
  return Array.from({ length: samples }, (_, i) => {
    const wave = Math.sin(i * 0.45 + around * 9) * 0.12 + (i % 17 === Math.round(around * 9) % 17 ? 0.45 : 0) + Math.sin(i * 2.3) * 0.05;
    return { at: NOW - (samples - i) * SECOND, ms: missed.includes(i) ? null : Math.max(0.05, around * (1 + wave)) };
  });
}

export function peer(id: number, over: Partial<PeerView> = {}): PeerView {
  const name = NAMES[id] ?? `device-${String(id).padStart(4, '0')}`;
  const endpoint = `127.0.0.1:${50_000 + (id % 10_000)}`;
  return {
    id,
    name,
    publicKey: `${name.slice(0, 4).padEnd(4, 'x')}3oL0hQmH9sV1kq2Yw8TzR5nB7cJ4dF6gA0pXeU${String(id % 10)}=`,
    addresses: [`10.77.${Math.floor(id / 250)}.${(id % 250) + 2}`],
    health: 'proved',
    healthSinceAt: NOW - 312 * SECOND,
    path: { kind: 'direct', via: endpoint, latencyMs: 0.4 + id * 0.3, why: { key: 'why.direct-configured', endpoint }, ...FROM_FILE },
    handshakeAt: NOW - (41 + ((id * 17) % 70)) * SECOND,
    lastDataAt: NOW - (1 + (id % 3)) * SECOND,
    rxBytes: 184_320 + id * 91_000,
    txBytes: 181_200 + id * 90_400,
    handshakes: 3,
    latency: latency(0.4 + id * 0.3),
    ...over,
  };
}

export function entry(id: number, agoMs: number, over: Partial<HistoryView> & Pick<HistoryView, 'cause' | 'action'>): HistoryView {
  return { id, at: WALL - agoMs, startedAt: NOW - agoMs, truth: 'path', peer: null, result: null, durationMs: null, unreachable: [], ...over };
}

const yesterday: readonly HistoryView[] = [
  entry(1, 25 * 3_600_000, { cause: { key: 'history.cause.slept', sleptMs: 7 * 3_600_000 }, action: { key: 'history.action.checked-all', total: 3 }, result: { key: 'history.result.all-again', answered: 3, total: 3 }, durationMs: 1_400, truth: 'os' }),
];

const pastHistory: readonly HistoryView[] = [
  entry(2, 312_000, { cause: { key: 'history.cause.started' }, action: { key: 'history.action.first-handshakes', total: 3 }, result: { key: 'history.result.all-again', answered: 3, total: 3 }, durationMs: 80 }),
  entry(3, 201_000, { cause: { key: 'history.cause.all-silent', total: 3, silentMs: 15_200 }, action: { key: 'history.action.rebind', attempts: 2 }, result: { key: 'history.result.all-again', answered: 3, total: 3 }, durationMs: 8_100, unreachable: [...NAMES] }),
  entry(4, 98_000, { cause: { key: 'history.cause.peer-restarted-handshake', peer: 'beacon' }, action: { key: 'history.action.accepted-session' }, result: { key: 'history.result.new-session', peer: 'beacon' }, durationMs: 12, peer: 'beacon' }),
  entry(5, 44_000, { cause: { key: 'history.cause.moved', peer: 'capstan', from: '127.0.0.1:50002', to: '127.0.0.1:50717' }, action: { key: 'history.action.followed' }, result: { key: 'history.result.same-session', peer: 'capstan' }, durationMs: 3, peer: 'capstan' }),
];

const idle: NonNullable<Snapshot['sandbox']> = {
  storm: null,
  faults: (['cut-cable', 'restart-peer', 'move-peer', 'suspend', 'block-udp', 'reboot-nat', 'stop-relay', 'stale-relay', 'rtm-miss-storm', 'route-wipe', 'interface-gone', 'add-peer', 'remove-peer', 'deny-peer', 'expire-key', 'stop-server', 'silent-control', 'approve-sign-in'] as const).map((id) => ({ id, activeUntilAt: null, peer: null })),
};

export function scene(over: Partial<Snapshot> & { readonly state?: Snapshot['overall']['state']; readonly sentence?: Message; readonly causes?: CauseView[] }): Snapshot {
  const { state = 'connected', sentence = { key: 'overall.connected', answering: 3, total: 3 }, causes = [], ...rest } = over;
  return {
    schema: 1,
    revision: 1,
    now: NOW,
    wall: WALL,
    version: '0.1.0',
    overall: { state, sentence, causes, sinceAt: NOW - 40 * SECOND },
    accounts: [],
    shell: fakeShell,
    account: null,
    self: { name: 'this-laptop', publicKey: 'b0wL1neQ4tS7vX2zA5dG8jM1pR4uY6wB9eH3kN0sV7c=', addresses: ['10.77.0.1', 'fd77::1'], port: 49_812 },
    truths: {
      control: { state: 'off', provedAt: null, detail: { key: 'truth.control-none' } },
      relay: { state: 'off', provedAt: null, detail: { key: 'truth.relay-none' } },
      path: { state: 'ok', provedAt: NOW - SECOND, detail: { key: 'truth.path', direct: 3, relayed: 0, checking: 0, quiet: 0, silent: 0 } },
      os: { state: 'ok', provedAt: NOW - 9 * SECOND, detail: { key: 'truth.os-memory' } },
    },
    provedForMs: PROVED_FOR_MS,
    peers: [peer(0), peer(1), peer(2)],
    relays: [],
    os: null,
    netcheck: null,
    history: [...pastHistory],
    sandbox: idle,
    ...rest,
  };
}

const endpointOf = (id: number): string => `127.0.0.1:${50_000 + id}`;

export function silentPeer(id: number, forMs: number): PeerView {
  const endpoint = endpointOf(id);
  return peer(id, {
    health: 'silent',
    healthSinceAt: NOW - forMs + 20_000,
    lastDataAt: NOW - forMs,
    path: { kind: 'none', via: null, latencyMs: null, why: { key: 'why.none-silent', endpoint, sinceAt: NOW - forMs }, ...FROM_FILE },
    latency: latency(0.7, 48, [40, 41, 42, 43, 44, 45, 46, 47]),
  });
}

function checkingPeer(id: number, forMs: number): PeerView {
  return peer(id, { health: 'checking', healthSinceAt: NOW - 2_400, lastDataAt: NOW - forMs, path: { kind: 'direct', via: endpointOf(id), latencyMs: null, why: { key: 'why.direct-configured', endpoint: endpointOf(id) }, ...FROM_FILE } });
}

export const pathTruth = (state: 'checking' | 'stale' | 'down' | 'off', provedAgo: number | null, counts: { direct?: number; relayed?: number; checking?: number; quiet?: number; silent?: number }): Snapshot['truths'] => ({
  ...scene({}).truths,
  path: { state, provedAt: provedAgo === null ? null : NOW - provedAgo, detail: { key: 'truth.path', direct: 0, relayed: 0, checking: 0, quiet: 0, silent: 0, ...counts } },
});

/** A network of `n` devices that all answer. */
function crowd(n: number): Snapshot {
  return scene({
    sandbox: null,
    sentence: { key: 'overall.connected', answering: n, total: n },
    peers: Array.from({ length: n }, (_, id) => (id % 97 === 5 ? peer(id, { path: { kind: 'relay', via: 'fra', latencyMs: 31, why: { key: 'why.relay-no-answer', relay: 'fra', probed: 3, nextTryAt: NOW + 9 * SECOND }, ...FROM_FILE } }) : peer(id))),
  });
}

/** States of a tunnel, by name. */
export const tunnelScenes = {
  connected: () => scene({}),
  plain: () => scene({ sandbox: null, history: [...yesterday, ...pastHistory] }),
  quiet: () =>
    scene({
      state: 'idle',
      sentence: { key: 'overall.quiet', total: 3 },
      peers: [0, 1, 2].map((id) => peer(id, { health: 'quiet', lastDataAt: NOW - 190_000 - id * 1_000 })),
      truths: pathTruth('off', 190_000, { quiet: 3 }),
    }),
  checking: () =>
    scene({
      state: 'checking',
      sentence: { key: 'overall.checking', waiting: 1, total: 3 },
      causes: [{ id: 'checking-1', severity: 'checking', message: { key: 'cause.peer-checking', peer: 'beacon', sinceAt: NOW - 2_400, endpoint: endpointOf(1) }, sinceAt: NOW - 2_400, peer: 'beacon' }],
      peers: [peer(0), checkingPeer(1, 17_400), peer(2)],
      truths: pathTruth('checking', 1_000, { direct: 2, checking: 1 }),
    }),
  attention: () =>
    scene({
      state: 'attention',
      sentence: { key: 'overall.some-silent', silent: 1, total: 3 },
      causes: [
        { id: 'silent-1', severity: 'stale', message: { key: 'cause.peer-silent', peer: 'beacon', sinceAt: NOW - 64_000, endpoint: endpointOf(1), attempts: 4 }, sinceAt: NOW - 64_000, peer: 'beacon' },
        { id: 'checking-2', severity: 'checking', message: { key: 'cause.peer-checking', peer: 'capstan', sinceAt: NOW - 2_400, endpoint: endpointOf(2) }, sinceAt: NOW - 2_400, peer: 'capstan' },
      ],
      peers: [peer(0), silentPeer(1, 64_000), checkingPeer(2, 12_000)],
      truths: pathTruth('stale', 1_000, { direct: 1, checking: 1, silent: 1 }),
      history: [
        ...pastHistory,
        entry(6, 39_000, { cause: { key: 'history.cause.peer-silent', peer: 'beacon', silentMs: 25_000 }, action: { key: 'history.action.handshake', attempts: 4 }, peer: 'beacon', unreachable: ['beacon'] }),
      ],
      sandbox: { ...idle, faults: idle.faults.map((fault) => (fault.id === 'restart-peer' ? { ...fault, activeUntilAt: NOW + 12_000, peer: 'beacon' } : fault)) },
    }),
  offline: () =>
    scene({
      state: 'offline',
      sentence: { key: 'overall.none-answer', total: 3 },
      causes: [
        { id: 'underlay', severity: 'down', message: { key: 'cause.underlay', code: 'ENETUNREACH' }, sinceAt: NOW - 31_000, peer: null },
        { id: 'all', severity: 'down', message: { key: 'cause.all-silent', total: 3, sinceAt: NOW - 31_000 }, sinceAt: NOW - 31_000, peer: null },
      ],
      peers: [0, 1, 2].map((id) => silentPeer(id, 31_000)),
      truths: pathTruth('down', 31_000, { silent: 3 }),
      history: [
        ...pastHistory,
        entry(6, 16_000, { cause: { key: 'history.cause.all-silent', total: 3, silentMs: 15_000 }, action: { key: 'history.action.rebind', attempts: 2 }, unreachable: [...NAMES] }),
      ],
      sandbox: { ...idle, faults: idle.faults.map((fault) => (fault.id === 'cut-cable' ? { ...fault, activeUntilAt: NOW + 9_000 } : fault)) },
    }),
  woke: () =>
    scene({
      state: 'checking',
      sentence: { key: 'overall.woke', sleptMs: 180_000, total: 3 },
      causes: [{ id: 'woke', severity: 'checking', message: { key: 'cause.woke', sleptMs: 180_000 }, sinceAt: NOW - 600, peer: null }],
      peers: [0, 1, 2].map((id) => checkingPeer(id, 181_000 + id * 1_000)),
      truths: { ...pathTruth('checking', 181_000, { checking: 3 }), os: { state: 'checking', provedAt: NOW - 190_000, detail: { key: 'truth.os-memory' } } },
      history: [...pastHistory, entry(6, 600, { truth: 'os', cause: { key: 'history.cause.slept', sleptMs: 180_000 }, action: { key: 'history.action.checked-all', total: 3 }, unreachable: [...NAMES] })],
    }),
  empty: () => scene({ state: 'idle', sentence: { key: 'overall.no-peers' }, peers: [], history: [], sandbox: null, truths: { ...pathTruth('off', null, {}), path: { state: 'off', provedAt: null, detail: { key: 'truth.path-none' } } } }),
  thousand: () => crowd(1_000),
  'ten-thousand': () => crowd(10_000),
  /** As a young peer list looks: one never answered, one has no address. Unknown values are dashes. */
  young: () =>
    scene({
      state: 'attention',
      sentence: { key: 'overall.some-silent', silent: 1, total: 3 },
      causes: [
        { id: 'never-1', severity: 'stale', message: { key: 'cause.peer-never', peer: 'beacon', endpoint: endpointOf(1), attempts: 5 }, sinceAt: NOW - 64_000, peer: 'beacon' },
        { id: 'none-2', severity: 'info', message: { key: 'cause.peer-no-endpoint', peer: 'capstan' }, sinceAt: NOW - 64_000, peer: 'capstan' },
      ],
      peers: [
        peer(0),
        peer(1, { health: 'never', handshakeAt: null, lastDataAt: null, rxBytes: 0, txBytes: 740, handshakes: 0, latency: [], path: { kind: 'none', via: null, latencyMs: null, why: { key: 'why.none-never-answered', endpoint: endpointOf(1) }, ...FROM_FILE } }),
        peer(2, { health: 'never', handshakeAt: null, lastDataAt: null, rxBytes: 0, txBytes: 0, handshakes: 0, latency: [], path: { kind: 'none', via: null, latencyMs: null, why: { key: 'why.none-no-endpoint' }, ...FROM_FILE } }),
      ],
      truths: pathTruth('stale', 1_000, { direct: 1, silent: 2 }),
      sandbox: null,
    }),
} as const satisfies Record<string, () => Snapshot>;
