/**
 * Through which connection each node was heard last, so that it can be answered there while its own relay is not connected.
 * It proves nothing: relays may lie about senders. Bounded: the node learned first is forgotten. Caller: relays.ts.
 */
import { bytesText, sameBytes } from '../base/bytes.ts';
import { after, type Instant } from '../time/instant.ts';
import { LEARNED_FOR, LEARNED_NODES } from './constants.ts';

interface Route {
  readonly key: Uint8Array;
  generation: number;
  at: Instant;
}

export class LearnedRoutes {
  readonly #byKey = new Map<string, Route>();
  /** Packets of one sender come in runs. */
  #last: Route | undefined;

  learn(source: Uint8Array, generation: number, now: Instant): void {
    const route = this.#find(source) ?? this.#add(source, generation, now);
    route.generation = generation;
    route.at = now;
    this.#last = route;
  }

  /** The generation; undefined: it was not heard of late. */
  generationOf(destination: Uint8Array, now: Instant): number | undefined {
    const route = this.#find(destination);
    return route === undefined || now >= after(route.at, LEARNED_FOR) ? undefined : route.generation;
  }

  /** It is not connected there any more. */
  gone(peer: Uint8Array, generation: number): void {
    const route = this.#find(peer);
    if (route === undefined || route.generation !== generation) return;
    this.#byKey.delete(bytesText(peer));
    this.#last = undefined;
  }

  clear(): void {
    this.#byKey.clear();
    this.#last = undefined;
  }

  #find(key: Uint8Array): Route | undefined {
    if (this.#last !== undefined && sameBytes(this.#last.key, key)) return this.#last;
    return this.#byKey.get(bytesText(key));
  }

  #add(source: Uint8Array, generation: number, at: Instant): Route {
    if (this.#byKey.size >= LEARNED_NODES) {
      const [oldest] = this.#byKey.keys();
      if (oldest !== undefined) this.#byKey.delete(oldest);
    }
    const route: Route = { key: source.slice(), generation, at };
    this.#byKey.set(bytesText(source), route);
    return route;
  }
}
