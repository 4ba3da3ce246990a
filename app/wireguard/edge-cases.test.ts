/** Cases found by reading the rules against the machine: who is asked to wait, who is not called, and what a silence starts. */
import { describe, expect, it } from 'vitest';
import { Station, Wires, endpoint } from '../../tests/kit/wireguard-pair.ts';
import type { PeerId } from '../base/brand.ts';
import { KEEPALIVE_TIMEOUT, REKEY_ATTEMPT_TIME, REKEY_TIMEOUT, REKEY_TIMEOUT_JITTER, SOURCE_BURST, UNDER_LOAD_FOR, UNDER_LOAD_PER_SECOND } from './constants.ts';

const INITIATION = 1;
const RESPONSE = 2;
const COOKIE = 3;
const DATA = 4;

/** Makes `target` see more handshakes than it wants within this second. */
function flood(wires: Wires, target: Station): void {
  const stranger = new Station('stranger', '198.51.100.1:1', 77);
  stranger.start(wires.now);
  stranger.knows(0, target, wires.now);
  stranger.wireguard.handle({ kind: 'initiate', peer: 0 as PeerId }, wires.now);
  const message = stranger.wireguard.poll();
  if (message?.kind !== 'transmit') throw new Error('the stranger did not call');
  for (let i = 0; i <= UNDER_LOAD_PER_SECOND; i++) target.take(message.bytes, `198.51.100.${i % 250}:${1_000 + i}`, wires.now);
  for (let out = target.wireguard.poll(); out !== undefined; out = target.wireguard.poll()) if (out.kind === 'fact') target.facts.push(out.fact);
}

describe('a responder that is asked for a cookie', () => {
  it('takes the cookie, and its next response proves its address', () => {
    const { wires, a, b } = Wires.pair();
    wires.initiate(a, 0);
    flood(wires, a);
    wires.settle();
    expect(wires.sent(a, COOKIE)).toHaveLength(1);
    expect(b.refused('cookie: to nothing')).toBe(0);
    expect(a.factsOf('session')).toHaveLength(0);
    wires.run(REKEY_TIMEOUT - 10);
    flood(wires, a);
    wires.run(400);
    expect(wires.sent(b, RESPONSE)).toHaveLength(2);
    expect(a.factsOf('session')).toHaveLength(1);
  });
});

describe('load', () => {
  it('leaves each source its share only, with the right cookie too', () => {
    const { wires, a, b } = Wires.pair();
    flood(wires, b);
    wires.initiate(a, 0);
    wires.settle();
    wires.run(REKEY_TIMEOUT + REKEY_TIMEOUT_JITTER);
    const proven = wires.sent(a, INITIATION).at(-1)!;
    flood(wires, b);
    for (let i = 0; i < SOURCE_BURST + 3; i++) b.take(proven.bytes, a.address, wires.now);
    expect(b.refused('handshake: replayed timestamp')).toBe(SOURCE_BURST);
    expect(b.refused('handshake: rate limit of its source')).toBe(3);
  });

  it('is told to have ended even if no handshake comes any more', () => {
    const { wires, b } = Wires.pair();
    flood(wires, b);
    expect(b.wireguard.nextDeadline()?.why).toBe('handshakes: under load');
    wires.run(UNDER_LOAD_FOR);
    expect(b.factsOf('under-load').map((fact) => fact.on)).toEqual([true, false]);
    expect(b.wireguard.nextDeadline()).toBeUndefined();
  });
});

describe('unanswered data', () => {
  it('starts a handshake again after one was given up, though the old session could still send', () => {
    const { wires, a, b } = Wires.connected();
    wires.carry = () => false;
    wires.send(b);
    wires.flying.length = 0;
    wires.run(KEEPALIVE_TIMEOUT + REKEY_TIMEOUT + REKEY_ATTEMPT_TIME + REKEY_TIMEOUT + REKEY_TIMEOUT_JITTER);
    expect(b.factsOf('handshake-gave-up')).toHaveLength(1);
    const before = wires.sent(b, INITIATION).length;
    wires.send(b);
    expect(wires.sent(b, DATA).length).toBeGreaterThan(1);
    wires.flying.length = 0;
    wires.run(KEEPALIVE_TIMEOUT + REKEY_TIMEOUT);
    expect(wires.sent(b, INITIATION)).toHaveLength(before + 1);
    wires.carry = () => true;
    wires.run(REKEY_TIMEOUT + REKEY_TIMEOUT_JITTER);
    expect(b.factsOf('answered')).toHaveLength(1);
    expect(b.factsOf('answered')[0]!.silentForMs).toBeGreaterThan(100_000);
    expect(a.factsOf('session')).toHaveLength(2);
  });
});

