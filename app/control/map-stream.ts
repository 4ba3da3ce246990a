/**
 * One map stream at a time: its watchdog, what is refused, and when a whole new map is asked for. The watchdog is fed by
 * the request and by messages that were understood, keep-alives included, and by nothing else: not by TCP, not by HTTP/2,
 * not by garbage. While a message is handled it is paused: it runs again from the next call that brings a fresh `now`.
 * It sends nothing itself and knows no connection. Caller: control.ts.
 */
import type { Rng } from '../ports/rng.ts';
import { Backoff } from '../time/backoff.ts';
import type { Deadline } from '../time/deadline.ts';
import { after, age, type Duration, type Instant, type WallTime } from '../time/instant.ts';
import { TimerTable } from '../time/timer-table.ts';
import { RESYNC_CAP, RESYNC_FIRST, RESYNC_FORGET, WATCHDOG, WATCHDOG_LATE } from './constants.ts';
import type { Applied } from './map-session-types.ts';
import type { MapSessionLike } from './types.ts';

type Timer = 'watchdog' | 'message handled' | 'ask for a whole map';

interface Open {
  readonly id: number;
  readonly session: MapSessionLike;
  readonly requestedAt: Instant;
  /** Status 200 was seen. */
  began: boolean;
  /** Of a message that was understood, in this stream. */
  lastAt: Instant | undefined;
}

/** What a deadline comes to. 'silent': nothing was understood for `forMs`. 'resync': ask for a whole map. */
export type StreamDue = { readonly kind: 'silent'; readonly forMs: Duration } | { readonly kind: 'resync' };

export class MapStream {
  readonly #timers = new TimerTable<Timer>(['message handled', 'watchdog', 'ask for a whole map'], 'control');
  readonly #resync: Backoff;
  #open: Open | undefined;
  #refusedAt: Instant | undefined;
  messages = 0;
  readonly refusals = new Map<string, number>();

  constructor(rng: Rng) {
    this.#resync = new Backoff({ firstMs: RESYNC_FIRST, capMs: RESYNC_CAP, factor: 2, jitter: 0.5 }, rng);
  }

  get id(): number | undefined {
    return this.#open?.id;
  }

  /** When a message of the stream that is open was last understood. */
  get lastMessageAt(): Instant | undefined {
    return this.#open?.lastAt;
  }

  /** A stream was asked for under this id. */
  opened(id: number, session: MapSessionLike, now: Instant): void {
    // A stream asked for because of garbage is no sign of life: the watchdog of the one before goes on.
    const running = this.#open === undefined ? undefined : this.#timers.get('watchdog');
    this.#open = { id, session, requestedAt: now, began: false, lastAt: undefined };
    this.#timers.clearAll();
    this.#timers.set('watchdog', running ?? after(now, WATCHDOG));
  }

  close(): void {
    this.#open = undefined;
    this.#timers.clearAll();
  }

  began(): void {
    if (this.#open !== undefined) this.#open.began = true;
  }

  /** Undefined: no stream is open that could bring one. */
  message(text: string, wall: WallTime, now: Instant): Applied | undefined {
    const open = this.#open;
    if (open === undefined || !open.began) return undefined;
    this.messages++;
    const applied = open.session.apply(text, wall);
    if (applied.kind === 'refused') {
      const reason = applied.reason.refused;
      this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
      if (this.#refusedAt !== undefined && age(this.#refusedAt, now) > RESYNC_FORGET) this.#resync.reset();
      this.#refusedAt = now;
      // A delta is lost, so what follows builds on something we do not have.
      this.#timers.setIfIdle('ask for a whole map', after(now, this.#resync.next()));
      return applied;
    }
    open.lastAt = now;
    this.#timers.clear('watchdog');
    this.#timers.set('message handled', now);
    return applied;
  }

  nextDeadline(): Deadline | undefined {
    return this.#timers.next();
  }

  /** One of the things due; undefined when none is left. */
  expire(now: Instant): StreamDue | undefined {
    for (;;) {
      const watchdogAt = this.#timers.get('watchdog');
      switch (this.#timers.takeDue(now)) {
        case 'message handled':
          this.#timers.set('watchdog', after(now, WATCHDOG));
          break;
        case 'watchdog':
          if (watchdogAt !== undefined && age(watchdogAt, now) > WATCHDOG_LATE) {
            // We were not running either; what arrived meanwhile is still to be read.
            this.#timers.set('watchdog', after(now, WATCHDOG_LATE));
            break;
          }
          return { kind: 'silent', forMs: this.#silentFor(now) };
        case 'ask for a whole map':
          return { kind: 'resync' };
        case undefined:
          return undefined;
      }
    }
  }

  #silentFor(now: Instant): Duration {
    return this.#open === undefined ? 0 : age(this.#open.lastAt ?? this.#open.requestedAt, now);
  }
}
