/**
 * Key types. Each wraps its bytes so that printing, JSON and template strings show `[redacted]`, and secrets can be
 * wiped. Text form: the 44-character base64 of wg(8). Those of the control protocol: text-forms.ts.
 */
import { inspectSymbol } from './inspect.ts';

export const KEY_LENGTH = 32;
const REDACTED = '[redacted]';

abstract class KeyBytes {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    if (bytes.length !== KEY_LENGTH) throw new RangeError(`a key has ${KEY_LENGTH} bytes, not ${bytes.length}`);
    this.bytes = bytes.slice();
  }
}

abstract class SecretBytes extends KeyBytes {
  /** Overwrites the key. The object must not be used afterwards. */
  wipe(): void {
    this.bytes.fill(0);
  }

  /** The only way a secret leaves as text: for writing a file of mode 0600. */
  exposeBase64(): string {
    return toBase64(this.bytes);
  }

  override toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspectSymbol](): string {
    return REDACTED;
  }
}

export class PrivateKey extends SecretBytes {
  readonly kind = 'private-key';
}

export class PresharedKey extends SecretBytes {
  readonly kind = 'preshared-key';
}

export class PublicKey extends KeyBytes {
  readonly kind = 'public-key';

  override toString(): string {
    return toBase64(this.bytes);
  }

  toJSON(): string {
    return this.toString();
  }

  equals(other: PublicKey): boolean {
    return this.bytes.every((byte, i) => byte === other.bytes[i]);
  }
}

/** 32 bytes from wg(8) base64; undefined when the text is anything else (wrong length, stray bits, other alphabet). */
export function keyBytesFromBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text)) return undefined;
  const out = new Uint8Array(KEY_LENGTH);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < 43; i++) {
    bits = ((bits << 6) | ALPHABET.indexOf(text[i]!)) & 0xffffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[at++] = (bits >>> held) & 0xff;
    }
  }
  return out;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Written out here because `btoa` and `Buffer` are not part of the pure core. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET[(word >>> 18) & 63]! + ALPHABET[(word >>> 12) & 63]!;
    text += left > 1 ? ALPHABET[(word >>> 6) & 63]! : '=';
    text += left > 2 ? ALPHABET[word & 63]! : '=';
  }
  return text;
}
