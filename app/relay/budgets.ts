/**
 * How often each region may be connected, and torn down on suspicion: a storm is impossible, whatever happens outside. The
 * budget of a region outlives its connection. Bounded: the region used longest ago is forgotten. Caller: relays.ts.
 */
import { TokenBucket } from '../time/token-bucket.ts';
import { BUDGETS_KEPT, CONNECT_BURST, CONNECT_EVERY, TEARDOWN_BURST, TEARDOWN_EVERY } from './constants.ts';

export interface Budget {
  readonly connects: TokenBucket;
  readonly teardowns: TokenBucket;
}

export class Budgets {
  readonly #byRegion = new Map<number, Budget>();

  of(region: number): Budget {
    const known = this.#byRegion.get(region);
    const budget = known ?? { connects: new TokenBucket(CONNECT_BURST, CONNECT_EVERY), teardowns: new TokenBucket(TEARDOWN_BURST, TEARDOWN_EVERY) };
    this.#byRegion.delete(region);
    this.#byRegion.set(region, budget);
    if (this.#byRegion.size > BUDGETS_KEPT) for (const oldest of this.#byRegion.keys()) return this.#forget(oldest, budget);
    return budget;
  }

  #forget(region: number, kept: Budget): Budget {
    this.#byRegion.delete(region);
    return kept;
  }
}
