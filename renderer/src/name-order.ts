/** The order of names in a list, as the page's language has it; numbers in names count as numbers. */
import type { Language } from '../../app/language/languages.ts';
import { useLanguage } from './language.ts';

const made = new Map<Language, Intl.Collator>();

export function byName(a: string, b: string): number {
  const { language } = useLanguage.getState();
  let order = made.get(language);
  if (order === undefined) made.set(language, (order = new Intl.Collator(language, { numeric: true })));
  return order.compare(a, b);
}
