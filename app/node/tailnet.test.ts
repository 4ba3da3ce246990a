/** A node of a tailnet: peers that come and go, what of them survives, what the server's troubles become. */
import { describe, expect, it } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import { formatPrefix, parsePrefix } from '../base/ip.ts';
import type { ControlState, ControlTrouble } from '../control/types.ts';
import { say } from '../api/words.ts';
import { instant, wallTime } from '../time/instant.ts';
import { atWall, keyOf, netNode, OWN_KEY, tailnetConfig, TestTailnet } from '../../tests/kit/test-tailnet.ts';
import { testConfig, WALL_AT_ZERO } from '../../tests/kit/test-node.ts';

const id = (n: number): PeerId => n as PeerId;

describe('the first map', () => {
  it('blocks all before the first peer, then gives identity, filter, peers, the state of the system, and asks those who are there', () => {
    const test = new TestTailnet();
    test.start();
    expect(test.said()).toEqual(['wall-clock', 'set-filter']);
    test.peers.set(2, netNode(2));
    test.peers.set(3, netNode(3, { online: false }));
    test.live();
    test.map({ self: true, peersPut: 'all', filter: true, dns: true });
    const identity = test.commands.find((command) => command.kind === 'identity');
    expect(identity).toMatchObject({ privateKey: OWN_KEY.bytes, mtu: 1_280, addresses: [{ w3: 0x64400001 }] });
    expect(test.said()).toEqual(['identity', 'set-filter', 'put-peer 0', 'set-path 0', 'put-peer 1', 'set-path 1', 'initiate 0']);
    const overlay = test.effects.findLast((effect) => effect.kind === 'overlay')?.overlay;
    expect(overlay?.addresses.map(formatPrefix)).toEqual(['100.64.0.1/32']);
    expect(overlay?.routes.map(formatPrefix)).toEqual(['100.64.0.0/10']);
    expect(test.view().self).toMatchObject({ name: 'ada', addresses: ['100.64.0.1'] });
    expect(test.view().account).toMatchObject({ phase: 'running', server: 'https://hs.example.org', user: 'ada', tailnet: 'tail.example.org' });
  });

  it('waits for no peer that the server says is offline', () => {
    const test = TestTailnet.joined(0);
    test.put(2, { online: false, lastSeen: atWall(test.now - 60_000 - 1_000_000) });
    expect(test.peer('node-2').health).toBe('quiet');
    expect(say(test.peer('node-2').path.why, test.now)).toMatch(/^Offline for .* the server says$/);
    expect(test.view().overall.causes).toEqual([]);
  });
});

