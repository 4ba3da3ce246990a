import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check, HistoryEntry, PeerStatus, Status, WhyAnswer } from '../api/schema.ts';
import { startControlSocket, type ControlSocket } from '../host/control-socket/server.ts';
import { fakeHost, type FakeHost } from '../../tests/doubles/fake-engine.ts';
import { why } from './path-verbs.ts';
import { parseSince } from './since.ts';
import { paintFor, table } from './table.ts';
import { history, peers, ping, status, ui, type Terminal } from './verbs.ts';

const PLAIN = paintFor({}, {});
let folder: string;
let socket: ControlSocket;
let host: FakeHost;
let out: string[];
let errors: string[];
let waits: number[];
const terminal: Terminal = {
  out: (line) => out.push(line),
  error: (line) => errors.push(line),
  paint: PLAIN,
  wait: (ms) => {
    waits.push(ms);
    return Promise.resolve();
  },
  timeOf: (iso) => iso.slice(11, 19),
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bowline-cli-'));
  host = fakeHost({ ui: () => 'http://127.0.0.1:9/?token=x' });
  socket = await startControlSocket({ host, path: join(folder, 's.sock') });
  out = [];
  errors = [];
  waits = [];
});
afterEach(async () => {
  await socket.close();
  rmSync(folder, { recursive: true });
});

const json = (): unknown => {
  expect(out).toHaveLength(1);
  return JSON.parse(out[0]!);
};
const here = (isJson: boolean): { readonly socket: string; readonly json: boolean } => ({ socket: socket.path, json: isJson });
/** As a terminal shows it. */
const shown = (): string => out.join('\n').replaceAll('\u00a0', ' ');

describe('status', () => {
  it('says the sentence, then the causes, then the evidence with ages', async () => {
    expect(await status({ ...here(false), verbose: false }, terminal)).toBe(0);
    expect(shown()).toBe(
      [
        '1 of 2 devices does not answer.',
        '  lantern: no data for 52 s. Asked 3 times on 127.0.0.1:4001 without an answer. Trying again.',
        '',
        '  Why      The device is switched off, has no network, or its way here is broken.',
        '  Bowline  It asks again and tries every way that it knows.',
        '  To do    See whether the device is switched on and has a network.',
        '',
        'here  100.64.0.1  fd00::1',
        '',
        'TRUTH          STATE  PROVED  DETAIL',
        'Control        off         –  No control server is used',
        'Relay          off         –  No relay is used',
        'Peer paths     stale   0.4 s  1 direct, 1 silent',
        'This computer  ok        9 s  Runs in memory: routes and DNS are not touched',
        '',
        'PEER     PATH                   LATENCY  HANDSHAKE  LAST DATA  RECEIVED     SENT',
        'harbour  direct 127.0.0.1:4000   0.9 ms   1 m 04 s      0.4 s    640 MB  2.30 kB',
        'lantern  none                         –          –          –    640 MB  2.30 kB',
      ].join('\n'),
    );
    expect(errors).toEqual([]);
  });

  it('--json is the status of the schema', async () => {
    expect(await status({ ...here(true), verbose: true }, terminal)).toBe(0);
    expect(check(Status, json(), 'status')).toMatchObject({ ok: true, value: { state: 'attention', verbose: { uptimeSeconds: 65 } } });
    expect(host.engine.verbose).toEqual([true]);
  });

  it('--verbose counts refusals and wake-ups by reason', async () => {
    await status({ ...here(false), verbose: true }, terminal);
    expect(shown()).toContain('Bowline 0.1.0, up for 1 m 05 s, 64.0 MB of memory, 0 teardowns\nRefused:\n         3  data: replayed\nWake-ups:\n         2  node: rekey');
  });
});

