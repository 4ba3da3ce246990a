/** A set of ports as sorted, joined intervals: what one sender may reach at one destination with one protocol. Immutable. */
export interface PortInterval {
  readonly first: number;
  readonly last: number;
}

export class PortSet {
  static readonly NONE = new PortSet([]);

  /** first, last, first, last... */
  readonly #bounds: Uint16Array;

  private constructor(joined: readonly PortInterval[]) {
    this.#bounds = Uint16Array.from(joined.flatMap(({ first, last }) => [first, last]));
  }

  /** Of any intervals, in any order. One whose last is below its first holds nothing. */
  static of(intervals: readonly PortInterval[]): PortSet {
    const joined: PortInterval[] = [];
    for (const { first, last } of intervals.filter((interval) => interval.first <= interval.last).toSorted((a, b) => a.first - b.first)) {
      const before = joined.at(-1);
      if (before === undefined || first > before.last + 1) joined.push({ first, last });
      else if (last > before.last) joined[joined.length - 1] = { first: before.first, last };
    }
    return joined.length === 0 ? PortSet.NONE : new PortSet(joined);
  }

  get isEmpty(): boolean {
    return this.#bounds.length === 0;
  }

  has(port: number): boolean {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length >>> 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bounds[(middle << 1) + 1]! < port) low = middle + 1;
      else high = middle;
    }
    return low < bounds.length >>> 1 && bounds[low << 1]! <= port;
  }
}
