import { describe, expect, it } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import { ipv4, parseEndpoint } from '../base/ip.ts';
import { instant, wallTime } from '../time/instant.ts';
import { PROVED_FOR, REBIND_EVERY } from './constants.ts';
import { TestNode, WALL_AT_ZERO } from '../../tests/kit/test-node.ts';

const endpoint = (text: string) => parseEndpoint(text)!;

describe('start', () => {
  it('configures every peer, asks each for a handshake, and says that it waits', () => {
    const test = TestNode.started();
    expect(test.commands.map((command) => command.kind)).toEqual(['wall-clock', 'set-filter', 'identity', 'put-peer', 'put-peer', 'put-peer', 'initiate', 'initiate', 'initiate']);
    expect(test.view().overall).toMatchObject({ state: 'checking', sentence: { key: 'overall.checking', waiting: 3, total: 3 } });
  });

  it('tells the first round as one entry that closes when all have answered', () => {
    const test = TestNode.started();
    test.run(20);
    for (const id of [0, 1, 2]) test.session(id);
    expect(test.history()).toHaveLength(1);
    expect(test.last()).toMatchObject({ cause: { key: 'history.cause.started' }, result: { key: 'history.result.all-again', answered: 3, total: 3 }, durationMs: 20 });
  });

  it('says after the first round which peers never answered, and does not call them connected', () => {
    const test = TestNode.started();
    test.session(0);
    test.hear(0);
    test.run(11_000);
    expect(test.last()).toMatchObject({ result: { key: 'history.result.some-again', answered: 1, total: 3 } });
    expect(test.view().overall).toMatchObject({ state: 'attention', sentence: { key: 'overall.some-silent', silent: 2 } });
    expect(test.view().overall.causes.map((cause) => cause.message.key)).toEqual(['cause.peer-never', 'cause.peer-never']);
    expect(test.peer(1)).toMatchObject({ health: 'never', path: { kind: 'none', latencyMs: null } });
  });
});

describe('green means data', () => {
  it('calls a peer proved only while its last authentic packet is younger than the limit', () => {
    const test = TestNode.connected(1);
    expect(test.peer(0).health).toBe('proved');
    expect(test.view().overall.state).toBe('connected');
    test.run(PROVED_FOR);
    expect(test.peer(0).health).toBe('proved');
    test.run(1);
    expect(test.peer(0).health).toBe('quiet');
    expect(test.view().overall.state).toBe('idle');
    expect(test.view().truths.path.state).toBe('off');
  });

  it('does not call a peer proved for a handshake alone', () => {
    const test = TestNode.started(1);
    test.session(0);
    expect(test.peer(0).health).toBe('quiet');
  });

  it('does not count silence while nothing was asked as a fault', () => {
    const test = TestNode.connected(1);
    test.run(3_600_000);
    expect(test.history()).toHaveLength(1);
    expect(test.view().overall.causes).toEqual([]);
  });

  it('wakes for nothing while nobody looks and nothing is wrong', () => {
    const test = TestNode.connected();
    expect(test.node.nextDeadline()?.why).toBeUndefined();
  });
});

