/** Snapshots, differences, and what a screen that follows them shows. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPatch, diffSnapshots, HISTORY_LIMIT } from './patch.ts';
import { check, Patch, Snapshot, type HistoryView, type PeerView } from './schema.ts';

function peer(id: number, rxBytes = 0, latency: PeerView['latency'] = []): PeerView {
  return {
    id, name: `peer-${id}`, publicKey: `key-${id}`, addresses: [`10.0.0.${id}`], health: 'quiet', healthSinceAt: 0,
    path: { kind: 'direct', via: '192.0.2.1:1', latencyMs: null, why: { key: 'why.direct-configured', endpoint: '192.0.2.1:1' }, sinceAt: null, nextTryAt: null, candidates: [] },
    handshakeAt: null, lastDataAt: null, rxBytes, txBytes: 0, handshakes: 0, latency,
  };
}

function entry(id: number, durationMs: number | null = null): HistoryView {
  return { id, at: 1, startedAt: 1, truth: 'path', peer: null, cause: { key: 'history.cause.started' }, action: { key: 'history.action.followed' }, result: null, durationMs, unreachable: [] };
}

function snapshot(revision: number, over: Partial<Snapshot> = {}): Snapshot {
  const truth = { state: 'off', provedAt: null, detail: { key: 'truth.relay-none' } } as const;
  return {
    schema: 1, revision, now: revision * 10, wall: revision * 10, version: '0', provedForMs: 1, account: null, accounts: [], sandbox: null, shell: null, peers: [], relays: [], netcheck: null, os: null, history: [],
    overall: { state: 'connected', sentence: { key: 'overall.no-peers' }, causes: [], sinceAt: 0 },
    self: { name: 'self', publicKey: 'k', addresses: [], port: null },
    truths: { control: truth, relay: truth, path: truth, os: truth },
    ...over,
  };
}

const peers = fc.uniqueArray(
  fc.record({ id: fc.integer({ min: 0, max: 12 }), rx: fc.integer({ min: 0, max: 3 }), ms: fc.option(fc.integer({ min: 1, max: 3 })) }),
  { selector: (p) => p.id, maxLength: 10 },
).map((list) => list.map((p) => peer(p.id, p.rx, [{ at: 0, ms: p.ms }])));

const accounts = fc.array(fc.record({ id: fc.constantFrom('a', 'b'), server: fc.constant('https://a'), user: fc.constant(null), active: fc.boolean(), state: fc.constantFrom('signed-out' as const, 'signed-in' as const) }), { maxLength: 2 });
const account: fc.Arbitrary<Snapshot['account']> = fc.option(fc.record({
  server: fc.constant('https://hs.example.org'),
  phase: fc.constantFrom('running', 'backing-off', 'sign-in'),
  phaseSinceAt: fc.constant(3),
  attempt: fc.nat(2),
  lastError: fc.constant(null),
  nextTryAt: fc.option(fc.constant(9)),
  signInUrl: fc.option(fc.constant('https://hs.example.org/register/1')),
  keyChange: fc.option(fc.constant({ pinned: 'mkey:00', offered: 'mkey:11' })),
  user: fc.option(fc.constant('ada')),
  tailnet: fc.constant(null),
  name: fc.constant('laptop'),
  tags: fc.subarray(['tag:lab', 'tag:web']),
  keyExpiresAt: fc.option(fc.constant(1_800_000_000_000)),
}));

const relays: fc.Arbitrary<Snapshot['relays']> = fc.array(fc.record({ region: fc.nat(2), code: fc.constant('lab'), name: fc.constant('Lab'), home: fc.boolean(), state: fc.constantFrom('up', 'backing-off'), heardAt: fc.option(fc.nat(3)), latencyMs: fc.option(fc.nat(3)) }), { maxLength: 2 });
const netcheck: fc.Arbitrary<Snapshot['netcheck']> = fc.option(
  fc.record({ at: fc.nat(3), udp: fc.option(fc.boolean()), ipv4: fc.constant(true), ipv6: fc.constant(null), mappingVariesByDestination: fc.option(fc.boolean()), captivePortal: fc.constant(null), globalV4: fc.constant('192.0.2.1:1'), globalV6: fc.constant(null), portMapping: fc.constant(null) }),
);

const os: fc.Arbitrary<Snapshot['os']> = fc.option(fc.record({ state: fc.constantFrom('settled', 'fought-over'), sinceAt: fc.option(fc.nat(3)), items: fc.constant([{ kind: 'throw' as const, name: '10.0.0.0/8' }]), missing: fc.nat(2), attempts: fc.nat(2), undone: fc.nat(2), opponent: fc.option(fc.constant({ program: 'x', mark: null })), nextTryAt: fc.option(fc.nat(3)) }));

/** A history as an engine keeps it: grows at the end, entries end, the oldest fall out. */
const grownHistory = fc.record({ before: fc.integer({ min: 0, max: HISTORY_LIMIT }), added: fc.integer({ min: 0, max: 30 }), ended: fc.array(fc.nat(HISTORY_LIMIT), { maxLength: 5 }) })
  .map(({ before, added, ended }) => {
    const old = Array.from({ length: before }, (_, i) => entry(i));
    const after = [...old, ...Array.from({ length: added }, (_, i) => entry(before + i))].map((e) => (ended.includes(e.id) ? { ...e, durationMs: 5 } : e));
    return { old, after: after.slice(-HISTORY_LIMIT) };
  });

