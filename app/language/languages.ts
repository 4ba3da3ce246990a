/** The languages that Bowline speaks, and which one fits what a person's system asks for. Pure. */

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each by its own name, as a chooser lists them. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

/** Those in which every text is there. Another could be chosen; nobody is given one half done. */
const COMPLETE: readonly Language[] = ['en', 'de'];

/** What a person chose; `system`: what that asks for. */
export const resolveLanguage = (choice: Language | 'system', preferred: readonly string[]): Language => (choice === 'system' ? pickLanguage(preferred) : choice);

/** The first of `preferred` (BCP 47 tags, best first) that is spoken here throughout, else English. */
export function pickLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0];
    const found = COMPLETE.find((language) => language === primary);
    if (found !== undefined) return found;
  }
  return 'en';
}

/** What `make` gives for a language: made when it is first asked for, then the same each time. */
export function perLanguage<T>(make: (language: Language) => T): (language: Language) => T {
  const made = new Map<Language, T>();
  return (language) => {
    const known = made.get(language);
    if (known !== undefined) return known;
    const fresh = make(language);
    made.set(language, fresh);
    return fresh;
  };
}
