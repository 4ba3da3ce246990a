/** A value of the Store that is JSON: its bytes, and back. What is no JSON reads as undefined, which fits no shape. Callers judge the shape. */
export const toStoredJson = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

export function fromStoredJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
