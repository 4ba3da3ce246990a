/** Disco: bytes built by hand from the published layout (Tailscale's disco package), and no throw on any bytes. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEndpoint, type IpEndpoint } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { discoSender, ENDPOINTS_READ, isDisco, openDisco, sealDisco, type DiscoMessage } from './disco.ts';

const crypto = createSodiumCrypto();
const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (data: Uint8Array): string => [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const at = (text: string): IpEndpoint => parseEndpoint(text)!;

const publicOf = (secret: Uint8Array): Uint8Array => {
  const out = new Uint8Array(32);
  crypto.x25519Base(secret, out);
  return out;
};
const shared = (secret: Uint8Array, point: Uint8Array): Uint8Array => {
  const out = new Uint8Array(32);
  expect(crypto.boxKey(secret, point, out)).toBe(true);
  return out;
};
const alice = new Uint8Array(32).fill(1);
const bob = new Uint8Array(32).fill(2);
const key = shared(alice, publicOf(bob));
const nonce = new Uint8Array(24).fill(3);
const HEAD = 6 + 32 + 24;

/** What lies in the box of a datagram, and a datagram around any bytes. */
function inner(datagram: Uint8Array): string {
  const out = new Uint8Array(datagram.length - HEAD - 16);
  expect(crypto.boxOpen(key, nonce, datagram.subarray(HEAD), out)).toBe(true);
  return hex(out);
}

function around(plain: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(plain.length + 16);
  crypto.boxSeal(key, nonce, plain, sealed);
  return Uint8Array.of(...bytes('5453f09f92ac'), ...publicOf(alice), ...nonce, ...sealed);
}

const read = (plain: string): DiscoMessage | ReturnType<typeof openDisco> => openDisco(crypto, shared(bob, publicOf(alice)), around(bytes(plain)));

const TX = '000102030405060708090a0b';
const NODE = 'aa'.repeat(32);
const V4 = '00000000000000000000ffff 01020304 a2b3';
const V6 = 'fed0000000000000000000000000abcd 10e1';

const VECTORS: readonly (readonly [string, string, DiscoMessage])[] = [
  ['a ping', `0100 ${TX} ${NODE}`, { kind: 'ping', tx: bytes(TX), nodeKey: bytes(NODE) }],
  ['a pong to an IPv4 address', `0200 ${TX} ${V4}`, { kind: 'pong', tx: bytes(TX), seen: at('1.2.3.4:41651') }],
  ['a pong to an IPv6 address', `0200 ${TX} ${V6}`, { kind: 'pong', tx: bytes(TX), seen: at('[fed0::abcd]:4321') }],
  ['a pong through relay region 7', `0200 ${TX} 00000000000000000000ffff7f030328 0007`, { kind: 'pong', tx: bytes(TX), seen: at('127.3.3.40:7') }],
  ['a call-me-maybe without an address', '0300', { kind: 'call-me-maybe', endpoints: [] }],
  ['a call-me-maybe with two', `0300 ${V4} ${V6}`, { kind: 'call-me-maybe', endpoints: [at('1.2.3.4:41651'), at('[fed0::abcd]:4321')] }],
];

describe('a disco message', () => {
  it.each(VECTORS)('is the published bytes both ways: %s', (_, plain, message) => {
    expect(inner(sealDisco(crypto, key, publicOf(alice), nonce, message))).toBe(plain.replaceAll(' ', ''));
    expect(read(plain)).toEqual(message);
  });

  it('may carry padding and another version as ping or pong, and no node key as an old ping', () => {
    expect(read(`0109 ${TX} ${NODE} ${'00'.repeat(900)}`)).toEqual(VECTORS[0]![2]);
    expect(read(`0201 ${TX} ${V4} 00`)).toEqual(VECTORS[1]![2]);
    expect(read(`0100 ${TX}`)).toEqual({ kind: 'ping', tx: bytes(TX), nodeKey: undefined });
  });

  it('names no address as a call-me-maybe of another version or an odd length', () => {
    expect(read(`0301 ${V4}`)).toEqual({ kind: 'call-me-maybe', endpoints: [] });
    expect(read(`0300 ${V4} 00`)).toEqual({ kind: 'call-me-maybe', endpoints: [] });
  });

  it('is read no further than the limit', () => {
    const message = read(`0300 ${V4.repeat(3_000)}`);
    expect(!isReject(message) && message.kind === 'call-me-maybe' && message.endpoints.length).toBe(ENDPOINTS_READ);
  });

  it('is refused when short, and when it is of another type', () => {
    for (const short of ['0100', `0100 ${TX.slice(2)}`, `0200 ${TX} ${V4.slice(3)}`]) expect(read(short), short).toEqual({ refused: 'disco: too short' });
    for (const type of ['00', '04', '09', 'ff']) expect(read(`${type}00 ${'00'.repeat(80)}`)).toEqual({ refused: 'disco: unknown message' });
  });
});

describe('a disco datagram', () => {
  const ping = VECTORS[0]![2];
  const datagram = sealDisco(crypto, key, publicOf(alice), nonce, ping);

  it('is magic, sender, nonce and box, in that order', () => {
    expect(hex(datagram.subarray(0, HEAD))).toBe(`5453f09f92ac${hex(publicOf(alice))}${hex(nonce)}`);
    expect(datagram.length).toBe(HEAD + 16 + 2 + 12 + 32);
    expect(discoSender(datagram)).toEqual(publicOf(alice));
  });

  it('is not opened when a bit of nonce or box differs, or by somebody else', () => {
    const theirs = shared(bob, publicOf(alice));
    expect(openDisco(crypto, theirs, datagram)).toEqual(ping);
    expect(openDisco(crypto, shared(bob, publicOf(bob)), datagram)).toEqual({ refused: 'disco: not authentic' });
    for (let i = 38; i < datagram.length; i++) {
      const changed = datagram.slice();
      changed[i]! ^= 1;
      expect(openDisco(crypto, theirs, changed), String(i)).toEqual({ refused: 'disco: not authentic' });
    }
  });

  it('is none when it is shorter than a message, or has another magic', () => {
    expect(discoSender(datagram.subarray(0, 79))).toBeUndefined();
    expect(isDisco(datagram.subarray(0, 38))).toBe(true);
    expect(isDisco(datagram.subarray(0, 37))).toBe(false);
    const other = datagram.slice();
    other[0] = 0x55;
    expect(isDisco(other)).toBe(false);
  });

  it('never makes a reader throw, sealed or not, and what is read is written the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (tail, magic) => {
        const all = magic ? Uint8Array.of(...datagram.subarray(0, 6), ...tail) : tail;
        isDisco(all);
        discoSender(all);
        expect(isReject(openDisco(crypto, key, all))).toBe(true);
        const message = openDisco(crypto, key, around(tail));
        if (!isReject(message)) expect(openDisco(crypto, key, sealDisco(crypto, key, publicOf(alice), nonce, message))).toEqual(message);
      }),
    );
  });
});
