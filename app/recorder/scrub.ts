/**
 * Takes what may be a secret out of texts: the rest of a web address behind its server, and in the control protocol's JSON
 * all fields that Bowline does not know. What was scrubbed once stays as it is, and equal things stay equal, so that a
 * replay decides as the run did. Callers: values.ts and inputs.ts of this folder.
 */
import { ABILITIES, KEYED, PROTOCOL, WEB_ADDRESSES } from './fields.ts';

const WITHHELD = 'withheld';
/** Different web addresses that are told apart. */
const ADDRESSES_AT_MOST = 1_024;
/** Deeper than the protocol ever is. */
const DEPTH = 32;

export class Scrubber {
  readonly #addresses = new Map<string, number>();

  /** `https://hs.example.org/a/1234` -> `https://hs.example.org/withheld-1` */
  webAddress(text: string): string {
    const parts = /^(https?:\/\/)(?:[^/?#@]*@)?([^/?#@]*)(.*)$/is.exec(text);
    if (parts === null) return WITHHELD;
    const [, scheme, server, rest] = parts;
    if (rest === '' || rest === '/' || /^\/withheld-\d+$/.test(rest!)) return `${scheme}${server}${rest}`;
    let ordinal = this.#addresses.get(text);
    if (ordinal === undefined) {
      ordinal = this.#addresses.size < ADDRESSES_AT_MOST ? this.#addresses.size + 1 : 0;
      if (ordinal > 0) this.#addresses.set(text, ordinal);
    }
    return `${scheme}${server}/withheld-${ordinal}`;
  }

  /** A body or message of the control protocol. What is no JSON keeps its length and nothing else. */
  protocolJson(text: string): string {
    if (text === '') return text;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return '?'.repeat(text.length);
    }
    return JSON.stringify(this.#json(value, '', DEPTH));
  }

  #json(value: unknown, field: string, depth: number): unknown {
    if (typeof value === 'string') return this.#text(value, field);
    if (typeof value !== 'object' || value === null) return value;
    if (depth === 0) return null;
    if (Array.isArray(value)) return value.map((item) => this.#json(item, field, depth - 1));
    const kept: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (KEYED.has(field)) kept[key] = this.#json(item, `${field}: one`, depth - 1);
      else if (PROTOCOL.has(key)) kept[key] = this.#json(item, key, depth - 1);
    }
    return kept;
  }

  #text(text: string, field: string): string {
    if (text === '') return text;
    if (WEB_ADDRESSES.has(field)) return this.webAddress(text);
    if (!PROTOCOL.has(field)) return WITHHELD;
    return !ABILITIES.has(field) && /^https?:/i.test(text) ? this.webAddress(text) : text;
  }
}