describe('a change of the map', () => {
  it('costs the same in a network of 5 and of 5,000', () => {
    for (const size of [5, 5_000]) {
      const test = TestTailnet.joined(size, 5_100);
      test.said();
      test.put(3, { allowedIps: [parsePrefix('100.64.0.3/32')!, parsePrefix('100.64.9.9/32')!], addresses: [parsePrefix('100.64.0.3/32')!, parsePrefix('100.64.9.9/32')!] });
      expect(test.said()).toEqual(['put-peer 1']);
    }
  });

  it('leaves the sessions of everyone else alone', () => {
    const test = TestTailnet.joined(3);
    for (const n of [0, 1, 2]) test.session(n);
    test.said();
    test.put(9);
    test.remove(3);
    test.put(2, { online: false });
    expect(test.said()).toEqual(['put-peer 3', 'set-path 3', 'remove-peer 1']);
    expect(test.peer('node-4').health).toBe('proved');
    expect(test.peer('node-2').health).toBe('proved');
  });

  it('with the same key set again says nothing to the packet thread', () => {
    const test = TestTailnet.joined(3);
    test.said();
    test.put(2, { key: keyOf(2), hostname: 'other' });
    expect(test.said()).toEqual([]);
  });

  it('of a key ends the sessions of that peer only, and what the old one still said is not heard', () => {
    const test = TestTailnet.joined(2);
    test.session(0);
    test.session(1);
    test.said();
    test.put(2, { key: keyOf(99) });
    expect(test.commands.map((command) => command.kind)).toEqual(['remove-peer', 'put-peer', 'set-path']);
    expect(test.peer('node-2').handshakes).toBe(0);
    test.tell({ kind: 'session', peer: id(0), role: 'initiator', attempts: 1, rttMs: 1, replaced: 'none' });
    expect(test.peer('node-2').handshakes).toBe(0);
    test.removals();
    test.session(0);
    expect(test.peer('node-2').handshakes).toBe(1);
    expect(test.peer('node-3').health).toBe('proved');
  });

  it('gives an id to another peer only when the removal is done', () => {
    const test = TestTailnet.joined(3, 3);
    test.said();
    test.remove(2);
    test.put(8);
    expect(test.view().overall.causes.some((cause) => cause.id === 'too-many-peers')).toBe(true);
    expect(test.commands.map((command) => command.kind)).toEqual(['remove-peer']);
    test.removals();
    test.map({});
    expect(test.said()).toEqual(['put-peer 0', 'set-path 0']);
    expect(test.peer('node-8').id).toBe(0);
    expect(test.view().overall.causes.some((cause) => cause.id === 'too-many-peers')).toBe(false);
  });

  it('sends nothing to a peer whose key has expired, and says so; a new key brings it back', () => {
    const test = TestTailnet.joined(2);
    test.session(0);
    test.said();
    test.expired = new Set([2]);
    test.put(2, { expired: true });
    expect(test.said()).toEqual(['remove-peer 0']);
    expect(test.peer('node-2').path).toMatchObject({ kind: 'none', why: { key: 'why.none-expired' } });
    test.input({ kind: 'ping', peer: id(0), request: 1 });
    test.input({ kind: 'check', peer: id(0) });
    expect(test.said()).toEqual([]);
    test.expired = new Set();
    test.put(2, { key: keyOf(98), expired: false });
    expect(test.said()).toEqual(['put-peer 0', 'set-path 0']);
  });

  it('closes what the history says of a peer that left', () => {
    const test = TestTailnet.joined(2);
    test.run(10_000);
    test.session(0);
    test.session(1);
    test.run(20_000);
    test.counters.setAt(id(0), 'lastSentAt', test.now);
    test.tell({ kind: 'suspect', peer: id(0), since: instant(test.now - 3_000) });
    test.run(7_000);
    expect(test.view().history.at(-1)).toMatchObject({ peer: 'node-2', result: null });
    test.remove(2);
    expect(test.view().history.at(-1)).toMatchObject({ result: { key: 'history.result.peer-removed' } });
    test.run(600_000);
    expect(test.view().peers).toHaveLength(1);
  });

  it('that falls silent makes us ask whether the server still knows us', () => {
    const test = TestTailnet.joined(1);
    test.run(10_000);
    test.session(0);
    test.run(20_000);
    const asked = (): number => test.control.inputs.filter(({ kind }) => kind === 'ask-standing').length;
    expect(asked()).toBe(0);
    test.tell({ kind: 'suspect', peer: id(0), since: instant(test.now - 3_000) });
    expect(asked()).toBe(1);
  });

  it('tells the filter when it changed, and only then', () => {
    const test = TestTailnet.joined(2);
    test.said();
    test.put(2, { online: false });
    expect(test.said()).toEqual([]);
    test.filter = [{ name: 'base', rules: [] }];
    test.map({ filter: true });
    expect(test.commands.at(-1)).toMatchObject({ kind: 'set-filter', filter: { kind: 'rules', shieldsUp: false, local: [{ bits: 32 }] } });
    test.filter = null;
    test.map({ filter: true });
    expect(test.commands.at(-1)).toEqual({ kind: 'set-filter', filter: { kind: 'block-all' } });
  });

  it('keeps names apart, and a name stays with who has it', () => {
    const test = TestTailnet.joined(1);
    test.put(7, { name: 'node-2.other.example.org' });
    expect(test.view().peers.map((peer) => peer.name)).toEqual(['node-2', 'node-2.other.example.org']);
    test.put(8, { name: 'node-2.other.example.org' });
    expect(new Set(test.view().peers.map((peer) => peer.name)).size).toBe(3);
    test.put(2, { name: 'attic.tail.example.org' });
    expect(test.view().peers.map((peer) => peer.name)).toContain('node-2.other.example.org');
    expect(test.peer('attic').id).toBe(0);
  });
});

describe('the addresses of a map', () => {
  it('are none for some: that is said, and nobody is asked', () => {
    const test = TestTailnet.joined(0);
    test.put(2, { endpoints: [] });
    expect(test.peer('node-2').path).toMatchObject({ kind: 'none', via: null, why: { key: 'why.none-no-way' } });
  });
});

