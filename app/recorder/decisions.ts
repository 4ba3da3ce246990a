/**
 * The fingerprint of what a node decided: every effect, every packet that it took from a relay, every message that it sealed.
 * A recording holds it after each input, a replay makes it again. It keeps nothing else. Callers: recorded-node.ts, replay.ts.
 */
import { TraceHash } from '../base/trace-hash.ts';
import type { PeerId } from '../base/brand.ts';
import type { Effect } from '../ports/effects.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Scrubber } from './scrub.ts';
import { ValueWriter } from './values.ts';
import { wishOf } from './wishes.ts';

export class Decisions {
  readonly #hash = new TraceHash();
  readonly #scrub: Scrubber;
  readonly #bytes = new ByteWriter();
  readonly #values: ValueWriter;
  #count = 0;

  constructor(scrub: Scrubber) {
    this.#scrub = scrub;
    this.#values = new ValueWriter(this.#bytes, scrub, false);
  }

  effect(effect: Effect): void {
    this.#count++;
    this.#bytes.reset();
    this.#values.write(wishOf(effect, this.#scrub), 'kind');
    this.#hash.bytes(this.#bytes.view());
  }

  /** A packet of a relay went to the packet thread. */
  relayed(region: number, peer: PeerId, length: number): void {
    this.#count++;
    this.#hash.word(region);
    this.#hash.word(peer);
    this.#hash.word(length);
  }

  sealed(plain: Uint8Array): void {
    this.#count++;
    this.#hash.bytes(plain);
  }

  /** How many since the last call. */
  takeCount(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  /** Of all so far; 16 hexadecimal digits. */
  digest(): string {
    return this.#hash.digest();
  }

  /** As `digest`, 32 bits of it. */
  get word(): number {
    return this.#hash.first;
  }
}
