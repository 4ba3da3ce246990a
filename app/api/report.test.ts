/** The report for people: what stands where, and that nothing of a snapshot leaves that nobody decided on. */
import { describe, expect, it } from 'vitest';
import { fakeHost } from '../../tests/doubles/fake-engine.ts';
import { Pseudonyms } from '../recorder/pseudonyms.ts';
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
    const report = reportText({ snapshot: planted(withAccount, '') as Snapshot, program }, new Pseudonyms());
    expect(report).not.toContain('canary');
    expect(report).not.toContain('register');
    expect(report).not.toContain('203.0.113');
    // The same report with names has them: the search finds what is there.
    expect(reportText({ snapshot: withAccount, program }, undefined)).toContain('canary-self');
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
    for (const part of ['State    attention', 'path     stale     proved 0.4 s', '=== What happened', '=== The network around this computer ===', 'why: ', 'handshake 1 m 04 s ago', 'Refused packets and datagrams:\n          3  data: replayed', 'The event loop kept a deadline waiting for 3.2 ms']) expect(report.replaceAll('\u00a0', ' ')).toContain(part);
  });

  it('of thousands of devices shows those with trouble first, and says how many it left out', () => {
    const { snapshot, program } = diagnosed();
    const [one] = snapshot.peers;
    const peers = Array.from({ length: 3_000 }, (_, id) => ({ ...one!, id, name: `d${id}`, health: id === 2_999 ? ('silent' as const) : ('quiet' as const), lastDataAt: null }));
    const report = reportText({ snapshot: { ...snapshot, peers }, program }, undefined);
    expect(report).toContain('d2999: silent');
    expect(report).toContain('2800 more, quiet.');
    expect(report.length).toBeLessThan(100_000);
  });
});