describe('the server', () => {
  const host = 'hs.example.org';
  const refused: ControlTrouble = { kind: 'link', failure: { kind: 'refused', host, port: 443 } };

  it('may be away: the tunnel stays, and the causes say that it does', () => {
    const test = TestTailnet.joined(2);
    test.session(0);
    test.said();
    test.run(5_000);
    test.state({ phase: 'backing-off', since: test.now, until: instant(test.now + 4_000), attempt: 3, trouble: refused });
    expect(test.said()).toEqual([]);
    const view = test.view();
    expect(view.truths.control.state).toBe('down');
    expect(view.truths.control.provedAt).toBe(test.now - 5_000);
    expect(view.overall.state).toBe('connected');
    expect(say(view.overall.causes[0]!.message, test.now)).toContain('The tunnel still works');
    expect(view.account).toMatchObject({ phase: 'backing-off', attempt: 3, nextTryAt: test.now + 4_000, lastError: { key: 'trouble.refused' } });
  });

  it('that says nothing for 75 s is not called ok any more', () => {
    const test = TestTailnet.joined(1);
    test.run(74_000);
    expect(test.view().truths.control.state).toBe('ok');
    test.run(2_000);
    expect(test.view().truths.control).toMatchObject({ state: 'stale', detail: { key: 'truth.control-quiet' } });
  });

  const states: [string, ControlState, string][] = [
    ['down', { phase: 'waiting-for-network', since: instant(0) }, 'No network: waiting for one'],
    ['checking', { phase: 'connecting', since: instant(0), attempt: 1, last: undefined }, 'Connecting to hs.example.org'],
    ['checking', { phase: 'connecting', since: instant(0), attempt: 1, last: { kind: 'silent', forMs: 124_000 } }, 'No answer from hs.example.org for 2 m 04 s: reconnecting'],
    ['down', { phase: 'registering', since: instant(0), attempt: 3, last: refused }, 'hs.example.org: nothing listens on port 443: reconnecting, attempt 3'],
    ['down', { phase: 'key-changed', since: instant(0), pinned: keyOf(1), offered: keyOf(2) }, 'hs.example.org shows another key than before: waiting for your answer'],
    ['down', { phase: 'refused', since: instant(0), text: 'authkey expired', until: undefined }, 'hs.example.org says no: authkey expired'],
    ['off', { phase: 'signed-out', since: instant(0), serverKnows: true }, 'Signed out of hs.example.org'],
  ];
  it.each(states)('is %s in state %j', (wanted, state, text) => {
    const test = new TestTailnet();
    test.start();
    test.state(state);
    expect(test.view().truths.control.state).toBe(wanted);
    expect(say(test.view().truths.control.detail, test.now).replaceAll('\u00a0', ' ')).toBe(text);
  });

  it('is of no help while the computer has no network: nobody is called proved, and everybody is again who still is when it has one', () => {
    const test = TestTailnet.joined(2);
    for (const n of [0, 1]) test.session(n);
    const shown = (): unknown => [test.view().overall.state, test.view().truths.path.state, ...test.view().peers.map(({ health }) => health)];
    expect(shown()).toEqual(['connected', 'ok', 'proved', 'proved']);
    test.state({ phase: 'waiting-for-network', since: test.now });
    expect(shown()).toEqual(['offline', 'off', 'quiet', 'quiet']);
    test.live();
    expect(shown()).toEqual(['connected', 'ok', 'proved', 'proved']);
  });

  it('that forgot this device, or whose key of ours ended, takes the tunnel back and asks for one sign-in', () => {
    const test = TestTailnet.joined(2);
    test.session(0);
    test.said();
    test.state({ phase: 'sign-in-needed', since: test.now, signIn: { url: 'https://hs.example.org/register/1', why: { kind: 'removed' }, since: test.now }, trouble: undefined });
    expect(test.said()).toEqual(['remove-peer 0', 'remove-peer 1', 'forget-sessions', 'set-filter']);
    expect(test.effects.findLast((effect) => effect.kind === 'overlay')).toEqual({ kind: 'overlay', overlay: null });
    expect(test.view().overall).toMatchObject({ state: 'attention', sentence: { key: 'overall.sign-in' } });
    expect(test.view().overall.causes.map((cause) => cause.id)).toEqual(['sign-in']);
    expect(test.view().account?.signInUrl).toBe('https://hs.example.org/register/1');
    test.removals();
    test.live();
    test.map({ self: true, peersPut: 'all', filter: true });
    expect(test.view().peers).toHaveLength(2);
  });

  it('is told of sleep, of the network, and of what a person wants', () => {
    const test = TestTailnet.joined(1);
    test.control.inputs.length = 0;
    test.input({ kind: 'slept', forMs: 60_000, wall: wallTime(WALL_AT_ZERO) });
    test.input({ kind: 'network', state: 'changed' });
    test.input({ kind: 'sign-in', authKey: undefined });
    test.input({ kind: 'accept-server-key' });
    test.input({ kind: 'sign-out' });
    expect(test.control.inputs.map((input) => input.kind)).toEqual(['slept', 'network', 'sign-in', 'accept-server-key', 'sign-out']);
  });

  it('has its troubles in the history: cause, action, result, duration', () => {
    const test = TestTailnet.joined(1);
    test.say({ kind: 'incident', incident: { kind: 'began', id: 1, since: instant(test.now - 120_000), cause: { kind: 'silent', forMs: 120_000 }, action: { kind: 'reconnect', attempts: 1 } } });
    test.say({ kind: 'incident', incident: { kind: 'revised', id: 1, cause: refused, action: { kind: 'reconnect', attempts: 4 } } });
    test.run(9_000);
    test.say({ kind: 'incident', incident: { kind: 'ended', id: 1, result: 'live-again' } });
    expect(test.view().history.at(-1)).toMatchObject({
      truth: 'control',
      cause: { key: 'trouble.refused' },
      action: { key: 'history.action.reconnected', attempts: 4 },
      result: { key: 'history.result.control-live', host },
      durationMs: 129_000,
    });
  });

  it('gives keys to be kept, and a new one becomes the identity', () => {
    const test = TestTailnet.joined(1);
    test.said();
    test.say({ kind: 'keys', keys: { nodeKey: OWN_KEY, trialKey: undefined, pendingUrl: undefined, pinnedServerKey: keyOf(5) } });
    expect(test.said()).toEqual([]);
    expect(test.effects.at(-2)).toMatchObject({ kind: 'persist', keys: { pinnedServerKey: keyOf(5) } });
  });

  it('says when our key ends soon', () => {
    const test = TestTailnet.joined(1);
    test.self = { ...test.self, keyExpiry: atWall(2 * 3_600_000) };
    test.map({ self: true });
    expect(test.view().overall.causes.map((cause) => cause.id)).toEqual(['key-expires']);
    expect(say(test.view().overall.causes[0]!.message, test.now).replaceAll('\u00a0', ' ')).toContain('expires in 2 h 00 m');
  });
});

