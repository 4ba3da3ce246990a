/**
 * Follows the networks below the tunnel: subscribes, then looks, then looks again whenever the kernel says that something
 * changed and it has settled. What our own device does is not seen, so that nothing follows from what we did. A source
 * that ends is subscribed to anew. It decides nothing about the tunnel; it tells.
 */
import type { IpEndpoint } from '../../base/ip.ts';
import type { Log } from '../../ports/log.ts';
import { compareUnderlay, endpointsOf, familiesOf, underlayOf, type Seen, type Underlay } from './underlay.ts';

/** ms from the first event to the look; a burst is looked at so often and no more. */
const SETTLES_WITHIN = 100;
/** ms. */
const SUBSCRIBE_AGAIN_FIRST = 250;
const SUBSCRIBE_AGAIN_MOST = 30_000;

export interface UnderlayWatchInit {
  readonly subscribe: (event: () => void, lost: (why: string) => void) => { close(): void };
  readonly look: () => Seen;
  /** Index of our own device. */
  readonly own: number;
  /** UDP. */
  readonly port: number;
  /** Runs `work` after `ms`; returns the way to call it off. */
  readonly later: (work: () => void, ms: number) => () => void;
  readonly network: (state: 'down' | 'up' | 'changed') => void;
  /** Something of links, addresses or routes changed, whatever it is. */
  readonly looked: () => void;
  /** Which families lead somewhere; told before the endpoints. */
  readonly families: (families: { readonly ipv4: boolean; readonly ipv6: boolean }) => void;
  /** All of them, best first. */
  readonly endpoints: (endpoints: readonly IpEndpoint[]) => void;
  readonly log: Log;
}

export class UnderlayWatch {
  readonly #init: UnderlayWatchInit;
  #source: { close(): void } | undefined;
  #cancel: (() => void) | undefined;
  #known: Underlay = { addresses: [], gateways: [] };
  #wait = SUBSCRIBE_AGAIN_FIRST;
  #port: number;

  /** Tells the first state at once: the endpoints, and 'down' where there are none. */
  constructor(init: UnderlayWatchInit) {
    this.#init = init;
    this.#port = init.port;
    this.#subscribe();
    this.#known = underlayOf(init.look(), init.own);
    if (this.#known.addresses.length === 0) init.network('down');
    init.families(familiesOf(this.#known));
    init.endpoints(endpointsOf(this.#known, this.#port));
  }

  /** The socket listens on another port now. */
  bound(port: number): void {
    if (port === this.#port) return;
    this.#port = port;
    this.#init.endpoints(endpointsOf(this.#known, port));
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#source?.close();
    this.#source = undefined;
  }

  #subscribe(): void {
    try {
      this.#source = this.#init.subscribe(
        () => {
          this.#wait = SUBSCRIBE_AGAIN_FIRST;
          this.#cancel ??= this.#init.later(() => this.#look(), SETTLES_WITHIN);
        },
        (why) => this.#lost(why),
      );
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error));
    }
  }

  #lost(why: string): void {
    this.#source = undefined;
    this.#cancel?.();
    this.#init.log.write('warn', 'network', `changes of the network are not told any more (${why}): asking anew in ${this.#wait} ms`);
    this.#cancel = this.#init.later(() => {
      this.#subscribe();
      // What happened meanwhile was told to nobody.
      if (this.#source !== undefined) this.#look();
    }, this.#wait);
    this.#wait = Math.min(2 * this.#wait, SUBSCRIBE_AGAIN_MOST);
  }

  #look(): void {
    this.#cancel = undefined;
    this.#init.looked();
    const before = this.#known;
    const after = underlayOf(this.#init.look(), this.#init.own);
    const what = compareUnderlay(before, after);
    if (what === 'same') return;
    this.#known = after;
    this.#init.log.write('info', 'network', `${what}: ${after.addresses.length} addresses, ${after.gateways.length} ways out`);
    if (what !== 'more') this.#init.network(what);
    this.#init.families(familiesOf(after));
    this.#init.endpoints(endpointsOf(after, this.#port));
  }
}