describe('one silent peer', () => {
  it('is probed first, and a probe that is answered leaves no trace', () => {
    const test = TestNode.connected();
    test.suspect(1);
    expect(test.count('probe', 1)).toBe(1);
    expect(test.count('initiate')).toBe(0);
    expect(test.peer(1).health).toBe('checking');
    test.answerProbes();
    test.answer(1);
    test.run(20_000);
    expect(test.peer(1).health).toBe('proved');
    expect(test.count('initiate')).toBe(0);
    expect(test.history()).toHaveLength(1);
  });

  it('that is known to answer probes is told 4 s after the unanswered data, with a handshake as the action', () => {
    const test = TestNode.connected();
    test.node.handle({ kind: 'watch', on: true }, test.now);
    test.run(1);
    test.answerProbes();
    test.node.handle({ kind: 'watch', on: false }, test.now);
    test.suspect(1);
    test.run(999);
    expect(test.history()).toHaveLength(1);
    test.run(2);
    expect(test.count('initiate', 1)).toBe(1);
    expect(test.last()).toMatchObject({ peer: 'lantern', cause: { key: 'history.cause.peer-silent' }, action: { key: 'history.action.handshake' }, result: null, unreachable: ['lantern'] });
    test.run(100);
    test.session(1, { replaced: 'live', attempts: 1 });
    expect(test.last()).toMatchObject({ result: { key: 'history.result.lost-session', peer: 'lantern' }, durationMs: 4_101 });
    expect(test.peer(1).health).toBe('proved');
  });

  it('that never answered a probe is not accused before the handshake had its time', () => {
    const test = TestNode.connected();
    test.suspect(1);
    test.run(1_001);
    expect(test.count('initiate', 1)).toBe(1);
    expect(test.history()).toHaveLength(1);
    test.run(5_600);
    expect(test.last()).toMatchObject({ peer: 'lantern', result: null });
    expect(test.peer(1)).toMatchObject({ health: 'silent', path: { kind: 'none' } });
    expect(test.view().overall).toMatchObject({ state: 'attention', sentence: { key: 'overall.some-silent', silent: 1, total: 3 } });
  });

  it('does not disturb the others: no rebind, no command for them', () => {
    const test = TestNode.connected();
    test.send(0);
    test.send(2);
    test.suspect(1);
    test.run(60_000);
    expect(test.count('rebind')).toBe(0);
    expect(test.count('initiate', 0) + test.count('initiate', 2)).toBe(0);
    expect(test.peer(0).health).toBe('proved');
  });

  it('that is the only one we have gets a new socket, once, after some patience', () => {
    const test = TestNode.connected(1);
    test.suspect(0);
    test.run(16_000);
    expect(test.count('rebind')).toBe(0);
    test.run(2_000);
    expect(test.count('rebind')).toBe(1);
    test.tell({ kind: 'handshake-sent', peer: 0 as PeerId, attempt: 4 });
    expect(test.last()).toMatchObject({ peer: 'harbour', action: { key: 'history.action.rebind', attempts: 4 }, result: null });
    test.run(600_000);
    expect(test.count('rebind')).toBe(1);
    test.answer(0);
    expect(test.last()).toMatchObject({ result: { key: 'history.result.same-session' } });
  });

  it('is asked again with growing pauses after WireGuard gave up', () => {
    const test = TestNode.connected(2);
    test.send(0);
    test.suspect(1);
    test.run(10_000);
    test.commands = [];
    const gaps: number[] = [];
    for (let round = 0; round < 6; round++) {
      test.tell({ kind: 'handshake-gave-up', peer: 1 as PeerId, attempts: 18 });
      const from = test.now;
      const before = test.count('initiate', 1);
      while (test.count('initiate', 1) === before) test.run(1_000);
      gaps.push(test.now - from);
    }
    expect(gaps[0]).toBeLessThanOrEqual(16_000);
    expect(gaps.at(-1)!).toBeGreaterThan(gaps[0]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(301_000);
  });
});

describe('all peers silent', () => {
  function blackout(): TestNode {
    const test = TestNode.connected();
    for (const id of [0, 1, 2]) test.suspect(id);
    return test;
  }

  it('is one entry for all, not one for each', () => {
    const test = blackout();
    test.run(7_000);
    expect(test.history()).toHaveLength(2);
    expect(test.last()).toMatchObject({ peer: null, cause: { key: 'history.cause.all-silent', total: 3 }, unreachable: ['harbour', 'lantern', 'orchard'] });
    expect(test.view().overall).toMatchObject({ state: 'offline', sentence: { key: 'overall.none-answer', total: 3 } });
    expect(test.view().overall.causes.map((cause) => cause.message.key)).toEqual(['cause.all-silent']);
  });

  it('replaces the socket once, and not again within the budget', () => {
    const test = blackout();
    test.run(8_000);
    expect(test.count('rebind')).toBe(1);
    for (const id of [0, 1, 2]) test.answer(id);
    test.run(1_000);
    for (const id of [0, 1, 2]) test.suspect(id);
    test.run(8_000);
    expect(test.last()).toMatchObject({ cause: { key: 'history.cause.all-silent' }, result: null });
    expect(test.count('rebind')).toBe(1);
    for (const id of [0, 1, 2]) test.answer(id);
    test.run(REBIND_EVERY);
    for (const id of [0, 1, 2]) test.suspect(id);
    test.run(8_000);
    expect(test.count('rebind')).toBe(2);
    expect(test.node.teardowns).toBe(2);
  });

  it('closes when all answer again and says so', () => {
    const test = blackout();
    test.run(12_000);
    test.answer(0);
    expect(test.last().result).toBeNull();
    test.answer(1);
    test.answer(2);
    expect(test.last()).toMatchObject({ result: { key: 'history.result.all-again', answered: 3, total: 3 }, action: { key: 'history.action.rebind' } });
    expect(test.view().overall.state).toBe('connected');
  });

  it('gives the one that stays silent an entry of its own after the others returned', () => {
    const test = blackout();
    test.run(12_000);
    test.answer(0);
    test.answer(1);
    for (let i = 0; i < 11; i++) {
      test.run(1_000);
      test.hear(0);
      test.hear(1);
    }
    expect(test.history().at(-2)).toMatchObject({ peer: null, result: { key: 'history.result.some-again', answered: 2, total: 3 } });
    expect(test.last()).toMatchObject({ peer: 'orchard', result: null });
  });

  it('turns an entry that one peer already has into the common one', () => {
    const test = TestNode.connected();
    test.suspect(0);
    test.run(7_000);
    expect(test.last()).toMatchObject({ peer: 'harbour' });
    test.suspect(1);
    test.suspect(2);
    test.run(7_000);
    expect(test.history()).toHaveLength(2);
    expect(test.last()).toMatchObject({ peer: null, cause: { key: 'history.cause.all-silent' } });
  });
});

describe('a peer that moves', () => {
  it('is told with both addresses and how long nothing was heard', () => {
    const test = TestNode.connected();
    test.tell({ kind: 'endpoint', peer: 2 as PeerId, endpoint: endpoint('192.0.2.99:4000'), previous: endpoint('192.0.2.3:51820'), silentForMs: 850 });
    expect(test.last()).toMatchObject({
      peer: 'orchard',
      cause: { key: 'history.cause.moved', from: '192.0.2.3:51820', to: '192.0.2.99:4000' },
      action: { key: 'history.action.followed' },
      result: { key: 'history.result.data-again' },
      durationMs: 850,
    });
    expect(test.peer(2).path).toMatchObject({ kind: 'direct', via: '192.0.2.99:4000', why: { key: 'why.direct-followed' } });
  });

  it('in the middle of a silence explains that silence instead of adding an entry', () => {
    const test = TestNode.connected();
    test.suspect(2);
    test.run(8_000);
    const entries = test.history().length;
    test.tell({ kind: 'endpoint', peer: 2 as PeerId, endpoint: endpoint('192.0.2.99:4000'), previous: endpoint('192.0.2.3:51820'), silentForMs: 11_000 });
    test.answer(2);
    expect(test.history()).toHaveLength(entries);
    expect(test.last()).toMatchObject({ cause: { key: 'history.cause.moved' }, result: { key: 'history.result.same-session' } });
  });
});

describe('a peer that restarts', () => {
  it('and calls by itself is told, when its session is far from due', () => {
    const test = TestNode.connected();
    test.run(40_000);
    test.session(0, { role: 'responder', replaced: 'live', rttMs: undefined });
    expect(test.last()).toMatchObject({ peer: 'harbour', cause: { key: 'history.cause.peer-restarted-handshake' } });
  });

  it('is not told when the session it replaces was due for a rekey', () => {
    const test = TestNode.connected();
    test.run(119_000);
    test.session(0, { role: 'responder', replaced: 'live', rttMs: undefined });
    expect(test.history()).toHaveLength(1);
  });

  it('is not told when both called at once', () => {
    const test = TestNode.connected();
    test.run(40_000);
    test.tell({ kind: 'handshake-sent', peer: 0 as PeerId, attempt: 1 });
    test.run(5_000);
    test.session(0, { role: 'responder', replaced: 'live', rttMs: undefined });
    expect(test.history()).toHaveLength(1);
  });

  it('a routine rekey is counted, not told, whoever began the session', () => {
    const test = TestNode.connected();
    test.tell({ kind: 'handshake-sent', peer: 0 as PeerId, attempt: 1 });
    test.session(0, { role: 'responder', replaced: 'live', rttMs: undefined });
    for (let i = 0; i < 10; i++) {
      test.run(60_000);
      test.session(0, { replaced: 'live' });
      test.run(60_000);
      test.session(0, { role: 'responder', replaced: 'live', rttMs: undefined });
      test.hear(0);
    }
    expect(test.history()).toHaveLength(1);
    expect(test.peer(0).handshakes).toBe(22);
  });
});

describe('wake', () => {
  function woken(sleptMs = 180_000): TestNode {
    const test = TestNode.connected();
    test.now = instant(test.now + sleptMs);
    test.node.handle({ kind: 'slept', forMs: sleptMs, wall: wallTime(WALL_AT_ZERO + sleptMs) }, test.now);
    test.drain();
    return test;
  }

  it('puts every peer to "checking" at once: nothing stays green unproved', () => {
    const test = woken(5_000);
    expect(test.view().peers.map((peer) => peer.health)).toEqual(['checking', 'checking', 'checking']);
    expect(test.view().overall).toMatchObject({ state: 'checking', sentence: { key: 'overall.woke', sleptMs: 5_000 } });
    expect(test.count('initiate')).toBe(3);
    expect(test.count('wall-clock')).toBe(1);
  });

  it('begins with a new socket, which is no teardown on suspicion', () => {
    const test = woken(5_000);
    expect(test.count('rebind')).toBe(1);
    expect(test.node.teardowns).toBe(0);
  });

  it('ends when all have answered, as one entry', () => {
    const test = woken();
    test.run(300);
    for (const id of [0, 1, 2]) {
      test.session(id, { replaced: 'expired' });
      test.hear(id);
    }
    expect(test.last()).toMatchObject({ truth: 'os', cause: { key: 'history.cause.slept', sleptMs: 180_000 }, result: { key: 'history.result.all-again', answered: 3 }, durationMs: 300 });
    expect(test.view().overall.state).toBe('connected');
  });

  it('counts a peer as answering whose data goes on in the old session, though no handshake was made', () => {
    const test = woken(2_000);
    for (const id of [0, 1]) test.session(id, { replaced: 'live' });
    test.run(500);
    for (const id of [0, 1, 2]) test.hear(id);
    test.run(10_000);
    expect(test.peer(2).health).toBe('proved');
    expect(test.last()).toMatchObject({ cause: { key: 'history.cause.slept' }, result: { key: 'history.result.all-again', answered: 3 } });
  });

  it('does not count a peer as answering that fell silent during the round', () => {
    const test = woken(2_000);
    for (const id of [0, 1]) test.session(id, { replaced: 'live' });
    test.run(500);
    for (const id of [0, 1, 2]) test.hear(id);
    test.run(4_000);
    test.suspect(2);
    test.run(10_000);
    expect(test.peer(2).health).toBe('silent');
    expect(test.history().at(-2)).toMatchObject({ result: { key: 'history.result.some-again', answered: 2, total: 3 } });
  });

  it('cut short by the next sleep says so, not that Bowline stopped', () => {
    const test = woken();
    test.node.handle({ kind: 'slept', forMs: 60_000, wall: wallTime(WALL_AT_ZERO + 300_000) }, test.now);
    test.drain();
    expect(test.history().at(-2)).toMatchObject({ result: { key: 'history.result.overtaken' } });
    expect(test.last()).toMatchObject({ cause: { key: 'history.cause.slept', sleptMs: 60_000 }, result: null });
  });

  it('names who did not answer within 10 s', () => {
    const test = woken();
    test.session(0, { replaced: 'expired' });
    test.hear(0);
    test.session(1, { replaced: 'expired' });
    test.hear(1);
    test.run(10_100);
    expect(test.history().at(-2)).toMatchObject({ result: { key: 'history.result.some-again', answered: 2, total: 3 } });
    expect(test.last()).toMatchObject({ peer: 'orchard', cause: { key: 'history.cause.peer-silent' } });
    expect(test.peer(2).health).toBe('silent');
  });
});

describe('looking and asking', () => {
  it('measures latency every 2 s while someone looks, and stops when nobody does', () => {
    const test = TestNode.connected();
    test.node.handle({ kind: 'watch', on: true }, test.now);
    for (let i = 0; i < 10; i++) {
      test.run(1_000);
      test.answerProbes();
    }
    expect(test.peer(0).latency.length).toBeGreaterThanOrEqual(5);
    expect(test.peer(0).path.latencyMs).toBe(2.5);
    test.node.handle({ kind: 'watch', on: false }, test.now);
    expect(test.node.nextDeadline()).toBeUndefined();
  });

  it('stops probing a live peer that ignores probes', () => {
    const test = TestNode.connected(1);
    test.node.handle({ kind: 'watch', on: true }, test.now);
    for (let i = 0; i < 60; i++) {
      test.run(1_000);
      test.hear(0);
    }
    expect(test.count('probe')).toBeLessThanOrEqual(5);
  });

  it('goes on probing after a cut in which nothing was heard at all', () => {
    const test = TestNode.connected(1);
    test.node.handle({ kind: 'watch', on: true }, test.now);
    test.run(60_000);
    test.answer(0);
    test.commands = [];
    test.run(2_500);
    expect(test.count('probe')).toBeGreaterThan(0);
  });

  it('answers a ping once, with its latency or with nothing after 2 s', () => {
    const test = TestNode.connected();
    test.node.handle({ kind: 'ping', peer: 0 as PeerId, request: 7 }, test.now);
    test.drain();
    test.answerProbes();
    test.node.handle({ kind: 'ping', peer: 1 as PeerId, request: 8 }, test.now);
    test.drain();
    test.run(2_000);
    const answers = test.effects.filter((effect) => effect.kind === 'pinged');
    expect(answers).toEqual([
      { kind: 'pinged', request: 7, latencyMs: 2.5, via: { kind: 'direct', endpoint: { address: ipv4(0xc0000201), port: 1 } } },
      { kind: 'pinged', request: 8, latencyMs: undefined, via: undefined },
    ]);
  });

  it('finds a peer by name, overlay address or key', () => {
    const test = TestNode.connected();
    expect(test.node.peerNamed('lantern')).toBe(1);
    expect(test.node.peerNamed('100.64.0.3')).toBe(1);
    expect(test.node.peerNamed(test.peer(1).publicKey)).toBe(1);
    expect(test.node.peerNamed('nobody')).toBeUndefined();
  });
});

describe('the underlay and the end', () => {
  it('shows a socket that cannot send as the worst cause until it is bound again', () => {
    const test = TestNode.connected();
    test.tell({ kind: 'underlay', state: { kind: 'failed', code: 'ENETUNREACH', during: 'send' } });
    expect(test.view().overall.causes[0]).toMatchObject({ severity: 'down', message: { key: 'cause.underlay', code: 'ENETUNREACH' } });
    expect(test.last()).toMatchObject({ truth: 'os', cause: { key: 'history.cause.underlay-failed', code: 'ENETUNREACH' }, result: null });
    test.run(700);
    test.tell({ kind: 'underlay', state: { kind: 'bound', port: 4_000 } });
    expect(test.view().overall.causes).toEqual([]);
    expect(test.view().self.port).toBe(4_000);
    expect(test.last()).toMatchObject({ result: { key: 'history.result.bound', port: 4_000 }, durationMs: 700 });
  });

  it('stops cleanly: open entries are closed, sessions forgotten, peers removed', () => {
    const test = TestNode.connected();
    test.suspect(0);
    test.run(8_000);
    test.commands = [];
    test.node.handle({ kind: 'stop' }, test.now);
    test.drain();
    expect(test.commands.map((command) => command.kind)).toEqual(['forget-sessions', 'remove-peer', 'remove-peer', 'remove-peer']);
    expect(test.view().overall.state).toBe('stopped');
    expect(test.history().every((entry) => entry.result !== null)).toBe(true);
    expect(test.node.nextDeadline()).toBeUndefined();
  });
});
