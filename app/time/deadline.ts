/** The moment a machine wants to be woken, and why: a busy wake-up explains itself. */
import type { Instant } from './instant.ts';

export interface Deadline {
  readonly at: Instant;
  /** Stable, short, no ids: it is counted (`wakeups["peer: persistent keepalive"]`). */
  readonly why: string;
}

/** The earlier of two; on a tie the first. */
export function earlier(a: Deadline | undefined, b: Deadline | undefined): Deadline | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return b.at < a.at ? b : a;
}

/**
 * The shape of every machine. Mutate once (`handle` or `expire`), drain `poll` to undefined, then wait for the next
 * input or deadline. Peer bytes never make any of these throw.
 */
export interface Machine<In, Out> {
  handle(input: In, now: Instant): void;
  poll(): Out | undefined;
  nextDeadline(): Deadline | undefined;
  /** Fires all that is due at `now`. Calling it early is harmless. */
  expire(now: Instant): void;
}
