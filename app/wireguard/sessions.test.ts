import { describe, expect, it } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import {
  KEEPALIVE_TIMEOUT,
  REJECT_AFTER_MESSAGES_HIGH,
  REJECT_AFTER_MESSAGES_LOW,
  REJECT_AFTER_TIME,
  REKEY_AFTER_MESSAGES_HIGH,
  REKEY_AFTER_TIME,
  REKEY_AFTER_TIME_RECEIVING,
  REKEY_ATTEMPT_TIME,
  REKEY_TIMEOUT,
  STAGED_PACKETS,
  SUSPECT_AFTER,
} from './constants.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { instant } from '../time/instant.ts';
import { Session } from './session.ts';
import { MTU, Station, Wires } from '../../tests/kit/wireguard-pair.ts';

const INITIATION = 1;
const RESPONSE = 2;
const DATA = 4;
const packet = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i === 0 ? 0x45 : i));

describe('a session', () => {
  it('is confirmed at once by the initiator: a keepalive, or the packets that waited', () => {
    const empty = Wires.connected();
    expect(empty.wires.sent(empty.a, DATA).map((d) => d.bytes.length)).toEqual([32]);
    const { wires, a, b } = Wires.pair();
    wires.send(a, packet(40));
    wires.settle();
    expect(wires.sent(a, DATA).map((d) => d.bytes.length)).toEqual([16 + 48 + 16]);
    expect(b.received).toHaveLength(1);
  });

  it('the responder sends nothing on it before it has received on it', () => {
    const { wires, a, b } = Wires.pair();
    wires.carry = (d) => d.bytes[0] !== DATA;
    wires.initiate(a, 0);
    wires.settle();
    expect(wires.sent(b, RESPONSE)).toHaveLength(1);
    wires.send(b);
    expect(wires.sent(b, DATA)).toHaveLength(0);
    expect(wires.sent(b, INITIATION)).toHaveLength(1);
  });

  it('pads to 16 bytes but never beyond the MTU', () => {
    const { wires, a, b } = Wires.connected();
    for (const [length, padded] of [[20, 32], [32, 32], [1_409, 1_420], [MTU, MTU]] as const) {
      wires.send(a, packet(length));
      expect(wires.flying.at(-1)!.bytes.length).toBe(16 + padded + 16);
      wires.settle();
      expect(b.received.at(-1)!.subarray(0, length)).toEqual(packet(length));
    }
  });

  it('delivers keepalives to nobody (#287)', () => {
    const { wires, b } = Wires.connected();
    expect(wires.log.some((d) => d.bytes[0] === DATA && d.bytes.length === 32)).toBe(true);
    expect(b.received).toEqual([]);
  });
});

describe('rotation', () => {
  it('is begun by the initiator when it sends after REKEY_AFTER_TIME, and not before (#283)', () => {
    const { wires, a } = Wires.connected();
    wires.run(REKEY_AFTER_TIME - 1);
    wires.send(a);
    expect(wires.sent(a, INITIATION)).toHaveLength(1);
    wires.run(1);
    wires.send(a);
    expect(wires.sent(a, INITIATION)).toHaveLength(2);
  });

  it('is never begun by the responder for the session\'s age, sending or receiving (#283)', () => {
    const { wires, a, b } = Wires.connected();
    wires.carry = (d) => !(d.from === a.address && d.bytes[0] === INITIATION);
    wires.run(REKEY_AFTER_TIME_RECEIVING + 5_000);
    wires.send(b);
    wires.send(a);
    wires.settle();
    expect(wires.sent(b, INITIATION)).toHaveLength(0);
  });

  it('is begun by the initiator when it receives on a session of REKEY_AFTER_TIME_RECEIVING (#283)', () => {
    const { wires, a, b } = Wires.connected();
    wires.run(REKEY_AFTER_TIME_RECEIVING - 1);
    wires.send(b);
    wires.settle();
    expect(wires.sent(a, INITIATION)).toHaveLength(1);
    wires.run(1);
    wires.send(b);
    wires.settle();
    expect(wires.sent(a, INITIATION)).toHaveLength(2);
  });

  it('loses nothing: the previous session still opens what was in flight', () => {
    const { wires, a, b } = Wires.connected();
    wires.run(REKEY_AFTER_TIME);
    wires.send(b, packet(33));
    const late = wires.flying.pop()!;
    wires.send(a);
    wires.settle();
    expect(a.factsOf('session')).toHaveLength(2);
    wires.deliver(late);
    expect(a.received.at(-1)!.subarray(0, 33)).toEqual(packet(33));
  });

  it('frees every session index but those of the slots (#333)', () => {
    const { wires, a, b } = Wires.connected();
    for (let i = 0; i < 50; i++) {
      wires.run(REKEY_AFTER_TIME);
      wires.send(a);
      wires.settle();
    }
    expect(a.factsOf('session').length).toBeGreaterThan(40);
    expect(a.wireguard.sessionsHeld).toBeLessThanOrEqual(3);
    expect(b.wireguard.sessionsHeld).toBeLessThanOrEqual(3);
  });
});

