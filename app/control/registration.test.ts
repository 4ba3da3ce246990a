/** Who the node is to the server: registering, asking a person, renewing, being removed, signing out. */
import { describe, expect, it } from 'vitest';
import { ControlBench, KNOWN, LOGIN_URL, privateKey, SERVER_KEY, WALL } from '../../tests/kit/control-kit.ts';
import { PreAuthKey } from '../keys/pre-auth-key.ts';
import { formatKey, zeroKey } from '../keys/text-forms.ts';
import { minutes, seconds } from '../time/instant.ts';

const SECRET = 'hskey-auth-aaaabbbbcccc-0123456789abcdef';
const shown = (bench: ControlBench): string => JSON.stringify([bench.control.state, bench.all.filter(({ kind }) => kind !== 'link' && kind !== 'keys')]);

describe('with a pre-auth key', () => {
  it('registers, keeps the key before it is offered, and opens the map', () => {
    const bench = new ControlBench();
    bench.start({ authKey: new PreAuthKey(SECRET) });
    bench.connected();
    const kept = bench.all.findIndex((output) => output.kind === 'keys' && output.keys?.trialKey !== undefined);
    const asked = bench.all.findIndex((output) => output.kind === 'link' && output.command.kind === 'request');
    expect(kept).toBeGreaterThanOrEqual(0);
    expect(kept).toBeLessThan(asked);
    expect(bench.body('register')).toMatchObject({ Auth: { AuthKey: SECRET }, OldNodeKey: zeroKey('node') });
    expect(bench.keys?.nodeKey).toBeUndefined();
    bench.answerRegister();
    expect(bench.keys?.nodeKey).toBeDefined();
    expect(bench.keys?.trialKey).toBeUndefined();
    expect(bench.asked('map')).toBe(1);
  });

  it('asks for no tags of its own in that request: headscale refuses both together', () => {
    const bench = new ControlBench();
    const host = { os: 'linux', osVersion: '', hostname: 'a', clientVersion: '0', backendLogId: 'x', arch: 'amd64', routableIps: [], requestTags: ['tag:server'], shieldsUp: false } as const;
    bench.start({ authKey: new PreAuthKey(SECRET), host });
    bench.connected();
    expect(bench.body('register')['Hostinfo']).not.toHaveProperty('RequestTags');
    bench.answerRegister();
    expect(bench.body('map')['Hostinfo']).toHaveProperty('RequestTags', ['tag:server']);
  });

  it('shows no pre-auth key that the server says back, whatever its form', () => {
    const bench = new ControlBench();
    bench.start({ authKey: new PreAuthKey('open sesame') });
    bench.connected();
    bench.answerRegister({ Error: 'no such key: open sesame, twice open sesame' });
    expect(bench.control.state).toMatchObject({ phase: 'refused', text: 'no such key: [redacted], twice [redacted]' });
  });

  it('stops at a refusal that hides in status 200, in the words of the server, and tries no more', () => {
    const bench = new ControlBench();
    bench.start({ authKey: new PreAuthKey(SECRET) });
    bench.connected();
    bench.answerRegister({ Error: `authkey expired: ${SECRET}\u0007\nsorry` });
    expect(bench.control.state).toMatchObject({ phase: 'refused', text: 'authkey expired: [redacted] sorry', until: undefined });
    expect(shown(bench)).not.toContain('0123456789abcdef');
    bench.pass(minutes(60));
    expect(bench.control.counts.connects).toBe(1);
    bench.give({ kind: 'sign-in', authKey: undefined });
    expect(bench.control.state).toMatchObject({ phase: 'connecting', last: undefined });
    bench.connected();
    expect(bench.body('register')).not.toHaveProperty('Auth');
  });

  it('tries again with it when the connection broke before the answer', () => {
    const bench = new ControlBench();
    bench.start({ authKey: new PreAuthKey(SECRET) });
    bench.connected();
    const first = bench.body('register')['NodeKey'];
    bench.lost();
    bench.pass(100);
    bench.connected();
    expect(bench.body('register')).toMatchObject({ Auth: { AuthKey: SECRET }, NodeKey: first });
  });

  it('never lets the key out but in that one request', () => {
    const bench = new ControlBench();
    bench.start({ authKey: new PreAuthKey(SECRET) });
    bench.connected();
    bench.answerRegister({}, 500);
    bench.pass(seconds(5));
    expect(shown(bench)).not.toContain(SECRET);
    expect(JSON.stringify(bench.all.filter(({ kind }) => kind === 'keys'))).not.toContain(SECRET);
  });
});

