/** The report for people: what stands where, and that nothing of a snapshot leaves that nobody decided on. */
import { describe, expect, it } from 'vitest';
import { fakeHost, fakeShell } from '../../tests/doubles/fake-engine.ts';
import { Pseudonyms } from '../recorder/pseudonyms.ts';
import { isoTime } from './dates.ts';
import { reportText } from './report.ts';
import type { Diagnostics, Snapshot } from './schema.ts';

const diagnosed = (): Diagnostics => fakeHost({}).engine.diagnostics();

/** Texts that the report is made to hide: the names of people, devices and networks, and whatever nobody knows. */
const HIDDEN = new Set(['name', 'peer', 'user', 'tailnet', 'server', 'code', 'publicKey', 'signInUrl']);

function planted(value: unknown, field: string): unknown {
  if (Array.isArray(value)) return value.map((item) => planted(item, field));
  if (typeof value === 'string') return HIDDEN.has(field) && value !== '' ? `canary-${field}` : value;
  if (typeof value !== 'object' || value === null) return value;
  return { ...Object.fromEntries(Object.entries(value).map(([key, item]) => [key, planted(item, key)])), novel: 'canary-novel', bag: { token: 'canary-token', list: ['canary-item'] } };
}

describe('a report', () => {
  it('holds no name, no key, no sign-in address, and no field that nobody added', () => {
    const { snapshot, program } = diagnosed();
    const withAccount: Snapshot = {
      ...snapshot,
      account: { server: 'https://hs.canary-host.org', phase: 'sign-in', phaseSinceAt: 1, attempt: 2, lastError: { key: 'trouble.refused', host: 'hs.canary-host.org', port: 443 }, nextTryAt: null, signInUrl: 'https://hs.canary-host.org/register/secret', keyChange: null, user: 'canary@canary-host.org', tailnet: 'canary-net', name: 'canary-self', tags: ['tag:canary'], keyExpiresAt: null },
      overall: { ...snapshot.overall, causes: [{ id: 'x', severity: 'down', message: { key: 'cause.server-refuses', host: 'hs.canary-host.org', text: 'node canary-self of canary@canary-host.org is unknown at 203.0.113.9' }, sinceAt: 1, peer: 'canary-self' }] },
    };
    const kept: Diagnostics['kept'] = { device: 'bowline0', seenAt: 1, items: [{ kind: 'route', item: '203.0.113.0/24', there: false }, { kind: 'route', item: '10.0.0.0/8', there: true }] };
    const ways: Diagnostics['ways'] = [{ id: snapshot.peers[0]!.id, changes: [{ at: 5, direct: '203.0.113.7:41641', relay: null }, { at: 9, direct: null, relay: 'canary-relay' }] }];
    const report = reportText({ snapshot: planted(withAccount, '') as Snapshot, program, kept: planted(kept, '') as typeof kept, ways: planted(ways, '') as typeof ways }, new Pseudonyms());
    expect(report).not.toContain('canary');
    expect(report).not.toContain('register');
    expect(report).not.toContain('203.0.113');
    // The same report with names has them: the search finds what is there.
    const open = reportText({ snapshot: withAccount, program, kept, ways }, undefined);
    for (const text of ['canary-self', 'canary-relay', 'MISSING  route 203.0.113.0/24', 'packets go straight to 203.0.113.7:41641']) expect(open).toContain(text);
  });

  it('tells how keys lie on disk, where an update stands, and which account waits for its keys, by a stand-in', () => {
    const { snapshot, program, kept, ways } = diagnosed();
    const shell = { ...fakeShell().view(), keys: { kind: 'open', why: 'denied' }, update: { kind: 'failed', version: '0.2.0', cause: 'signature', detail: null, retry: 'check', checkedAt: 5 }, loginItem: 'requires-approval' } as const;
    const overall = { ...snapshot.overall, causes: [{ id: 'keys-locked', severity: 'down', message: { key: 'cause.keys-locked', host: 'hs.canary-host.org', why: 'denied' }, sinceAt: 1, peer: null }] } as const;
    const report = reportText({ snapshot: { ...snapshot, shell, overall: { ...overall, causes: [...overall.causes] } }, program, kept, ways }, new Pseudonyms());
    expect(report).toContain('Keys on disk: not sealed (denied).\nUpdates: failed (signature).\nStart at login: requires-approval.');
    expect(report).toMatch(/The keys of name-\d+\.name-\d+\.org do not open/);
    expect(report).not.toContain('canary');
  });

  it('names the same device the same in causes, history and list', () => {
    const report = reportText(diagnosed(), new Pseudonyms());
    const standIn = /^(name-\d+): never/m.exec(report)?.[1];
    expect(standIn).toBeDefined();
    expect(report).toContain(`${standIn}: no data for`);
    expect(report).toContain(`cut off: ${standIn}`);
    expect(report).not.toContain('lantern');
  });

  it('tells state, truths with ages, what happened, the network, devices and why, and the program', () => {
    const report = reportText(diagnosed(), new Pseudonyms());
    for (const part of ['State    attention', 'path     stale     proved 0.4 s', '=== What happened', '=== The network around this computer ===', 'why: ', 'handshake 1 m 04 s ago', 'Refused packets and datagrams:\n          3  data: replayed', '12  deadlines: half within 0.1 ms, 99 of 100 within 3.2 ms, 3.2 ms at worst; more than 100 ms: 0 times', '0  rounds of the feed: none yet']) expect(report.replaceAll('\u00a0', ' ')).toContain(part);
  });

  it('tells what is wanted on this system and what of it is there, and where packets of a device went', () => {
    const { snapshot, program } = diagnosed();
    const { now, wall } = snapshot;
    const id = snapshot.peers[0]!.id;
    const report = reportText({
      snapshot, program,
      kept: { device: 'bowline0', seenAt: now - 3_000, items: [{ kind: 'address', item: '100.64.0.1/32', there: true }, { kind: 'rule', item: '32765', there: false }, { kind: 'names', item: '', there: true }] },
      ways: [{ id, changes: [{ at: now - 60_000, direct: null, relay: 'fra' }, { at: now - 1_000, direct: '192.168.1.7:41641', relay: 'fra' }] }],
    }, undefined);
    expect(report).toContain('Device bowline0: 3 wanted, 1 of them missing');
    expect(report).toContain('\n  there    address 100.64.0.1/32\n  MISSING  rule 32765\n  there    names\n');
    expect(report).toContain(`    ${isoTime(wall - 60_000)}  packets go by relay fra\n    ${isoTime(wall - 1_000)}  packets go straight to 192.168.1.7:41641, and by relay fra\n`);
  });

  it('of thousands of devices shows those with trouble first, and says how many it left out', () => {
    const { snapshot, program } = diagnosed();
    const [one] = snapshot.peers;
    const peers = Array.from({ length: 3_000 }, (_, id) => ({ ...one!, id, name: `d${id}`, health: id === 2_999 ? ('silent' as const) : ('quiet' as const), lastDataAt: null }));
    const report = reportText({ snapshot: { ...snapshot, peers }, program, kept: null, ways: [] }, undefined);
    expect(report).toContain('d2999: silent');
    expect(report).toContain('2800 more, quiet.');
    expect(report.length).toBeLessThan(100_000);
  });
});