describe('an attempt', () => {
  it('keeps its clock and its count while data goes on waiting', () => {
    const { wires, a } = Wires.pair();
    wires.carry = () => false;
    for (let i = 0; i < REKEY_ATTEMPT_TIME + 10_000; i += 50) {
      wires.send(a);
      wires.flying.length = 0;
      wires.run(50);
    }
    const counts = a.factsOf('handshake-sent').map((fact) => fact.attempt);
    const gaveUp = a.factsOf('handshake-gave-up');
    expect(gaveUp).toHaveLength(1);
    expect(counts.slice(0, gaveUp[0]!.attempts)).toEqual(Array.from({ length: gaveUp[0]!.attempts }, (_, i) => i + 1));
  });

  it('has its clock restarted by `initiate`', () => {
    const { wires, a } = Wires.pair();
    wires.carry = () => false;
    wires.initiate(a, 0);
    wires.run(REKEY_ATTEMPT_TIME - 10_000);
    wires.initiate(a, 0);
    wires.run(60_000);
    expect(a.factsOf('handshake-gave-up')).toEqual([]);
    wires.run(60_000);
    expect(a.factsOf('handshake-gave-up')).toHaveLength(1);
  });

  it('at a peer whose key is a low-order point costs one curve in REKEY_TIMEOUT, however much data there is', () => {
    const { wires, a } = Wires.pair();
    const low = new Station('low', '192.0.2.7:7', 5);
    low.point.fill(0);
    a.knows(1, low, wires.now);
    for (let i = 0; i < 50; i++) wires.send(a, new Uint8Array(20), 1);
    expect(a.refused('handshake: low-order key')).toBe(1);
  });

  it('is not made before there is an identity, and nothing is counted for it', () => {
    const a = new Station('a', '192.0.2.1:1000', 1);
    const b = new Station('b', '192.0.2.2:2000', 2);
    const wires = new Wires(b);
    wires.stations.push(a);
    a.knows(0, b, wires.now, { persistentKeepaliveMs: 25_000 });
    wires.run(1_000);
    expect(a.counters.refusals()).toEqual({});
    a.start(wires.now);
    wires.collect();
    expect(wires.sent(a, INITIATION)).toHaveLength(1);
  });
});

describe('a peer without an endpoint', () => {
  it('has no deadline, whatever keepalive it is to get, until an endpoint is known', () => {
    const { wires, a } = Wires.pair();
    const far = new Station('far', '192.0.2.9:9', 9);
    const { endpoint: _, ...rest } = { id: 1 as PeerId, publicKey: far.point, endpoint: undefined, allowedIps: [], persistentKeepaliveMs: 25_000, roaming: 'follow' as const };
    a.wireguard.handle({ kind: 'put-peer', peer: rest }, wires.now);
    wires.run(60_000);
    expect(a.wakeups.length).toBeLessThanOrEqual(1);
    expect(a.wireguard.nextDeadline()).toBeUndefined();
    a.wireguard.handle({ kind: 'set-endpoint', peer: 1 as PeerId, endpoint: endpoint('192.0.2.9:9') }, wires.now);
    expect(a.wireguard.nextDeadline()?.why).toBe('peer: persistent keepalive');
  });

  it('is answered where it calls from, and is sent nothing to nowhere', () => {
    const a = new Station('a', '192.0.2.1:1000', 1);
    const b = new Station('b', '192.0.2.2:2000', 2);
    const wires = new Wires(a, b);
    a.knows(0, b, wires.now);
    b.wireguard.handle({ kind: 'put-peer', peer: { id: 0 as PeerId, publicKey: a.point, allowedIps: [], persistentKeepaliveMs: 0, roaming: 'chosen' } }, wires.now);
    wires.send(a);
    wires.settle();
    expect(b.received).toHaveLength(1);
    wires.run(KEEPALIVE_TIMEOUT);
    expect(b.refused('outbound: peer has no endpoint')).toBe(1);
  });
});

describe('put-peer', () => {
  it('of the same key remembers the latest timestamp, even with another preshared key or another id', () => {
    for (const change of [{ id: 0, presharedKey: new Uint8Array(32).fill(3) }, { id: 4 }]) {
      const { wires, a, b } = Wires.connected();
      wires.run(1_000);
      const { id, ...rest } = change;
      b.knows(id, a, wires.now, rest);
      b.take(wires.sent(a, INITIATION)[0]!.bytes, a.address, wires.now);
      expect(b.refused('handshake: replayed timestamp')).toBe(1);
      expect(b.wireguard.sessionsHeld).toBe(0);
    }
  });
});

describe('put-peer of the same keys', () => {
  it('leaves a peer that roamed where it is, unless its configured endpoint changed', () => {
    const { wires, a, b } = Wires.connected();
    a.address = '203.0.113.5:55';
    wires.send(a);
    wires.settle();
    b.wireguard.handle({ kind: 'put-peer', peer: { id: 0 as PeerId, publicKey: a.point, endpoint: endpoint('192.0.2.1:1000'), allowedIps: [], persistentKeepaliveMs: 0, roaming: 'follow' } }, wires.now);
    expect(b.endpoints.format(b.wireguard.endpointOf(0 as PeerId))).toBe('203.0.113.5:55');
    b.wireguard.handle({ kind: 'put-peer', peer: { id: 0 as PeerId, publicKey: a.point, endpoint: endpoint('192.0.2.3:3'), allowedIps: [], persistentKeepaliveMs: 0, roaming: 'follow' } }, wires.now);
    expect(b.endpoints.format(b.wireguard.endpointOf(0 as PeerId))).toBe('192.0.2.3:3');
  });
});

describe('a session that is asked for right after the last initiation', () => {
  it('is begun as soon as REKEY_TIMEOUT allows it', () => {
    const { wires, a } = Wires.connected();
    const before = wires.sent(a, INITIATION).length;
    wires.run(1_000);
    wires.initiate(a, 0);
    wires.run(REKEY_TIMEOUT - 1_001);
    expect(wires.sent(a, INITIATION)).toHaveLength(before);
    wires.run(1);
    expect(wires.sent(a, INITIATION)).toHaveLength(before + 1);
  });

  it('is not begun when the peer has answered meanwhile', () => {
    const { wires, a, b } = Wires.connected();
    const before = wires.sent(a, INITIATION).length;
    wires.run(1_000);
    wires.initiate(a, 0);
    wires.run(1_000);
    wires.send(b);
    wires.settle();
    wires.run(REKEY_TIMEOUT);
    expect(wires.sent(a, INITIATION)).toHaveLength(before);
  });
});
