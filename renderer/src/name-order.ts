/** The order of names in a list, as the page's language has it; numbers in names count as numbers. */
import { perLanguage } from '../../app/language/languages.ts';
import { useLanguage } from './language.ts';

const orderIn = perLanguage((language) => new Intl.Collator(language, { numeric: true }));

export const byName = (a: string, b: string): number => orderIn(useLanguage.getState().language).compare(a, b);