describe('limits', () => {
  it('refuses data of a session at REJECT_AFTER_TIME, 180 s and not 240 (#343)', () => {
    const { wires, a, b } = Wires.connected();
    wires.carry = (d) => d.bytes[0] === DATA;
    wires.run(REJECT_AFTER_TIME - 1);
    wires.send(a);
    const old = wires.flying.at(-1)!;
    expect(old.bytes[0]).toBe(INITIATION);
    wires.flying.length = 0;
    const data = wires.sent(a, DATA).at(-1)!;
    wires.run(1);
    wires.deliver(data);
    expect(b.refused('data: session too old')).toBe(1);
    wires.send(a);
    expect(wires.flying.filter((d) => d.bytes[0] === DATA)).toEqual([]);
  });

  it('stops sending at REJECT_AFTER_MESSAGES and asks for a new session from REKEY_AFTER_MESSAGES on (#338)', () => {
    const keys = { send: new Uint8Array(32), receive: new Uint8Array(32) };
    const session = new Session(createSodiumCrypto(), { peer: 0 as PeerId, role: 'responder', localIndex: 1, remoteIndex: 2, bornAt: instant(0), keys });
    expect(session.wantsRekeyAfterSend(instant(1))).toBe(false);
    session.counterHigh = REKEY_AFTER_MESSAGES_HIGH;
    expect(session.wantsRekeyAfterSend(instant(1))).toBe(true);
    session.counterHigh = REJECT_AFTER_MESSAGES_HIGH;
    session.counterLow = REJECT_AFTER_MESSAGES_LOW - 1;
    expect(session.canSend(instant(1))).toBe(true);
    session.advanceCounter();
    expect(session.canSend(instant(1))).toBe(false);
  });

  it('carries the counter from the low word to the high one', () => {
    const keys = { send: new Uint8Array(32), receive: new Uint8Array(32) };
    const session = new Session(createSodiumCrypto(), { peer: 0 as PeerId, role: 'initiator', localIndex: 1, remoteIndex: 2, bornAt: instant(0), keys });
    session.counterLow = 0xffff_ffff;
    session.advanceCounter();
    expect([session.counterHigh, session.counterLow]).toEqual([1, 0]);
  });

  it('refuses a received counter that no lawful sender uses', () => {
    const { wires, a, b } = Wires.connected();
    wires.send(a);
    const forged = wires.flying.pop()!;
    forged.bytes.fill(0xff, 8, 16);
    wires.deliver(forged);
    expect(b.refused('data: counter spent')).toBe(1);
  });

  it('erases an idle session after three times REJECT_AFTER_TIME, and says so (#344)', () => {
    const { wires, a, b } = Wires.connected();
    wires.run(REJECT_AFTER_TIME * 3 + 1);
    expect([a.wireguard.sessionsHeld, b.wireguard.sessionsHeld]).toEqual([0, 0]);
    expect(a.factsOf('session-ended')).toHaveLength(1);
    expect(a.wireguard.nextDeadline()).toBeUndefined();
    expect(b.wireguard.nextDeadline()).toBeUndefined();
  });

  it('keeps at most STAGED_PACKETS waiting packets, dropping the oldest', () => {
    const { wires, a, b } = Wires.pair();
    for (let i = 0; i < STAGED_PACKETS + 5; i++) wires.send(a, packet(20 + i));
    expect(a.refused('outbound: waiting queue full')).toBe(5);
    wires.settle();
    expect(b.received).toHaveLength(STAGED_PACKETS);
    expect(b.received[0]!.length).toBe(32);
  });
});

