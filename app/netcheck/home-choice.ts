/**
 * Which relay is home: the nearest over the last minutes, and not another one for a small gain. A report without any answer
 * changes nothing, so that a network that is away for a moment moves nobody. Pure state. Caller: netcheck.ts.
 */
import type { Rng } from '../ports/rng.ts';
import { age, type Duration, type Instant } from '../time/instant.ts';
import type { RelayMap } from '../wire/netmap/types.ts';
import { BETTER_BY, BETTER_SHARE, HOME_HEARD, LATENCY_KEPT } from './constants.ts';

interface Measured {
  readonly at: Instant;
  /** Best of one report by region, ms. */
  readonly latency: ReadonlyMap<number, Duration>;
}

const REPORTS_KEPT = 64;

export class HomeChoice {
  readonly #rng: Rng;
  #history: Measured[] = [];
  /** For a network in which nothing was ever measured: the same one for the life of the process. */
  #draw: number | undefined;
  home: number | undefined;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** After a change of the map: a home that is not in it is none. */
  keepOnly(map: RelayMap): void {
    if (this.home !== undefined && !eligible(map).includes(this.home)) this.home = undefined;
  }

  /** Where there is no choice, nothing needs to be measured first. */
  onlyOne(map: RelayMap): number | undefined {
    const allowed = eligible(map);
    if (this.home === undefined && allowed.length === 1) this.home = allowed[0];
    return this.home;
  }

  /** `heardAt`: when a frame of the home relay came last. Returns the home; undefined: there is no relay. */
  choose(latency: ReadonlyMap<number, Duration>, heardAt: Instant | undefined, map: RelayMap, now: Instant): number | undefined {
    this.#history = [...this.#history.filter(({ at }) => age(at, now) < LATENCY_KEPT), { at: now, latency }].slice(-REPORTS_KEPT);
    const allowed = eligible(map);
    const measured = allowed.filter((region) => latency.has(region));
    const best = measured.toSorted((a, b) => this.#score(a, map) - this.#score(b, map) || a - b)[0];
    if (best === undefined) {
      this.home ??= this.#guess(allowed);
      return this.home;
    }
    if (this.home === undefined || !allowed.includes(this.home)) {
      this.home = best;
      return best;
    }
    const measuredNow = latency.has(this.home);
    const heard = heardAt !== undefined && age(heardAt, now) < HOME_HEARD;
    if (!measuredNow && !heard) this.home = best;
    else if (measuredNow && !this.#isAlmost(this.home, best, map)) this.home = best;
    return this.home;
  }

  #isAlmost(home: number, best: number, map: RelayMap): boolean {
    const old = this.#score(home, map);
    const other = this.#score(best, map);
    return old - other < BETTER_BY || other > old * BETTER_SHARE;
  }

  /** The best of the last minutes, by the server's weight. */
  #score(region: number, { scores }: RelayMap): number {
    let best = Infinity;
    for (const { latency } of this.#history) best = Math.min(best, latency.get(region) ?? Infinity);
    const weight = scores.get(region) ?? 0;
    return weight > 0 ? best * weight : best;
  }

  #guess(allowed: readonly number[]): number | undefined {
    if (allowed.length === 0) return undefined;
    this.#draw ??= this.#rng.fraction();
    return allowed[Math.floor(this.#draw * allowed.length)];
  }
}

/** Regions that may be home, in order. */
function eligible({ regions }: RelayMap): number[] {
  return [...regions.values()]
    .filter((region) => !region.noMeasureNoHome && region.nodes.some((node) => !node.stunOnly))
    .map(({ id }) => id)
    .toSorted((a, b) => a - b);
}
