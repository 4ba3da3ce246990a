/**
 * Which peer has a node key: relays name senders by key. The last answer is kept, since packets of one sender come in runs.
 * It proves nothing: a relay may lie about senders.
 */
import type { PeerId } from '../../base/brand.ts';

export class KeyIndex {
  readonly #byText = new Map<string, PeerId>();
  readonly #last = { key: new Uint8Array(32), peer: undefined as PeerId | undefined };

  put(key: Uint8Array, peer: PeerId): void {
    this.#last.peer = undefined;
    this.#byText.set(textOf(key), peer);
  }

  remove(key: Uint8Array, peer: PeerId): void {
    this.#last.peer = undefined;
    const text = textOf(key);
    if (this.#byText.get(text) === peer) this.#byText.delete(text);
  }

  find(key: Uint8Array): PeerId | undefined {
    const last = this.#last;
    if (last.peer !== undefined && same(last.key, key)) return last.peer;
    const peer = this.#byText.get(textOf(key));
    if (peer !== undefined) {
      last.key.set(key);
      last.peer = peer;
    }
    return peer;
  }
}

function textOf(key: Uint8Array): string {
  return String.fromCharCode(...key);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}