describe('with a person', () => {
  const waiting = (): ControlBench => {
    const bench = new ControlBench();
    bench.start();
    bench.connected();
    bench.answerRegister({ AuthURL: LOGIN_URL });
    return bench;
  };

  it('shows the address, keeps it, and follows it up with the same key', () => {
    const bench = waiting();
    expect(bench.control.state).toMatchObject({ phase: 'sign-in-needed', signIn: { url: LOGIN_URL, why: { kind: 'first' } } });
    expect(bench.keys).toMatchObject({ pendingUrl: LOGIN_URL, nodeKey: undefined });
    expect(bench.asked('register')).toBe(2);
    const [first, second] = bench.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(second).toMatchObject({ Followup: LOGIN_URL, NodeKey: first?.['NodeKey'] });
  });

  it('opens a browser only when someone asked for it, once', () => {
    const bench = waiting();
    expect(bench.opened('sign-in')).toEqual([]);
    bench.give({ kind: 'sign-in', authKey: undefined });
    expect(bench.opened('sign-in')).toEqual([LOGIN_URL]);
    bench.answerRegister({ AuthURL: `${LOGIN_URL}2` });
    expect(bench.opened('sign-in')).toEqual([LOGIN_URL]);
  });

  it('replaces the address by a new one, and keeps the new one', () => {
    const bench = waiting();
    bench.answerRegister({ AuthURL: `${LOGIN_URL}2` });
    expect(bench.control.state).toMatchObject({ signIn: { url: `${LOGIN_URL}2` } });
    expect(bench.keys?.pendingUrl).toBe(`${LOGIN_URL}2`);
  });

  it('does not ask in a hot loop when a server answers each follow-up at once', () => {
    const bench = waiting();
    for (let i = 0; i < 400; i++) {
      bench.answerRegister({ AuthURL: `${LOGIN_URL}${i}` });
      bench.pass(100);
      while (!bench.control.nextDeadline()?.why.includes('no answer')) bench.pass(100);
    }
    expect(bench.now).toBeGreaterThan(minutes(60));
  });

  it('commits the key only when the server asks for nobody any more', () => {
    const bench = waiting();
    expect(bench.keys?.nodeKey).toBeUndefined();
    bench.answerRegister();
    expect(bench.keys?.nodeKey).toBeDefined();
    expect(bench.keys?.pendingUrl).toBeUndefined();
    expect(bench.phase).toBe('fetching-map');
  });

  it('goes on where it was after a restart in the middle', () => {
    const before = waiting();
    const bench = new ControlBench(2);
    bench.start({ keys: before.keys! });
    expect(bench.control.state).toMatchObject({ phase: 'sign-in-needed', signIn: { url: LOGIN_URL } });
    bench.connected();
    expect(bench.body('register')).toMatchObject({ Followup: LOGIN_URL, NodeKey: before.body('register')['NodeKey'] });
    bench.answerRegister();
    expect(bench.keys?.nodeKey).toBe(before.keys?.trialKey);
  });

  it('asks again over a new connection when a follow-up hangs: a dead one looks the same', () => {
    const bench = waiting();
    bench.pass(seconds(121));
    expect(bench.control.counts.connects).toBe(2);
    bench.connected();
    expect(bench.body('register')).toMatchObject({ Followup: LOGIN_URL });
    expect(bench.incidents).toEqual([]);
  });

  it('sends nobody to an address that is not of the web', () => {
    const bench = new ControlBench();
    bench.start();
    bench.connected();
    bench.answerRegister({ AuthURL: 'javascript:alert(1)' });
    expect(bench.control.state).toMatchObject({ phase: 'backing-off', trouble: { kind: 'garbage' } });
  });
});

