/** States of an account of a tailnet, by name, made by hand from the schema. Pure. Only for tests, as fake-scenes.ts. */
import type { AccountEntry, AccountView, PeerView, Snapshot } from '../../app/api/schema.ts';
import { fakeTray } from './fake-shell.ts';
import { entry, FROM_FILE, NOW, peer, scene, WALL } from './fake-scenes.ts';

const SECOND = 1_000;
const DAY = 86_400_000;

export const SIGN_IN_URL = 'https://hs.example.org/register/hskey-authreq-3f9c1a7be20d5584c6aa10ee';
const HOST = 'hs.example.org';
const REFUSED = { key: 'trouble.refused', host: HOST, port: 443 } as const;
const PINNED = 'mkey:4b1f0c9de2a7736655e1908842d3bb7af03c6e5d18e9274ab65c01ff93de8a12';
const OFFERED = 'mkey:9ac2e417bb06d53f2210874ce9a1f6d8035b4e77c2a96d1840ff3b52e68d01c7';

const HOME: AccountEntry = { id: 'hs.example.org', server: 'https://hs.example.org', user: 'ada', active: true, state: 'signed-in' };
const LAB: AccountEntry = { id: 'vpn.lab.example', server: 'https://vpn.lab.example:8443', user: 'ada@lab.example', active: false, state: 'signed-in' };
const NAS: AccountEntry = { id: '192.168.1.5', server: 'http://192.168.1.5:8080', user: null, active: false, state: 'signed-out' };

export function account(over: Partial<AccountView> = {}): AccountView {
  return {
    server: HOME.server,
    phase: 'running',
    phaseSinceAt: NOW - 312 * SECOND,
    attempt: 0,
    lastError: null,
    nextTryAt: null,
    signInUrl: null,
    keyChange: null,
    user: 'ada',
    tailnet: 'home.example.org',
    name: 'this-laptop',
    tags: [],
    keyExpiresAt: WALL + 148 * DAY + 60 * SECOND,
    ...over,
  };
}

const controlTruth = (state: Snapshot['truths']['control']['state'], provedAgo: number | null, detail: Snapshot['truths']['control']['detail']): Snapshot['truths'] => ({
  ...scene({}).truths,
  control: { state, provedAt: provedAgo === null ? null : NOW - provedAgo, detail },
});

/** In a network that was joined before: the tunnel stands. */
function member(over: Partial<AccountView>, rest: Parameters<typeof scene>[0] = {}): Snapshot {
  return scene({ sandbox: null, account: account(over), accounts: [HOME], truths: controlTruth('ok', 21 * SECOND, { key: 'truth.control-ok', host: HOST }), ...rest });
}

/** Before the first map: no address, no peers. */
function joining(over: Partial<AccountView>): Snapshot {
  const calm = scene({});
  return scene({
    state: 'checking',
    sentence: { key: 'overall.joining', host: HOST },
    sandbox: null,
    peers: [],
    history: [],
    self: { ...calm.self, addresses: [], port: null },
    account: account({ phaseSinceAt: NOW - 3 * SECOND, user: null, tailnet: null, keyExpiresAt: null, ...over }),
    accounts: [{ ...HOME, user: null, state: 'signing-in' }],
    truths: { ...controlTruth('checking', null, { key: 'truth.control-connecting', host: HOST }), path: { state: 'off', provedAt: null, detail: { key: 'truth.path-none' } } },
  });
}

const fromMap = (id: number, why: PeerView['path']['why']): PeerView =>
  peer(id, { health: 'never', handshakeAt: null, lastDataAt: null, rxBytes: 0, txBytes: 0, handshakes: 0, latency: [], path: { kind: 'none', via: null, latencyMs: null, why, ...FROM_FILE } });

const CONTROL_HISTORY = [
  entry(1, 640_000, { truth: 'control', cause: { key: 'trouble.silent', host: HOST, silentMs: 121_000 }, action: { key: 'history.action.reconnected', attempts: 2 }, result: { key: 'history.result.control-live', host: HOST }, durationMs: 1_300 }),
  entry(2, 24_000, { truth: 'control', cause: REFUSED, action: { key: 'history.action.reconnected', attempts: 3 } }),
];

