/**
 * Plain values as bytes and back: the inputs of a node, and what it wants done. Here secrets are left out, by the type of a
 * key and by the name of a field (fields.ts), before a byte is written. Texts, public keys and shapes of objects that come
 * again are written once a segment. Callers: journal.ts, recorded-node.ts, replay.ts.
 */
import { TraceHash } from '../base/trace-hash.ts';
import { bytesText } from '../base/bytes.ts';
import { KEY_LENGTH, PresharedKey, PrivateKey, PublicKey } from '../keys/keys.ts';
import { PreAuthKey } from '../keys/pre-auth-key.ts';
import { Damage, type ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ABILITIES, KEPT, WEB_ADDRESSES } from './fields.ts';
import type { Scrubber } from './scrub.ts';

const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  count: 4,
  negative: 5,
  float: 6,
  text: 7,
  newText: 8,
  knownText: 9,
  bytes: 10,
  newKey: 11,
  knownKey: 12,
  array: 13,
  newShape: 14,
  knownShape: 15,
  map: 16,
  set: 17,
  publicKey: 18,
  secret: 19,
  withheldText: 20,
  withheldBytes: 21,
  headOnly: 22,
} as const;

/** What stands for a secret in a replay: another one for each. `origin`: it came in, or was drawn. Survives clamping (RFC 7748). */
export function standInForSecret(origin: 'kept' | 'drawn', ordinal: number): Uint8Array {
  const bytes = new Uint8Array(KEY_LENGTH).fill(origin === 'kept' ? 7 : 9);
  new DataView(bytes.buffer).setUint32(8, ordinal);
  return bytes;
}

/** Entries of a table; what comes later is written whole each time. */
const TABLE_AT_MOST = 4_096;
/** Characters of a text that is worth a place in the table. */
const SHORT = 64;
const WITHHELD = 'withheld';
const SECRETS = ['private-key', 'preshared-key', 'pre-auth-key'] as const;

/** Bytes of which only the first are kept: the rest is zeros in a replay. */
export class HeadOnly {
  readonly head: Uint8Array;
  readonly length: number;

  constructor(bytes: Uint8Array, kept: number) {
    this.head = bytes.subarray(0, kept);
    this.length = bytes.length;
  }
}

/** A text without secrets, whatever the name of its field. */
export class ScrubbedText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Names of fields in their order, one a step: what is looked up each time allocates nothing. */
interface Shape {
  at: number | undefined;
  readonly more: Map<string, Shape>;
}

export class ValueWriter {
  readonly #out: ByteWriter;
  readonly #scrub: Scrubber;
  readonly #remembers: boolean;
  readonly #texts = new Map<string, number>();
  readonly #keys = new Map<string, number>();
  #shapes: Shape = { at: undefined, more: new Map() };
  #shapesKnown = 0;
  readonly #secrets = new Map<string, number>();

  /** `remembers`: with tables; without, equal values are equal bytes. */
  constructor(out: ByteWriter, scrub: Scrubber, remembers: boolean) {
    this.#out = out;
    this.#scrub = scrub;
    this.#remembers = remembers;
  }

  /** For a new segment. Numbers of secrets stay: they are no table of it. */
  forget(): void {
    this.#texts.clear();
    this.#keys.clear();
    this.#shapes = { at: undefined, more: new Map() };
    this.#shapesKnown = 0;
  }

  /** `field`: the name under which it stands. */
  write(value: unknown, field: string): void {
    const out = this.#out;
    switch (typeof value) {
      case 'undefined':
        return out.byte(TAG.undefined);
      case 'boolean':
        return out.byte(value ? TAG.true : TAG.false);
      case 'number':
        return this.#number(value);
      case 'string':
        return this.#string(value, field);
      case 'object':
        return value === null ? out.byte(TAG.null) : this.#object(value, field);
      default:
        throw new TypeError(`a ${typeof value} is no plain data`);
    }
  }