describe('with a key of an earlier run', () => {
  it('registers it again, without a person, before the map', () => {
    const bench = new ControlBench();
    bench.start({ keys: KNOWN });
    bench.connected();
    expect(bench.body('register')).toMatchObject({ NodeKey: formatKey('node', new Uint8Array(32).fill(3)), OldNodeKey: zeroKey('node') });
    expect(bench.asked('map')).toBe(0);
    bench.answerRegister();
    expect(bench.asked('map')).toBe(1);
  });

  it('makes one new key when the server calls it expired, names the old one, and asks a person', () => {
    const bench = new ControlBench();
    bench.start({ keys: KNOWN });
    bench.connected();
    bench.answerRegister({ NodeKeyExpired: true });
    expect(bench.asked('register')).toBe(2);
    expect(bench.body('register')).toMatchObject({ OldNodeKey: formatKey('node', new Uint8Array(32).fill(3)) });
    expect(bench.body('register')['NodeKey']).not.toBe(formatKey('node', new Uint8Array(32).fill(3)));
    bench.answerRegister({ AuthURL: LOGIN_URL });
    expect(bench.control.state).toMatchObject({ phase: 'sign-in-needed', signIn: { why: { kind: 'key-expired' }, url: LOGIN_URL } });
    expect(bench.keys?.nodeKey).toBe(KNOWN.nodeKey);
  });

  it('does not make key after key for a server that calls a new one expired', () => {
    const bench = new ControlBench();
    bench.start({ keys: KNOWN });
    bench.connected();
    bench.answerRegister({ NodeKeyExpired: true });
    const offered = bench.body('register')['NodeKey'];
    for (let i = 0; i < 5; i++) {
      bench.answerRegister({ NodeKeyExpired: true });
      bench.pass(seconds(20));
      bench.connected();
      expect(bench.body('register')['NodeKey']).toBe(offered);
    }
  });

  it('finds out that a key offered in an earlier run was taken', () => {
    const bench = new ControlBench();
    bench.start({ keys: { ...KNOWN, trialKey: privateKey(5) } });
    bench.connected();
    bench.answerRegister({ AuthURL: LOGIN_URL });
    expect(bench.body('register')['NodeKey']).toBe(formatKey('node', new Uint8Array(32).fill(5)));
    bench.answerRegister();
    expect(bench.keys?.nodeKey?.bytes[0]).toBe(5);
    expect(bench.phase).toBe('fetching-map');
  });

  it('forgets a key offered in an earlier run when the old one is still good', () => {
    const bench = new ControlBench();
    bench.live({ keys: { ...KNOWN, trialKey: privateKey(5) } });
    expect(bench.keys).toMatchObject({ nodeKey: KNOWN.nodeKey, trialKey: undefined });
    expect(bench.asked('register')).toBe(1);
  });

  it('is asked again later, not at once, when the server says no to it', () => {
    const bench = new ControlBench();
    bench.start({ keys: KNOWN });
    bench.connected();
    bench.answerRegister({ Error: 'database is locked' });
    expect(bench.phase).toBe('refused');
    bench.pass(seconds(60));
    expect(bench.control.counts.connects).toBe(1);
    bench.pass(minutes(5));
    expect(bench.control.counts.connects).toBe(2);
    bench.connected();
    bench.answerRegister();
    expect(bench.phase).toBe('fetching-map');
  });
});

describe('renewing a key', () => {
  it('keeps the tunnel on the old key until the server takes the new one, then streams with the new one', () => {
    const bench = new ControlBench();
    bench.live();
    bench.give({ kind: 'sign-in', authKey: undefined });
    bench.answerRegister({ AuthURL: LOGIN_URL });
    expect(bench.control.state).toMatchObject({ phase: 'live', signIn: { url: LOGIN_URL, why: { kind: 'asked' } } });
    expect(bench.keys?.nodeKey).toBe(KNOWN.nodeKey);
    bench.message({ keepAlive: true });
    expect(bench.asked('map')).toBe(1);
    bench.answerRegister();
    expect(bench.keys?.nodeKey).not.toBe(KNOWN.nodeKey);
    expect(bench.asked('map')).toBe(2);
    expect(bench.body('map')['NodeKey']).not.toBe(formatKey('node', new Uint8Array(32).fill(3)));
    expect(bench.control.counts.teardowns).toBe(0);
  });

  it('takes the new key when a person approved it while the connection was away and the server forgot the old one', () => {
    const bench = new ControlBench();
    bench.live();
    bench.give({ kind: 'sign-in', authKey: undefined });
    bench.answerRegister({ AuthURL: LOGIN_URL });
    bench.lost();
    bench.pass(seconds(1));
    bench.connected();
    bench.streamBegan(404);
    bench.pass(seconds(1));
    bench.connected();
    expect(bench.body('register')).toMatchObject({ Followup: LOGIN_URL });
    expect(bench.phase).not.toBe('sign-in-needed');
    bench.answerRegister();
    bench.streamBegan();
    bench.message();
    expect(bench.phase).toBe('live');
    expect(bench.keys?.nodeKey).not.toBe(KNOWN.nodeKey);
    expect(bench.keys?.trialKey).toBeUndefined();
  });

  it('does not forget the key a person is asked about when the server does not know the old one after a restart', () => {
    const bench = new ControlBench();
    const trialKey = privateKey(9);
    bench.start({ keys: { ...KNOWN, trialKey, pendingUrl: LOGIN_URL } });
    bench.connected();
    bench.answerRegister({ AuthURL: 'https://hs.example.org/register/other' });
    expect(bench.body('register')).toMatchObject({ Followup: LOGIN_URL });
    bench.answerRegister();
    expect(bench.keys?.nodeKey).toBe(trialKey);
  });

  it('goes on with the old key when the server refuses', () => {
    const bench = new ControlBench();
    bench.live();
    bench.give({ kind: 'sign-in', authKey: new PreAuthKey(SECRET) });
    bench.answerRegister({ Error: 'authkey already used' });
    expect(bench.phase).toBe('live');
    expect(bench.keys).toMatchObject({ nodeKey: KNOWN.nodeKey, trialKey: undefined });
  });
});

