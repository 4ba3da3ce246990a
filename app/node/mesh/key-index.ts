/**
 * Which peer has a node key: relays name senders by key. The last answer is kept, since packets of one sender come in runs.
 * It proves nothing: a relay may lie about senders.
 */
import { bytesText, sameBytes } from '../../base/bytes.ts';
import type { PeerId } from '../../base/brand.ts';

export class KeyIndex {
  readonly #byText = new Map<string, PeerId>();
  readonly #last = { key: new Uint8Array(32), peer: undefined as PeerId | undefined };

  put(key: Uint8Array, peer: PeerId): void {
    this.#last.peer = undefined;
    this.#byText.set(bytesText(key), peer);
  }

  remove(key: Uint8Array, peer: PeerId): void {
    this.#last.peer = undefined;
    const text = bytesText(key);
    if (this.#byText.get(text) === peer) this.#byText.delete(text);
  }

  find(key: Uint8Array): PeerId | undefined {
    const last = this.#last;
    if (last.peer !== undefined && sameBytes(last.key, key)) return last.peer;
    const peer = this.#byText.get(bytesText(key));
    if (peer !== undefined) {
      last.key.set(key);
      last.peer = peer;
    }
    return peer;
  }
}
