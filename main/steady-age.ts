/**
 * Ages for texts that cannot tick: rounded to steps that a menu can keep true, and when the next step is due. Pure. An age is
 * rounded down, so that it never runs ahead; so is the time that is left.
 */
import type { Message } from '../app/node/messages.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function stepOf(ms: number): number {
  if (ms < MINUTE) return 10 * SECOND;
  if (ms < HOUR) return MINUTE;
  return ms < DAY ? 10 * MINUTE : DAY;
}

export interface Steady<T> {
  readonly value: T;
  /** When another value is right, in the time of `now`; null: never. */
  readonly until: number | null;
}

/** How old something from `at` is. */
export function steadyAge(at: number, now: number): Steady<number> {
  const age = Math.max(0, now - at);
  const step = stepOf(age);
  const value = Math.floor(age / step) * step;
  return { value, until: Math.max(at, at + value + step) };
}

/** How long it is until `at`. */
export function steadyLeft(at: number, now: number): Steady<number> {
  const left = Math.max(0, at - now);
  const step = stepOf(left);
  const value = Math.floor(left / step) * step;
  return { value, until: left === 0 ? null : Math.min(at, at - value + 1) };
}

/** A message whose age, told in its sentence, stays the same for a step. */
export function steadyMessage(message: Message, now: number): Steady<Message> {
  if ('sinceAt' in message && typeof message.sinceAt === 'number') {
    const { value, until } = steadyAge(message.sinceAt, now);
    return { value: { ...message, sinceAt: now - value }, until };
  }
  if ('expiresAt' in message && typeof message.expiresAt === 'number') {
    const { value, until } = steadyLeft(message.expiresAt, now);
    return { value: { ...message, expiresAt: now + value }, until };
  }
  return { value: message, until: null };
}
