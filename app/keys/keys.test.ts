/** Keys: text form, and that secrets do not print. */
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyBytesFromBase64, PresharedKey, PrivateKey, PublicKey, toBase64 } from './keys.ts';

const keyBytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('base64 of keys', () => {
  it('is what everyone else writes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => toBase64(bytes) === Buffer.from(bytes).toString('base64')));
  });

  it('survives the way there and back', () => {
    fc.assert(
      fc.property(keyBytes, (bytes) => {
        expect(keyBytesFromBase64(toBase64(bytes))).toEqual(bytes);
      }),
    );
  });

  it('is refused in any other spelling: length, padding, alphabet, stray bits, white space', () => {
    const good = toBase64(new Uint8Array(32).fill(0xab));
    expect(keyBytesFromBase64(good)).toBeDefined();
    const bad = ['', good.slice(1), `${good}=`, good.slice(0, 43), ` ${good}`, `${good}\n`, good.replace(/.=$/, 'B='), good.replace(/^./, '-'), good.replace(/^./, '_'), 'A'.repeat(44), 'A'.repeat(43)];
    for (const text of bad) expect(keyBytesFromBase64(text), JSON.stringify(text)).toBeUndefined();
  });

  it('never makes the parser throw', () => {
    fc.assert(fc.property(fc.string(), (text) => keyBytesFromBase64(text) === undefined || text.length === 44));
  });
});

describe('a secret key', () => {
  it('prints redacted, however it is printed', () => {
    const bytes = new Uint8Array(32).map((_, i) => i * 7);
    for (const secret of [new PrivateKey(bytes), new PresharedKey(bytes)]) {
      const prints = [String(secret), `${secret.toString()}`, JSON.stringify({ secret }), inspect({ secret }, { depth: 9 }), inspect([secret]), inspect(new Map([['k', secret]]))];
      for (const print of prints) {
        expect(print).toContain('[redacted]');
        expect(print).not.toContain(toBase64(bytes).slice(0, 8));
        expect(print).not.toContain('7, 14, 21');
      }
      expect(secret.exposeBase64()).toBe(toBase64(bytes));
    }
  });

  it('is wiped, without touching the bytes it was made of', () => {
    const bytes = new Uint8Array(32).fill(5);
    const key = new PrivateKey(bytes);
    key.wipe();
    expect(key.bytes.every((byte) => byte === 0)).toBe(true);
    expect(bytes[0]).toBe(5);
  });

  it('has 32 bytes', () => {
    expect(() => new PrivateKey(new Uint8Array(31))).toThrow(RangeError);
  });
});

describe('a public key', () => {
  it('prints in full and compares by value', () => {
    const key = new PublicKey(new Uint8Array(32).fill(1));
    expect(String(key)).toBe(toBase64(key.bytes));
    expect(JSON.stringify(key)).toBe(`"${String(key)}"`);
    expect(key.equals(new PublicKey(new Uint8Array(32).fill(1)))).toBe(true);
    expect(key.equals(new PublicKey(new Uint8Array(32).fill(2)))).toBe(false);
  });
});