describe('peers and history', () => {
  it('peers says why each path is what it is', async () => {
    expect(await peers(here(false), terminal)).toBe(0);
    expect(shown()).toContain('lantern  100.64.0.3  fd00::3\n  No address is known. It has to call first.');
    out = [];
    await peers(here(true), terminal);
    const { peers: all } = json() as { peers: unknown[] };
    for (const peer of all) expect(check(PeerStatus, peer, 'peer').ok).toBe(true);
  });

  it('history tells cause, action, result and duration, the newest last', async () => {
    expect(await history({ ...here(false), sinceMs: undefined }, terminal)).toBe(0);
    expect(shown()).toBe(
      [
        '13:50:00  harbour: no data for 10 s',
        '          Asked for a new session, 2 tries -> harbour answers, new session  (3.1 s)',
        '          Cut off: harbour',
        '13:59:08  lantern: no data for 10 s',
        '          Followed it there -> still going on',
        '          Cut off: lantern',
        '',
        'In all: 2 reconnects, longest 52 s, 1 still running.',
      ].join('\n'),
    );
    out = [];
    await history({ ...here(true), sinceMs: Date.UTC(2026, 10, 21, 13, 55) }, terminal);
    const { entries } = json() as { entries: unknown[] };
    expect(entries).toHaveLength(1);
    expect(check(HistoryEntry, entries[0], 'entry').ok).toBe(true);
  });

  it('history sums up the reconnects since a person last looked, or since the time that was asked for', async () => {
    host.engine.lookedAt = Date.UTC(2026, 10, 21, 13, 52);
    await history({ ...here(true), sinceMs: undefined }, terminal);
    expect(json()).toMatchObject({ summary: { since: '2026-11-21T13:52:00.000Z', reconnects: 1, longestMs: 52_000, running: 1 } });
    out = [];
    await history({ ...here(false), sinceMs: undefined }, terminal);
    expect(shown()).toContain('\nWhile you were away, since 13:52:00: 1 reconnect, 52 s, still running.');
    // The one who just read it is not away any more; JSON is read by no person.
    expect(host.engine.lookedAt).toBe(Date.UTC(2026, 10, 21, 14));
    out = [];
    await history({ ...here(false), sinceMs: Date.UTC(2026, 10, 21, 13, 49) }, terminal);
    expect(shown()).toContain('\nSince 13:49:00: 2 reconnects, longest 52 s, 1 still running.');
  });

  it('--since reads ages and times', () => {
    const wall = Date.UTC(2026, 10, 21);
    expect(parseSince('90s', wall)).toBe(wall - 90_000);
    expect(parseSince('3d', wall)).toBe(wall - 259_200_000);
    expect(parseSince('2026-11-20T10:00:00Z', wall)).toBe(Date.UTC(2026, 10, 20, 10));
    expect(parseSince('2026-11-20', wall)).toBe(Date.UTC(2026, 10, 20));
    for (const wrong of ['', 'yesterday', '10', '-5m', '5w', '2026-13-40', '1e3s']) expect(parseSince(wrong, wall), wrong).toBeUndefined();
  });
});

describe('ping', () => {
  const options = { peer: 'harbour', count: 3, everyMs: 1_000 };
  it('repeats, and reports replies and losses', async () => {
    host.engine.replies = [1.2, null, 0.8];
    expect(await ping({ ...here(true), ...options }, terminal)).toBe(0);
    expect(json()).toEqual({
      peer: 'harbour',
      replies: [
        { seq: 1, latencyMs: 1.2, path: { kind: 'direct', via: '127.0.0.1:4000' } },
        { seq: 3, latencyMs: 0.8, path: { kind: 'direct', via: '127.0.0.1:4000' } },
      ],
      lost: 1,
    });
    expect(waits).toEqual([1_000, 1_000]);
  });

  it('shows each answer as it comes', async () => {
    host.engine.replies = [1.2, null, 0.8];
    await ping({ ...here(false), ...options }, terminal);
    expect(shown()).toBe('harbour  1  1.2 ms  direct 127.0.0.1:4000\nharbour  2  no answer\nharbour  3  0.8 ms  direct 127.0.0.1:4000\n2 of 3 answered, fastest 0.8 ms, median 0.8 ms, slowest 1.2 ms');
  });

  it('fails when nothing answers, and says what to do', async () => {
    host.engine.replies = [null, null, null];
    expect(await ping({ ...here(true), ...options }, terminal)).toBe(1);
    expect(json()).toEqual({ peer: 'harbour', replies: [], lost: 3 });
    expect(errors.join()).toContain('harbour did not answer any of 3 pings');
  });

  it('an unknown peer is an error, as one JSON object with --json', async () => {
    expect(await ping({ ...here(true), ...options, peer: 'nobody' }, terminal)).toBe(1);
    expect(json()).toMatchObject({ error: { code: 'unknown-peer' } });
    expect(errors).toHaveLength(1);
  });
});

describe('why', () => {
  it('without a port says why the path is what it is', async () => {
    expect(await why({ ...here(false), peer: 'lantern', port: undefined, protocol: undefined, tryFirst: false }, terminal)).toBe(0);
    expect(shown()).toBe('lantern: No address is known. It has to call first.');
  });

  it('with a port says what the filter does, one line each way', async () => {
    expect(await why({ ...here(false), peer: 'harbour', port: 22, protocol: undefined, tryFirst: false }, terminal)).toBe(0);
    expect(shown()).toBe('From harbour to TCP port 22 here: refused, no rule allows it.\nFrom here to TCP port 22 on harbour: sent. Whether it is let in there, harbour alone knows.');
    out = [];
    await why({ ...here(true), peer: 'harbour', port: 53, protocol: 'udp', tryFirst: false }, terminal);
    expect(check(WhyAnswer, json(), 'why')).toMatchObject({ ok: true, value: { peer: 'harbour', filter: { protocol: 'udp', port: 53, in: { allowed: false, rule: null } } } });
  });

  it('needs a port where the protocol has ports, and none for ICMP', async () => {
    expect(await why({ ...here(false), peer: 'harbour', port: undefined, protocol: 'udp', tryFirst: false }, terminal)).toBe(1);
    expect(errors.join()).toContain('udp needs a port');
    expect(await why({ ...here(false), peer: 'harbour', port: undefined, protocol: 'icmp', tryFirst: false }, terminal)).toBe(0);
    expect(shown()).toContain('From harbour to ICMP here');
  });

  it('an unknown peer is an error', async () => {
    expect(await why({ ...here(true), peer: 'nobody', port: 22, protocol: undefined, tryFirst: false }, terminal)).toBe(1);
    expect(json()).toMatchObject({ error: { code: 'unknown-peer' } });
  });
});

