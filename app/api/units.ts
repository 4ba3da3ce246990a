/**
 * Ages, durations, latencies, sizes and dates as a person reads them, in a language. Pure; used by the speaker, the CLI, the tray
 * and the page. It does not decide what is unknown: callers print an en dash for null, never 0. Spaces inside a value never break.
 */
import type { Language } from '../language/languages.ts';
import { translator } from '../language/texts.ts';
import { civil } from './dates.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (n: number): string => String(n).padStart(2, '0');
const floored = (ms: number): number => Math.max(0, Number.isFinite(ms) ? ms : 0);

/** With that many digits after the point, as the language writes it. */
function decimal(value: number, digits: number, language: Language): string {
  return value.toFixed(digits).replace('.', translator(language).text('unit.decimal-point'));
}

function coarse(ms: number, language: Language): string {
  const { text } = translator(language);
  if (ms < MINUTE) return text('unit.seconds', { n: Math.floor(ms / SECOND) });
  if (ms < HOUR) return text('unit.minutes', { minutes: Math.floor(ms / MINUTE), seconds: two(Math.floor((ms % MINUTE) / SECOND)) });
  if (ms < DAY) return text('unit.hours', { hours: Math.floor(ms / HOUR), minutes: two(Math.floor((ms % HOUR) / MINUTE)) });
  return text('unit.days', { n: Math.floor(ms / DAY) });
}

/** Something that still grows: `0.4 s`, `52 s`, `1 m 04 s`, `3 h 10 m`, `6 d`. Rounds down, so that it never
 *  runs ahead; an age below a tenth reads 0.1 s, because nothing is known at age 0. */
export function formatAge(ms: number, language: Language = 'en'): string {
  const age = floored(ms);
  if (age >= SECOND) return coarse(age, language);
  return translator(language).text('unit.seconds', { n: decimal(Math.max(1, Math.floor(age / 100)) / 10, 1, language) });
}

/** Something that is over: as an age, with tenths up to 10 s (`3.1 s`). Rounds to the nearest. */
export function formatDuration(ms: number, language: Language = 'en'): string {
  const { text } = translator(language);
  const tenths = Math.round(floored(ms) / 100);
  if (tenths === 0) return text('unit.below', { least: text('unit.seconds', { n: decimal(0.1, 1, language) }) });
  if (tenths < 100) return text('unit.seconds', { n: decimal(tenths / 10, 1, language) });
  return coarse(Math.round(floored(ms) / SECOND) * SECOND, language);
}

/** Two digits: `0.9 ms`, `31 ms`; from 100 ms whole milliseconds, from 10 s as a duration. */
export function formatLatency(ms: number, language: Language = 'en'): string {
  const { text } = translator(language);
  const value = floored(ms);
  if (value < 0.05) return text('unit.below', { least: text('unit.milliseconds', { n: decimal(0.1, 1, language) }) });
  if (value < 9.95) return text('unit.milliseconds', { n: decimal(value, 1, language) });
  if (value < 9_999.5) return text('unit.milliseconds', { n: Math.round(value) });
  return formatDuration(value, language);
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Three digits, SI: `0 B`, `640 MB`, `2.30 GB`. */
export function formatBytes(bytes: number, language: Language = 'en'): string {
  let value = floored(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < SIZES.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  const n = unit === 0 ? Math.round(value) : decimal(value, digits, language);
  return translator(language).text('unit.bytes', { n, size: SIZES[unit]! });
}

/** `3 May 2026`, in UTC, from ms since 1970. */
export function formatDate(wallMs: number, language: Language = 'en'): string {
  const { year, month, date } = civil(Math.floor(wallMs / 86_400_000));
  return translator(language).text('unit.date', { date, month: `m${month}`, year });
}
