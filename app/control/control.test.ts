/** Staying with the server: watchdog, back-off, bucket, network, wake, updates, pings, expiry of peers. */
import { describe, expect, it } from 'vitest';
import { ControlBench, HOST, KNOWN, LOGIN_URL, WALL } from '../../tests/kit/control-kit.ts';
import { ipv4 } from '../base/ip.ts';
import { minutes, seconds, wallTime } from '../time/instant.ts';
import { CONNECT_BURST, CONNECT_EVERY } from './constants.ts';
import { ENDPOINT_TYPE, type LocalEndpoint } from './types.ts';

const endpoint = (last: number, type: LocalEndpoint['type'] = ENDPOINT_TYPE.local): LocalEndpoint => ({ endpoint: { address: ipv4(0xc0a80000 + last), port: 41_641 }, type });

describe('the watchdog', () => {
  it('ends a connection that looks alive after 120 s without a message, and connects at once', () => {
    const bench = new ControlBench();
    bench.live();
    bench.pass(seconds(119.9));
    expect(bench.phase).toBe('live');
    bench.pass(seconds(0.2));
    expect(bench.control.counts).toMatchObject({ connects: 2, teardowns: 1 });
    expect(bench.incidents[0]).toMatchObject({ kind: 'began', cause: { kind: 'silent', forMs: 120_000 } });
    bench.connected();
    expect(bench.asked('register')).toBe(1);
    bench.streamBegan();
    bench.message();
    expect(bench.phase).toBe('live');
    expect(bench.incidents.at(-1)).toMatchObject({ kind: 'ended', result: 'live-again' });
  });

  it('is fed by keep-alives', () => {
    const bench = new ControlBench();
    bench.live();
    for (let i = 0; i < 20; i++) {
      bench.pass(seconds(100));
      bench.message({ keepAlive: true });
    }
    expect(bench.control.counts.teardowns).toBe(0);
  });

  it('is not fed by garbage, nor by asking for a whole map because of it', () => {
    const bench = new ControlBench();
    bench.live();
    for (let i = 0; i < 11; i++) {
      bench.pass(seconds(10));
      bench.streamBegan();
      bench.message('garbage');
    }
    expect(bench.control.counts.teardowns).toBe(0);
    bench.pass(seconds(10.1));
    expect(bench.control.counts.teardowns).toBe(1);
  });

  it('runs from the request: a server that never begins is left too', () => {
    const bench = new ControlBench();
    bench.start({ keys: KNOWN });
    bench.connected();
    bench.answerRegister();
    bench.pass(seconds(121));
    expect(bench.control.counts).toMatchObject({ connects: 2, teardowns: 1 });
  });

  it('is paused while a message is handled', () => {
    const bench = new ControlBench();
    bench.live();
    bench.pass(seconds(100));
    bench.link({ kind: 'message', id: bench.last('map').id, text: '{}' });
    // The machine took this long to get round to anything else.
    bench.frozen(seconds(60));
    bench.rest();
    bench.pass(seconds(119));
    expect(bench.control.counts.teardowns).toBe(0);
    bench.pass(seconds(2));
    expect(bench.control.counts.teardowns).toBe(1);
  });

  it('reads what waits in the socket first when it was not running itself', () => {
    const bench = new ControlBench();
    bench.live();
    bench.frozen(seconds(300));
    bench.rest();
    expect(bench.control.counts.teardowns).toBe(0);
    bench.message({ keepAlive: true });
    bench.pass(seconds(10));
    expect(bench.control.counts.teardowns).toBe(0);
  });
});

describe('the back-off', () => {
  it('grows with the square of the attempts, is capped, and is reset by a map', () => {
    const bench = new ControlBench();
    bench.start({ keys: KNOWN });
    const waits: number[] = [];
    for (let i = 0; i < 90; i++) {
      bench.lost();
      const until = bench.control.state.phase === 'backing-off' ? bench.control.state.until : bench.now;
      waits.push(until - bench.now);
      bench.pass(until - bench.now);
    }
    expect(waits[0]).toBeLessThanOrEqual(15);
    expect(waits[3]).toBeLessThanOrEqual(240);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
    expect(waits.slice(-10).every((wait) => wait >= 15_000)).toBe(true);
    bench.connected();
    bench.answerRegister();
    bench.streamBegan();
    bench.message();
    bench.pass(minutes(1));
    bench.lost();
    expect((bench.control.state.phase === 'backing-off' ? bench.control.state.until : Infinity) - bench.now).toBeLessThanOrEqual(15);
  });

  it('tells the root cause once, and counts attempts', () => {
    const bench = new ControlBench();
    bench.start({ keys: KNOWN });
    bench.lost({ kind: 'name-unknown', host: 'hs.example.org' });
    bench.pass(seconds(1));
    bench.lost({ kind: 'refused', host: '192.0.2.1', port: 443 });
    bench.pass(seconds(1));
    const began = bench.incidents.filter(({ kind }) => kind === 'began');
    expect(began).toMatchObject([{ cause: { kind: 'link', failure: { kind: 'name-unknown' } } }]);
    expect(bench.incidents.at(-1)).toMatchObject({ kind: 'revised', action: { kind: 'reconnect', attempts: 3 } });
    expect(bench.all.filter((output) => output.kind === 'log' && output.level === 'warn')).toHaveLength(1);
  });
});

