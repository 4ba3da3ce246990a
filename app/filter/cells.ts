/**
 * A hash table from three integers to a PortSet: the answers of the compiled rules that were needed so far. Open
 * addressing in typed arrays, so that a look-up allocates nothing. It holds at most CELLS_AT_MOST; when it is full, all are
 * forgotten and worked out anew as they are needed.
 */
import type { PortSet } from './port-set.ts';

export const CELLS_AT_MOST = 32_768;
const FIRST_SLOTS = 256;

export class Cells {
  #slots = FIRST_SLOTS;
  /** Three words a slot. */
  #keys = new Int32Array(3 * FIRST_SLOTS);
  #values: (PortSet | undefined)[] = new Array<PortSet | undefined>(FIRST_SLOTS).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(a: number, b: number, c: number): PortSet | undefined {
    return this.#values[this.#find(a, b, c)];
  }

  /** For a key that is not there. */
  add(a: number, b: number, c: number, value: PortSet): void {
    if (this.#size >= CELLS_AT_MOST) this.#resize(FIRST_SLOTS, false);
    else if (2 * this.#size >= this.#slots) this.#resize(2 * this.#slots, true);
    this.#put(a, b, c, value);
  }

  #put(a: number, b: number, c: number, value: PortSet): void {
    const slot = this.#find(a, b, c);
    this.#keys[3 * slot] = a;
    this.#keys[3 * slot + 1] = b;
    this.#keys[3 * slot + 2] = c;
    this.#values[slot] = value;
    this.#size++;
  }

  /** The slot of this key, or the empty one where it belongs. There always is one: at most half are in use. */
  #find(a: number, b: number, c: number): number {
    const mask = this.#slots - 1;
    const keys = this.#keys;
    let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
    hash ^= hash >>> 15;
    let slot = hash & mask;
    while (this.#values[slot] !== undefined && (keys[3 * slot] !== a || keys[3 * slot + 1] !== b || keys[3 * slot + 2] !== c)) slot = (slot + 1) & mask;
    return slot;
  }

  #resize(slots: number, keep: boolean): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#slots = slots;
    this.#keys = new Int32Array(3 * slots);
    this.#values = new Array<PortSet | undefined>(slots).fill(undefined);
    this.#size = 0;
    if (!keep) return;
    values.forEach((value, slot) => {
      if (value !== undefined) this.#put(keys[3 * slot]!, keys[3 * slot + 1]!, keys[3 * slot + 2]!, value);
    });
  }
}
