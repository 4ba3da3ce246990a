/**
 * Texts of Bowline by their keys, in each language, in ICU MessageFormat: plurals and choices are the translator's, not the
 * code's. English is the measure: a key or an argument that another language lacks does not compile or fails a test. A file
 * of `en/` and its twin of `de/` hold one area each.
 */
import { IntlMessageFormat, type Formatters } from 'intl-messageformat';
import { de } from './de/index.ts';
import { en } from './en/index.ts';
import { perLanguage, type Language } from './languages.ts';

export type TextKey = keyof typeof en;
export type Values = Readonly<Record<string, string | number>>;

/** One language: `text` fills a text with values. A value that a text needs and does not get is a bug of ours, and thrown. */
export interface Translator {
  readonly language: Language;
  text(key: TextKey, values?: Values): string;
}

/** Whether there is a text under this key. For keys that come from elsewhere. */
export const hasText = (key: string): key is TextKey => Object.hasOwn(en, key);

const TEXTS: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { en, de };

/** The same object each time, with its texts compiled as they are first used. */
export const translator = perLanguage((language): Translator => {
  const compiled = new Map<TextKey, IntlMessageFormat>();
  return {
    language,
    text(key, values) {
      const format = keptIn(compiled, key, () => new IntlMessageFormat(TEXTS[language][key], language, undefined, { ignoreTag: true, formatters }));
      return String(format.format(values));
    },
  };
});

const plurals = new Map<string, Intl.PluralRules>();
const numbers = new Map<string, Intl.NumberFormat>();

/** One of a kind for all texts: to find its own again costs the library more than all else of a sentence. No text has a style of its own. */
const formatters: Formatters = {
  getNumberFormat: (language) => keptIn(numbers, String(language), (name) => new Intl.NumberFormat(name)),
  getDateTimeFormat: (language, options) => new Intl.DateTimeFormat(language, options),
  getPluralRules: (language, options) => keptIn(plurals, `${String(language)} ${options?.type ?? 'cardinal'}`, () => new Intl.PluralRules(language, options)),
};

function keptIn<K, T>(kept: Map<K, T>, name: K, make: (name: K) => T): T {
  const known = kept.get(name);
  if (known !== undefined) return known;
  const fresh = make(name);
  kept.set(name, fresh);
  return fresh;
}