describe('the token bucket', () => {
  it('bounds connects whatever happens: networks that change every 100 ms', () => {
    const bench = new ControlBench();
    bench.live();
    const from = bench.control.counts.connects;
    for (let i = 0; i < 600; i++) {
      bench.give({ kind: 'network', now: 'changed' });
      bench.pass(100);
    }
    expect(bench.control.counts.connects - from).toBeLessThanOrEqual(CONNECT_BURST + seconds(60) / CONNECT_EVERY);
    bench.pass(CONNECT_EVERY);
    bench.connected();
    bench.streamBegan();
    bench.message();
    expect(bench.phase).toBe('live');
  });

  it('leaves a connection in place while no token is free, and keeps it when it proves itself', () => {
    const bench = new ControlBench();
    bench.live();
    while (bench.control.counts.connects < CONNECT_BURST) {
      bench.give({ kind: 'network', now: 'changed' });
      bench.connected();
      bench.streamBegan();
      bench.message();
    }
    const teardowns = bench.control.counts.teardowns;
    bench.give({ kind: 'network', now: 'changed' });
    expect(bench.control.counts.teardowns).toBe(teardowns);
    bench.message({ keepAlive: true });
    bench.pass(seconds(60));
    expect(bench.control.counts.teardowns).toBe(teardowns);
  });
});

describe('the network', () => {
  it('is not tried while there is none, however long', () => {
    const bench = new ControlBench();
    bench.live();
    bench.give({ kind: 'network', now: 'down' });
    expect(bench.phase).toBe('waiting-for-network');
    bench.pass(minutes(24 * 60));
    bench.give({ kind: 'slept', forMs: seconds(10), wall: WALL });
    bench.give({ kind: 'retry' });
    expect(bench.control.counts.connects).toBe(1);
    expect(bench.control.view).toBeDefined();
    bench.give({ kind: 'network', now: 'up' });
    expect(bench.control.counts.connects).toBe(2);
  });

  it.each([
    ['a change of network', { kind: 'network', now: 'changed' }],
    ['a wake', { kind: 'slept', forMs: seconds(600), wall: WALL }],
  ] as const)('reconnects at once after %s, whatever the back-off', (_name, input) => {
    const bench = new ControlBench();
    bench.live();
    bench.give(input);
    expect(bench.phase).toBe('connecting');
    expect(bench.control.counts.connects).toBe(2);
    const old = bench.generation - 1;
    bench.link({ kind: 'lost', generation: old, failure: { kind: 'closed', host: 'x', code: undefined } });
    expect(bench.phase).toBe('connecting');
  });

  it('gives the first attempt after a wake 8 s, so that 10 s later it is said what is wrong, and those after it 10 s', () => {
    const bench = new ControlBench();
    const withinMs = (): number | undefined => bench.all.flatMap((output) => (output.kind === 'link' && output.command.kind === 'connect' ? [output.command.withinMs] : [])).at(-1);
    bench.live();
    bench.give({ kind: 'slept', forMs: seconds(600), wall: WALL });
    expect(withinMs()).toBe(seconds(8));
    bench.lost();
    bench.pass(seconds(1));
    expect(withinMs()).toBe(seconds(10));
  });

  it('takes no answer of an old generation or request', () => {
    const bench = new ControlBench();
    bench.live();
    const id = bench.last('map').id;
    bench.lost();
    bench.pass(seconds(1));
    bench.link({ kind: 'message', id, text: '{}' });
    bench.link({ kind: 'connected', generation: bench.generation - 1, serverKey: new Uint8Array(32).fill(7), zstd: false });
    expect(bench.phase).toBe('connecting');
    expect(bench.control.counts.messages).toBe(1);
  });
});

