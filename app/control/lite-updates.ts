/**
 * Tells the server what changed here, without a new stream: one request per real change, changes close together joined,
 * one under way at a time, with its own back-off and its own bucket. It compares whole bodies, so what the server already
 * has is not sent again. It never ends a connection: silence is the watchdog's affair. Caller: control.ts.
 */
import type { Rng } from '../ports/rng.ts';
import { earlier, type Deadline } from '../time/deadline.ts';
import { after, type Duration, type Instant } from '../time/instant.ts';
import { TokenBucket } from '../time/token-bucket.ts';
import { ANSWER_WITHIN, UPDATE_BURST, UPDATE_EVERY, UPDATE_SETTLE } from './constants.ts';
import { QuadraticBackoff } from './quadratic-backoff.ts';

export interface LiteUpdatesInit {
  readonly rng: Rng;
  readonly send: (body: string) => number;
  readonly cancel: (id: number) => void;
}

export class LiteUpdates {
  readonly #init: LiteUpdatesInit;
  readonly #backoff: QuadraticBackoff;
  readonly #bucket = new TokenBucket(UPDATE_BURST, UPDATE_EVERY);
  /** What the server has, as far as it said so. Undefined: nothing that counts, so nothing can be compared. */
  #told: string | undefined;
  #wanted: string | undefined;
  #sendAt: Instant | undefined;
  /** Send it although the server has it: its answer is what counts. */
  #repeat = false;
  #asking: { readonly id: number; readonly body: string; readonly until: Instant } | undefined;
  sent = 0;

  constructor(init: LiteUpdatesInit) {
    this.#init = init;
    this.#backoff = new QuadraticBackoff(init.rng);
  }

  /** A stream request carried all of this; `body` is the update that would say the same. */
  streamTold(body: string): void {
    this.stop();
    this.#told = body;
    this.#wanted = body;
    this.#backoff.reset();
  }

  /** No stream is open: the next one will say it all. */
  stop(): void {
    if (this.#asking !== undefined) this.#init.cancel(this.#asking.id);
    this.disconnected();
  }

  disconnected(): void {
    this.#asking = undefined;
    this.#sendAt = undefined;
    this.#repeat = false;
    this.#told = undefined;
    this.#wanted = undefined;
  }

  /** What the server should have from now on. */
  want(body: string, now: Instant): void {
    if (this.#told === undefined || this.#wanted === body) return;
    this.#wanted = body;
    if (this.#asking === undefined && this.#sendAt === undefined && body !== this.#told) this.#sendAt = after(now, UPDATE_SETTLE);
  }

  /** Says again what the server has, unless something is on its way already. */
  repeat(now: Instant): void {
    if (this.#told === undefined || this.#asking !== undefined || this.#sendAt !== undefined) return;
    this.#repeat = true;
    this.#sendAt = now;
  }

  /** True when it was the answer to an update. `status`: undefined when it broke. */
  answered(id: number, status: number | undefined, waitMs: Duration | undefined, now: Instant): boolean {
    const asking = this.#asking;
    if (asking === undefined || asking.id !== id) return false;
    this.#asking = undefined;
    if (status === 200) {
      this.#told = asking.body;
      this.#backoff.reset();
      if (this.#wanted !== this.#told) this.#sendAt = after(now, UPDATE_SETTLE);
    } else {
      this.#repeat = asking.body === this.#told;
      this.#again(waitMs, now);
    }
    return true;
  }

  nextDeadline(): Deadline | undefined {
    return earlier(
      this.#sendAt === undefined ? undefined : { at: this.#sendAt, why: 'control: send an update' },
      this.#asking === undefined ? undefined : { at: this.#asking.until, why: 'control: no answer to an update' },
    );
  }

  expire(now: Instant): void {
    if (this.#asking !== undefined && this.#asking.until <= now) {
      this.#init.cancel(this.#asking.id);
      this.#repeat = this.#asking.body === this.#told;
      this.#asking = undefined;
      this.#again(undefined, now);
    }
    if (this.#sendAt === undefined || this.#sendAt > now) return;
    this.#sendAt = undefined;
    if (this.#wanted === undefined || (this.#wanted === this.#told && !this.#repeat)) return;
    if (!this.#bucket.take(now)) {
      this.#sendAt = this.#bucket.freeAt(now);
      return;
    }
    this.sent++;
    this.#repeat = false;
    this.#asking = { id: this.#init.send(this.#wanted), body: this.#wanted, until: after(now, ANSWER_WITHIN) };
  }

  #again(waitMs: Duration | undefined, now: Instant): void {
    this.#sendAt = after(now, Math.max(this.#backoff.next(), waitMs ?? 0));
  }
}