describe('diffSnapshots and applyPatch', () => {
  it('rebuild the newer snapshot from the older one', () => {
    fc.assert(
      fc.property(peers, peers, grownHistory, fc.boolean(), fc.boolean(), accounts, accounts, fc.tuple(account, account), fc.tuple(relays, relays, netcheck, netcheck, os, os), (a, b, history, sandboxBefore, sandboxAfter, accountsBefore, accountsAfter, live, around) => {
        const sandbox = (on: boolean): Snapshot['sandbox'] => (on ? { faults: [{ id: 'suspend', activeUntilAt: null, peer: null }], storm: null } : null);
        const before = snapshot(1, { account: live[0], peers: a, history: history.old, sandbox: sandbox(sandboxBefore), accounts: accountsBefore, relays: around[0], netcheck: around[2], os: around[4] });
        const after = snapshot(5, { account: live[1], peers: b, history: history.after, sandbox: sandbox(sandboxAfter), accounts: accountsAfter, relays: around[1], netcheck: around[3], os: around[5] });
        const patch = diffSnapshots(before, after);
        if (patch === undefined) {
          expect({ ...before, revision: 5, now: 50, wall: 50 }).toEqual(after);
          return;
        }
        expect(check(Patch, structuredClone(patch), 'patch').ok).toBe(true);
        expect(applyPatch(before, structuredClone(patch))).toEqual(after);
      }),
      { numRuns: 200 },
    );
  });

  it('send nothing when only the clock moved', () => {
    expect(diffSnapshots(snapshot(1, { peers: [peer(1)] }), snapshot(2, { peers: [peer(1)] }))).toBeUndefined();
    expect(diffSnapshots(snapshot(2), snapshot(2))).toBeUndefined();
  });

  it('send only the peers that changed', () => {
    const patch = diffSnapshots(snapshot(1, { peers: [peer(1), peer(2)] }), snapshot(2, { peers: [peer(1), peer(2, 7)] }));
    expect(patch?.peers).toEqual({ put: [peer(2, 7)], removed: [] });
    expect(Object.keys(patch ?? {}).sort()).toEqual(['from', 'now', 'peers', 'revision', 'wall']);
  });

  it('carry a sandbox that ends', () => {
    const patch = diffSnapshots(snapshot(1, { sandbox: { faults: [], storm: null } }), snapshot(2));
    expect(patch?.sandbox).toBeNull();
    expect(patch === undefined ? undefined : applyPatch(snapshot(1, { sandbox: { faults: [], storm: null } }), patch)).toEqual(snapshot(2));
  });
});

describe('applyPatch', () => {
  it('keeps the identity of what did not change', () => {
    const before = snapshot(1, { peers: [peer(1), peer(2)], history: [entry(1)] });
    const after = applyPatch(before, { from: 1, revision: 2, now: 20, wall: 20, peers: { put: [peer(2, 9)], removed: [] } });
    if (after === 'gap') throw new Error('unexpected gap');
    expect(after.peers[0]).toBe(before.peers[0]);
    expect(after.peers[1]).not.toBe(before.peers[1]);
    expect(after.history).toBe(before.history);
    expect(after.overall).toBe(before.overall);
  });

  it('reports a gap when revisions do not join', () => {
    expect(applyPatch(snapshot(1), { from: 2, revision: 3, now: 30, wall: 30 })).toBe('gap');
    expect(applyPatch(snapshot(4), { from: 3, revision: 5, now: 50, wall: 50 })).toBe('gap');
  });

  it('ignores a patch that the snapshot already contains', () => {
    const current = snapshot(4);
    expect(applyPatch(current, { from: 2, revision: 3, now: 30, wall: 30 })).toBe(current);
    expect(applyPatch(current, { from: 3, revision: 4, now: 40, wall: 40 })).toBe(current);
  });

  it('replaces a running history entry when it ends, and never keeps more than the limit', () => {
    const full = snapshot(1, { history: Array.from({ length: HISTORY_LIMIT }, (_, i) => entry(i)) });
    const after = applyPatch(full, { from: 1, revision: 2, now: 20, wall: 20, history: [entry(499, 3_100), entry(500)] });
    if (after === 'gap') throw new Error('unexpected gap');
    expect(after.history).toHaveLength(HISTORY_LIMIT);
    expect(after.history.at(-2)).toEqual(entry(499, 3_100));
    expect(after.history.at(-1)).toEqual(entry(500));
  });

  it('fits a new engine only through a new snapshot', () => {
    expect(check(Snapshot, snapshot(1), 'snapshot').ok).toBe(true);
    expect(check(Snapshot, { ...snapshot(1), schema: 2 }, 'snapshot')).toMatchObject({ ok: false, error: { message: expect.stringContaining('schema') } });
  });
});
