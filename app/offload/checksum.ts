/**
 * The Internet checksum (RFC 1071) for the packet path. Sums are of 16-bit words as a little-endian machine reads them,
 * folded to 16 bits: the checksum does not care, as long as one stores what one summed the same way (section 2(B)).
 * Constants that join a sum in network order go through `swap16` first.
 */
import type { Arena } from '../base/batch.ts';

/** Folded little-endian sum of [at, at + length); an odd last byte counts as if a zero followed. */
export type Sum = (at: number, length: number) => number;

/** In plain JavaScript; any machine, any arena. */
export function createSum(arena: Arena): Sum {
  const { bytes, view } = arena;
  return (at, length) => {
    let sum = 0;
    const words = at + (length & ~3);
    let i = at;
    for (; i < words; i += 4) {
      const w = view.getUint32(i, true);
      sum += (w & 0xffff) + (w >>> 16);
    }
    if ((length & 2) !== 0) {
      sum += view.getUint16(i, true);
      i += 2;
    }
    if ((length & 1) !== 0) sum += bytes[i]!;
    return fold(sum);
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
