/**
 * Longest-prefix match from overlay addresses to values (peers), both families. Each prefix has one value: setting it
 * again moves it. A look-up tries the prefix lengths that are in use, longest first, one hash probe each: tailnets use
 * two or three lengths. No allocation on look-up. It does not know what a value means.
 */
import type { IpAddress, IpPrefix } from '../base/ip.ts';

interface Entry<T> {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  value: T;
  next: Entry<T> | undefined;
}

interface Level<T> {
  readonly bits: number;
  readonly m0: number;
  readonly m1: number;
  readonly m2: number;
  readonly m3: number;
  readonly buckets: Map<number, Entry<T>>;
  size: number;
}

export class PrefixTable<T> {
  /** Longest first. */
  readonly #v4: Level<T>[] = [];
  readonly #v6: Level<T>[] = [];

  /** The value the prefix had before, if any. */
  set(prefix: IpPrefix, value: T): T | undefined {
    const level = this.#level(prefix);
    const { w0, w1, w2, w3 } = prefix.address;
    const hash = mix(w0, w1, w2, w3);
    const head = level.buckets.get(hash);
    for (let e = head; e !== undefined; e = e.next) {
      if (e.w3 === w3 && e.w2 === w2 && e.w1 === w1 && e.w0 === w0) {
        const before = e.value;
        e.value = value;
        return before;
      }
    }
    level.buckets.set(hash, { w0, w1, w2, w3, value, next: head });
    level.size++;
    return undefined;
  }

  /** Removes the prefix; its value, or undefined if it was not there. */
  delete(prefix: IpPrefix): T | undefined {
    const levels = prefix.address.family === 4 ? this.#v4 : this.#v6;
    const at = levels.findIndex((level) => level.bits === prefix.bits);
    const level = levels[at];
    if (level === undefined) return undefined;
    const { w0, w1, w2, w3 } = prefix.address;
    const hash = mix(w0, w1, w2, w3);
    let before: Entry<T> | undefined;
    for (let e = level.buckets.get(hash); e !== undefined; before = e, e = e.next) {
      if (e.w3 !== w3 || e.w2 !== w2 || e.w1 !== w1 || e.w0 !== w0) continue;
      if (before !== undefined) before.next = e.next;
      else if (e.next === undefined) level.buckets.delete(hash);
      else level.buckets.set(hash, e.next);
      level.size--;
      if (level.size === 0) levels.splice(at, 1);
      return e.value;
    }
    return undefined;
  }

  get(prefix: IpPrefix): T | undefined {
    const levels = prefix.address.family === 4 ? this.#v4 : this.#v6;
    const level = levels.find((candidate) => candidate.bits === prefix.bits);
    const a = prefix.address;
    return level === undefined ? undefined : find(level, a.w0, a.w1, a.w2, a.w3);
  }

  lookup(family: 4 | 6, w0: number, w1: number, w2: number, w3: number): T | undefined {
    const levels = family === 4 ? this.#v4 : this.#v6;
    for (let i = 0; i < levels.length; i++) {
      const level = levels[i]!;
      const value = find(level, (w0 & level.m0) >>> 0, (w1 & level.m1) >>> 0, (w2 & level.m2) >>> 0, (w3 & level.m3) >>> 0);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  lookupIp(a: IpAddress): T | undefined {
    return this.lookup(a.family, a.w0, a.w1, a.w2, a.w3);
  }

  #level(prefix: IpPrefix): Level<T> {
    const levels = prefix.address.family === 4 ? this.#v4 : this.#v6;
    const found = levels.find((level) => level.bits === prefix.bits);
    if (found !== undefined) return found;
    const bits = prefix.address.family === 4 ? prefix.bits + 96 : prefix.bits;
    const level: Level<T> = {
      bits: prefix.bits,
      m0: mask(bits, 0),
      m1: mask(bits, 32),
      m2: mask(bits, 64),
      m3: mask(bits, 96),
      buckets: new Map(),
      size: 0,
    };
    levels.push(level);
    levels.sort((a, b) => b.bits - a.bits);
    return level;
  }
}

function find<T>(level: Level<T>, w0: number, w1: number, w2: number, w3: number): T | undefined {
  for (let e = level.buckets.get(mix(w0, w1, w2, w3)); e !== undefined; e = e.next) {
    if (e.w3 === w3 && e.w2 === w2 && e.w1 === w1 && e.w0 === w0) return e.value;
  }
  return undefined;
}

/** Bucket key. Collisions are chained, so it only has to spread. */
function mix(w0: number, w1: number, w2: number, w3: number): number {
  return (Math.imul(w0, 0x85ebca6b) ^ Math.imul(w1, 0xc2b2ae35) ^ Math.imul(w2, 0x27d4eb2f) ^ w3) | 0;
}

function mask(bits: number, from: number): number {
  const n = bits - from;
  if (n <= 0) return 0;
  return n >= 32 ? 0xffffffff : (0xffffffff << (32 - n)) >>> 0;
}
