/** Wall times as the page prints them, in its language: 24 hours, in the zone of the computer. Pure but for zone and language. */
import { perLanguage, type Language } from '../../app/language/languages.ts';
import { useLanguage } from './language.ts';

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', de: 'de-DE' };

/** A format in the page's language, made once for each. */
function format(options: Intl.DateTimeFormatOptions): (wallMs: number) => string {
  const formatIn = perLanguage((language) => new Intl.DateTimeFormat(LOCALES[language], options));
  return (wallMs) => formatIn(useLanguage.getState().language).format(wallMs);
}

export const clockTime = format({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
export const shortTime = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
export const dayName = format({ weekday: 'long', day: 'numeric', month: 'long' });
export const dateTime = format({ dateStyle: 'medium', timeStyle: 'long' });

/** Days between the local dates of two wall times. */
export function daysBetween(earlier: number, later: number): number {
  const date = (ms: number): number => new Date(ms).setHours(12, 0, 0, 0);
  return Math.round((date(later) - date(earlier)) / 86_400_000);
}