describe('a map stream', () => {
  it('carries everything each time, and asks for zstd only where the link can', () => {
    const bench = new ControlBench();
    bench.give({ kind: 'endpoints', endpoints: [endpoint(1), endpoint(2, ENDPOINT_TYPE.stun)] });
    bench.give({ kind: 'net-facts', net: { workingUdp: true, homeRelay: 3, relayLatency: new Map([['3-v4', 0.02]]) } });
    bench.start({ keys: KNOWN });
    bench.connected(undefined, true);
    bench.answerRegister();
    expect(bench.body('map')).toEqual({
      Version: 130,
      NodeKey: `nodekey:${'03'.repeat(32)}`,
      DiscoKey: `discokey:${'09'.repeat(32)}`,
      Stream: true,
      KeepAlive: true,
      Compress: 'zstd',
      Endpoints: ['192.168.0.1:41641', '192.168.0.2:41641'],
      EndpointTypes: [1, 2],
      Hostinfo: { IPNVersion: '0.1.0', BackendLogID: 'abc', OS: 'linux', OSVersion: '6.1', Hostname: 'anna', GoArch: 'amd64', NetInfo: { WorkingUDP: true, PreferredDERP: 3, DERPLatency: { '3-v4': 0.02 } } },
    });
  });

  it('keeps the last good view when a message is refused, and asks for a whole map on the same connection', () => {
    const bench = new ControlBench();
    bench.live({}, { peers: [{ id: 2 }] });
    const view = bench.control.view;
    bench.message('garbage');
    expect(bench.control.view).toBe(view);
    expect([...bench.control.counts.refusals]).toEqual([['map: not JSON', 1]]);
    bench.pass(seconds(1));
    expect(bench.asked('map')).toBe(2);
    expect(bench.control.counts).toMatchObject({ connects: 1, teardowns: 0 });
  });

  it('does not ask for whole maps in a hot loop when each is garbage', () => {
    const bench = new ControlBench();
    bench.live();
    for (let i = 0; i < 600; i++) {
      if (bench.phase === 'connecting') bench.connected();
      bench.streamBegan();
      bench.message('garbage');
      bench.pass(seconds(1));
    }
    expect(bench.asked('map')).toBeLessThan(25);
  });

  it.each([
    ['429', 429, 20_000, { kind: 'busy', during: 'map', waitMs: 20_000 }],
    ['500', 500, undefined, { kind: 'http', during: 'map', status: 500 }],
  ])('that is answered with %s is tried again later', (_name, status, retryAfter, trouble) => {
    const bench = new ControlBench();
    bench.start({ keys: KNOWN });
    bench.connected();
    bench.answerRegister();
    bench.streamBegan(status, retryAfter);
    expect(bench.control.state).toMatchObject({ phase: 'backing-off', trouble });
    expect(bench.control.nextDeadline()?.at).toBeGreaterThanOrEqual(bench.now + (retryAfter ?? 0));
  });

  it('obeys a request for silence', () => {
    const bench = new ControlBench();
    bench.live({}, { extras: { sleepMs: 60_000 } });
    bench.give({ kind: 'network', now: 'changed' });
    bench.pass(seconds(59));
    expect(bench.control.counts.connects).toBe(1);
    bench.pass(seconds(2));
    expect(bench.control.counts.connects).toBe(2);
  });
});

