/** The map of shared structure against Map, which copies itself whole. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntMap } from './shared-map.ts';

/** Few enough to meet again, with neighbours in every level of the trie. */
const key = fc.oneof(
  fc.nat(40),
  fc.nat(3).map((n) => n * 32),
  fc.nat(3).map((n) => n * 2 ** 32 + 1),
  fc.nat(3).map((n) => n * 2 ** 48 + 1),
  fc.maxSafeNat(),
  fc.constantFrom(0, 2 ** 31, 2 ** 32, 2 ** 35, Number.MAX_SAFE_INTEGER),
);
const change = fc.oneof({ weight: 3, arbitrary: fc.tuple(fc.constant('put' as const), key, fc.nat()) }, { weight: 2, arbitrary: fc.tuple(fc.constant('take' as const), key, fc.nat()) });

const sorted = (entries: Iterable<readonly [number, number]>): (readonly [number, number])[] => [...entries].toSorted((a, b) => a[0] - b[0]);

describe('a map of shared structure', () => {
  it('holds what a Map holds after any changes, and every version before stays as it was', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
        let map = IntMap.empty<number>();
        const model = new Map<number, number>();
        const versions: { readonly map: IntMap<number>; readonly contents: readonly (readonly [number, number])[] }[] = [];
        for (const [what, k, v] of changes) {
          versions.push({ map, contents: sorted(model) });
          map = what === 'put' ? map.with(k, v) : map.without(k);
          if (what === 'put') model.set(k, v);
          else model.delete(k);
          expect(map.size).toBe(model.size);
          expect(map.get(k)).toBe(model.get(k));
          expect(map.has(k)).toBe(model.has(k));
        }
        versions.push({ map, contents: sorted(model) });
        for (const version of versions) {
          expect(sorted(version.map)).toEqual(version.contents);
          expect(version.map.size).toBe(version.contents.length);
          for (const [k, v] of version.contents) expect(version.map.get(k)).toBe(v);
        }
        for (const [, k] of changes) expect(map.get(k)).toBe(model.get(k));
      }),
    );
  });

  it('iterates in an order that follows from the contents, however they came about', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 80 }), fc.uniqueArray(key, { maxLength: 40 }), (keys, others) => {
        const wanted = new Set(keys);
        let map = IntMap.empty<number>();
        for (const k of [...others, ...keys.toReversed()]) map = map.with(k, k);
        for (const k of others) if (!wanted.has(k)) map = map.without(k);
        expect([...map]).toEqual([...IntMap.from(keys, keys)]);
      }),
    );
  });

  it('is made at once as by one change after another', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 200 }), (keys) => {
        const values = keys.map((k) => k + 1);
        let map = IntMap.empty<number>();
        keys.forEach((k, i) => (map = map.with(k, values[i]!)));
        const made = IntMap.from(keys, values);
        expect([...made]).toEqual([...map]);
        expect(made.size).toBe(keys.length);
      }),
    );
  });

  it('tells a value that is undefined from none', () => {
    const map = IntMap.empty<number | undefined>().with(1, undefined);
    expect(map.has(1)).toBe(true);
    expect(map.has(33)).toBe(false);
    expect(map.without(1).size).toBe(0);
  });

  it('is the same map when nothing is taken away', () => {
    const map = IntMap.from([1, 2], ['a', 'b']);
    expect(map.without(3)).toBe(map);
    expect(IntMap.empty<string>().without(1).size).toBe(0);
  });

  it('takes no key that is not a whole number below 2^53', () => {
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53, Infinity]) {
      expect(() => IntMap.empty<number>().with(bad, 1), String(bad)).toThrow(RangeError);
      expect(() => IntMap.from([bad], [1]), String(bad)).toThrow(RangeError);
    }
  });
});