describe('ui and failures', () => {
  it('ui prints the address', async () => {
    expect(await ui(here(false), terminal)).toBe(0);
    expect(out).toEqual(['http://127.0.0.1:9/?token=x']);
    out = [];
    await ui(here(true), terminal);
    expect(json()).toEqual({ url: 'http://127.0.0.1:9/?token=x' });
  });

  it('says where it looked when nothing runs', async () => {
    const nowhere = join(folder, 'none.sock');
    expect(await status({ socket: nowhere, json: false, verbose: false }, terminal)).toBe(1);
    expect(out).toEqual([]);
    expect(errors).toEqual([expect.stringContaining(`No Bowline is running at ${nowhere}`)]);
  });
});

describe('tables', () => {
  it('align by what is seen, not by colour codes, and end without spaces', () => {
    const paint = paintFor({ isTTY: true }, {});
    expect(paint.good('ok')).toBe('\u001b[32mok\u001b[0m');
    const lines = table([{ head: 'A' }, { head: 'B', align: 'right' }, { head: 'C' }], [[paint.good('ok'), '1', ''], ['longer', '22', 'x']], PLAIN);
    expect(lines).toEqual(['A        B  C', `${paint.good('ok')}       1`, 'longer  22  x']);
  });

  it('no colour without a terminal, with NO_COLOR, or on a dumb one', () => {
    for (const paint of [PLAIN, paintFor({ isTTY: true }, { NO_COLOR: '1' }), paintFor({ isTTY: true }, { TERM: 'dumb' })]) expect(paint.bad('x')).toBe('x');
  });
});

/** The real command, from the build (`npm test` builds first). */
describe('usage', () => {
  const run = (...args: string[]): Promise<{ readonly exit: number | null; readonly out: string; readonly error: string }> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [new URL('../../dist/app/cli/bowline.js', import.meta.url).pathname, ...args], { env: { ...process.env, NO_COLOR: '1' } });
      let out = '';
      let error = '';
      child.stdout.on('data', (text: Buffer) => (out += text.toString('utf8')));
      child.stderr.on('data', (text: Buffer) => (error += text.toString('utf8')));
      child.on('close', (exit) => resolve({ exit, out, error }));
    });

  it('wrong usage exits with 2 and says so on standard error only', async () => {
    for (const args of [['nothing'], ['up', '--config'], ['up', '--config', 'x', '--server', 'y'], ['up', '--config', 'x', '--authkey', 'k'], ['up', '--timeout', '0'], ['up', '--authkey', ''], ['login', '--authkey', 'file:/nowhere/at/all'], ['accounts', 'switch'], ['accounts', 'nothing'], ['down', 'extra'], ['ping'], ['ping', 'x', '--count', '0'], ['why'], ['why', 'x', '65536'], ['why', 'x', '22', '--protocol', 'quic'], ['try-direct', 'x', 'y'], ['netcheck', 'extra'], ['history', '--since', 'yesterday'], ['status', '--wrong'], ['status', 'extra'], []]) {
      const result = await run(...args);
      expect(result.exit, args.join(' ')).toBe(2);
      expect(result.out).toBe('');
      expect(result.error).not.toBe('');
    }
  });

  it('help and version exit with 0', async () => {
    expect(await run('--help')).toMatchObject({ exit: 0, out: expect.stringContaining('history') });
    expect(await run('--version')).toMatchObject({ exit: 0, out: '0.1.0\n' });
  });

  it('the flags of the place stand before or after the verb', async () => {
    for (const args of [['status', '--json', '--socket', socket.path], ['--socket', socket.path, '--json', 'status']]) {
      const result = await run(...args);
      expect(result, args.join(' ')).toMatchObject({ exit: 0, error: '' });
      expect(JSON.parse(result.out)).toMatchObject({ state: 'attention' });
    }
    expect(await run('status', '--state', join(folder, 'other'))).toMatchObject({ exit: 1, out: '', error: expect.stringContaining(join(folder, 'other', 'bowline.sock')) });
  });
});
