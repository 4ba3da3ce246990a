/** Byte strings compared, and as keys of a map. Pure; not in constant time, so not for secrets. Anyone may use it. */

/** Two unknown ones are the same. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined || a.length !== b.length) return a === b;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A text that equal bytes share and no others have. For keys and transactions, not for long ones. */
export function bytesText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
