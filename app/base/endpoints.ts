/**
 * Interns the ways on which packets come and go as small integers, so that the packet path compares and carries one number:
 * underlay endpoints, and nodes behind a relay. A relay way is no address: `get` gives nothing for it, `via` tells both.
 *
 * Bounded: a flood from spoofed addresses reuses unpinned slots in ring order. A slot that a peer uses is pinned
 * (counted) and never reused. Owned by the packet thread: the mover interns what it receives, machines pin and unpin.
 */
import { NO_ENDPOINT, type EndpointId, type PeerId } from './brand.ts';
import { formatEndpoint, type IpEndpoint } from './ip.ts';
import type { Via } from './via.ts';

/** In the place of an address family. */
const FREE = 0;
const RELAY = 1;
type Kind = 4 | 6 | typeof RELAY;

export class EndpointTable {
  readonly capacity: number;
  readonly #family: Uint8Array;
  readonly #words: Uint32Array;
  readonly #port: Uint16Array;
  readonly #pins: Uint16Array;
  readonly #next: Int32Array;
  readonly #bucket: Int32Array;
  readonly #values: (IpEndpoint | undefined)[];
  #clock = 0;

  /** `capacity`: slots in all, 1,024 pinned peers and 3,072 strangers by default. */
  constructor(capacity = 4_096) {
    this.capacity = capacity;
    this.#family = new Uint8Array(capacity);
    this.#words = new Uint32Array(capacity * 4);
    this.#port = new Uint16Array(capacity);
    this.#pins = new Uint16Array(capacity);
    this.#next = new Int32Array(capacity).fill(-1);
    this.#bucket = new Int32Array(capacity).fill(-1);
    this.#values = new Array<IpEndpoint | undefined>(capacity).fill(undefined);
  }

  /** The id of this endpoint, taking a free or unpinned slot if it is new. NO_ENDPOINT when every slot is pinned. */
  intern(family: 4 | 6, w0: number, w1: number, w2: number, w3: number, port: number): EndpointId {
    return this.#intern(family, w0, w1, w2, w3, port);
  }

  internEndpoint(e: IpEndpoint): EndpointId {
    return this.#intern(e.address.family, e.address.w0, e.address.w1, e.address.w2, e.address.w3, e.port);
  }

  /** The id of the way to a node through this region of the relay map. The same rules as for `intern`. */
  internRelay(region: number, peer: PeerId): EndpointId {
    return this.#intern(RELAY, region >>> 0, peer >>> 0, 0, 0, 0);
  }

  #intern(family: Kind, w0: number, w1: number, w2: number, w3: number, port: number): EndpointId {
    const hash = this.#hash(w0, w1, w2, w3, port);
    for (let i = this.#bucket[hash]!; i >= 0; i = this.#next[i]!) {
      if (this.#same(i, family, w0, w1, w2, w3, port)) return i as EndpointId;
    }
    const slot = this.#takeSlot();
    if (slot < 0) return NO_ENDPOINT;
    this.#family[slot] = family;
    this.#words[slot * 4] = w0;
    this.#words[slot * 4 + 1] = w1;
    this.#words[slot * 4 + 2] = w2;
    this.#words[slot * 4 + 3] = w3;
    this.#port[slot] = port;
    this.#values[slot] = undefined;
    this.#next[slot] = this.#bucket[hash]!;
    this.#bucket[hash] = slot;
    return slot as EndpointId;
  }

  /** Keeps a slot from being reused until as many `unpin` calls follow. */
  pin(id: EndpointId): void {
    if (id !== NO_ENDPOINT) this.#pins[id]!++;
  }

  unpin(id: EndpointId): void {
    if (id === NO_ENDPOINT) return;
    if (this.#pins[id] === 0) throw new Error(`endpoint ${id} was unpinned more often than pinned`);
    this.#pins[id]!--;
  }

  isRelay(id: EndpointId): boolean {
    return id >= 0 && this.#family[id] === RELAY;
  }

  /** Region and node of a relay way; undefined for everything else. */
  relayOf(id: EndpointId): { readonly region: number; readonly peer: PeerId } | undefined {
    return this.isRelay(id) ? { region: this.#words[id * 4]!, peer: this.#words[id * 4 + 1]! as PeerId } : undefined;
  }

  /** Undefined for an empty slot. */
  via(id: EndpointId): Via | undefined {
    if (this.isRelay(id)) return { kind: 'relay', region: this.#words[id * 4]! };
    const endpoint = this.get(id);
    return endpoint === undefined ? undefined : { kind: 'direct', endpoint };
  }

  /** The address behind an id; undefined for an empty slot and for a relay way. */
  get(id: EndpointId): IpEndpoint | undefined {
    if (id === NO_ENDPOINT || this.#family[id]! <= RELAY) return undefined;
    let value = this.#values[id];
    if (value === undefined) {
      const at = id * 4;
      value = {
        address: { family: this.#family[id] as 4 | 6, w0: this.#words[at]!, w1: this.#words[at + 1]!, w2: this.#words[at + 2]!, w3: this.#words[at + 3]! },
        port: this.#port[id]!,
      };
      this.#values[id] = value;
    }
    return value;
  }

  format(id: EndpointId): string | undefined {
    const e = this.get(id);
    return e === undefined ? undefined : formatEndpoint(e);
  }

  #takeSlot(): number {
    for (let tries = 0; tries < this.capacity; tries++) {
      const slot = this.#clock;
      this.#clock = (this.#clock + 1) % this.capacity;
      if (this.#pins[slot] !== 0) continue;
      if (this.#family[slot] !== FREE) this.#unlink(slot);
      return slot;
    }
    return -1;
  }

  #unlink(slot: number): void {
    const at = slot * 4;
    const hash = this.#hash(this.#words[at]!, this.#words[at + 1]!, this.#words[at + 2]!, this.#words[at + 3]!, this.#port[slot]!);
    let i = this.#bucket[hash]!;
    if (i === slot) {
      this.#bucket[hash] = this.#next[slot]!;
    } else {
      while (this.#next[i] !== slot) i = this.#next[i]!;
      this.#next[i] = this.#next[slot]!;
    }
    this.#family[slot] = FREE;
    this.#values[slot] = undefined;
  }

  #same(i: number, family: number, w0: number, w1: number, w2: number, w3: number, port: number): boolean {
    const at = i * 4;
    return (
      this.#port[i] === port && this.#family[i] === family && this.#words[at + 3] === w3 && this.#words[at + 2] === w2 && this.#words[at + 1] === w1 && this.#words[at] === w0
    );
  }

  #hash(w0: number, w1: number, w2: number, w3: number, port: number): number {
    let h = Math.imul(w0 ^ Math.imul(w1, 0x85ebca6b) ^ Math.imul(w2, 0xc2b2ae35) ^ w3, 0x9e3779b1) ^ Math.imul(port, 0x27d4eb2f);
    h ^= h >>> 15;
    return (h >>> 0) % this.capacity;
  }
}
