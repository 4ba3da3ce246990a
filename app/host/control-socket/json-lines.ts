/**
 * Cuts a byte stream into lines of UTF-8 text. A line over the limit ends the stream's use: nothing of it is kept. Pure;
 * used by both ends of the control socket.
 */

export class JsonLines {
  readonly #limit: number;
  #held: Buffer[] = [];
  #size = 0;

  /** `limit`: bytes of the longest line. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that `chunk` completes; 'too long' when one outgrew the limit. Empty lines are left out. */
  push(chunk: Buffer): string[] | 'too long' {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      if (!this.#hold(chunk.subarray(from, end))) return 'too long';
      const line = Buffer.concat(this.#held).toString('utf8').trim();
      this.#held = [];
      this.#size = 0;
      from = end + 1;
      if (line !== '') lines.push(line);
    }
    return this.#hold(chunk.subarray(from)) ? lines : 'too long';
  }

  #hold(part: Buffer): boolean {
    this.#size += part.length;
    if (this.#size > this.#limit) return false;
    if (part.length > 0) this.#held.push(part);
    return true;
  }
}