describe('another start', () => {
  it('leaves nothing of the account before: peers, link, filter, system', () => {
    const test = TestTailnet.joined(2);
    test.session(0);
    test.said();
    test.input({ kind: 'start', config: tailnetConfig('https://other.example.org'), wall: wallTime(WALL_AT_ZERO) });
    expect(test.said()).toEqual(['remove-peer 0', 'remove-peer 1', 'forget-sessions', 'set-filter', 'forget-sessions', 'wall-clock', 'set-filter']);
    expect(test.machines).toHaveLength(2);
    expect(test.machines[0]!.control.inputs.at(-1)).toEqual({ kind: 'stop' });
    expect(test.effects.findLast((effect) => effect.kind === 'overlay')).toEqual({ kind: 'overlay', overlay: null });
    expect(test.view()).toMatchObject({ peers: [], account: { server: 'https://other.example.org', user: null } });
    test.tell({ kind: 'session', peer: id(0), role: 'initiator', attempts: 1, rttMs: 1, replaced: 'none' });
    expect(test.view().peers).toEqual([]);
  });

  it('with a static network lets everything in again', () => {
    const test = TestTailnet.joined(2);
    test.input({ kind: 'start', config: testConfig(1), wall: wallTime(WALL_AT_ZERO) });
    expect(test.commands.findLast((command) => command.kind === 'set-filter')).toEqual({ kind: 'set-filter', filter: { kind: 'off' } });
    expect(test.view().account).toBeNull();
  });
});

describe('the view', () => {
  it('shows a peer that did not change as the same object, and a changed one anew', () => {
    const test = TestTailnet.joined(3);
    const before = test.view().peers;
    test.session(1);
    const after = test.view().peers;
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(after[2]).toBe(before[2]);
  });
});

describe('the truth about this computer', () => {
  it('is bare before the map, the device once it is set, a cause when the system refuses, and bare again after a sign-out', () => {
    const test = new TestTailnet();
    test.start();
    expect(say(test.view().truths.os.detail, test.now)).toBe('No address, no route: not joined');
    test.live();
    test.map({ self: true, peersPut: 'all' });
    // A sandbox never touches the system.
    expect(test.view().truths.os.detail).toEqual({ key: 'truth.os-memory' });
    test.input({ kind: 'os-set', device: 'bowline0', routes: 2 });
    expect(test.view().truths.os).toMatchObject({ state: 'ok' });
    test.input({ kind: 'os-refused', device: 'bowline0', why: 'Another device has 100.64.0.1.' });
    expect(test.view().overall.causes.map(({ id, severity }) => [id, severity])).toEqual([['system', 'down']]);
    expect(say(test.view().overall.causes[0]!.message, test.now)).toBe('Network device bowline0 is not set up as the network needs it. Another device has 100.64.0.1.');
    test.state({ phase: 'signed-out', since: test.now, serverKnows: true });
    expect(test.view().truths.os).toMatchObject({ state: 'off', detail: { key: 'truth.os-bare' } });
  });
});
