/** Wall times as the page prints them: 24 hours, in the zone of the computer. Pure but for the zone. */
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const SHORT = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });

const FULL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });

export const clockTime = (wallMs: number): string => CLOCK.format(wallMs);
export const shortTime = (wallMs: number): string => SHORT.format(wallMs);
export const dayName = (wallMs: number): string => DAY.format(wallMs);
export const dateTime = (wallMs: number): string => FULL.format(wallMs);

/** Days between the local dates of two wall times. */
export function daysBetween(earlier: number, later: number): number {
  const date = (ms: number): number => new Date(ms).setHours(12, 0, 0, 0);
  return Math.round((date(later) - date(earlier)) / 86_400_000);
}
