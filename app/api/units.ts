/**
 * Ages, durations, latencies and sizes as a person reads them. Pure; used by the catalogue, the CLI and the renderer.
 * It does not decide what is unknown: callers print an en dash for null, never 0. Spaces inside a value never break.
 */
const NB = '\u00a0';
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (n: number): string => String(n).padStart(2, '0');
const floored = (ms: number): number => Math.max(0, Number.isFinite(ms) ? ms : 0);

function coarse(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}${NB}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}${NB}m${NB}${two(Math.floor((ms % MINUTE) / SECOND))}${NB}s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}${NB}h${NB}${two(Math.floor((ms % HOUR) / MINUTE))}${NB}m`;
  return `${Math.floor(ms / DAY)}${NB}d`;
}

/** Something that still grows: `0.4 s`, `52 s`, `1 m 04 s`, `3 h 10 m`, `6 d`. Rounds down, so that it never
 *  runs ahead; an age below a tenth reads 0.1 s, because nothing is known at age 0. */
export function formatAge(ms: number): string {
  const age = floored(ms);
  return age < SECOND ? `0.${Math.max(1, Math.floor(age / 100))}${NB}s` : coarse(age);
}

/** Something that is over: as an age, with tenths up to 10 s (`3.1 s`). Rounds to the nearest. */
export function formatDuration(ms: number): string {
  const tenths = Math.round(floored(ms) / 100);
  if (tenths === 0) return `<0.1${NB}s`;
  if (tenths < 100) return `${(tenths / 10).toFixed(1)}${NB}s`;
  return coarse(Math.round(floored(ms) / SECOND) * SECOND);
}

/** Two digits: `0.9 ms`, `31 ms`; from 100 ms whole milliseconds, from 10 s as a duration. */
export function formatLatency(ms: number): string {
  const value = floored(ms);
  if (value < 0.05) return `<0.1${NB}ms`;
  if (value < 9.95) return `${value.toFixed(1)}${NB}ms`;
  if (value < 9_999.5) return `${Math.round(value)}${NB}ms`;
  return formatDuration(value);
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Three digits, SI: `0 B`, `640 MB`, `2.30 GB`. */
export function formatBytes(bytes: number): string {
  let value = floored(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < SIZES.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  if (unit === 0) return `${Math.round(value)}${NB}B`;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)}${NB}${SIZES[unit]!}`;
}
