/** Answers that say no: one sentence in every language, English for programs. */
import { describe, expect, it } from 'vitest';
import { plainError, refusal, sayError } from './answers.ts';
import { ApiError, check } from './schema.ts';

describe('an answer that says no', () => {
  const { error } = refusal('unknown-peer', 'answer.unknown-peer', { name: '"nas"' });

  it('is English for programs, and said in the language of whoever reads it', () => {
    expect(error.message).toBe('No peer is called "nas". Use a name, an address or a key that `bowline peers` shows.');
    expect(sayError(error, 'en')).toBe(error.message);
    expect(sayError(error, 'de')).toBe('Kein Gerät heißt "nas". Einen Namen, eine Adresse oder einen Schlüssel verwenden, wie `bowline peers` sie zeigt.');
    expect(check(ApiError, error, 'error').ok).toBe(true);
  });

  it('has in the JSON of the command line its code and its message, and nothing else', () => {
    expect(plainError(error)).toEqual({ code: 'unknown-peer', message: error.message });
  });

  it('is shown as it came where it is of another version', () => {
    const of = (said: ApiError['said']): string => sayError({ code: 'x', message: 'As it came.', ...(said === undefined ? {} : { said }) }, 'de');
    expect([of(undefined), of({ key: 'toString', values: {} }), of({ key: 'answer.unknown-peer', values: {} })]).toEqual(['As it came.', 'As it came.', 'As it came.']);
  });
});