describe('the end of our own key', () => {
  it('asks to sign in, by the clock, while the stream goes on; more time given by the server ends that', () => {
    const bench = new ControlBench();
    bench.live({}, { selfEnds: WALL + minutes(10) });
    expect(bench.phase).toBe('live');
    bench.pass(seconds(100));
    bench.message({ keepAlive: true });
    for (let i = 0; i < 5; i++) {
      bench.pass(seconds(100));
      bench.message({ keepAlive: true });
    }
    expect(bench.control.state).toMatchObject({ phase: 'sign-in-needed', signIn: { why: { kind: 'key-expired', at: WALL + minutes(10) } } });
    expect(bench.incidents).toMatchObject([{ kind: 'began', cause: { kind: 'key-expired' }, action: { kind: 'ask-person' } }, { kind: 'ended', result: 'sign-in-needed' }]);
    expect(bench.asked('register')).toBe(2);
    bench.answerRegister({ AuthURL: LOGIN_URL });
    expect(bench.control.state).toMatchObject({ phase: 'sign-in-needed', signIn: { url: LOGIN_URL } });
    bench.message({ selfEnds: WALL + minutes(10_000) });
    expect(bench.phase).toBe('live');
    expect(bench.keys).toMatchObject({ trialKey: undefined, pendingUrl: undefined });
  });
});

describe('removed on the server', () => {
  it('registers once again, then says so and asks a person, once', () => {
    const bench = new ControlBench();
    bench.live();
    bench.lost();
    bench.pass(seconds(1));
    bench.connected();
    bench.streamBegan(404);
    bench.pass(seconds(1));
    bench.connected();
    expect(bench.asked('register')).toBe(2);
    expect(bench.body('register')['NodeKey']).toBe(formatKey('node', new Uint8Array(32).fill(3)));
    bench.answerRegister({ AuthURL: LOGIN_URL });
    expect(bench.control.state).toMatchObject({ phase: 'sign-in-needed', signIn: { why: { kind: 'removed' }, url: LOGIN_URL } });
    expect(bench.control.view).toBeDefined();
    bench.pass(seconds(100));
    expect(bench.incidents.filter(({ kind }) => kind === 'began')).toHaveLength(1);
    expect(bench.incidents.at(-1)).toMatchObject({ kind: 'ended', result: 'sign-in-needed' });
    bench.answerRegister();
    bench.streamBegan();
    bench.message();
    expect(bench.phase).toBe('live');
  });

  it('does not register for ever with a server that accepts and then knows nothing of it', () => {
    const bench = new ControlBench();
    bench.start({ keys: KNOWN });
    bench.connected();
    bench.answerRegister();
    bench.streamBegan(404);
    bench.pass(seconds(1));
    bench.connected();
    bench.answerRegister();
    bench.streamBegan(404);
    expect(bench.control.state).toMatchObject({ phase: 'sign-in-needed', signIn: { why: { kind: 'removed' } } });
    expect(bench.keys?.trialKey).not.toBe(KNOWN.nodeKey);
  });
});

