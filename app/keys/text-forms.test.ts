/** Text forms of the control protocol's keys: what is written, and that nothing but it is read. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exposePrivateKeyText, formatKey, parseKey, zeroKey, type KeyKind, type PublicKeyKind } from './text-forms.ts';

const PUBLIC: readonly PublicKeyKind[] = ['node', 'machine', 'disco', 'challenge'];
const ALL: readonly KeyKind[] = [...PUBLIC, 'private'];
const keyBytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const format = (kind: KeyKind, bytes: Uint8Array): string => (kind === 'private' ? exposePrivateKeyText(bytes) : formatKey(kind, bytes));

describe('the text form of a key', () => {
  it('is a prefix and 64 small hex digits', () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => i * 8);
    const digits = '0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8';
    expect(ALL.map((kind) => format(kind, bytes))).toEqual([`nodekey:${digits}`, `mkey:${digits}`, `discokey:${digits}`, `chalpub:${digits}`, `privkey:${digits}`]);
  });

  it('survives the way there and back, in small and in capital digits', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ALL), keyBytes, (kind, bytes) => {
        const text = format(kind, bytes);
        const colon = text.indexOf(':');
        expect(parseKey(kind, text)).toEqual(bytes);
        expect(parseKey(kind, text.slice(0, colon) + text.slice(colon).toUpperCase())).toEqual(bytes);
      }),
    );
  });

  it('is refused under any other prefix', () => {
    for (const written of ALL) {
      for (const read of ALL) expect(parseKey(read, format(written, new Uint8Array(32).fill(9))) !== undefined).toBe(written === read);
    }
  });

  it('is refused when a digit is missing, one too many, not a digit, or surrounded by space', () => {
    const good = formatKey('node', new Uint8Array(32).fill(0xab));
    const bad = ['', 'nodekey:', good.slice(0, -1), `${good}0`, ` ${good}`, `${good}\n`, good.replace(/.$/, 'g'), good.replace(/.$/, '@'), good.replace(/.$/, '`'), good.replace(/.$/, 'é'), good.replace('nodekey', 'NODEKEY'), good.slice(8)];
    for (const text of bad) expect(parseKey('node', text), JSON.stringify(text)).toBeUndefined();
  });

  it('agrees with a slow model on any text', () => {
    const near = fc.tuple(fc.constantFrom('nodekey:', 'mkey:', 'nodekey'), fc.stringMatching(/^[0-9a-gA-G]{60,66}$/)).map((parts) => parts.join(''));
    fc.assert(fc.property(fc.oneof(fc.string(), near), (text) => (parseKey('node', text) !== undefined) === /^nodekey:[0-9a-fA-F]{64}$/.test(text)));
  });

  it('of no key is zeros', () => {
    for (const kind of PUBLIC) expect(zeroKey(kind)).toBe(formatKey(kind, new Uint8Array(32)));
  });

  it('of anything but 32 bytes is a bug', () => {
    expect(() => formatKey('node', new Uint8Array(31))).toThrow(RangeError);
  });
});
