/**
 * Reads what byte-writer.ts wrote. A recording comes from somebody else: bytes that end too early or make no sense are
 * `Damage`, which the one entry of this folder (replay.ts) catches and turns into a sentence. Callers: the readers of this
 * folder.
 */

/** What is wrong with the bytes of a recording; a short fixed phrase. Never leaves this folder. */
export class Damage extends Error {}

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // Of this very class: a subclass may have a `slice` that copies nothing.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next byte, which stays. Undefined at the end. */
  peek(): number | undefined {
    return this.#bytes[this.#at];
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  count(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new Damage('a number is too large');
  }

  word(): number {
    return this.#view.getUint32(this.#take(4));
  }

  float(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** A view into the recording. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  bytes(): Uint8Array {
    return this.raw(this.count());
  }

  text(): string {
    return new TextDecoder().decode(this.bytes());
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw new Damage('it ends in the middle');
    this.#at = at + length;
    return at;
  }
}