describe('keepalives', () => {
  it('passive: one, KEEPALIVE_TIMEOUT after data that nothing was sent for', () => {
    const { wires, a, b } = Wires.connected();
    wires.send(a);
    wires.settle();
    wires.run(KEEPALIVE_TIMEOUT - 1);
    expect(wires.sent(b, DATA)).toHaveLength(0);
    wires.run(1);
    expect(wires.sent(b, DATA).map((d) => d.bytes.length)).toEqual([32]);
    wires.run(60_000);
    expect(wires.sent(b, DATA)).toHaveLength(1);
    expect(wires.sent(a, DATA)).toHaveLength(2);
  });

  it('passive: none when something was sent meanwhile', () => {
    const { wires, a, b } = Wires.connected();
    wires.send(a);
    wires.settle();
    wires.run(5_000);
    wires.send(b);
    wires.settle();
    wires.run(KEEPALIVE_TIMEOUT);
    expect(wires.sent(b, DATA)).toHaveLength(1);
  });

  it('persistent: after each such time without any authenticated packet, both ways counted', () => {
    const { wires, a, b } = Wires.pair({ a: { persistentKeepaliveMs: 25_000 } });
    wires.run(0);
    expect(wires.sent(a, INITIATION)).toHaveLength(1);
    const before = wires.sent(a, DATA).length;
    wires.run(100_000);
    expect(wires.sent(a, DATA).length - before).toBe(4);
    wires.send(b);
    wires.settle();
    wires.run(24_000);
    expect(wires.sent(a, DATA).length - before).toBe(5);
  });
});

describe('unanswered data', () => {
  it('is suspicious after SUSPECT_AFTER, told once', () => {
    const { wires, a } = Wires.connected();
    wires.carry = () => false;
    wires.send(a);
    const since = wires.now;
    wires.settle();
    wires.run(SUSPECT_AFTER - 1);
    expect(a.factsOf('suspect')).toEqual([]);
    wires.run(10_000);
    expect(a.factsOf('suspect')).toEqual([{ kind: 'suspect', peer: 0, at: since + SUSPECT_AFTER, since }]);
  });

  it('starts a handshake after KEEPALIVE_TIMEOUT + REKEY_TIMEOUT (#332)', () => {
    const { wires, a } = Wires.connected();
    wires.carry = () => false;
    wires.send(a);
    wires.settle();
    wires.run(KEEPALIVE_TIMEOUT + REKEY_TIMEOUT - 1);
    expect(wires.sent(a, INITIATION)).toHaveLength(1);
    wires.run(1);
    expect(wires.sent(a, INITIATION)).toHaveLength(2);
  });

  it('is not suspicious while the other side sends anything authentic', () => {
    const { wires, a, b } = Wires.connected();
    for (let i = 0; i < 30; i++) {
      wires.send(a);
      wires.settle();
      wires.run(1_000);
      wires.send(b);
      wires.settle();
    }
    expect(a.factsOf('suspect')).toEqual([]);
  });

  it('is suspected later by half each time the suspicion was wrong, until the next session', () => {
    const { wires, a, b } = Wires.connected();
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      wires.send(a);
      const since = wires.now;
      wires.flying.length = 0;
      wires.run(KEEPALIVE_TIMEOUT + REKEY_TIMEOUT - 1);
      waits.push((a.factsOf('suspect').at(-1)?.at ?? 0) - since);
      wires.send(b);
      wires.settle();
      wires.run(20_000);
    }
    expect(waits).toEqual([SUSPECT_AFTER, SUSPECT_AFTER * 2, SUSPECT_AFTER * 4, expect.any(Number)]);
    expect(a.factsOf('answered')).toHaveLength(3);
  });
});

