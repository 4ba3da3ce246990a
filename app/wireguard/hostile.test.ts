import { describe, expect, it } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import { parseIp } from '../base/ip.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { toBase64 } from '../keys/keys.ts';
import { instant, wallTime } from '../time/instant.ts';
import { REKEY_AFTER_TIME, SOURCE_BURST, SOURCES_REMEMBERED, UNDER_LOAD_FOR, UNDER_LOAD_PER_SECOND } from './constants.ts';
import { SourceLimiter } from './load.ts';
import { addressSource } from './source.ts';
import { isLater, TimestampSource } from './tai64n.ts';
import { endpoint, Station, Wires, type Datagram } from '../../tests/kit/wireguard-pair.ts';

const INITIATION = 1;
const RESPONSE = 2;
const COOKIE = 3;

/** Makes `b` see more handshakes than it wants within this second. */
function flood(wires: Wires, b: Station): void {
  const stranger = new Station('s', '198.51.100.1:1', 77);
  stranger.start(wires.now);
  stranger.knows(0, b, wires.now);
  stranger.wireguard.handle({ kind: 'initiate', peer: 0 as PeerId }, wires.now);
  let message: Uint8Array | undefined;
  for (let out = stranger.wireguard.poll(); out !== undefined; out = stranger.wireguard.poll()) if (out.kind === 'transmit') message = out.bytes;
  for (let i = 0; i <= UNDER_LOAD_PER_SECOND; i++) b.take(message!, `198.51.100.${i % 250}:${1_000 + i}`, wires.now);
  for (let out = b.wireguard.poll(); out !== undefined; out = b.wireguard.poll()) if (out.kind === 'fact') b.facts.push(out.fact);
}

describe('replay', () => {
  it('of a data message is refused, and the tag is checked before the window moves', () => {
    const { wires, a, b } = Wires.connected();
    wires.send(a);
    const data = wires.flying.pop()!;
    const forged = { ...data, bytes: data.bytes.slice() };
    forged.bytes[20]! ^= 1;
    wires.deliver(forged);
    expect(b.refused('data: not authentic')).toBe(1);
    wires.deliver({ ...data, bytes: data.bytes.slice() });
    wires.deliver({ ...data, bytes: data.bytes.slice() });
    expect(b.received).toHaveLength(1);
    expect(b.refused('data: replayed')).toBe(1);
  });

  it('of an initiation is refused by its timestamp, also after the session is gone', () => {
    const { wires, a, b } = Wires.connected();
    const old = wires.sent(a, INITIATION)[0]!;
    wires.run(1_000);
    wires.deliver(old);
    expect(b.refused('handshake: replayed timestamp')).toBe(1);
    b.wireguard.handle({ kind: 'forget-sessions' }, wires.now);
    wires.deliver(old);
    expect(b.refused('handshake: replayed timestamp')).toBe(2);
    expect(wires.sent(b, RESPONSE)).toHaveLength(1);
  });

  it('of an older initiation is refused after a newer one was taken', () => {
    const { wires, a, b } = Wires.pair();
    wires.initiate(a, 0);
    const first = wires.flying.pop()!;
    wires.run(6_000);
    wires.settle();
    expect(wires.sent(b, RESPONSE).length).toBeGreaterThan(0);
    const responses = wires.sent(b, RESPONSE).length;
    wires.run(1_000);
    wires.deliver(first);
    expect(b.refused('handshake: replayed timestamp')).toBe(1);
    expect(wires.sent(b, RESPONSE)).toHaveLength(responses);
  });

  it('of an initiation does not move the endpoint', () => {
    const { wires, a, b } = Wires.connected();
    const old = wires.sent(a, INITIATION)[0]!;
    wires.run(1_000);
    b.take(old.bytes, '203.0.113.66:6', wires.now);
    wires.collect();
    expect(b.endpoints.format(b.wireguard.endpointOf(0 as PeerId))).toBe(a.address);
  });

  it('initiations closer than the flood limit are refused', () => {
    const { wires, a, b } = Wires.pair();
    wires.initiate(a, 0);
    wires.settle();
    a.wireguard.handle({ kind: 'forget-sessions' }, wires.now);
    wires.initiate(a, 0);
    wires.settle();
    expect(b.refused('handshake: too soon after the last')).toBe(1);
  });
});

