/**
 * The sockaddrs behind the header of a Darwin routing message: which of them are there (RTA_* bits), where each begins
 * (lengths rounded up to 4 bytes, a length of 0 takes 4), and what an address, a mask or a link in one says. Reads bytes
 * only; what does not fit is undefined.
 */
import { fromBytes, type IpAddress } from '../../base/ip.ts';
import { RTAX, SOCKADDR_DL } from '../../../native-bindings/darwin/headers/route.ts';
import { AF_INET, AF_INET6, AF_LINK, SOCKADDR, SOCKADDR_IN, SOCKADDR_IN6 } from '../../../native-bindings/darwin/headers/socket.ts';

/** By RTAX_*; undefined: not there. */
export type Sockaddrs = readonly (Uint8Array | undefined)[];

/** One that is there, and says nothing: its length is 0. */
const EMPTY = new Uint8Array(0);

/** `message` is one whole message, `at` the size of its header, `bits` its RTA_* mask. Undefined: they do not fit. */
export function readSockaddrs(message: Uint8Array, at: number, bits: number): Sockaddrs | undefined {
  const found: (Uint8Array | undefined)[] = [];
  for (let which = 0; which < RTAX.count; which++) {
    found.push(undefined);
    if ((bits & (1 << which)) === 0) continue;
    const length = message[at + SOCKADDR.length];
    if (length === undefined || at + length > message.length) return undefined;
    found[which] = length === 0 ? EMPTY : message.subarray(at, at + length);
    at += takes(length);
  }
  return found;
}

const takes = (length: number): number => Math.max(SOCKADDR.alignment, (length + SOCKADDR.alignment - 1) & ~(SOCKADDR.alignment - 1));

const familyOf = (sockaddr: Uint8Array): number | undefined => sockaddr[SOCKADDR.family];

/** 4, 6, or undefined for any other family. */
export function ipFamilyOf(sockaddr: Uint8Array | undefined): 4 | 6 | undefined {
  const family = sockaddr === undefined ? undefined : familyOf(sockaddr);
  return family === AF_INET ? 4 : family === AF_INET6 ? 6 : undefined;
}

/** The address of an AF_INET or AF_INET6; undefined for others and for one that is cut short. */
export function readAddress(sockaddr: Uint8Array | undefined): IpAddress | undefined {
  const family = ipFamilyOf(sockaddr);
  if (sockaddr === undefined || family === undefined) return undefined;
  const [from, bytes] = addressIn(family);
  if (sockaddr.length < from + bytes) return undefined;
  const address = fromBytes(sockaddr.subarray(from, from + bytes));
  return hasScopeInside(address) ? { ...address, w0: (address.w0 & 0xffff_0000) >>> 0 } : address;
}

/** Offset and size of the address in bytes. */
const addressIn = (family: 4 | 6): readonly [from: number, bytes: number] => (family === 4 ? [SOCKADDR_IN.address, 4] : [SOCKADDR_IN6.address, 16]);

/** Link-local (fe80::/10), and multicast of one interface or link (ff01::/16, ff02::/16): there the kernel puts the index of the link into the second 16 bits. */
function hasScopeInside({ family, w0 }: IpAddress): boolean {
  if (family !== 6) return false;
  if (w0 >>> 22 === 0xfe80 >>> 6) return true;
  const scope = (w0 >>> 16) & 0xf;
  return w0 >>> 24 === 0xff && (scope === 1 || scope === 2);
}

/**
 * How many bits a netmask has. The kernel cuts zeros off its end, so that missing bytes are zero, and its family may be
 * any: that of the destination counts. Undefined: ones after a zero.
 */
export function readMaskBits(sockaddr: Uint8Array, family: 4 | 6): number | undefined {
  const [from, bytes] = addressIn(family);
  let bits = 0;
  for (let i = 0; i < bytes; i++) {
    const byte = sockaddr[from + i] ?? 0;
    const ones = Math.clz32(~(byte << 24));
    if (((byte << ones) & 0xff) !== 0 || (ones > 0 && bits !== i * 8)) return undefined;
    bits += ones;
  }
  return bits;
}

export interface LinkName {
  /** 0: it tells none. */
  readonly index: number;
  /** Empty: it tells none. */
  readonly name: string;
  /** Somebody's hardware address is in it. */
  readonly hasAddress: boolean;
}

/** What an AF_LINK says (struct sockaddr_dl); undefined for others and for one that is cut short. */
export function readLink(sockaddr: Uint8Array | undefined): LinkName | undefined {
  if (sockaddr === undefined || familyOf(sockaddr) !== AF_LINK || sockaddr.length < SOCKADDR_DL.data) return undefined;
  const end = SOCKADDR_DL.data + sockaddr[SOCKADDR_DL.nameLength]!;
  if (end > sockaddr.length) return undefined;
  const index = sockaddr[SOCKADDR_DL.index]! | (sockaddr[SOCKADDR_DL.index + 1]! << 8);
  return { index, name: String.fromCharCode(...sockaddr.subarray(SOCKADDR_DL.data, end)), hasAddress: sockaddr[SOCKADDR_DL.addressLength]! > 0 };
}
