/** HKDF against computed values, and IKpsk2 against a peer that lies. Its bytes are proved in wireguard/handshake.test.ts. */
import { describe, expect, it } from 'vitest';
import { createSeededRng } from '../base/seeded-rng.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { hkdf } from './hkdf.ts';
import { createInitiation, createResponse, openInitiation, openResponse, wipePending } from './ikpsk2.ts';
import type { StaticKeys } from './key-pairs.ts';

const crypto = createSodiumCrypto();
const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const hex = (data: Uint8Array): string => [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** As Python's hmac.new(..., hashlib.blake2s) gives: chaining key 00 01 .. 1f, input byte i = 7 i + 5, and no input. */
const HKDF = [
  {
    input: Uint8Array.from({ length: 32 }, (_, i) => i * 7 + 5),
    outputs: ['c5a3bcf8cef39db881c0f7f172dbb4d70aff85e58e4aa1f2d912adddd6d13bc0', '80e016c5faae2fea8fdbd72a6abfbeef433ffbac244c6b1a34c6e661794c04bf', '5651b53b8614bd73413bfa9452e639536e6dddb9e1510cc14f62c6b9f066e8ef'],
  },
  { input: new Uint8Array(0), outputs: ['7a38c34bf2b8738d7374ca77c44ecb309a11d2b2528304fa86052c365e722624', '1a17621f346abdc520746a9fb64d8eb03231d674fc15687537b0780fd9c060fd'] },
];

describe('hkdf', () => {
  it('gives one, two or three outputs, each the same however many are asked for', () => {
    for (const vector of HKDF) {
      for (let count = 1; count <= vector.outputs.length; count++) {
        const outputs = Array.from({ length: count }, () => new Uint8Array(32));
        hkdf(crypto, KEY, vector.input, ...outputs);
        expect(outputs.map(hex)).toEqual(vector.outputs.slice(0, count));
      }
    }
  });

  it('may write over its chaining key', () => {
    const chainingKey = KEY.slice();
    const second = new Uint8Array(32);
    hkdf(crypto, chainingKey, HKDF[0]!.input, chainingKey, second);
    expect([hex(chainingKey), hex(second)]).toEqual(HKDF[0]!.outputs.slice(0, 2));
  });
});

describe('IKpsk2', () => {
  const rng = createSeededRng(7);
  const random = (length: number): Uint8Array => {
    const out = new Uint8Array(length);
    rng.fill(out);
    return out;
  };
  const keys = (): StaticKeys => {
    const secret = random(32);
    const point = new Uint8Array(32);
    crypto.x25519Base(secret, point);
    return { secret, point };
  };
  const initiator = keys();
  const responder = keys();
  const preshared = random(32);
  const timestamp = random(12);
  const begin = (): NonNullable<ReturnType<typeof createInitiation>> => createInitiation(crypto, initiator, responder.point, random(32), timestamp)!;
  const answer = (payload: ReturnType<typeof begin>['payload']): NonNullable<ReturnType<typeof createResponse>> => {
    const opened = openInitiation(crypto, responder, payload);
    if (typeof opened === 'string') throw new Error(opened);
    expect(opened.remoteStatic).toEqual(initiator.point);
    expect(opened.openTimestamp()).toEqual(timestamp);
    return createResponse(crypto, opened, preshared, random(32))!;
  };

  it('gives both ends the same two keys', () => {
    const began = begin();
    const answered = answer(began.payload);
    const taken = openResponse(initiator, began.pending, preshared, answered.payload);
    if (typeof taken === 'string') throw new Error(taken);
    expect(taken.send).toEqual(answered.keys.receive);
    expect(taken.receive).toEqual(answered.keys.send);
    expect(taken.send).not.toEqual(taken.receive);
  });

  it('takes a response after any number of forged ones', () => {
    const began = begin();
    const answered = answer(began.payload);
    for (let bit = 0; bit < 48 * 8; bit++) {
      const ephemeral = answered.payload.ephemeral.slice();
      const sealedEmpty = answered.payload.sealedEmpty.slice();
      const where = bit < 256 ? ephemeral : sealedEmpty;
      where[(bit % 256) >> 3]! ^= 1 << (bit & 7);
      // The highest bit of a point does not count in the multiplication, but the transcript covers it.
      expect(openResponse(initiator, began.pending, preshared, { ephemeral, sealedEmpty })).toBe('forged');
    }
    expect(openResponse(initiator, began.pending, preshared, { ephemeral: new Uint8Array(32), sealedEmpty: answered.payload.sealedEmpty })).toBe('low-order');
    expect(typeof openResponse(initiator, began.pending, preshared, answered.payload)).toBe('object');
  });

  it('fails on another preshared key, on either side', () => {
    const began = begin();
    expect(openResponse(initiator, began.pending, random(32), answer(began.payload).payload)).toBe('forged');
  });

  it('opens no initiation with any one bit changed', () => {
    const { payload } = begin();
    for (let bit = 0; bit < 108 * 8; bit++) {
      const whole = Uint8Array.from([...payload.ephemeral, ...payload.sealedStatic, ...payload.sealedTimestamp]);
      whole[bit >> 3]! ^= 1 << (bit & 7);
      const opened = openInitiation(crypto, responder, { ephemeral: whole.subarray(0, 32), sealedStatic: whole.subarray(32, 80), sealedTimestamp: whole.subarray(80) });
      if (bit < 80 * 8) expect(opened).toBe('forged');
      else expect(typeof opened === 'string' ? opened : opened.openTimestamp()).toBeUndefined();
    }
  });

  it('is not begun with a responder whose key is a low-order point, nor answered for such an ephemeral', () => {
    expect(createInitiation(crypto, initiator, new Uint8Array(32), random(32), timestamp)).toBeUndefined();
    expect(openInitiation(crypto, responder, { ...begin().payload, ephemeral: new Uint8Array(32) })).toBe('low-order');
  });

  it('keeps no secret of a pending initiation once it is wiped', () => {
    const began = begin();
    const answered = answer(began.payload);
    wipePending(began.pending);
    expect(began.pending.ephemeral.secret).toEqual(new Uint8Array(32));
    expect(openResponse(initiator, began.pending, preshared, answered.payload)).not.toBeTypeOf('object');
  });
});
