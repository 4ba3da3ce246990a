/**
 * Cuts the address spaces of IPv4 and IPv6 at the ends of given ranges into numbered pieces, so that an address is looked
 * up once, by binary search, and all that is known about its piece is an array access. Every range is then a run of whole
 * pieces. Pieces of IPv6 follow those of IPv4. No allocation on look-up. Used by the compiled rules only.
 */
import type { IpAddress } from '../base/ip.ts';
import type { IpRange } from '../wire/netmap/types.ts';

/** Numbers of pieces, both included. */
export interface Run {
  readonly first: number;
  readonly last: number;
}

export class Pieces {
  readonly count: number;
  /** Where pieces 1, 2... begin; piece 0 begins at the lowest address. */
  readonly #v4: Uint32Array;
  /** The same, four words each. */
  readonly #v6: Uint32Array;
  readonly #v6From: number;

  constructor(ranges: readonly IpRange[]) {
    const starts = ranges.flatMap(({ first, last }) => [first, follower(last)]).filter((start): start is IpAddress => start !== undefined && !isLowest(start));
    this.#v4 = Uint32Array.from(unique(starts.filter((start) => start.family === 4)), (start) => start.w3);
    this.#v6 = Uint32Array.from(unique(starts.filter((start) => start.family === 6)).flatMap(({ w0, w1, w2, w3 }) => [w0, w1, w2, w3]));
    this.#v6From = this.#v4.length + 1;
    this.count = this.#v6From + this.#v6.length / 4 + 1;
  }

  /** The piece of an address, in words as in base/ip.ts. */
  find(family: 4 | 6, w0: number, w1: number, w2: number, w3: number): number {
    return family === 4 ? this.#find4(w3) : this.#find6(w0, w1, w2, w3);
  }

  /** The pieces of one of the ranges that this was made of. */
  runOf({ first, last }: IpRange): Run {
    return { first: this.find(first.family, first.w0, first.w1, first.w2, first.w3), last: this.find(last.family, last.w0, last.w1, last.w2, last.w3) };
  }

  #find4(w3: number): number {
    const starts = this.#v4;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= w3) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #find6(w0: number, w1: number, w2: number, w3: number): number {
    const starts = this.#v6;
    let low = 0;
    let high = starts.length >>> 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = middle << 2;
      let order = w0 - starts[at]!;
      if (order === 0) order = w1 - starts[at + 1]!;
      if (order === 0) order = w2 - starts[at + 2]!;
      if (order === 0) order = w3 - starts[at + 3]!;
      if (order >= 0) low = middle + 1;
      else high = middle;
    }
    return this.#v6From + low;
  }
}

/** The address behind this one; undefined behind the last. */
function follower(a: IpAddress): IpAddress | undefined {
  const w3 = (a.w3 + 1) >>> 0;
  if (a.family === 4) return w3 === 0 ? undefined : { ...a, w3 };
  const w2 = w3 === 0 ? (a.w2 + 1) >>> 0 : a.w2;
  const w1 = w3 === 0 && w2 === 0 ? (a.w1 + 1) >>> 0 : a.w1;
  const w0 = w3 === 0 && w2 === 0 && w1 === 0 ? (a.w0 + 1) >>> 0 : a.w0;
  return w3 === 0 && w2 === 0 && w1 === 0 && w0 === 0 ? undefined : { family: 6, w0, w1, w2, w3 };
}

function isLowest(a: IpAddress): boolean {
  return a.w0 === 0 && a.w1 === 0 && a.w2 === 0 && a.w3 === 0;
}

/** Addresses of one family in order, each once. */
function unique(addresses: readonly IpAddress[]): IpAddress[] {
  const sorted = addresses.toSorted((a, b) => a.w0 - b.w0 || a.w1 - b.w1 || a.w2 - b.w2 || a.w3 - b.w3);
  return sorted.filter((a, i) => {
    const before = sorted[i - 1];
    return before === undefined || before.w3 !== a.w3 || before.w2 !== a.w2 || before.w1 !== a.w1 || before.w0 !== a.w0;
  });
}
