/**
 * Whether an address answers some questions and not others: a way on which packets are lost while it works. An outage is not
 * that: it is one run of losses, and ends in itself or gives the way up. Ours; no published client has it. Caller: candidate.ts.
 */
import type { Duration, Instant } from '../time/instant.ts';

/** Questions that are looked back at. */
const WINDOW = 12;
/** So many of them lost is a lossy way, where of losses next to each other no more than AT_ONCE count; and it is one until so few are lost at all. */
const LOSSY_FROM = 5;
const AT_ONCE = 2;
const SOUND_UNTIL = 1;
/** After a loss so many answers in a row are a way that can be used alone again. */
const IN_A_ROW = 3;
const TOGETHER: Duration = 900;
/** Fewer answers than this prove nothing of an address that was hardly asked. */
const PROVED_BY = 4;

interface Asked {
  /** When; -Infinity: long enough ago to be missing. */
  readonly at: number;
  isAnswered: boolean;
}

export class Losses {
  #asked: Asked[] = [];
  /** Of those whose time is over, when it was looked at last. */
  #over: readonly Asked[] = [];
  #isLossy = false;

  get isLossy(): boolean {
    return this.#isLossy;
  }

  /** It lost something a moment ago. */
  get isShaky(): boolean {
    return this.#over.slice(-IN_A_ROW).some(({ isAnswered }) => !isAnswered);
  }

  /** It was asked often enough lately, and lost nothing. */
  get isSound(): boolean {
    return this.of >= PROVED_BY && this.lost === 0;
  }

  get lost(): number {
    return this.#over.filter(({ isAnswered }) => !isAnswered).length;
  }

  get of(): number {
    return this.#over.length;
  }

  /** Data that went there found no answer. */
  missed(): void {
    this.#add({ at: -Infinity, isAnswered: false });
  }

  asked(at: Instant): void {
    // Two at about one moment are one question: they share their luck.
    const last = this.#asked.at(-1);
    if (last !== undefined && at - last.at < TOGETHER) return;
    this.#add({ at, isAnswered: false });
  }

  answered(sentAt: Instant): void {
    const question = this.#asked.findLast(({ at }) => at <= sentAt && sentAt - at < TOGETHER);
    if (question !== undefined) question.isAnswered = true;
  }

  /** `patience`: an answer that took longer is missing so far, ms. */
  look(patience: Duration, now: Instant): void {
    this.#over = this.#asked.filter(({ at, isAnswered }) => isAnswered || now - at >= patience);
    this.#isLossy = this.#isLossy ? this.lost > SOUND_UNTIL : this.#scattered() >= LOSSY_FROM;
  }

  /** The way begins: what was lost while NATs opened, or when it was given up before, says nothing of it. */
  begin(): void {
    if (!this.#isLossy) this.forget();
  }

  /** Another network: what was lost before tells nothing. */
  forget(): void {
    this.#asked = [];
    this.#over = [];
    this.#isLossy = false;
  }

  #add(question: Asked): void {
    this.#asked.push(question);
    if (this.#asked.length > WINDOW) this.#asked.shift();
  }

  #scattered(): number {
    let [count, run] = [0, 0];
    for (const { isAnswered } of this.#over) {
      run = isAnswered ? 0 : run + 1;
      if (run > 0 && run <= AT_ONCE) count++;
    }
    return count;
  }
}