describe('an attempt', () => {
  it('is repeated every REKEY_TIMEOUT and jitter, and given up after REKEY_ATTEMPT_TIME (#339)', () => {
    const { wires, a } = Wires.pair();
    wires.carry = () => false;
    wires.send(a);
    wires.settle();
    wires.run(REKEY_ATTEMPT_TIME + 10_000);
    const sent = a.factsOf('handshake-sent');
    expect(sent.length).toBeGreaterThanOrEqual(17);
    expect(sent.length).toBeLessThanOrEqual(19);
    const gaps = sent.slice(1).map((fact, i) => fact.at - sent[i]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(REKEY_TIMEOUT);
    expect(Math.max(...gaps)).toBeLessThan(REKEY_TIMEOUT + 334);
    expect(new Set(gaps).size).toBeGreaterThan(5);
    expect(a.factsOf('handshake-gave-up')).toHaveLength(1);
    expect(a.wireguard.nextDeadline()).toBeUndefined();
  });

  it('begins again with the next data after it was given up', () => {
    const { wires, a, b } = Wires.pair();
    wires.carry = () => false;
    wires.send(a);
    wires.settle();
    wires.run(REKEY_ATTEMPT_TIME + 10_000);
    wires.carry = () => true;
    wires.send(a, packet(50));
    wires.settle();
    expect(b.received).toHaveLength(1);
    expect(a.factsOf('answered')).toHaveLength(1);
  });

  it('is not begun twice within REKEY_TIMEOUT', () => {
    const { wires, a } = Wires.pair();
    for (let i = 0; i < 10; i++) wires.initiate(a, 0);
    expect(wires.sent(a, INITIATION)).toHaveLength(1);
  });

  it('begun by both at once ends with a session that works both ways', () => {
    for (const order of [0, 1]) {
      const { wires, a, b } = Wires.pair();
      wires.initiate(a, 0);
      wires.initiate(b, 0);
      if (order === 1) wires.flying.reverse();
      wires.settle();
      for (let i = 0; i < 5; i++) {
        wires.send(a, packet(60));
        wires.send(b, packet(60));
        wires.settle();
      }
      expect(a.received.length).toBe(5);
      expect(b.received.length).toBe(5);
    }
  });
});

describe('many peers', () => {
  it('are independent: one that is silent does not disturb another', () => {
    const a = new Station('a', '192.0.2.1:1000', 1);
    const b = new Station('b', '192.0.2.2:2000', 2);
    const c = new Station('c', '192.0.2.3:3000', 3);
    const wires = new Wires(a, b, c);
    a.knows(0, b, wires.now);
    a.knows(1, c, wires.now);
    b.knows(0, a, wires.now);
    c.knows(5, a, wires.now);
    wires.carry = (d) => d.to !== b.address;
    for (let i = 0; i < 200; i++) {
      wires.send(a, packet(40), 0);
      wires.send(a, packet(40), 1);
      wires.settle();
      wires.run(1_000);
    }
    expect(b.received).toHaveLength(0);
    expect(c.received).toHaveLength(200);
    expect(a.factsOf('session').every((fact) => fact.peer === 1)).toBe(true);
  });

  it('can be removed and put again; a changed key ends the session, the same key keeps it', () => {
    const { wires, a, b } = Wires.connected();
    a.knows(0, b, wires.now, { persistentKeepaliveMs: 0 });
    expect(a.wireguard.sessionsHeld).toBe(1);
    a.knows(0, new Station('x', '192.0.2.9:9', 9), wires.now);
    expect(a.wireguard.sessionsHeld).toBe(0);
    a.wireguard.handle({ kind: 'remove-peer', peer: 0 as PeerId }, wires.now);
    expect(a.wireguard.hasPeer(0 as PeerId)).toBe(false);
    expect(a.seal(0, packet(20), wires.now)).toBeUndefined();
    expect(a.refused('outbound: peer unknown')).toBe(1);
  });

  it('forget-sessions leaves nothing: no session, no deadline', () => {
    const { wires, a } = Wires.connected({ a: { persistentKeepaliveMs: 25_000 } });
    a.wireguard.handle({ kind: 'forget-sessions' }, wires.now);
    expect(a.wireguard.sessionsHeld).toBe(0);
    expect(a.wireguard.nextDeadline()).toBeUndefined();
  });
});
