/** How the tray speaks: the catalogue of messages, its own texts, and times of day, in one language. */
import type { Message } from '../app/node/messages.ts';
import { speaker } from '../app/api/speaker.ts';
import type { Language } from '../app/language/languages.ts';
import { translator, type TextKey, type Values } from '../app/language/texts.ts';

export interface TrayWords {
  readonly language: Language;
  text(key: TextKey, values?: Values): string;
  say(message: Message, now: number): string;
  /** The first part of a message, which says it. */
  head(message: Message, now: number): string;
  /** A time of day of today, else with its date. */
  when(wallMs: number): string;
}

/** `today`: ms since 1970, now. `zone`: undefined is the computer's own. */
export function trayWords(language: Language, today: () => number = Date.now, zone?: string): TrayWords {
  const locale = language === 'en' ? 'en-GB' : language;
  const base = zone === undefined ? {} : { timeZone: zone };
  const day = new Intl.DateTimeFormat(locale, { ...base, dateStyle: 'short' });
  const time = new Intl.DateTimeFormat(locale, { ...base, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const both = new Intl.DateTimeFormat(locale, { ...base, day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return {
    language,
    text: (key, values) => translator(language).text(key, values),
    say: (message, now) => speaker(language).say(message, now),
    head: (message, now) => speaker(language).sayParts(message, now).head,
    when: (wallMs) => (day.format(wallMs) === day.format(today()) ? time : both).format(wallMs),
  };
}
