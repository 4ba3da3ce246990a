/**
 * What WireGuard wants done, waiting to be drained: messages of its own making and facts. Bounded by OUTPUT_QUEUE; what does
 * not fit is counted. Callers: the files of this folder, and dataplane/ for the type.
 */
import type { EndpointId, PeerId } from '../base/brand.ts';
import { RingQueue } from '../base/ring.ts';
import type { Counters } from '../ports/counters.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import { OUTPUT_QUEUE } from './constants.ts';

export type WireGuardOutput =
  /** To an address, never to a relay way. */
  | { readonly kind: 'transmit'; readonly endpoint: EndpointId; readonly bytes: Uint8Array }
  /** To a node through a relay region. */
  | { readonly kind: 'relay'; readonly region: number; readonly peer: PeerId; readonly bytes: Uint8Array }
  | { readonly kind: 'fact'; readonly fact: DataplaneFact };

export class Outputs {
  readonly #counters: Counters;
  readonly #queue = new RingQueue<WireGuardOutput>(OUTPUT_QUEUE);

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  push(output: WireGuardOutput): void {
    if (!this.#queue.push(output)) this.#counters.refuse('output queue full');
  }

  fact(fact: DataplaneFact): void {
    this.push({ kind: 'fact', fact });
  }

  shift(): WireGuardOutput | undefined {
    return this.#queue.shift();
  }
}
