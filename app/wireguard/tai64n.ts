/**
 * TAI64N timestamps (whitepaper 5.1 and 5.4.2; cr.yp.to/libtai/tai64.html): 12 bytes, big-endian seconds since
 * 2^62 + 10 s before 1970 TAI, then nanoseconds. Compared as bytes. Ours only ever grow, even if the wall clock does not.
 */
import type { WallTime } from '../time/instant.ts';

export const TIMESTAMP = 12;
const BASE_HIGH = 0x4000_0000;
const TAI_OFFSET = 10;

export class TimestampSource {
  #seconds = 0;
  #nanoseconds = 0;

  /** The timestamp for this wall time, or the smallest one after the last. */
  next(wall: WallTime): Uint8Array {
    const seconds = Math.floor(wall / 1_000);
    const nanoseconds = Math.floor((wall - seconds * 1_000) * 1_000_000);
    if (seconds > this.#seconds || (seconds === this.#seconds && nanoseconds > this.#nanoseconds)) {
      this.#seconds = seconds;
      this.#nanoseconds = nanoseconds;
    } else if (this.#nanoseconds < 999_999_999) {
      this.#nanoseconds++;
    } else {
      this.#seconds++;
      this.#nanoseconds = 0;
    }
    const out = new Uint8Array(TIMESTAMP);
    const view = new DataView(out.buffer);
    const tai = this.#seconds + TAI_OFFSET;
    view.setUint32(0, BASE_HIGH + Math.floor(tai / 0x1_0000_0000));
    view.setUint32(4, tai >>> 0);
    view.setUint32(8, this.#nanoseconds);
    return out;
  }
}

/** True when `a` is later than `b`. */
export function isLater(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < TIMESTAMP; i++) {
    if (a[i] !== b[i]) return a[i]! > b[i]!;
  }
  return false;
}