  /** 32 bytes that may be known by now. */
  key(key: Uint8Array): void {
    const text = this.#remembers ? bytesText(key) : '';
    const at = this.#keys.get(text);
    if (at !== undefined) {
      this.#out.byte(TAG.knownKey);
      this.#out.count(at);
      return;
    }
    if (this.#remembers && this.#keys.size < TABLE_AT_MOST) this.#keys.set(text, this.#keys.size);
    this.#out.byte(TAG.newKey);
    this.#out.raw(key);
  }

  #number(value: number): void {
    const out = this.#out;
    const isWhole = Number.isSafeInteger(value) && !Object.is(value, -0);
    if (!isWhole) {
      out.byte(TAG.float);
      out.float(value);
    } else {
      out.byte(value < 0 ? TAG.negative : TAG.count);
      out.count(Math.abs(value));
    }
  }

  #string(value: string, field: string): void {
    if (WEB_ADDRESSES.has(field)) this.#text(value === '' ? value : this.#scrub.webAddress(value));
    else if (!KEPT.has(field)) this.#out.byte(TAG.withheldText);
    else this.#text(!ABILITIES.has(field) && /^https?:/i.test(value) ? this.#scrub.webAddress(value) : value);
  }

  #text(value: string): void {
    const out = this.#out;
    const at = this.#texts.get(value);
    if (at !== undefined) {
      out.byte(TAG.knownText);
      out.count(at);
      return;
    }
    const isNew = this.#remembers && value.length <= SHORT && this.#texts.size < TABLE_AT_MOST;
    if (isNew) this.#texts.set(value, this.#texts.size);
    out.byte(isNew ? TAG.newText : TAG.text);
    out.text(value);
  }

  #object(value: object, field: string): void {
    const out = this.#out;
    if (value instanceof Uint8Array) return this.#bytes(value, field);
    if (Array.isArray(value)) {
      out.byte(TAG.array);
      out.count(value.length);
      for (const item of value) this.write(item, field);
    } else if (value instanceof Map) {
      out.byte(TAG.map);
      out.count(value.size);
      for (const [key, item] of value) {
        this.write(key, field);
        this.write(item, field);
      }
    } else if (value instanceof Set) {
      out.byte(TAG.set);
      out.count(value.size);
      for (const item of value) this.write(item, field);
    } else if (value instanceof PublicKey) {
      out.byte(TAG.publicKey);
      this.key(value.bytes);
    } else if (value instanceof PrivateKey || value instanceof PresharedKey || value instanceof PreAuthKey) {
      out.byte(TAG.secret);
      out.byte(SECRETS.indexOf(value.kind));
      out.count(value instanceof PreAuthKey ? 0 : this.#secretOrdinal(value.bytes));
    } else if (value instanceof HeadOnly) {
      out.byte(TAG.headOnly);
      out.count(value.length);
      out.bytes(value.head);
    } else if (value instanceof ScrubbedText) {
      this.#text(value.text);
    } else {
      this.#record(value);
    }
  }

  /** Equal secrets have equal numbers, since a node may compare them. Only fingerprints stay in memory, and none is written. */
  #secretOrdinal(secret: Uint8Array): number {
    if (!this.#remembers) return 0;
    const hash = new TraceHash();
    hash.bytes(secret);
    const print = hash.digest();
    const ordinal = this.#secrets.get(print) ?? this.#secrets.size + 1;
    if (this.#secrets.size < TABLE_AT_MOST) this.#secrets.set(print, ordinal);
    return ordinal;
  }

  #bytes(value: Uint8Array, field: string): void {
    if (!KEPT.has(field)) {
      this.#out.byte(TAG.withheldBytes);
      this.#out.count(value.length);
    } else if (value.length === KEY_LENGTH) {
      this.key(value);
    } else {
      this.#out.byte(TAG.bytes);
      this.#out.bytes(value);
    }
  }

  #record(value: object): void {
    const out = this.#out;
    const names = Object.keys(value);
    const at = this.#remembers ? this.#shapeOf(names) : undefined;
    if (at === undefined) {
      out.byte(TAG.newShape);
      out.count(names.length);
      for (const name of names) out.text(name);
    } else {
      out.byte(TAG.knownShape);
      out.count(at);
    }
    for (const name of names) this.write((value as Readonly<Record<string, unknown>>)[name], name);
  }

  /** Its number; undefined: it is a new one, which has a number from now on where there is room. */
  #shapeOf(names: readonly string[]): number | undefined {
    let shape = this.#shapes;
    for (const name of names) {
      let next = shape.more.get(name);
      if (next === undefined) {
        if (this.#shapesKnown >= TABLE_AT_MOST) return undefined;
        next = { at: undefined, more: new Map() };
        shape.more.set(name, next);
      }
      shape = next;
    }
    if (shape.at === undefined && this.#shapesKnown < TABLE_AT_MOST) {
      shape.at = this.#shapesKnown++;
      return undefined;
    }
    return shape.at;
  }
}

