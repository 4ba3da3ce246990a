/** When something last arrived, and first after an instant: reads the lines that a running program prints. ms of `performance.now()`. */
import type { Running } from './rooms.ts';

export class Arrivals {
  readonly #times: number[] = [];

  /** Counts the lines of `from` that contain `word`. */
  constructor(from: Running, word: string) {
    from.child.stdout?.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString('utf8').split('\n')) if (line.includes(word)) this.#times.push(performance.now());
    });
  }

  /** How many arrived between the two instants. */
  count(from: number, to: number = Infinity): number {
    return this.#times.filter((at) => at >= from && at <= to).length;
  }

  /** ms from `since` to the first one after it; undefined: none yet. */
  firstAfter(since: number): number | undefined {
    const at = this.#times.find((time) => time >= since);
    return at === undefined ? undefined : at - since;
  }

  /** ms from `since` to the last one so far; 0 when that was earlier. */
  lastAfter(since: number): number {
    return Math.max(0, (this.#times.at(-1) ?? since) - since);
  }
}
