/**
 * A map from whole numbers to values whose versions share structure: `with` and `without` leave the map they are called on
 * as it was and cost O(log32 n). A trie on 5 bits of the key at a time, the lowest first; a node has a bitmap of the
 * children it has, and a value stands at the first level where no other key begins like its own. The shape follows from
 * the contents alone, and so does the order of iteration. Own rather than a library: this is all that is needed of one.
 * It does not look into values. Anyone may use it.
 */

/** Reads of a map that shares structure with its other versions. Iteration order is the same for the same contents. */
export interface SharedMap<K, V> extends Iterable<readonly [K, V]> {
  readonly size: number;
  get(key: K): V | undefined;
  has(key: K): boolean;
}

const BITS = 5;
const FAN_OUT = 32;
const LOW_WORD = 0x1_0000_0000;
/** Levels that read the low 32 bits of a key; those behind read its upper 21. */
const LOW_LEVELS = 7;

class Leaf<V> {
  readonly entry: readonly [number, V];

  constructor(key: number, value: V) {
    this.entry = [key, value];
  }
}

class Branch<V> {
  readonly bitmap: number;
  /** One child for each set bit, in their order. */
  readonly children: readonly Child<V>[];

  constructor(bitmap: number, children: readonly Child<V>[]) {
    this.bitmap = bitmap;
    this.children = children;
  }
}

type Child<V> = Leaf<V> | Branch<V>;

export class IntMap<V> implements SharedMap<number, V> {
  readonly size: number;
  readonly #root: Child<V> | undefined;

  private constructor(size: number, root: Child<V> | undefined) {
    this.size = size;
    this.#root = root;
  }

  static empty<V>(): IntMap<V> {
    return new IntMap<V>(0, undefined);
  }

  /** `keys`: no two alike, each from 0 to 2^53 - 1; `values` beside them. Faster than one `with` after another. */
  static from<V>(keys: readonly number[], values: readonly V[]): IntMap<V> {
    for (const key of keys) check(key);
    if (keys.length === 0) return IntMap.empty();
    const leaves = keys.map((key, i) => new Leaf(key, values[i]!));
    return new IntMap(keys.length, grow(leaves, 0));
  }

  get(key: number): V | undefined {
    let node = this.#root;
    for (let level = 0; node instanceof Branch; level++) {
      const bit = 1 << digit(key, level);
      if ((node.bitmap & bit) === 0) return undefined;
      node = node.children[ones(node.bitmap & (bit - 1))];
    }
    return node !== undefined && node.entry[0] === key ? node.entry[1] : undefined;
  }

  has(key: number): boolean {
    let node = this.#root;
    for (let level = 0; node instanceof Branch; level++) {
      const bit = 1 << digit(key, level);
      if ((node.bitmap & bit) === 0) return false;
      node = node.children[ones(node.bitmap & (bit - 1))];
    }
    return node?.entry[0] === key;
  }

  /** The map with this value at `key`, a whole number from 0 to 2^53 - 1. */
  with(key: number, value: V): IntMap<V> {
    check(key);
    const leaf = new Leaf(key, value);
    if (this.#root === undefined) return new IntMap(1, leaf);
    return new IntMap(this.has(key) ? this.size : this.size + 1, put(this.#root, leaf, 0));
  }

  /** The map without `key`; itself when it was not there. */
  without(key: number): IntMap<V> {
    if (this.#root === undefined || !this.has(key)) return this;
    return new IntMap(this.size - 1, take(this.#root, key, 0));
  }

  *[Symbol.iterator](): Iterator<readonly [number, V]> {
    if (this.#root === undefined) return;
    const stack: Child<V>[] = [this.#root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node instanceof Leaf) yield node.entry;
      else for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
    }
  }
}

function check(key: number): void {
  if (!Number.isSafeInteger(key) || key < 0) throw new RangeError(`a key is a whole number from 0 to 2^53 - 1, not ${key}`);
}

/** The 5 bits of `key` that `level` looks at: 0 the lowest. */
function digit(key: number, level: number): number {
  if (level < LOW_LEVELS) return (key >>> (level * BITS)) & (FAN_OUT - 1);
  return (Math.floor(key / LOW_WORD) >>> ((level - LOW_LEVELS) * BITS)) & (FAN_OUT - 1);
}

/** How many bits are set. */
function ones(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The trie of leaves that are alike below `level`; at least one. */
function grow<V>(leaves: readonly Leaf<V>[], level: number): Child<V> {
  if (leaves.length === 1) return leaves[0]!;
  const groups: (Leaf<V>[] | undefined)[] = new Array<Leaf<V>[] | undefined>(FAN_OUT).fill(undefined);
  let bitmap = 0;
  for (const leaf of leaves) {
    const at = digit(leaf.entry[0], level);
    bitmap |= 1 << at;
    (groups[at] ??= []).push(leaf);
  }
  const children: Child<V>[] = [];
  for (const group of groups) if (group !== undefined) children.push(grow(group, level + 1));
  return new Branch(bitmap, children);
}

function put<V>(node: Child<V>, leaf: Leaf<V>, level: number): Child<V> {
  if (node instanceof Leaf) return node.entry[0] === leaf.entry[0] ? leaf : grow([node, leaf], level);
  const bit = 1 << digit(leaf.entry[0], level);
  const at = ones(node.bitmap & (bit - 1));
  if ((node.bitmap & bit) === 0) return new Branch(node.bitmap | bit, node.children.toSpliced(at, 0, leaf));
  return new Branch(node.bitmap, node.children.with(at, put(node.children[at]!, leaf, level + 1)));
}

/** `key` is in it. A branch left with one leaf becomes that leaf, so that the shape follows from the contents. */
function take<V>(node: Child<V>, key: number, level: number): Child<V> | undefined {
  if (node instanceof Leaf) return undefined;
  const bit = 1 << digit(key, level);
  const at = ones(node.bitmap & (bit - 1));
  const rest = take(node.children[at]!, key, level + 1);
  const children = rest === undefined ? node.children.toSpliced(at, 1) : node.children.with(at, rest);
  if (children.length === 1 && children[0] instanceof Leaf) return children[0];
  return new Branch(rest === undefined ? node.bitmap & ~bit : node.bitmap, children);
}
