/**
 * The text forms of keys in the control protocol: a prefix and 64 hex digits. Pure text: knows no curve and no protocol.
 * Written in small letters; read in either. A private key becomes text in `exposePrivateKeyText` alone, for the same
 * reason and the same places as `exposeBase64`. Anyone may call it.
 */
import { KEY_LENGTH } from './keys.ts';

const PREFIX = {
  /** A node's public key: WireGuard, DERP. */
  node: 'nodekey:',
  /** A machine's public key, and a control server's: Noise. */
  machine: 'mkey:',
  disco: 'discokey:',
  /** What a server offers in its early payload. */
  challenge: 'chalpub:',
  /** Any private key. On disk only. */
  private: 'privkey:',
} as const;

/** Value of each ASCII character as a hex digit, -1: none. A map of 10,000 peers has two million of them. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => digit(code));

export type KeyKind = keyof typeof PREFIX;
export type PublicKeyKind = Exclude<KeyKind, 'private'>;

/** `nodekey:` and so on, then 64 small hex digits. `bytes` has 32. */
export function formatKey(kind: PublicKeyKind, bytes: Uint8Array): string {
  return PREFIX[kind] + hexOf(bytes);
}

/** `privkey:` and 64 hex digits: for a file of mode 0600, never for a log, a message or a screen. */
export function exposePrivateKeyText(bytes: Uint8Array): string {
  return PREFIX.private + hexOf(bytes);
}

/** The 32 bytes; undefined when the text is anything but this kind's prefix and exactly 64 hex digits. */
export function parseKey(kind: KeyKind, text: string): Uint8Array | undefined {
  const prefix = PREFIX[kind];
  if (!text.startsWith(prefix) || text.length !== prefix.length + 2 * KEY_LENGTH) return undefined;
  const out = new Uint8Array(KEY_LENGTH);
  for (let i = 0; i < KEY_LENGTH; i++) {
    const high = text.charCodeAt(prefix.length + 2 * i);
    const low = text.charCodeAt(prefix.length + 2 * i + 1);
    if (high > 0x7f || low > 0x7f) return undefined;
    const byte = (DIGITS[high]! << 4) | DIGITS[low]!;
    if (byte < 0) return undefined;
    out[i] = byte;
  }
  return out;
}

/** Prefix and 64 zeros: "none", where the protocol wants a key in every field. */
export function zeroKey(kind: PublicKeyKind): string {
  return PREFIX[kind] + '0'.repeat(2 * KEY_LENGTH);
}

function hexOf(bytes: Uint8Array): string {
  if (bytes.length !== KEY_LENGTH) throw new RangeError(`a key has ${KEY_LENGTH} bytes, not ${bytes.length}`);
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** -1: not a hex digit. */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const small = code | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : -1;
}
