/** When something last arrived, and first after an instant: reads the lines that a running program prints. ms of `performance.now()`. */
import type { Running } from './rooms.ts';

export class Arrivals {
  readonly #times: number[] = [];

  /** Counts the lines of `from` that contain `word`. A line that begins with its own time (`ping -D`) came then, however busy we were. */
  constructor(from: Pick<Running, 'child'>, word: string) {
    from.child.stdout?.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString('utf8').split('\n')) if (line.includes(word)) this.#times.push(timeOf(line) ?? performance.now());
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

  /**
   * ms from `since` until what arrives was steady again: the end of the last silence longer than `silenceMs` that touches
   * the time after `since`; 0: there was none. undefined: it is silent now.
   */
  steadyAfter(since: number, silenceMs: number): number | undefined {
    const now = performance.now();
    let [last, back] = [this.#times.findLast((time) => time < since) ?? since, 0];
    for (const at of this.#times) {
      if (at < since) continue;
      if (at - last > silenceMs) back = at - since;
      last = at;
    }
    return now - last > silenceMs ? undefined : back;
  }

  /** ms of the longest silence after `since`, the one that lasts until now included. */
  longestSilence(since: number): number {
    const times = [since, ...this.#times.filter((at) => at >= since), performance.now()];
    return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
  }
}

/** `[1700000000.123456] 64 bytes from ...` */
function timeOf(line: string): number | undefined {
  const seconds = /^\[(\d+\.\d+)\]/.exec(line)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000 - performance.timeOrigin;
}
