/**
 * A 64-bit fingerprint of a run, as two 32-bit lanes. Two runs with the same fingerprint sent the same datagrams at the
 * same times and took the same decisions. Not cryptographic: it finds accidents, not enemies. Callers: the simulated
 * worlds and the flight recorder.
 */
export class TraceHash {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;
  readonly #float = new Float64Array(1);
  readonly #words = new Uint32Array(this.#float.buffer);

  /** One 32-bit word: FNV-1a with an extra fold in one lane, a rotate-multiply in the other. */
  word(w: number): void {
    let a = Math.imul(this.#a ^ w, 0x01000193);
    a ^= a >>> 15;
    this.#a = a;
    const b = this.#b ^ Math.imul(w, 0xcc9e2d51);
    this.#b = (Math.imul((b << 13) | (b >>> 19), 5) + 0xe6546b64) | 0;
  }

  number(n: number): void {
    this.#float[0] = n;
    this.word(this.#words[0]!);
    this.word(this.#words[1]!);
  }

  text(s: string): void {
    this.word(s.length);
    for (let i = 0; i < s.length; i++) this.word(s.charCodeAt(i));
  }

  bytes(bytes: Uint8Array): void {
    const even = bytes.length & ~3;
    this.word(bytes.length);
    for (let i = 0; i < even; i += 4) this.word(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    for (let i = even; i < bytes.length; i++) this.word(bytes[i]!);
  }

  /** Plain data: facts, effects, commands. Keys count in insertion order, which is deterministic. */
  value(v: unknown): void {
    if (typeof v === 'number') this.number(v);
    else if (typeof v === 'string') this.text(v);
    else if (typeof v === 'boolean') this.word(v ? 1 : 2);
    else if (v instanceof Uint8Array) this.bytes(v);
    else if (Array.isArray(v)) {
      this.word(v.length);
      for (const item of v) this.value(item);
    } else if (typeof v === 'object' && v !== null) {
      for (const [key, item] of Object.entries(v)) {
        this.text(key);
        this.value(item);
      }
    } else {
      this.word(3);
    }
  }

  /** The first 32 bits of `digest`. */
  get first(): number {
    return finish(this.#a) >>> 0;
  }

  /** 16 hexadecimal digits. The run may go on after it. */
  digest(): string {
    return [this.#a, this.#b].map((lane) => (finish(lane) >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

function finish(lane: number): number {
  let h = lane ^ (lane >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
