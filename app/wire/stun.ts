/**
 * STUN Binding requests and responses (RFC 8489), as relays' STUN servers want them: with SOFTWARE and FINGERPRINT in the
 * request, or they stay silent. Pure codec; both sides, since the simulator has servers of its own.
 *
 * Facts beyond the RFC: Tailscale's net/stun package.
 */
import { fromBytes, ipBytes, unmapIp, type IpEndpoint } from '../base/ip.ts';
import { reject, type Reject } from '../base/reject.ts';

export const STUN_TX = 12;
const HEADER = 20;
const COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const ATTRIBUTE = { mapped: 0x0001, xorMapped: 0x0020, xorMappedOld: 0x8020, software: 0x8022, fingerprint: 0x8028 } as const;
const FINGERPRINT_XOR = 0x5354554e;
const SOFTWARE = new TextEncoder().encode('tailnode');

type StunRefusal = 'stun: not a success response' | 'stun: no address' | 'stun: not a request' | 'stun: wrong software or fingerprint';
const NOT_A_RESPONSE = reject('stun: not a success response');
const NO_ADDRESS = reject('stun: no address');
const NOT_A_REQUEST = reject('stun: not a request');
const WRONG_REQUEST = reject('stun: wrong software or fingerprint');

/** By the cookie and the leading zero bits (section 5). Costs a few comparisons. */
export function isStun(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER && (bytes[0]! & 0xc0) === 0 && bytes[4] === 0x21 && bytes[5] === 0x12 && bytes[6] === 0xa4 && bytes[7] === 0x42;
}

/** A Binding request of 40 bytes. `tx`: 12 random bytes. */
export function encodeStunRequest(tx: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER + 12 + 8);
  const view = header(bytes, BINDING_REQUEST, tx);
  view.setUint16(20, ATTRIBUTE.software);
  view.setUint16(22, SOFTWARE.length);
  bytes.set(SOFTWARE, 24);
  view.setUint16(32, ATTRIBUTE.fingerprint);
  view.setUint16(34, 4);
  view.setUint32(36, fingerprint(bytes.subarray(0, 32)));
  return bytes;
}

/** The transaction of a request that a real server would answer. */
export function decodeStunRequest(bytes: Uint8Array): Uint8Array | Reject<StunRefusal> {
  if (!isStun(bytes)) return NOT_A_REQUEST;
  const view = viewOf(bytes);
  if (view.getUint16(0) !== BINDING_REQUEST) return NOT_A_REQUEST;
  let software = false;
  for (const { type, at, length, end } of attributes(bytes)) {
    if (type === ATTRIBUTE.software) software = length === SOFTWARE.length && SOFTWARE.every((byte, i) => bytes[at + i] === byte);
    if (type === ATTRIBUTE.fingerprint) {
      const sound = length === 4 && end === bytes.length && view.getUint32(at) === fingerprint(bytes.subarray(0, at - 4));
      return software && sound ? bytes.slice(8, HEADER) : WRONG_REQUEST;
    }
  }
  return WRONG_REQUEST;
}

export function encodeStunResponse(tx: Uint8Array, seen: IpEndpoint): Uint8Array {
  const address = ipBytes(seen.address);
  const bytes = new Uint8Array(HEADER + 8 + address.length);
  const view = header(bytes, BINDING_SUCCESS, tx);
  view.setUint16(20, ATTRIBUTE.xorMapped);
  view.setUint16(22, 4 + address.length);
  bytes[25] = seen.address.family === 4 ? 1 : 2;
  view.setUint16(26, seen.port ^ (COOKIE >>> 16));
  for (let i = 0; i < address.length; i++) bytes[28 + i] = address[i]! ^ bytes[4 + i]!;
  return bytes;
}

export interface StunResponse {
  readonly tx: Uint8Array;
  readonly seen: IpEndpoint;
}

/** Where the server saw our packet come from. Bytes behind the message are ignored. */
export function decodeStunResponse(bytes: Uint8Array): StunResponse | Reject<StunRefusal> {
  if (!isStun(bytes) || viewOf(bytes).getUint16(0) !== BINDING_SUCCESS) return NOT_A_RESPONSE;
  const tx = bytes.slice(8, HEADER);
  let plain: IpEndpoint | undefined;
  for (const { type, at, length } of attributes(bytes)) {
    if (type === ATTRIBUTE.xorMapped || type === ATTRIBUTE.xorMappedOld) {
      const seen = address(bytes, at, length, true);
      if (seen !== undefined) return { tx, seen };
    } else if (type === ATTRIBUTE.mapped) {
      plain ??= address(bytes, at, length, false);
    }
  }
  return plain === undefined ? NO_ADDRESS : { tx, seen: plain };
}

interface Attribute {
  readonly type: number;
  /** Of its value. */
  readonly at: number;
  readonly length: number;
  /** Behind its padding. */
  readonly end: number;
}

/** Those that lie whole in the message. */
function attributes(bytes: Uint8Array): Attribute[] {
  const view = viewOf(bytes);
  const found: Attribute[] = [];
  const end = Math.min(bytes.length, HEADER + view.getUint16(2));
  for (let at = HEADER; at + 4 <= end; ) {
    const length = view.getUint16(at + 2);
    const next = at + 4 + ((length + 3) & ~3);
    if (at + 4 + length > end) break;
    found.push({ type: view.getUint16(at), at: at + 4, length, end: Math.min(next, bytes.length) });
    at = next;
  }
  return found;
}

/** Sections 14.1 and 14.2. */
function address(bytes: Uint8Array, at: number, length: number, xored: boolean): IpEndpoint | undefined {
  const size = bytes[at + 1] === 1 ? 4 : bytes[at + 1] === 2 ? 16 : 0;
  if (size === 0 || length < 4 + size) return undefined;
  const raw = bytes.slice(at + 4, at + 4 + size);
  let port = viewOf(bytes).getUint16(at + 2);
  if (xored) {
    port ^= COOKIE >>> 16;
    for (let i = 0; i < size; i++) raw[i]! ^= bytes[4 + i]!;
  }
  // A server that listens for both families on one socket writes IPv4 in this form.
  return { address: unmapIp(fromBytes(raw)), port };
}

function header(bytes: Uint8Array, type: number, tx: Uint8Array): DataView {
  const view = viewOf(bytes);
  view.setUint16(0, type);
  view.setUint16(2, bytes.length - HEADER);
  view.setUint32(4, COOKIE);
  bytes.set(tx.subarray(0, STUN_TX), 8);
  return view;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function fingerprint(bytes: Uint8Array): number {
  return (crc32(bytes) ^ FINGERPRINT_XOR) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let i = 0; i < 8; i++) c = (c & 1) === 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 of IEEE 802.3. */
function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = CRC_TABLE[(c ^ byte) & 0xff]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
