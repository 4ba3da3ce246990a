/**
 * The framing of netlink (struct nlmsghdr and struct nlattr of <linux/netlink.h>, RFC 3549): builds one message, walks
 * the attributes of one. Little-endian, as on every machine the bindings run on. What messages mean: rtnetlink.ts.
 */

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_DUMP = 0x300;
/** In an answer: the table changed while it was dumped, so the dump may be incomplete. */
export const NLM_F_DUMP_INTR = 0x10;
/** In an error: the request is not repeated behind its header. */
export const NLM_F_CAPPED = 0x100;
/** In an error: attributes follow. */
export const NLM_F_ACK_TLVS = 0x200;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
const NLMSGERR_ATTR_MSG = 1;
/** NLA_F_NESTED and NLA_F_NET_BYTEORDER are flags in the type. */
const ATTRIBUTE_TYPE = 0x3fff;

export const MESSAGE_HEADER = 16;
const ATTRIBUTE_HEADER = 4;
/** Requests of this product are short. */
const ROOM = 512;

const align = (n: number): number => (n + 3) & ~3;

/** One request under construction: header, a fixed part, attributes. */
export class NetlinkWriter {
  readonly #bytes = new Uint8Array(ROOM);
  readonly #view = new DataView(this.#bytes.buffer);
  #end = MESSAGE_HEADER;

  constructor(type: number, flags: number, sequence: number) {
    this.#view.setUint16(4, type, true);
    this.#view.setUint16(6, flags, true);
    this.#view.setUint32(8, sequence, true);
  }

  /** Appends a zeroed struct of `size` bytes, and its fields. */
  fixed(size: number, fields: readonly (readonly [offset: number, bytes: 1 | 2 | 4, value: number])[]): this {
    for (const [offset, bytes, value] of fields) {
      const at = this.#end + offset;
      if (bytes === 1) this.#view.setUint8(at, value);
      else if (bytes === 2) this.#view.setUint16(at, value, true);
      else this.#view.setUint32(at, value, true);
    }
    this.#end += align(size);
    return this;
  }

  attribute(type: number, value: Uint8Array): this {
    this.#view.setUint16(this.#end, ATTRIBUTE_HEADER + value.length, true);
    this.#view.setUint16(this.#end + 2, type, true);
    this.#bytes.set(value, this.#end + ATTRIBUTE_HEADER);
    this.#end += align(ATTRIBUTE_HEADER + value.length);
    return this;
  }

  uint32(type: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    return this.attribute(type, bytes);
  }

  /** ASCII with an ending zero. */
  text(type: number, value: string): this {
    return this.attribute(type, Uint8Array.from([...value, '\0'], (c) => c.charCodeAt(0)));
  }

  finish(): Uint8Array {
    this.#view.setUint32(0, this.#end, true);
    return this.#bytes.slice(0, this.#end);
  }
}

export interface NetlinkHeader {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
}

/** Undefined when the bytes are shorter than they say. */
export function readHeader(message: Uint8Array): NetlinkHeader | undefined {
  if (message.length < MESSAGE_HEADER) return undefined;
  const view = viewOf(message);
  const length = view.getUint32(0, true);
  if (length < MESSAGE_HEADER || length > message.length) return undefined;
  return { type: view.getUint16(4, true), flags: view.getUint16(6, true), sequence: view.getUint32(8, true) };
}

/** Attributes from `at` on, by type (a repeated one: the last). A length that does not fit ends the walk. */
export function readAttributes(message: Uint8Array, at: number): ReadonlyMap<number, Uint8Array> {
  const out = new Map<number, Uint8Array>();
  const view = viewOf(message);
  const end = Math.min(message.length, view.getUint32(0, true));
  while (at + ATTRIBUTE_HEADER <= end) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER || at + length > end) break;
    out.set(view.getUint16(at + 2, true) & ATTRIBUTE_TYPE, message.subarray(at + ATTRIBUTE_HEADER, at + length));
    at += align(length);
  }
  return out;
}

export interface NetlinkError {
  /** errno as a positive number; 0 is an acknowledgement. */
  readonly errno: number;
  /** The kernel's sentence (NETLINK_EXT_ACK), where it gives one. */
  readonly sentence: string | undefined;
}

/** The body of an NLMSG_ERROR; undefined when it is cut short. */
export function readError(message: Uint8Array): NetlinkError | undefined {
  const header = readHeader(message);
  if (header === undefined || message.length < MESSAGE_HEADER + 4 + MESSAGE_HEADER) return undefined;
  const view = viewOf(message);
  let sentence: string | undefined;
  if ((header.flags & NLM_F_ACK_TLVS) !== 0) {
    const repeated = (header.flags & NLM_F_CAPPED) !== 0 ? MESSAGE_HEADER : view.getUint32(MESSAGE_HEADER + 4, true);
    const text = repeated > message.length ? undefined : readAttributes(message, MESSAGE_HEADER + 4 + align(repeated)).get(NLMSGERR_ATTR_MSG);
    if (text !== undefined) sentence = readText(text);
  }
  return { errno: 0 - view.getInt32(MESSAGE_HEADER, true), sentence };
}

/** A little-endian 32-bit value; undefined for an attribute of another size. */
export function readUint32(value: Uint8Array | undefined): number | undefined {
  return value === undefined || value.length !== 4 ? undefined : viewOf(value).getUint32(0, true);
}

/** Text up to its zero. */
export function readText(value: Uint8Array): string {
  const end = value.indexOf(0);
  return String.fromCharCode(...value.subarray(0, end < 0 ? value.length : end));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
