/**
 * Earliest deadline among many owners (peers), without scanning them: an indexed binary heap keyed by a small integer.
 * Ties break by the smaller key, so that runs are reproducible.
 */
import { instant, type Instant } from './instant.ts';
import type { Deadline } from './deadline.ts';

export class DeadlineHeap {
  readonly #heap: number[] = [];
  readonly #place = new Map<number, number>();
  readonly #deadline = new Map<number, Deadline>();

  /** Sets, moves or (with undefined) removes the deadline of `key`. */
  set(key: number, deadline: Deadline | undefined): void {
    const at = this.#place.get(key);
    if (deadline === undefined) {
      if (at !== undefined) this.#removeAt(at);
      return;
    }
    const before = this.#deadline.get(key);
    this.#deadline.set(key, deadline);
    if (at === undefined) {
      this.#heap.push(key);
      this.#place.set(key, this.#heap.length - 1);
      this.#up(this.#heap.length - 1);
    } else if (before !== undefined && deadline.at < before.at) {
      this.#up(at);
    } else {
      this.#down(at);
    }
  }

  next(): Deadline | undefined {
    const key = this.#heap[0];
    return key === undefined ? undefined : this.#deadline.get(key);
  }

  /** Removes and returns the key of one deadline due at `now`; undefined when none is. */
  takeDue(now: Instant): number | undefined {
    const key = this.#heap[0];
    if (key === undefined || this.#at(key) > now) return undefined;
    this.#removeAt(0);
    return key;
  }

  #at(key: number): Instant {
    return this.#deadline.get(key)?.at ?? instant(Infinity);
  }

  #less(a: number, b: number): boolean {
    const x = this.#at(a);
    const y = this.#at(b);
    return x < y || (x === y && a < b);
  }

  #removeAt(i: number): void {
    const key = this.#heap[i]!;
    const last = this.#heap.pop()!;
    this.#place.delete(key);
    this.#deadline.delete(key);
    if (last === key) return;
    this.#heap[i] = last;
    this.#place.set(last, i);
    this.#up(i);
    this.#down(this.#place.get(last)!);
  }

  #up(i: number): void {
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#less(this.#heap[i]!, this.#heap[parent]!)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #down(i: number): void {
    for (;;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < this.#heap.length && this.#less(this.#heap[child]!, this.#heap[least]!)) least = child;
      }
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #swap(i: number, j: number): void {
    const a = this.#heap[i]!;
    const b = this.#heap[j]!;
    this.#heap[i] = b;
    this.#heap[j] = a;
    this.#place.set(b, i);
    this.#place.set(a, j);
  }
}