describe('signing out', () => {
  it('tells the server with a past expiry, then wipes', () => {
    const bench = new ControlBench();
    bench.live();
    bench.give({ kind: 'sign-out' });
    expect(bench.body('register')).toMatchObject({ Expiry: '1970-01-01T00:02:03Z', NodeKey: formatKey('node', new Uint8Array(32).fill(3)) });
    expect(bench.keys).toBeDefined();
    bench.answerRegister({ NodeKeyExpired: true });
    expect(bench.control.state).toMatchObject({ phase: 'signed-out', serverKnows: true });
    expect(bench.keys).toBeUndefined();
    expect(bench.control.view).toBeUndefined();
    bench.pass(minutes(60));
    expect(bench.control.counts.connects).toBe(1);
  });

  it('wipes after its deadline when the server does not answer, and says that it does not know', () => {
    const bench = new ControlBench();
    bench.live();
    bench.give({ kind: 'sign-out' });
    bench.pass(seconds(10));
    expect(bench.control.state).toMatchObject({ phase: 'signed-out', serverKnows: false });
    expect(bench.keys).toBeUndefined();
  });

  it('begins anew with a new key when someone signs in again', () => {
    const bench = new ControlBench();
    bench.live();
    bench.give({ kind: 'sign-out' });
    bench.answerRegister({ NodeKeyExpired: true });
    bench.give({ kind: 'sign-in', authKey: undefined });
    bench.connected();
    expect(bench.body('register')['NodeKey']).not.toBe(formatKey('node', new Uint8Array(32).fill(3)));
    expect(bench.body('register')['OldNodeKey']).toBe(zeroKey('node'));
    bench.answerRegister({ AuthURL: LOGIN_URL });
    expect(bench.opened('sign-in')).toEqual([LOGIN_URL]);
  });
});

describe('a busy server', () => {
  it.each([
    ['what it asks for', 30_000, 30_000, 31_000],
    ['5 to 10 s when it says nothing', undefined, 5_000, 10_100],
    ['5 to 10 s when it asks for more than an hour', 4_000_000, 5_000, 10_100],
    ['5 to 10 s when it asks for less than nothing', -5, 5_000, 10_100],
  ])('is left alone for %s', (_what, retryAfter, least, most) => {
    const bench = new ControlBench();
    bench.start({ keys: KNOWN });
    bench.connected();
    bench.answerRegister({}, 429, retryAfter);
    expect(bench.control.state).toMatchObject({ phase: 'backing-off', trouble: { kind: 'busy' } });
    bench.pass(least - 1);
    bench.give({ kind: 'network', now: 'changed' });
    bench.give({ kind: 'retry' });
    expect(bench.control.counts.connects).toBe(1);
    bench.pass(most - least + 1);
    expect(bench.control.counts.connects).toBe(2);
  });
});

describe('the key of the server', () => {
  it('is kept at first sight', () => {
    const bench = new ControlBench();
    bench.start();
    bench.connected();
    expect(bench.keys?.pinnedServerKey).toEqual(SERVER_KEY);
  });

  it.each(['link', 'machine'] as const)('stops everything with a question when it is another, as seen by the %s', (by) => {
    const bench = new ControlBench();
    bench.live();
    bench.lost();
    bench.pass(seconds(1));
    const offered = new Uint8Array(32).fill(8);
    if (by === 'link') bench.lost({ kind: 'key-changed', host: 'hs.example.org', pinned: SERVER_KEY, offered });
    else bench.connected(offered);
    expect(bench.control.state).toMatchObject({ phase: 'key-changed', pinned: SERVER_KEY, offered });
    const before = bench.requests.length;
    bench.pass(minutes(60));
    bench.give({ kind: 'slept', forMs: 5_000, wall: WALL });
    expect(bench.control.counts.connects).toBe(2);
    expect(bench.requests).toHaveLength(before);
    expect(bench.keys?.pinnedServerKey ?? SERVER_KEY).toEqual(SERVER_KEY);
    bench.give({ kind: 'accept-server-key' });
    expect(bench.keys?.pinnedServerKey).toEqual(offered);
    bench.connected(offered);
    bench.streamBegan();
    bench.message();
    expect(bench.phase).toBe('live');
  });

  it('is looked at again on another network, still for the old one', () => {
    const bench = new ControlBench();
    bench.start({ keys: KNOWN });
    bench.lost({ kind: 'key-changed', host: 'x', pinned: SERVER_KEY, offered: new Uint8Array(32) });
    bench.give({ kind: 'network', now: 'changed' });
    const connect = bench.all.findLast((output) => output.kind === 'link' && output.command.kind === 'connect');
    expect(connect).toMatchObject({ command: { pinnedKey: SERVER_KEY } });
    expect(bench.control.counts.connects).toBe(2);
  });
});
