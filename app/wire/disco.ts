/**
 * Disco: the small messages by which nodes look for direct ways to each other, sealed between their disco keys. Pure codec:
 * the envelope and the messages. It keeps no key and answers nothing; paths/ does.
 *
 * Facts: docs and published constants of Tailscale's disco package. Integers are big-endian; an IPv4 address is written as
 * IPv4-mapped IPv6. What is sent has exactly the shapes that the strictest reader takes; what is read may have more behind it.
 */
import { fromBytes, ipBytes, ipv4, unmapIp, type IpEndpoint } from '../base/ip.ts';
import { reject, type Reject } from '../base/reject.ts';
import type { Crypto } from '../ports/crypto.ts';

/** "TS" and a speech balloon. */
const MAGIC = Uint8Array.of(0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac);
const KEY = 32;
const NONCE = 24;
const TAG = 16;
const SENDER = MAGIC.length;
/** Bytes by which a message is known for one, and its sender. */
export const DISCO_HEAD = SENDER + KEY;
const SEALED = DISCO_HEAD + NONCE;
export const DISCO_TX = 12;
/** Bytes of an address and port. */
const ENDPOINT = 18;
const VERSION = 0;
const TYPE = { ping: 1, pong: 2, callMeMaybe: 3 } as const;
/** Endpoints of a call-me-maybe that are read; the rest is ignored. */
export const ENDPOINTS_READ = 64;

export type DiscoMessage =
  /** `nodeKey` undefined: an old program did not tell it. */
  | { readonly kind: 'ping'; readonly tx: Uint8Array; readonly nodeKey: Uint8Array | undefined }
  /** `seen`: where the ping came from, as who answers saw it. */
  | { readonly kind: 'pong'; readonly tx: Uint8Array; readonly seen: IpEndpoint }
  /** Where the sender can be reached. */
  | { readonly kind: 'call-me-maybe'; readonly endpoints: readonly IpEndpoint[] };

type DiscoRefusal = 'disco: too short' | 'disco: not authentic' | 'disco: unknown message';
const TOO_SHORT = reject('disco: too short');
const NOT_AUTHENTIC = reject('disco: not authentic');
const UNKNOWN = reject('disco: unknown message');

/** By magic and length: what must not be taken for WireGuard's. */
export function isDisco(bytes: Uint8Array): boolean {
  if (bytes.length < SENDER + KEY) return false;
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) return false;
  return true;
}

/** The raw disco key that the sender claims; undefined: no disco packet. */
export function discoSender(bytes: Uint8Array): Uint8Array | undefined {
  return isDisco(bytes) && bytes.length >= SEALED + TAG + 2 ? bytes.subarray(SENDER, SENDER + KEY) : undefined;
}

/** `boxKey`: of our secret and the receiver's public disco key. `nonce`: 24 random bytes. */
export function sealDisco(crypto: Pick<Crypto, 'boxSeal'>, boxKey: Uint8Array, sender: Uint8Array, nonce: Uint8Array, message: DiscoMessage): Uint8Array {
  const inner = encode(message);
  const bytes = new Uint8Array(SEALED + TAG + inner.length);
  bytes.set(MAGIC, 0);
  bytes.set(sender, SENDER);
  bytes.set(nonce, SENDER + KEY);
  crypto.boxSeal(boxKey, nonce, inner, bytes.subarray(SEALED));
  return bytes;
}

export function openDisco(crypto: Pick<Crypto, 'boxOpen'>, boxKey: Uint8Array, bytes: Uint8Array): DiscoMessage | Reject<DiscoRefusal> {
  if (discoSender(bytes) === undefined) return TOO_SHORT;
  const inner = new Uint8Array(bytes.length - SEALED - TAG);
  if (!crypto.boxOpen(boxKey, bytes.subarray(SENDER + KEY, SEALED), bytes.subarray(SEALED), inner)) return NOT_AUTHENTIC;
  return decode(inner);
}

/** How a pong names a relay where an address belongs: 127.3.3.40, the region as port. */
export function relayAddress(region: number): IpEndpoint {
  return { address: ipv4(0x7f030328), port: region & 0xffff };
}

function encode(message: DiscoMessage): Uint8Array {
  switch (message.kind) {
    case 'ping': {
      const inner = new Uint8Array(2 + DISCO_TX + (message.nodeKey === undefined ? 0 : KEY));
      inner[0] = TYPE.ping;
      inner.set(message.tx, 2);
      if (message.nodeKey !== undefined) inner.set(message.nodeKey, 2 + DISCO_TX);
      return inner;
    }
    case 'pong': {
      const inner = new Uint8Array(2 + DISCO_TX + ENDPOINT);
      inner[0] = TYPE.pong;
      inner.set(message.tx, 2);
      putEndpoint(inner, 2 + DISCO_TX, message.seen);
      return inner;
    }
    case 'call-me-maybe': {
      const inner = new Uint8Array(2 + message.endpoints.length * ENDPOINT);
      inner[0] = TYPE.callMeMaybe;
      message.endpoints.forEach((endpoint, i) => putEndpoint(inner, 2 + i * ENDPOINT, endpoint));
      return inner;
    }
    default:
      return message satisfies never;
  }
}

function decode(inner: Uint8Array): DiscoMessage | Reject<DiscoRefusal> {
  if (inner.length < 2) return TOO_SHORT;
  const payload = inner.subarray(2);
  switch (inner[0]) {
    case TYPE.ping:
      if (payload.length < DISCO_TX) return TOO_SHORT;
      return { kind: 'ping', tx: payload.slice(0, DISCO_TX), nodeKey: payload.length < DISCO_TX + KEY ? undefined : payload.slice(DISCO_TX, DISCO_TX + KEY) };
    case TYPE.pong:
      if (payload.length < DISCO_TX + ENDPOINT) return TOO_SHORT;
      return { kind: 'pong', tx: payload.slice(0, DISCO_TX), seen: getEndpoint(payload, DISCO_TX) };
    case TYPE.callMeMaybe: {
      // Of another version or length it is an empty list, as others read it.
      const whole = inner[1] === VERSION && payload.length % ENDPOINT === 0 ? Math.min(payload.length / ENDPOINT, ENDPOINTS_READ) : 0;
      return { kind: 'call-me-maybe', endpoints: Array.from({ length: whole }, (_, i) => getEndpoint(payload, i * ENDPOINT)) };
    }
    default:
      return UNKNOWN;
  }
}

function putEndpoint(into: Uint8Array, at: number, { address, port }: IpEndpoint): void {
  const bytes = ipBytes(address);
  if (address.family === 4) {
    into[at + 10] = 0xff;
    into[at + 11] = 0xff;
    into.set(bytes, at + 12);
  } else {
    into.set(bytes, at);
  }
  into[at + 16] = port >>> 8;
  into[at + 17] = port;
}

function getEndpoint(from: Uint8Array, at: number): IpEndpoint {
  const address = fromBytes(from.subarray(at, at + 16));
  return { address: unmapIp(address), port: (from[at + 16]! << 8) | from[at + 17]! };
}
