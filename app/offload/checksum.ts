/**
 * The Internet checksum (RFC 1071) for the packet path. Sums are of 16-bit words as a little-endian machine reads them,
 * folded to 16 bits: the checksum does not care, as long as one stores what one summed the same way (section 2(B)).
 * Constants that join a sum in network order go through `swap16` first.
 */
import type { Arena } from '../base/batch.ts';

/** Works on one arena. Lengths up to 65,535. */
export interface Sums {
  /** Folded sum of [at, at + length); an odd last byte counts as if a zero followed. */
  sum(at: number, length: number): number;
  /** The same of [from, from + length), which it also copies to `to`. The two must not overlap. */
  copy(to: number, from: number, length: number): number;
}

/** In plain JavaScript; any machine, any arena. */
export function createSums(arena: Arena): Sums {
  const { bytes, view } = arena;
  const sum = (at: number, length: number): number => {
    let total = 0;
    const words = at + (length & ~3);
    let i = at;
    for (; i < words; i += 4) {
      const w = view.getUint32(i, true);
      total += (w & 0xffff) + (w >>> 16);
    }
    if ((length & 2) !== 0) {
      total += view.getUint16(i, true);
      i += 2;
    }
    if ((length & 1) !== 0) total += bytes[i]!;
    return fold(total);
  };
  return {
    sum,
    copy: (to, from, length) => {
      bytes.copyWithin(to, from, from + length);
      return sum(from, length);
    },
  };
}

/** To 16 bits, carries added back. For sums below 2^32. */
export function fold(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/** The other byte order of a 16-bit value. */
export function swap16(value: number): number {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
}