/** Of one segment, in the order in which it was written. */
export class ValueReader {
  readonly #in: ByteReader;
  readonly #texts: string[] = [];
  readonly #keys: Uint8Array[] = [];
  readonly #shapes: (readonly string[])[] = [];

  constructor(from: ByteReader) {
    this.#in = from;
  }

  read(): unknown {
    const from = this.#in;
    const tag = from.byte();
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
      case TAG.true:
        return tag === TAG.true;
      case TAG.count:
        return from.count();
      case TAG.negative:
        return -from.count();
      case TAG.float:
        return from.float();
      case TAG.text:
        return from.text();
      case TAG.newText:
        return this.#remember(this.#texts, from.text());
      case TAG.knownText:
        return known(this.#texts, from.count());
      case TAG.bytes:
        return from.bytes().slice();
      case TAG.newKey:
        return this.#remember(this.#keys, from.raw(KEY_LENGTH)).slice();
      case TAG.knownKey:
        return known(this.#keys, from.count()).slice();
      case TAG.array:
        return this.#items();
      case TAG.newShape:
        return this.#record(this.#remember(this.#shapes, this.#names()));
      case TAG.knownShape:
        return this.#record(known(this.#shapes, from.count()));
      case TAG.map:
        return this.#map();
      case TAG.set:
        return new Set(this.#items());
      case TAG.publicKey:
        return new PublicKey(this.key());
      case TAG.secret:
        return secretOf(from.byte(), from.count());
      case TAG.withheldText:
        return WITHHELD;
      case TAG.withheldBytes:
        return new Uint8Array(bounded(from.count()));
      case TAG.headOnly: {
        const bytes = new Uint8Array(bounded(from.count()));
        const head = from.bytes();
        if (head.length > bytes.length) throw new Damage('a head is longer than the whole');
        bytes.set(head);
        return bytes;
      }
      default:
        throw new Damage('a value of an unknown kind');
    }
  }

  /** As `ValueWriter.key`. */
  key(): Uint8Array {
    const key = this.read();
    if (!(key instanceof Uint8Array) || key.length !== KEY_LENGTH) throw new Damage('a key is no key');
    return key;
  }

  #remember<T>(table: T[], value: T): T {
    if (table.length < TABLE_AT_MOST) table.push(value);
    return value;
  }

  #names(): string[] {
    return Array.from({ length: bounded(this.#in.count()) }, () => this.#in.text());
  }

  #items(): unknown[] {
    return Array.from({ length: bounded(this.#in.count()) }, () => this.read());
  }

  #map(): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (let left = bounded(this.#in.count()); left > 0; left--) map.set(this.read(), this.read());
    return map;
  }

  #record(names: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(names.map((name) => [name, this.read()]));
  }
}

/** More items than any input has: a damaged count must not take all memory. */
const ITEMS_AT_MOST = 4_194_304;

function bounded(count: number): number {
  if (count > ITEMS_AT_MOST) throw new Damage('a list is too long');
  return count;
}

function known<T>(table: readonly T[], at: number): T {
  const value = table[at];
  if (value === undefined) throw new Damage('it refers to what it never told');
  return value;
}

function secretOf(kind: number, ordinal: number): PrivateKey | PresharedKey | PreAuthKey {
  const bytes = standInForSecret('kept', ordinal);
  switch (SECRETS[kind]) {
    case 'private-key':
      return new PrivateKey(bytes);
    case 'preshared-key':
      return new PresharedKey(bytes);
    case 'pre-auth-key':
      return new PreAuthKey(WITHHELD);
    default:
      throw new Damage('a secret of an unknown kind');
  }
}
