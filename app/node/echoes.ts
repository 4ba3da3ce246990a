/**
 * In-tunnel echoes on their way: which token was sent to whom, what for, and until when an answer counts. Bounded; each
 * ends exactly once, answered or lost.
 */
import type { PeerId } from '../base/brand.ts';
import type { Deadline } from '../time/deadline.ts';
import { after, age, type Instant } from '../time/instant.ts';
import { ECHO_DEADLINE, ECHOES_GATHERED } from './constants.ts';

/** suspicion: is it still there? watch: someone looks. ping: a person asked, and `request` wants the answer.
 *  path: the path machine's, by its own token: does data pass this way? */
export type EchoPurpose = { readonly kind: 'suspicion' } | { readonly kind: 'watch' } | { readonly kind: 'ping'; readonly request: number } | { readonly kind: 'path'; readonly token: number };

export interface SentEcho {
  readonly token: number;
  readonly peer: PeerId;
  readonly purpose: EchoPurpose;
  readonly until: Instant;
}

const OUTSTANDING = 512;

export class Echoes {
  readonly #sent = new Map<number, SentEcho>();
  #nextToken = 1;

  /** The token to send; undefined when too many are on their way. */
  begin(peer: PeerId, purpose: EchoPurpose, now: Instant): number | undefined {
    if (this.#sent.size >= OUTSTANDING) return undefined;
    const token = this.#nextToken;
    this.#nextToken = (this.#nextToken + 1) >>> 0;
    this.#sent.set(token, { token, peer, purpose, until: after(now, ECHO_DEADLINE) });
    return token;
  }

  answered(token: number): SentEcho | undefined {
    const echo = this.#sent.get(token);
    this.#sent.delete(token);
    return echo;
  }

  /** The next lost echo due at `now`. All have the same patience, so the oldest is first. */
  takeLost(now: Instant): SentEcho | undefined {
    for (const echo of this.#sent.values()) {
      if (echo.until > now) return undefined;
      this.#sent.delete(echo.token);
      return echo;
    }
    return undefined;
  }

  /** When the oldest one is lost, and those that were sent soon after it: one wake-up for all. */
  next(): Deadline | undefined {
    let first: Instant | undefined;
    let last: Instant | undefined;
    for (const { until } of this.#sent.values()) {
      first ??= until;
      if (age(first, until) > ECHOES_GATHERED) break;
      last = until;
    }
    return last === undefined ? undefined : { at: last, why: 'echo: lost' };
  }

  forgetAll(): SentEcho[] {
    const all = [...this.#sent.values()];
    this.#sent.clear();
    return all;
  }
}
