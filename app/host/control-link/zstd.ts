/** zstd where the runtime has it (Node 22.15, 23.8 and later). One frame in, its text out; bounded. */
import zlib from 'node:zlib';
import { MAX_MAP_MESSAGE } from '../../wire/map-frames.ts';

type Decompress = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
const runtime: Pick<typeof zlib, 'constants'> & { readonly zstdDecompressSync?: Decompress } = zlib;

export const HAS_ZSTD = runtime.zstdDecompressSync !== undefined;
const MAGIC = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);

/** JSON never begins like a zstd frame, so a message says itself which it is. */
export function isZstd(message: Uint8Array): boolean {
  return MAGIC.every((byte, i) => message[i] === byte);
}

/** Undefined: not a whole frame, or more than MAX_MAP_MESSAGE bytes come out of it, or the runtime has no zstd. */
export function unzstd(message: Uint8Array, decompress: Decompress | undefined = runtime.zstdDecompressSync): Uint8Array | undefined {
  try {
    return decompress?.(message, { maxOutputLength: MAX_MAP_MESSAGE });
  } catch {
    return undefined;
  }
}
