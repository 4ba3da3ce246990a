/**
 * What was asked of one peer and not answered yet, and which questions of it were answered, so that none is answered twice.
 * Bounded. Caller: peer-path.ts.
 */
import { bytesText } from '../base/bytes.ts';
import type { Rng } from '../ports/rng.ts';
import { after, age, type Instant } from '../time/instant.ts';
import { DISCO_TX } from '../wire/disco.ts';
import type { Candidate } from './candidate.ts';
import { PING_ADDRESSES, PINGS_AT_MOST, PINGS_REMEMBERED, PONG_WITHIN, PONGS_GATHERED } from './constants.ts';

export interface Ping {
  readonly candidate: Candidate;
  readonly at: Instant;
}

export class Pings {
  readonly #rng: Rng;
  readonly #sent = new Map<string, Ping>();
  readonly #answered = new Set<string>();

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** The transaction to ask with; undefined: too many are on their way. */
  begin(candidate: Candidate, now: Instant): Uint8Array | undefined {
    if (this.#sent.size >= PINGS_AT_MOST) return undefined;
    const tx = new Uint8Array(DISCO_TX);
    this.#rng.fillPublic(tx);
    this.#sent.set(bytesText(tx), { candidate, at: now });
    return tx;
  }

  /** What this answers, once. */
  take(tx: Uint8Array): Ping | undefined {
    const text = bytesText(tx);
    const ping = this.#sent.get(text);
    this.#sent.delete(text);
    return ping;
  }

  /** Those whose time is over. */
  takeUnanswered(now: Instant): Ping[] {
    const lost: Ping[] = [];
    for (const [tx, ping] of this.#sent) {
      // The sum that `next` tells: a difference may come out a rounding error shorter, and the timer would fire for ever.
      if (now < after(ping.at, PONG_WITHIN)) break;
      this.#sent.delete(tx);
      lost.push(ping);
    }
    return lost;
  }

  /** When the time of the oldest one is over, and of those that were asked soon after it. */
  next(): Instant | undefined {
    let first: Instant | undefined;
    let last: Instant | undefined;
    for (const { at } of this.#sent.values()) {
      first ??= at;
      if (age(first, at) > PONGS_GATHERED) break;
      last = at;
    }
    return last === undefined ? undefined : after(last, PONG_WITHIN);
  }

  clear(): void {
    this.#sent.clear();
  }

  /** False: it came before, from the same place or from too many others. */
  isNew(from: string, tx: Uint8Array): boolean {
    const question = bytesText(tx);
    const text = `${from} ${question}`;
    if (this.#answered.has(text)) return false;
    let places = 0;
    for (const other of this.#answered) if (other.endsWith(question)) places++;
    if (places >= PING_ADDRESSES) return false;
    this.#answered.add(text);
    if (this.#answered.size > PINGS_REMEMBERED) for (const oldest of this.#answered) if (this.#answered.delete(oldest)) break;
    return true;
  }
}
