/**
 * Gathers the bytes of a recording: small integers in one byte, others in as many as they need. Grows by doubling; `reset`
 * begins anew in the same memory. Callers: the writers of this folder. It knows no field.
 */
const BEGIN = 4_096;
/** More than this is not kept over a `reset`. */
const KEEP = 262_144;
const ASCII = 0x80;
const UTF8 = new TextEncoder();

export class ByteWriter {
  #bytes = new Uint8Array(BEGIN);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2^53 - 1. */
  count(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  word(value: number): void {
    this.#room(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  float(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.#length, value);
    this.#length += 8;
  }

  /** As they are, without their number. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  bytes(bytes: Uint8Array): void {
    this.count(bytes.length);
    this.raw(bytes);
  }

  text(text: string): void {
    const before = this.#length;
    this.count(text.length);
    this.#room(text.length);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < ASCII) {
        this.#bytes[this.#length++] = unit;
        continue;
      }
      this.#length = before;
      return this.bytes(UTF8.encode(text));
    }
  }

  /** All that was written, until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of all that was written. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  reset(): void {
    this.#length = 0;
    if (this.#bytes.length <= KEEP) return;
    this.#bytes = new Uint8Array(BEGIN);
    this.#view = new DataView(this.#bytes.buffer);
  }

  #room(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
