/**
 * The four WireGuard messages as bytes (whitepaper section 5.4): where each field lies, and which lengths are lawful.
 * No cryptography. All integers are little-endian.
 */

export const MESSAGE_INITIATION = 1;
export const MESSAGE_RESPONSE = 2;
export const MESSAGE_COOKIE = 3;
export const MESSAGE_DATA = 4;
export type MessageType = 1 | 2 | 3 | 4;

// 5.4.2: type 1, reserved 3, sender 4, ephemeral 32, static 48, timestamp 28, mac1 16, mac2 16.
export const INITIATION = { length: 148, sender: 4, ephemeral: 8, sealedStatic: 40, sealedTimestamp: 88, mac1: 116, mac2: 132 } as const;
// 5.4.3: type 1, reserved 3, sender 4, receiver 4, ephemeral 32, empty 16, mac1 16, mac2 16.
export const RESPONSE = { length: 92, sender: 4, receiver: 8, ephemeral: 12, sealedEmpty: 44, mac1: 60, mac2: 76 } as const;
// 5.4.7: type 1, reserved 3, receiver 4, nonce 24, cookie 32.
export const COOKIE_REPLY = { length: 64, receiver: 4, nonce: 8, sealedCookie: 32 } as const;
// 5.4.6: type 1, reserved 3, receiver 4, counter 8, packet.
export const DATA = { header: 16, receiver: 4, counterLow: 8, counterHigh: 12, tag: 16 } as const;

export const KEY = 32;
export const MAC = 16;
export const SEALED_STATIC = 48;
export const SEALED_TIMESTAMP = 28;
export const SEALED_EMPTY = 16;

export type Classified = { readonly type: MessageType } | 'too-short' | 'unknown-type' | 'wrong-length';

const KNOWN: Readonly<Record<MessageType, Classified>> = { 1: { type: 1 }, 2: { type: 2 }, 3: { type: 3 }, 4: { type: 4 } };
const FIXED: Readonly<Record<1 | 2 | 3, number>> = { 1: INITIATION.length, 2: RESPONSE.length, 3: COOKIE_REPLY.length };

/** What a datagram is by its first word and its length. Allocates nothing. */
export function classify(view: DataView, at: number, length: number): Classified {
  if (length < 4) return 'too-short';
  // Type and three reserved zero bytes, read as one little-endian word.
  const word = view.getUint32(at, true);
  if (word !== 1 && word !== 2 && word !== 3 && word !== 4) return 'unknown-type';
  if (word === 4 ? length < DATA.header + DATA.tag : length !== FIXED[word]) return 'wrong-length';
  return KNOWN[word];
}
