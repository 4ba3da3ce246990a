/** Texts in a recording. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

it('gives back every text that it was given, of any script and length, one after the other', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ minLength: 120, maxLength: 300 }))), (texts) => {
      const out = new ByteWriter();
      for (const text of texts) out.text(text);
      const from = new ByteReader(out.copy());
      expect(texts.map(() => from.text())).toEqual(texts);
    }),
  );
});
