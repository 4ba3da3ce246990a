/**
 * Two kinds of time that must never be mixed, as branded numbers of milliseconds (fractions allowed).
 *
 * Instant: monotonic and advancing over suspend, from an arbitrary zero; for ages, timers and deadlines.
 * WallTime: milliseconds since 1970-01-01 UTC; only for TAI64N, key expiry, and what a person reads.
 * Nothing in the pure core reads a clock: `now` is a parameter.
 */
import type { Brand } from '../base/brand.ts';

export type Instant = Brand<number, 'Instant'>;
export type WallTime = Brand<number, 'WallTime'>;
/** Milliseconds. */
export type Duration = number;

export const seconds = (n: number): Duration => n * 1_000;
export const minutes = (n: number): Duration => n * 60_000;

export function instant(ms: number): Instant {
  return ms as Instant;
}

export function wallTime(ms: number): WallTime {
  return ms as WallTime;
}

export function after(at: Instant, wait: Duration): Instant {
  return (at + wait) as Instant;
}

/** How long ago `at` was, never negative. */
export function age(at: Instant, now: Instant): Duration {
  return now > at ? now - at : 0;
}