describe('timestamps', () => {
  it('of ours only grow, even when the wall clock goes back', () => {
    const source = new TimestampSource();
    let last = source.next(wallTime(1_000_000_500));
    for (const wall of [1_000_000_500, 1_000_000_400, 0, 1_000_000_500.25, 2_000_000_000]) {
      const next = source.next(wallTime(wall));
      expect(isLater(next, last)).toBe(true);
      last = next;
    }
  });

  it('have the layout of TAI64N: seconds from 2^62 with TAI at 10, big-endian, then nanoseconds', () => {
    const made = new TimestampSource().next(wallTime(1_500));
    expect([...made]).toEqual([0x40, 0, 0, 0, 0, 0, 0, 11, 500_000_000 >>> 24, (500_000_000 >>> 16) & 255, (500_000_000 >>> 8) & 255, 500_000_000 & 255]);
  });
});

describe('spoofed handshakes', () => {
  it('a forged response does not end a pending handshake (#334)', () => {
    const { wires, a, b } = Wires.pair();
    wires.carry = (d) => d.bytes[0] !== RESPONSE;
    wires.initiate(a, 0);
    wires.settle();
    const response = wires.sent(b, RESPONSE)[0]!;
    for (const at of [12, 30, 44, 59]) {
      const forged = response.bytes.slice();
      forged[at]! ^= 1;
      rewriteMac1(forged, a);
      a.take(forged, b.address, wires.now);
    }
    expect(a.refused('handshake: wrong preshared key')).toBe(4);
    wires.carry = () => true;
    wires.deliver(response);
    expect(a.factsOf('session')).toHaveLength(1);
  });

  it('a response is taken once, and to nothing is refused', () => {
    const { wires, a, b } = Wires.connected();
    wires.deliver(wires.sent(b, RESPONSE)[0]!);
    expect(a.refused('handshake: response to nothing')).toBe(1);
    expect(a.factsOf('session')).toHaveLength(1);
  });

  it('an initiation of a stranger is refused without an answer', () => {
    const { wires, b } = Wires.pair();
    const stranger = new Station('s', '198.51.100.1:1', 99);
    wires.stations.push(stranger);
    stranger.start(wires.now);
    stranger.knows(0, b, wires.now);
    wires.initiate(stranger, 0);
    wires.settle();
    expect(b.refused('handshake: unknown peer')).toBe(1);
    expect(wires.sent(b)).toEqual([]);
  });

  it('a wrong mac1 is refused before any curve is computed', () => {
    const { wires, a, b } = Wires.pair();
    wires.initiate(a, 0);
    const message = wires.flying.pop()!;
    message.bytes[116]! ^= 1;
    wires.deliver(message);
    expect(b.refused('handshake: wrong mac1')).toBe(1);
  });

  it('a wrong preshared key never makes a session', () => {
    const { wires, a, b } = Wires.pair({ a: { presharedKey: new Uint8Array(32).fill(1) }, b: { presharedKey: new Uint8Array(32).fill(2) } });
    wires.initiate(a, 0);
    wires.settle();
    expect(a.refused('handshake: wrong preshared key')).toBe(1);
    wires.send(a);
    wires.run(20_000);
    expect(b.received).toEqual([]);
    expect(a.factsOf('session')).toEqual([]);
  });

  it('an equal preshared key does', () => {
    const presharedKey = new Uint8Array(32).fill(7);
    const { wires, a, b } = Wires.connected({ a: { presharedKey }, b: { presharedKey } });
    wires.send(a);
    wires.settle();
    expect(b.received).toHaveLength(1);
  });

  it('no key is in any fact that leaves the machine (0.5.0)', () => {
    const presharedKey = new Uint8Array(32).fill(0x5c);
    const { wires, a, b } = Wires.connected({ a: { presharedKey }, b: { presharedKey } });
    wires.send(a);
    wires.run(400_000);
    const told = JSON.stringify([...a.facts, ...b.facts]);
    expect(told.length).toBeGreaterThan(100);
    for (const secret of [a.secret, b.secret, presharedKey]) {
      expect(told).not.toContain(toBase64(secret));
      expect(told).not.toContain([...secret].join(','));
    }
  });

  it('a peer whose key is a low-order point is never called', () => {
    const { wires, a } = Wires.pair();
    const low = new Station('low', '192.0.2.7:7', 5);
    low.point.fill(0);
    a.knows(1, low, wires.now);
    wires.initiate(a, 1);
    expect(a.refused('handshake: low-order key')).toBe(1);
    expect(wires.sent(a)).toEqual([]);
  });
});