describe('updates', () => {
  it('join what changes together into one request with everything in it', () => {
    const bench = new ControlBench();
    bench.live();
    bench.give({ kind: 'endpoints', endpoints: [endpoint(1)] });
    bench.pass(50);
    bench.give({ kind: 'endpoints', endpoints: [endpoint(1), endpoint(2)] });
    bench.give({ kind: 'net-facts', net: { homeRelay: 4 } });
    bench.give({ kind: 'host-facts', host: { ...HOST, shieldsUp: true } });
    bench.pass(seconds(1));
    expect(bench.asked('update')).toBe(1);
    expect(bench.body('update')).toMatchObject({
      Stream: false,
      OmitPeers: true,
      DiscoKey: `discokey:${'09'.repeat(32)}`,
      Endpoints: ['192.168.0.1:41641', '192.168.0.2:41641'],
      EndpointTypes: [1, 1],
      Hostinfo: { Hostname: 'anna', ShieldsUp: true, NetInfo: { PreferredDERP: 4 } },
    });
    bench.link({ kind: 'response', id: bench.last('update').id, status: 200, retryAfterMs: undefined, body: '' });
    bench.pass(minutes(1));
    expect(bench.asked('update')).toBe(1);
  });

  it('are not sent for what the server already has', () => {
    const bench = new ControlBench();
    bench.live();
    bench.give({ kind: 'endpoints', endpoints: [endpoint(1)] });
    bench.give({ kind: 'endpoints', endpoints: [] });
    bench.give({ kind: 'host-facts', host: { ...HOST } });
    bench.pass(minutes(1));
    expect(bench.asked('update')).toBe(0);
  });

  it('are tried again by their own back-off, on the same connection', () => {
    const bench = new ControlBench();
    bench.live();
    bench.give({ kind: 'endpoints', endpoints: [endpoint(1)] });
    bench.pass(seconds(1));
    bench.link({ kind: 'response', id: bench.last('update').id, status: 500, retryAfterMs: undefined, body: '' });
    bench.pass(seconds(1));
    expect(bench.asked('update')).toBe(2);
    bench.pass(seconds(40));
    expect(bench.asked('update')).toBe(3);
    expect(bench.control.counts.teardowns).toBe(0);
  });

  it('have a bucket: endpoints that flap do not flood the server', () => {
    const bench = new ControlBench();
    bench.live();
    for (let i = 0; i < 600; i++) {
      // Never what the server has already.
      bench.give({ kind: 'endpoints', endpoints: [endpoint(i % 250)] });
      bench.pass(150);
      if (bench.asked('update') > 0) bench.link({ kind: 'response', id: bench.last('update').id, status: 200, retryAfterMs: undefined, body: '' });
      if (i % 300 === 0) bench.message({ keepAlive: true });
    }
    expect(bench.asked('update')).toBeLessThanOrEqual(4 + 90 / 5);
  });

  it('wait for the next stream while there is none', () => {
    const bench = new ControlBench();
    bench.live();
    bench.lost();
    bench.give({ kind: 'endpoints', endpoints: [endpoint(5)] });
    bench.pass(seconds(1));
    bench.connected();
    expect(bench.asked('update')).toBe(0);
    expect(bench.body('map')).toMatchObject({ Endpoints: ['192.168.0.5:41641'] });
  });
});

describe('a server that goes on with keep-alives', () => {
  const answer = (bench: ControlBench, status: number): void => bench.link({ kind: 'response', id: bench.last('update').id, status, retryAfterMs: undefined, body: '' });
  const keepAlives = (bench: ControlBench, minute: number): void => {
    for (let i = 0; i < minute; i++) {
      bench.pass(minutes(1));
      bench.message({ keepAlive: true });
      bench.pass(1);
    }
  };

  it('is asked every few minutes whether it knows us, and that is all', () => {
    const bench = new ControlBench();
    bench.live();
    keepAlives(bench, 2);
    expect(bench.asked('update')).toBe(0);
    keepAlives(bench, 1);
    expect(bench.asked('update')).toBe(1);
    answer(bench, 200);
    keepAlives(bench, 2);
    expect(bench.asked('update')).toBe(1);
    bench.message();
    keepAlives(bench, 2);
    expect(bench.asked('update')).toBe(1);
    expect(bench.phase).toBe('live');
  });

  it('and has deleted us meanwhile: we register again, and a person is asked, once', () => {
    const bench = new ControlBench();
    bench.live();
    keepAlives(bench, 3);
    answer(bench, 404);
    expect(bench.phase).not.toBe('live');
    bench.pass(seconds(1));
    bench.connected();
    bench.answerRegister({ MachineAuthorized: false, AuthURL: LOGIN_URL });
    expect(bench.control.state).toMatchObject({ phase: 'sign-in-needed', signIn: { url: LOGIN_URL, why: { kind: 'removed' } } });
    expect(bench.incidents.filter(({ kind }) => kind === 'began')).toMatchObject([{ cause: { kind: 'node-unknown' } }]);
    expect(bench.incidents.at(-1)).toMatchObject({ kind: 'ended', result: 'sign-in-needed' });
  });

  it('is asked at once when a peer falls silent, but not for every peer', () => {
    const bench = new ControlBench();
    bench.live();
    bench.give({ kind: 'ask-standing' });
    bench.pass(1);
    expect(bench.asked('update')).toBe(0);
    bench.pass(seconds(20));
    for (let i = 0; i < 5; i++) bench.give({ kind: 'ask-standing' });
    bench.pass(1);
    expect(bench.asked('update')).toBe(1);
    answer(bench, 200);
    bench.give({ kind: 'ask-standing' });
    bench.pass(1);
    expect(bench.asked('update')).toBe(1);
  });

  it('is asked again when it does not answer, by the back-off of updates', () => {
    const bench = new ControlBench();
    bench.live();
    keepAlives(bench, 3);
    bench.pass(seconds(31));
    bench.message({ keepAlive: true });
    expect(bench.asked('update')).toBe(2);
    answer(bench, 500);
    bench.pass(seconds(2));
    expect(bench.asked('update')).toBe(3);
    expect(bench.control.counts.teardowns).toBe(0);
  });
});

