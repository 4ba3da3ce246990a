/** Packets that wait while a region is being connected: copies, bounded in number, bytes and age. Caller: relays.ts. */
import { RingQueue } from '../base/ring.ts';
import { after, type Instant } from '../time/instant.ts';
import { EARLY_BYTES, EARLY_FOR, EARLY_PACKETS } from './constants.ts';

export interface EarlyPacket {
  readonly destination: Uint8Array;
  readonly packet: Uint8Array;
  readonly at: Instant;
}

export class EarlyPackets {
  readonly #queue = new RingQueue<EarlyPacket>(EARLY_PACKETS);
  #bytes = 0;

  /** How many older ones had to go for it. */
  put(destination: Uint8Array, packet: Uint8Array, now: Instant): number {
    let gone = 0;
    while (this.#queue.size >= EARLY_PACKETS || (this.#queue.size > 0 && this.#bytes + packet.length > EARLY_BYTES)) {
      this.#shift();
      gone++;
    }
    this.#queue.push({ destination: destination.slice(), packet: packet.slice(), at: now });
    this.#bytes += packet.length;
    return gone;
  }

  /** Hands out all that is young enough; how many were not. */
  flush(now: Instant, each: (packet: EarlyPacket) => void): number {
    let old = 0;
    for (let next = this.#shift(); next !== undefined; next = this.#shift()) {
      if (now >= after(next.at, EARLY_FOR)) old++;
      else each(next);
    }
    return old;
  }

  #shift(): EarlyPacket | undefined {
    const packet = this.#queue.shift();
    this.#bytes -= packet?.packet.length ?? 0;
    return packet;
  }
}