describe('roaming', () => {
  it('follows authentic data', () => {
    const { wires, a, b } = Wires.connected();
    a.address = '203.0.113.5:55';
    wires.send(a);
    wires.settle();
    expect(b.endpoints.format(b.wireguard.endpointOf(0 as PeerId))).toBe('203.0.113.5:55');
    expect(b.factsOf('endpoint').at(-1)).toMatchObject({ endpoint: endpoint('203.0.113.5:55'), previous: endpoint('192.0.2.1:1000') });
  });

  it('does not follow what is forged, replayed, or a handshake of someone else', () => {
    const { wires, a, b } = Wires.connected();
    wires.send(a);
    const data = wires.flying.pop()!;
    const forged = data.bytes.slice();
    forged[18]! ^= 1;
    b.take(forged, '203.0.113.66:6', wires.now);
    wires.deliver(data);
    b.take(data.bytes, '203.0.113.66:6', wires.now);
    expect(b.endpoints.format(b.wireguard.endpointOf(0 as PeerId))).toBe(a.address);
    expect(b.factsOf('endpoint')).toEqual([]);
  });

  it('does not happen where somebody else chooses the path', () => {
    const { wires, a, b } = Wires.connected({ b: { roaming: 'chosen' } });
    a.address = '203.0.113.5:55';
    wires.send(a);
    wires.settle();
    expect(b.received).toHaveLength(1);
    expect(b.endpoints.format(b.wireguard.endpointOf(0 as PeerId))).toBe('192.0.2.1:1000');
  });

  it('keeps the address slots of peers while a flood of addresses passes', () => {
    const { wires, a, b } = Wires.connected();
    for (let i = 0; i < 10_000; i++) b.take(new Uint8Array(40), `198.51.${(i >> 8) & 255}.${i & 255}:9`, wires.now);
    wires.send(a);
    wires.settle();
    expect(b.received).toHaveLength(1);
  });
});

