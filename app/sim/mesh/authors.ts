/**
 * Who put a packet into the tunnel, by its bytes: a packet that came through a relay has no other author that an onlooker
 * could name. Every packet of the simulator's stacks is unique by its addresses and number. Bounded. Callers: mesh-world.ts.
 */
import type { SimHost } from '../sim-host.ts';

const KEPT = 65_536;

export class Authors {
  readonly #byText = new Map<string, SimHost>();

  sent(author: SimHost, packet: Uint8Array): void {
    const text = textOf(packet);
    this.#byText.delete(text);
    this.#byText.set(text, author);
    if (this.#byText.size <= KEPT) return;
    for (const oldest of this.#byText.keys()) {
      this.#byText.delete(oldest);
      return;
    }
  }

  /** Undefined: nobody sent this, or long ago. */
  of(packet: Uint8Array): SimHost | undefined {
    return this.#byText.get(textOf(packet));
  }
}

function textOf(packet: Uint8Array): string {
  let text = '';
  for (let i = 0; i < packet.length; i += 512) text += String.fromCharCode(...packet.subarray(i, i + 512));
  return text;
}
