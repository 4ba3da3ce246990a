/** Equal bytes and no others are the same, and have the same text. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesText, sameBytes } from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 4, max: 3 });

it('says the same of any two byte strings as comparing them byte for byte, by text too', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const equal = a.length === b.length && [...a].every((byte, i) => byte === b[i]);
      expect(sameBytes(a, b)).toBe(equal);
      expect(bytesText(a) === bytesText(b)).toBe(equal);
    }),
  );
});

it('takes two unknown ones for the same, and one unknown for another', () => {
  expect([sameBytes(undefined, undefined), sameBytes(new Uint8Array(0), undefined), sameBytes(undefined, new Uint8Array(0))]).toEqual([true, false, false]);
});
