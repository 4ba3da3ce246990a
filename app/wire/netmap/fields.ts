/**
 * How this folder reads a field out of parsed JSON: absent and null are the same and give the type's nothing; any other
 * type than the wanted one is a fault. Only the first fault counts, with the path to it; reading goes on with nothings,
 * and whoever began asks at the end. Names are case-sensitive. For the decoders of this folder alone.
 */
import { parseKey, type PublicKeyKind } from '../../keys/text-forms.ts';
import { parseRfc3339 } from '../../time/rfc3339.ts';
import { wallTime, type WallTime } from '../../time/instant.ts';
import { MAX_WORDS } from './constants.ts';
import type { RawKey } from './types.ts';

export type FieldRefusal =
  | 'map: a field has the wrong type'
  | 'map: a number out of range'
  | 'map: a key is not a key'
  | 'map: an address is not an address'
  | 'map: too many peers';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The first thing that is wrong in a message. A decoder of a list or an object does nothing once there is one. */
export class Fault {
  #reason: FieldRefusal | undefined;
  #field = '';

  get reason(): FieldRefusal | undefined {
    return this.#reason;
  }

  /** `Peers[3].Addresses[0]`; names of the protocol, and keys of objects only where they are numbers. */
  get field(): string {
    return this.#field;
  }

  fail(reason: FieldRefusal, field: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#field = field;
  }

  wrongType(field: string): void {
    this.fail('map: a field has the wrong type', field);
  }

  /** The fault that `name` has just come to stands inside it. */
  within(name: string): void {
    const inner = this.#field;
    this.#field = inner === '' || inner.startsWith('[') ? name + inner : `${name}.${inner}`;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** '' when there is none. */
export function text(value: unknown, name: string, fault: Fault): string {
  if (typeof value === 'string') return value;
  if (value !== undefined && value !== null) fault.wrongType(name);
  return '';
}

const CONTROLS = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;
const HAS_CONTROLS = new RegExp(CONTROLS.source, 'u');

/** Text for people: what could steer a terminal or turn the reading direction becomes a space; MAX_WORDS at most. */
export function words(value: unknown, name: string, fault: Fault): string {
  const all = text(value, name, fault);
  const cut = all.length > MAX_WORDS ? all.slice(0, MAX_WORDS) : all;
  return HAS_CONTROLS.test(cut) ? cut.replace(CONTROLS, ' ') : cut;
}

/** A domain name without its trailing dot. */
export function domainName(value: unknown, name: string, fault: Fault): string {
  const all = words(value, name, fault);
  return all.endsWith('.') ? all.slice(0, -1) : all;
}

export function bool(value: unknown, name: string, fault: Fault): boolean {
  return optionalBool(value, name, fault) ?? false;
}

export function optionalBool(value: unknown, name: string, fault: Fault): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value !== undefined && value !== null) fault.wrongType(name);
  return undefined;
}

/** A whole number, 0 when there is none. */
export function int(value: unknown, name: string, fault: Fault, least: number, most: number): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number') fault.wrongType(name);
  else if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  else fault.fail('map: a number out of range', name);
  return 0;
}

/** An id: from 0 to 2^53 - 1. Larger ones would be rounded by JSON, and then be another node's. */
export function id(value: unknown, name: string, fault: Fault): number {
  return int(value, name, fault, 0, Number.MAX_SAFE_INTEGER);
}

/** The id that stands as a key of an object. */
export function idKey(key: string, fault: Fault): number {
  const value = /^\d{1,16}$/.test(key) ? Number(key) : -1;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  fault.fail('map: a number out of range', '[key]');
  return 0;
}

/** Undefined when there is none, or all are zero. */
export function key(value: unknown, kind: PublicKeyKind, name: string, fault: Fault): RawKey | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') {
    fault.wrongType(name);
    return undefined;
  }
  const bytes = parseKey(kind, value);
  if (bytes === undefined) {
    fault.fail('map: a key is not a key', name);
    return undefined;
  }
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return bytes;
  return undefined;
}

/** Year 1, which the protocol writes for "never" and "unknown". */
export const ZERO_TIME = wallTime(-62_135_596_800_000);

/** As sent, ZERO_TIME included; undefined when there is none. */
export function timeAsSent(value: unknown, name: string, fault: Fault): WallTime | undefined {
  if (value === undefined || value === null) return undefined;
  const at = typeof value === 'string' ? parseRfc3339(value) : undefined;
  if (at === undefined) fault.wrongType(name);
  return at;
}

export function time(value: unknown, name: string, fault: Fault): WallTime | undefined {
  const at = timeAsSent(value, name, fault);
  return at === ZERO_TIME ? undefined : at;
}

const NOTHING: readonly never[] = [];

/** A list whose null, absent and empty are one. `read`: undefined leaves the item out. */
export function list<T>(value: unknown, name: string, fault: Fault, read: (item: unknown, fault: Fault) => T | undefined): readonly T[] {
  if (value === undefined || value === null || fault.reason !== undefined) return NOTHING;
  if (!Array.isArray(value)) {
    fault.wrongType(name);
    return NOTHING;
  }
  if (value.length === 0) return NOTHING;
  const out: T[] = [];
  for (let i = 0; i < value.length; i++) {
    const item = read(value[i], fault);
    if (fault.reason !== undefined) {
      fault.within(`${name}[${i}]`);
      return NOTHING;
    }
    if (item !== undefined) out.push(item);
  }
  return out;
}

/** An object as a map: calls `read` for each of its own entries. */
export function entries(value: unknown, name: string, fault: Fault, read: (key: string, item: unknown, fault: Fault) => void): void {
  if (value === undefined || value === null || fault.reason !== undefined) return;
  if (!isObject(value)) {
    fault.wrongType(name);
    return;
  }
  for (const key of Object.keys(value)) {
    read(key, value[key], fault);
    if (fault.reason !== undefined) {
      fault.within(name);
      return;
    }
  }
}

/** An object that may be absent. */
export function object<T>(value: unknown, name: string, fault: Fault, read: (fields: JsonObject, fault: Fault) => T): T | undefined {
  if (value === undefined || value === null || fault.reason !== undefined) return undefined;
  if (!isObject(value)) {
    fault.wrongType(name);
    return undefined;
  }
  const made = read(value, fault);
  if (fault.reason === undefined) return made;
  fault.within(name);
  return undefined;
}

/** An item of a list. */
export function textItem(value: unknown, fault: Fault): string {
  if (typeof value === 'string') return value;
  fault.wrongType('');
  return '';
}
export const wordsItem = (value: unknown, fault: Fault): string => words(value, '', fault);
export const domainItem = (value: unknown, fault: Fault): string => domainName(value, '', fault);