describe('under load', () => {
  it('asks for a cookie instead of an answer, and serves the one who proves its address', () => {
    const { wires, a, b } = Wires.pair();
    flood(wires, b);
    expect(b.factsOf('under-load').map((fact) => fact.on)).toEqual([true]);
    wires.initiate(a, 0);
    wires.settle();
    expect(wires.sent(b, COOKIE)).toHaveLength(1);
    expect(wires.sent(b, RESPONSE)).toHaveLength(0);
    wires.run(4_000);
    flood(wires, b);
    wires.run(2_000);
    flood(wires, b);
    wires.send(a);
    wires.run(6_000);
    expect(b.received).toHaveLength(1);
  });

  it('does not take a mac2 made for another address, nor an old cookie', () => {
    const { wires, a, b } = Wires.pair();
    flood(wires, b);
    wires.initiate(a, 0);
    wires.settle();
    wires.run(5_400);
    const withCookie = wires.sent(a, INITIATION).at(-1)!;
    expect(withCookie.bytes.slice(132).some((byte) => byte !== 0)).toBe(true);
    flood(wires, b);
    const before = b.refused('handshake: under load, cookie sent');
    b.take(withCookie.bytes, '203.0.113.9:99', wires.now);
    expect(b.refused('handshake: under load, cookie sent')).toBe(before + 1);
    wires.run(REKEY_AFTER_TIME + 1_000);
    flood(wires, b);
    b.take(withCookie.bytes, a.address, wires.now);
    expect(b.refused('handshake: under load, cookie sent')).toBeGreaterThan(before + 1);
  });

  it('keeps data flowing on the sessions there are', () => {
    const { wires, a, b } = Wires.connected();
    flood(wires, b);
    for (let i = 0; i < 20; i++) wires.send(a);
    wires.settle();
    expect(b.received).toHaveLength(20);
  });

  it('ends UNDER_LOAD_FOR after the last excess', () => {
    const { wires, a, b } = Wires.pair();
    flood(wires, b);
    wires.run(UNDER_LOAD_FOR + 1);
    wires.initiate(a, 0);
    wires.settle();
    expect(wires.sent(b, COOKIE)).toHaveLength(0);
    expect(b.factsOf('under-load').map((fact) => fact.on)).toEqual([true, false]);
    expect(a.factsOf('session')).toHaveLength(1);
  });

  it('a cookie reply that was not asked for, or is forged, is refused', () => {
    const { wires, a, b } = Wires.pair();
    flood(wires, b);
    wires.initiate(a, 0);
    wires.carry = (d) => d.bytes[0] !== COOKIE;
    wires.settle();
    const cookie = wires.sent(b, COOKIE)[0]!;
    const forged = cookie.bytes.slice();
    forged[40]! ^= 1;
    a.take(forged, b.address, wires.now);
    expect(a.refused('cookie: not decryptable')).toBe(1);
    a.take(cookie.bytes, b.address, wires.now);
    a.take(cookie.bytes, b.address, wires.now);
    expect(a.refused('cookie: to nothing')).toBe(1);
  });

  it('gives each source its share and no more, an IPv6 /64 as one, in bounded memory', () => {
    const limiter = new SourceLimiter();
    const tries = (text: string, at: number): number => Array.from({ length: 50 }, () => limiter.allow(addressSource({ address: parseIp(text)!, port: 1 }).share, instant(at))).filter(Boolean).length;
    expect(tries('192.0.2.1', 0)).toBe(SOURCE_BURST);
    expect(tries('192.0.2.2', 0)).toBe(SOURCE_BURST);
    expect(tries('192.0.2.1', 100)).toBe(2);
    expect(tries('2001:db8::1', 0)).toBe(SOURCE_BURST);
    expect(tries('2001:db8::2', 0)).toBe(0);
    expect(tries('2001:db8:0:1::1', 0)).toBe(SOURCE_BURST);
    for (let i = 0; i < SOURCES_REMEMBERED * 3; i++) limiter.allow(`${i}`, instant(200));
    expect(limiter.size).toBeLessThanOrEqual(SOURCES_REMEMBERED);
  });
});

describe('any bytes', () => {
  it('never throw and never harm: 20,000 random and mutated datagrams beside a live session', () => {
    const { wires, a, b } = Wires.connected();
    const rng = createSeededRng(20_000);
    wires.send(a);
    const known: Datagram[] = [...wires.log];
    wires.settle();
    for (let i = 0; i < 20_000; i++) {
      const sample = known[rng.uint32() % known.length]!;
      let bytes = sample.bytes.slice(0, rng.uint32() % 5 === 0 ? rng.uint32() % (sample.bytes.length + 1) : sample.bytes.length);
      if (rng.uint32() % 4 === 0) {
        bytes = new Uint8Array(rng.uint32() % 200);
        rng.fill(bytes);
        if (bytes.length > 4 && rng.uint32() % 2 === 0) bytes.set([1 + (rng.uint32() % 4), 0, 0, 0]);
      }
      for (let n = rng.uint32() % 3; n > 0 && bytes.length > 0; n--) bytes[rng.uint32() % bytes.length]! ^= 1 << (rng.uint32() % 8);
      b.take(bytes, `198.51.100.${i % 200}:${1 + (i % 60_000)}`, wires.now);
      if (i % 100 === 0) {
        wires.collect();
        wires.flying.length = 0;
      }
    }
    wires.collect();
    wires.flying.length = 0;
    expect(b.endpoints.format(b.wireguard.endpointOf(0 as PeerId))).toBe(a.address);
    const before = b.received.length;
    wires.run(2_000);
    wires.send(a);
    wires.settle();
    expect(b.received.length).toBe(before + 1);
    expect(b.wireguard.sessionsHeld).toBeLessThanOrEqual(3);
    expect(Object.keys(b.counters.refusals()).length).toBeGreaterThanOrEqual(6);
  });
});

/** What anyone who knows the receiver's public key can do. */
function rewriteMac1(response: Uint8Array, receiver: Station): void {
  const crypto = createSodiumCrypto();
  const key = new Uint8Array(32);
  crypto.blake2s(key, Uint8Array.from('mac1----', (c) => c.charCodeAt(0)), receiver.point);
  crypto.blake2sMac(key, response.subarray(60, 76), response.subarray(0, 60));
}
