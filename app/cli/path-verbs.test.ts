/** The verbs about paths and the network around, over a real control socket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check, Netcheck, WhyAnswer, type PathView } from '../api/schema.ts';
import { startControlSocket, type ControlSocket } from '../host/control-socket/server.ts';
import { fakeHost, type FakeHost } from '../../tests/doubles/fake-engine.ts';
import { netcheck, tryDirect, why } from './path-verbs.ts';
import { paintFor } from './table.ts';
import type { Terminal } from './verbs.ts';

const NOW = 1_000_000;
let folder: string;
let socket: ControlSocket;
let host: FakeHost;
let out: string[];
let errors: string[];
let waits: number;
const terminal: Terminal = {
  out: (line) => out.push(line),
  error: (line) => errors.push(line),
  paint: paintFor({}, {}),
  wait: () => {
    waits += 1;
    return Promise.resolve();
  },
  timeOf: (iso) => iso,
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bowline-paths-'));
  host = fakeHost();
  socket = await startControlSocket({ host, path: join(folder, 's.sock') });
  [out, errors, waits] = [[], [], 0];
});
afterEach(async () => {
  await socket.close();
  rmSync(folder, { recursive: true });
});

const here = (isJson: boolean): { readonly socket: string; readonly json: boolean } => ({ socket: socket.path, json: isJson });
const shown = (): string => out.join('\n').replaceAll('\u00a0', ' ');
const json = (): unknown => JSON.parse(out.join());

const RELAYED: PathView = {
  kind: 'relay',
  via: 'lab',
  latencyMs: 31.2,
  why: { key: 'why.relay-no-answer', relay: 'lab', probed: 2, nextTryAt: NOW + 12_000 },
  sinceAt: NOW - 250_000,
  nextTryAt: NOW + 12_000,
  candidates: [
    { endpoint: '198.51.100.9:52233', source: 'call-me-maybe', sent: 4, answered: 0, lastAnswerAt: null, latencyMs: null, badUntil: null },
    { endpoint: '192.0.2.40:41641', source: 'map', sent: 9, answered: 9, lastAnswerAt: NOW - 3_000, latencyMs: 8, badUntil: NOW + 60_000 },
  ],
};
const DIRECT: PathView = { ...RELAYED, kind: 'direct', via: '192.0.2.40:41641', latencyMs: 8, why: { key: 'why.direct-proved', endpoint: '192.0.2.40:41641' }, nextTryAt: null };

describe('why', () => {
  const options = { peer: 'harbour', port: undefined, protocol: undefined, tryFirst: true };

  it('tells what was really tried, where each address comes from, and what is left out for how long', async () => {
    host.engine.afterTry = RELAYED;
    expect(await why({ ...here(false), ...options }, terminal)).toBe(0);
    expect(host.engine.tried).toEqual(['harbour']);
    expect(shown()).toBe(
      [
        'harbour: By relay lab: no answer from 2 addresses; next try in 12 s.',
        '  Relayed via lab for 4 m 10 s, 31 ms.',
        '',
        'ADDRESS             TOLD BY          ASKED  ANSWERED  LATENCY  LAST ANSWER       LEFT OUT',
        '198.51.100.9:52233  the peer itself      4         0        –            –',
        '192.0.2.40:41641    the network          9         9   8.0 ms          3 s  1 m 00 s more',
      ].join('\n'),
    );
  });

  it('--json has the same as figures', async () => {
    host.engine.afterTry = RELAYED;
    await why({ ...here(true), ...options }, terminal);
    expect(check(WhyAnswer, json(), 'why')).toMatchObject({
      ok: true,
      value: { peer: 'harbour', evidence: { kind: 'relay', via: 'lab', sinceSeconds: 250, nextTrySeconds: 12, candidates: [{ sent: 4, answered: 0, latencyMs: null, leftOutSeconds: null }, { lastAnswerAgeSeconds: 3, leftOutSeconds: 60 }] } },
    });
  });
});

describe('try-direct', () => {
  it('waits for the way that is found and says which', async () => {
    host.engine.afterTry = DIRECT;
    expect(await tryDirect({ ...here(false), peer: 'harbour' }, terminal)).toBe(0);
    expect(shown()).toBe('harbour: Direct to 192.0.2.40:41641. Probes and data pass.');
    expect(waits).toBe(0);
  });

  it('fails with the reason when none is found, once the round is over', async () => {
    host.engine.afterTry = RELAYED;
    expect(await tryDirect({ ...here(true), peer: '100.64.0.2' }, terminal)).toBe(1);
    expect(errors.join()).toContain('There is no peer 100.64.0.2');
    [out, errors] = [[], []];
    expect(await tryDirect({ ...here(true), peer: 'harbour' }, terminal)).toBe(1);
    expect(json()).toMatchObject({ asked: 1, peers: [{ name: 'harbour', path: { kind: 'relay', via: 'lab', why: expect.stringContaining('no answer from 2 addresses') } }] });
    expect(errors).toEqual(['bowline: no direct way to harbour was found. Bowline goes on looking.']);
    expect(waits).toBe(20);
  });

  it('a round that goes on is waited for, but not for ever', async () => {
    host.engine.afterTry = { ...RELAYED, why: { key: 'why.relay-trying', relay: 'lab', candidates: 2 } };
    expect(await tryDirect({ ...here(false), peer: 'harbour' }, terminal)).toBe(1);
    expect(waits).toBe(39);
  });

  it('without a name asks for all that are relayed, and says when nobody is', async () => {
    expect(await tryDirect({ ...here(false), peer: undefined }, terminal)).toBe(0);
    expect(shown()).toBe('Nobody is relayed.');
    expect(host.engine.tried).toEqual(['all']);
  });
});

describe('netcheck', () => {
  it('tells the network around, and relays by latency, the silent ones last', async () => {
    expect(await netcheck(here(false), terminal)).toBe(0);
    expect(shown()).toBe(
      [
        'UDP           works',
        'IPv4          works, seen as 203.0.113.7:41641',
        'IPv6          –',
        'NAT           keeps one port for all destinations',
        'Port mapping  none: the router answers neither PCP nor NAT-PMP',
        'Home relay    lab',
        '',
        'RELAY  LATENCY',
        'lab      12 ms',
        'far      48 ms',
        'moon         –',
      ].join('\n'),
    );
  });

  it('--json has the promised fields and no other', async () => {
    await netcheck(here(true), terminal);
    expect(json()).toEqual({
      udp: true, ipv4: true, ipv6: null, mappingVariesByDestination: false, globalV4: '203.0.113.7:41641', globalV6: null, homeRelay: 'lab',
      relays: [{ region: 'lab', latencyMs: 11.9 }, { region: 'far', latencyMs: 48.2 }, { region: 'moon', latencyMs: null }], portMapping: 'none: the router answers neither PCP nor NAT-PMP',
    });
    expect(check(Netcheck, json(), 'netcheck').ok).toBe(true);
  });
});
