/**
 * Answers that say no. `code` is for programs, `message` is English for the JSON of the command line, and `said` is the same
 * sentence as data, so that a face speaks it in its own language. Pure. Made by whoever refuses, said by the faces.
 */
import type { Language } from '../language/languages.ts';
import { hasText, translator, type TextKey, type Values } from '../language/texts.ts';
import type { ApiError } from './schema.ts';

export interface Said {
  readonly key: TextKey;
  readonly values: Values;
}

export type Refusal = { readonly ok: false; readonly error: ApiError };

export const saidIn = ({ key, values }: Said, language: Language): string => translator(language).text(key, values);

export function refusal(code: string, key: TextKey, values: Values = {}): Refusal {
  return refused(code, { key, values });
}

export function refused(code: string, said: Said): Refusal {
  return { ok: false, error: { code, message: saidIn(said, 'en'), said } };
}

/** In English what comes without `said`, or from another version: it is never hidden. */
export function sayError({ message, said }: ApiError, language: Language): string {
  if (said === undefined || !hasText(said.key)) return message;
  try {
    return translator(language).text(said.key, said.values);
  } catch {
    return message;
  }
}

/** As the command line's JSON has it. */
export const plainError = ({ code, message }: ApiError): { readonly code: string; readonly message: string } => ({ code, message });