describe('what the server asks for', () => {
  const ping = (url: string, overNoise = false, types = ''): object => ({ keepAlive: true, extras: { ping: { url, overNoise, types } } });

  it('is a ping: answered once for each address, and only to itself', () => {
    const bench = new ControlBench();
    bench.live();
    bench.message(ping('https://hs.example.org/machine/ping-response?id=1'));
    bench.message(ping('https://hs.example.org/machine/ping-response?id=1'));
    expect(bench.commands('answer-ping')).toBe(1);
    bench.message(ping('https://HS.example.org/machine/ping-response?id=2'));
    expect(bench.commands('answer-ping')).toBe(2);
    bench.message(ping('http://127.0.0.1:631/admin'));
    bench.message(ping('https://hs.example.org@192.168.0.1/'));
    bench.message(ping('https://hs.example.org/c2n', true, 'c2n'));
    expect(bench.commands('answer-ping')).toBe(2);
  });

  it('is a page: opened once, and only on the web', () => {
    const bench = new ControlBench();
    bench.live();
    for (const openUrl of ['https://hs.example.org/notice', 'https://hs.example.org/notice', 'file:///etc/passwd', 'javascript:alert(1)', 'https://x/" onload="']) {
      bench.message({ keepAlive: true, extras: { openUrl } });
    }
    expect(bench.opened('server')).toEqual(['https://hs.example.org/notice']);
  });
});

describe('the keys of peers', () => {
  const expiredNow = (bench: ControlBench): number[] => {
    const view = bench.all.findLast((output) => output.kind === 'view');
    return view?.kind === 'view' ? [...view.expired] : [];
  };

  it('end by the clock, without a word of the server', () => {
    const bench = new ControlBench();
    bench.live({}, { peers: [{ id: 2, ends: WALL + 30_000 }, { id: 3 }, { id: 4, ends: WALL - 1 }] });
    expect(expiredNow(bench)).toEqual([4]);
    bench.pass(seconds(31));
    expect(expiredNow(bench)).toEqual([4, 2]);
    const view = bench.all.findLast((output) => output.kind === 'view');
    expect(view).toMatchObject({ change: { peersPut: [2], self: false } });
  });

  it("are judged by the server's clock when ours is off, and by ours again when it is set", () => {
    const bench = new ControlBench();
    bench.live({}, { peers: [{ id: 2, ends: WALL + minutes(60) }] });
    expect(expiredNow(bench)).toEqual([]);
    bench.message({ keepAlive: true, extras: { serverTime: wallTime(WALL + minutes(120)) } });
    expect(expiredNow(bench)).toEqual([2]);
    bench.message({ keepAlive: true, extras: { serverTime: wallTime(WALL) } });
    expect(expiredNow(bench)).toEqual([]);
    bench.give({ kind: 'wall-clock', wall: wallTime(WALL + minutes(61)) });
    bench.rest();
    expect(expiredNow(bench)).toEqual([2]);
  });

  it('are not judged by a clock that was never set', () => {
    const bench = new ControlBench();
    bench.live({}, { peers: [{ id: 2, ends: 1_000_000 }] });
    expect(expiredNow(bench)).toEqual([2]);
    bench.give({ kind: 'wall-clock', wall: wallTime(5_000_000) });
    bench.rest();
    expect(expiredNow(bench)).toEqual([]);
  });
});

it('stops without a word, and takes no notice of what comes after', () => {
  const bench = new ControlBench();
  bench.live();
  bench.give({ kind: 'stop' });
  expect(bench.phase).toBe('off');
  expect(bench.commands('disconnect')).toBe(1);
  bench.message({ peers: [] });
  bench.pass(minutes(60));
  expect(bench.control.nextDeadline()).toBeUndefined();
  expect(bench.control.counts.connects).toBe(1);
});
