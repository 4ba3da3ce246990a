/** A bounded first-in first-out queue. When full, `push` refuses and says so: what to do is the caller's decision. */
export class RingQueue<T> {
  readonly capacity: number;
  /** Grows up to the capacity as it is used: a large bound costs nothing while the queue is short. */
  readonly #items: (T | undefined)[] = [];
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`ring capacity must be a positive integer, not ${capacity}`);
    this.capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  /** True when taken; false when the queue is full (nothing changed). */
  push(item: T): boolean {
    if (this.#size === this.capacity) return false;
    this.#items[(this.#head + this.#size) % this.capacity] = item;
    this.#size++;
    return true;
  }

  /** Adds the item, dropping and returning the oldest one when the queue is full. */
  pushDroppingOldest(item: T): T | undefined {
    const dropped = this.#size === this.capacity ? this.shift() : undefined;
    this.push(item);
    return dropped;
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.capacity;
    this.#size--;
    return item;
  }

  clear(): void {
    this.#items.length = 0;
    this.#head = 0;
    this.#size = 0;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.#size; i++) yield this.#items[(this.#head + i) % this.capacity] as T;
  }
}
