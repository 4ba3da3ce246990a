/** Wall times as ISO 8601, in UTC: the core knows no time zone. Pure. What a person reads as a date is in units.ts. */

/** ISO 8601 in UTC with milliseconds, from ms since 1970. Days to a date by the civil-calendar rule of the proleptic Gregorian calendar. */
export function isoTime(wallMs: number): string {
  const total = Math.floor(wallMs);
  const day = Math.floor(total / 86_400_000);
  const ms = total - day * 86_400_000;
  const pad = (n: number, width = 2): string => String(n).padStart(width, '0');
  const { year, month, date } = civil(day);
  const clock = `${pad(Math.floor(ms / 3_600_000))}:${pad(Math.floor(ms / 60_000) % 60)}:${pad(Math.floor(ms / 1_000) % 60)}.${pad(ms % 1_000, 3)}`;
  return `${pad(year, 4)}-${pad(month)}-${pad(date)}T${clock}Z`;
}

/** Day number (0 = 1970-01-01) to year, month, date. Years begin in March, so that the leap day comes last. */
export function civil(day: number): { year: number; month: number; date: number } {
  const fromMarch0000 = day + 719_468;
  const era = Math.floor(fromMarch0000 / 146_097);
  const dayOfEra = fromMarch0000 - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const date = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date };
}