export const accountScenes = {
  'first-run': () => {
    const calm = joining({});
    return { ...calm, account: null, accounts: [], overall: { ...calm.overall, state: 'idle' as const } };
  },
  'first-run-no-device': () => {
    const calm = joining({});
    const detail = { key: 'truth.os-no-device', why: 'rights' } as const;
    const causes = [{ id: 'no-device', severity: 'down' as const, message: detail, sinceAt: NOW, peer: null }];
    return { ...calm, account: null, accounts: [], tunnelLack: 'rights' as const, truths: { ...calm.truths, os: { state: 'down' as const, provedAt: null, detail } }, overall: { ...calm.overall, state: 'stopped' as const, causes } };
  },
  'guide-blocked': () => ({ ...member({}), tunnelLack: 'rights' as const }),
  'guide-alone': () => member({}, { state: 'idle', sentence: { key: 'overall.no-peers' }, peers: [], history: [] }),
  'guide-first-data': () => member({}, { state: 'checking', sentence: { key: 'overall.checking', waiting: 2, total: 2 }, peers: [fromMap(1, { key: 'why.none-map-no-address' }), fromMap(2, { key: 'why.none-map-no-address' })], history: [] }),
  'guide-connected': () => ({ ...member({}, { peers: [peer(0), peer(1), fromMap(2, { key: 'why.none-map-no-address' })] }), shell: fakeTray }),
  joining: () => joining({ phase: 'connecting', attempt: 1 }),
  'joining-late': () => joining({ phase: 'backing-off', phaseSinceAt: NOW - 19 * SECOND, attempt: 4, nextTryAt: NOW + 8 * SECOND, lastError: REFUSED }),
  'joining-map': () => joining({ phase: 'fetching-map' }),
  'sign-in': () => joining({ phase: 'sign-in', phaseSinceAt: NOW - 17 * SECOND, signInUrl: SIGN_IN_URL }),
  refused: () => joining({ phase: 'refused', lastError: { key: 'trouble.says-no', host: HOST, text: 'authkey expired' } }),
  'key-changed': () => member({ phase: 'key-changed', phaseSinceAt: NOW - 40 * SECOND, keyChange: { pinned: PINNED, offered: OFFERED } }, { truths: controlTruth('down', 62 * SECOND, { key: 'truth.control-key-changed', host: HOST }), causes: [{ id: 'server', severity: 'down', message: { key: 'cause.server-key-changed', host: HOST, pinned: PINNED, offered: OFFERED }, sinceAt: NOW - 40 * SECOND, peer: null }] }),
  'key-changed-joining': () => joining({ phase: 'key-changed', keyChange: { pinned: PINNED, offered: OFFERED } }),
  member: () => member({}, { accounts: [HOME, LAB, NAS] }),
  'control-down': () => member({ phase: 'backing-off', phaseSinceAt: NOW - 24 * SECOND, attempt: 3, nextTryAt: NOW + 6 * SECOND, lastError: REFUSED }, { truths: controlTruth('down', 144 * SECOND, { key: 'truth.control-waiting', trouble: REFUSED, nextTryAt: NOW + 6 * SECOND }), causes: [{ id: 'server', severity: 'stale', message: { key: 'cause.server-trouble', trouble: REFUSED, nextTryAt: NOW + 6 * SECOND, tunnelWorks: true }, sinceAt: NOW - 24 * SECOND, peer: null }], history: CONTROL_HISTORY }),
  'expires-soon': () => member({ keyExpiresAt: WALL + 6 * DAY + 3_600_000 }),
  renewing: () => member({ keyExpiresAt: WALL + 3_000_000, signInUrl: SIGN_IN_URL }),
  expired: () => member({ phase: 'sign-in', phaseSinceAt: NOW - 9 * SECOND, signInUrl: SIGN_IN_URL, keyExpiresAt: WALL - 1_320_000 }, { state: 'attention', sentence: { key: 'overall.sign-in', host: HOST }, peers: [], truths: { ...controlTruth('down', 30 * SECOND, { key: 'truth.control-sign-in', host: HOST }), path: { state: 'off', provedAt: null, detail: { key: 'truth.path-none' } } }, causes: [{ id: 'server', severity: 'stale', message: { key: 'cause.sign-in-expired', host: HOST, ready: true }, sinceAt: NOW - 9 * SECOND, peer: null }] }),
  'signed-out': () => member({ phase: 'signed-out', phaseSinceAt: NOW - 90 * SECOND, user: null, keyExpiresAt: null }, { state: 'stopped', sentence: { key: 'overall.signed-out', host: HOST }, truths: controlTruth('off', null, { key: 'truth.control-signed-out', host: HOST }), accounts: [{ ...HOME, user: null, state: 'signed-out' }, LAB], peers: [] }),
  'keys-locked': () => ({
    ...member({}, { state: 'attention', sentence: { key: 'overall.keys-locked' }, peers: [], history: [], accounts: [{ ...HOME, state: 'locked', locked: 'other-key' }, LAB], truths: { ...controlTruth('off', null, { key: 'truth.control-none' }), path: { state: 'off', provedAt: null, detail: { key: 'truth.path-none' } } }, causes: [{ id: 'keys-locked', severity: 'down', message: { key: 'cause.keys-locked', host: HOME.id, why: 'other-key' }, sinceAt: NOW - 60 * SECOND, peer: null }] }),
    account: null,
  }),
  /** The sandbox, joined to its server. */
  demo: () => member({ server: 'http://127.0.0.1:41007', user: 'sandbox', tailnet: 'sandbox.example' }, { sandbox: scene({}).sandbox }),
  'from-map': () => member({ tags: ['tag:server'] }, { peers: [peer(0), fromMap(1, { key: 'why.none-map-no-address' }), fromMap(2, { key: 'why.none-expired' })] }),
} as const satisfies Record<string, () => Snapshot>;
