/**
 * Natives lie outside the archive, where Electron proves nothing (what is inside is covered by its integrity check). So their hashes lie
 * inside, and the app compares before it loads one. Pure but for the two readers that it is handed. Callers: start.ts; build/before-pack.ts
 * writes the list.
 *
 * Linux: SHA-256 of the file. Windows: the same without what a signature adds, as files are signed after they were packed. macOS has
 * no list: the hardened runtime loads a library only when it is signed by our team (library validation).
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';

const List = v.strictObject({ system: v.string(), arch: v.string(), natives: v.record(v.string(), v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))) });
export type NativeList = v.InferOutput<typeof List>;

export type NativeFault = { readonly kind: 'unlisted' } | { readonly kind: 'other-system'; readonly list: string } | { readonly kind: 'missing' | 'changed'; readonly file: string };

/** Undefined: all are as they were packed. `readList` and `readNative` give undefined for what cannot be read. */
export function faultOfNatives(system: string, arch: string, readList: () => string | undefined, readNative: (file: string) => Uint8Array | undefined): NativeFault | undefined {
  if (system === 'darwin') return undefined;
  const list = parseList(readList());
  if (list === undefined || Object.keys(list.natives).length === 0) return { kind: 'unlisted' };
  if (list.system !== system || list.arch !== arch) return { kind: 'other-system', list: `${list.system}-${list.arch}` };
  for (const [file, digest] of Object.entries(list.natives)) {
    const bytes = readNative(file);
    if (bytes === undefined) return { kind: 'missing', file };
    if (nativeDigest(bytes) !== digest) return { kind: 'changed', file };
  }
  return undefined;
}

function parseList(text: string | undefined): NativeList | undefined {
  try {
    const read = v.safeParse(List, JSON.parse(text ?? ''));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 in hex; of a PE file that of Authenticode (Windows Authenticode Portable Executable Signature Format, 2008). */
export function nativeDigest(bytes: Uint8Array): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hash = createHash('sha256');
  const parts = unsignedParts(view);
  for (const part of parts ?? [view]) hash.update(part);
  return hash.digest('hex');
}

/** Without checksum, the entry of the certificate table, and the table, which stands last; filled up to 8 bytes, as it is when a table is added. */
function unsignedParts(view: Buffer): Buffer[] | undefined {
  if (view.length < 64 || view.readUInt16BE(0) !== 0x4d5a) return undefined;
  const optional = view.readUInt32LE(0x3c) + 24;
  if (optional + 152 > view.length || view.readUInt32BE(optional - 24) !== 0x50450000 || view.readUInt16LE(optional) !== 0x20b) return undefined;
  const checksum = optional + 64;
  // PE32+: directories begin at 112; that of certificates is the fifth.
  const entry = optional + 112 + 4 * 8;
  const table = view.readUInt32LE(entry);
  // A table that is not the rest of the file hides nothing: then all bytes count.
  const end = table > entry && table + view.readUInt32LE(entry + 4) === view.length ? table : view.length;
  return [view.subarray(0, checksum), view.subarray(checksum + 4, entry), view.subarray(entry + 8, end), Buffer.alloc((8 - (end % 8)) % 8)];
}
