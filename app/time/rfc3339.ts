/**
 * Wall time as RFC 3339 text and back, for the years 1 to 9999, without the language's clock type. Fractions are read to
 * the millisecond and rounded down; a leap second counts as the second after. Anyone may call it.
 */
import { wallTime, type WallTime } from './instant.ts';

const DAY = 86_400_000;
/** Days from 0000-03-01 to 1970-01-01: years are counted from March, so that a leap day ends one. */
const EPOCH_DAYS = 719_468;
const DAYS_IN_400_YEARS = 146_097;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `2026-11-25T20:00:00Z`, with a fraction and an offset where they are; undefined when it is none. */
export function parseRfc3339(text: string): WallTime | undefined {
  const at = text.charCodeAt(10) | 0x20;
  if (text.length < 20 || text[4] !== '-' || text[7] !== '-' || at !== 0x74 || text[13] !== ':' || text[16] !== ':') return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return undefined;
  let i = 19;
  let fraction = 0;
  if (text[i] === '.') {
    const from = ++i;
    while (i < text.length && digits(text, i, i + 1) >= 0) i++;
    if (i === from) return undefined;
    fraction = digits(text.slice(from, Math.min(i, from + 3)).padEnd(3, '0'), 0, 3);
  }
  const offset = offsetMinutes(text, i);
  if (offset === undefined) return undefined;
  return wallTime(daysTo(year, month, day) * DAY + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + fraction);
}

/** In UTC; milliseconds only where there are any. `at` lies in the years 1 to 9999. */
export function formatRfc3339(at: WallTime): string {
  const ms = Math.floor(at);
  const days = Math.floor(ms / DAY);
  const rest = ms - days * DAY;
  const two = (n: number): string => String(n).padStart(2, '0');
  const { year, month, day } = civil(days);
  const fraction = rest % 1_000;
  const clock = `${two(Math.floor(rest / 3_600_000))}:${two(Math.floor(rest / 60_000) % 60)}:${two(Math.floor(rest / 1_000) % 60)}`;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${clock}${fraction === 0 ? '' : `.${String(fraction).padStart(3, '0')}`}Z`;
}

/** -1 when one of them is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Minutes east of UTC; `i`: where the offset begins, which has to be the end of the text. */
function offsetMinutes(text: string, i: number): number | undefined {
  const sign = text[i];
  if ((sign === 'Z' || sign === 'z') && text.length === i + 1) return 0;
  if ((sign !== '+' && sign !== '-') || text.length !== i + 6 || text[i + 3] !== ':') return undefined;
  const hours = digits(text, i + 1, i + 3);
  const minutes = digits(text, i + 4, i + 6);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return MONTH_DAYS[month - 1]! + (month === 2 && leap ? 1 : 0);
}

/** Days since 1970-01-01. */
function daysTo(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const m = month > 2 ? month - 3 : month + 9;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + Math.floor((153 * m + 2) / 5) + day - 1 - EPOCH_DAYS;
}

function civil(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const n = days + EPOCH_DAYS;
  const era = Math.floor(n / DAYS_IN_400_YEARS);
  const inEra = n - era * DAYS_IN_400_YEARS;
  const yearOfEra = Math.floor((inEra - Math.floor(inEra / 1_460) + Math.floor(inEra / 36_524) - Math.floor(inEra / 146_096)) / 365);
  const inYear = inEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * inYear + 2) / 153);
  const month = m < 10 ? m + 3 : m - 9;
  return { year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day: inYear - Math.floor((153 * m + 2) / 5) + 1 };
}
