/**
 * What a release says of itself, and whether it is believed. A manifest is JSON with a detached Ed25519 signature in the line
 * before it, in one file, so that no server can show one without the other; it is not even parsed before a pinned key vouches for its bytes. Then it must fit this computer, be new enough, not expired, not an
 * older one played again, and name a file by its bare name only. Pure but for the signature check. No network here.
 */
import { createHash } from 'node:crypto';
import sodium from 'sodium-native';
import * as v from 'valibot';

/** Bytes. */
export const MANIFEST_MOST = 64 * 1024;
export const UPDATE_MOST = 500 * 1024 * 1024;
/** Before the bytes, so that no signature of anything else is one of a manifest. */
const SIGNED_AS = 'bowline update manifest 1\n';
const SIGNATURE = 64;
const PUBLIC_KEY = 32;

const Version = v.pipe(v.string(), v.regex(/^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/));
export const Manifest = v.strictObject({
  format: v.literal(1),
  version: Version,
  platform: v.picklist(['darwin', 'win32', 'linux']),
  arch: v.picklist(['x64', 'arm64']),
  /** A bare file name, beside the manifest: no path and no other host. */
  file: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.(zip|exe|AppImage|deb)$/)),
  size: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Base64. */
  sha512: v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]{86}==$/)),
  /** The oldest version that may be updated to it. */
  minVersion: Version,
  /** ISO 8601, UTC. */
  expires: v.pipe(v.string(), v.isoTimestamp()),
  /** Grows with every manifest that is signed, whatever its version. */
  counter: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER)),
  /** Percent of installations that are offered it by themselves. */
  rollout: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  notes: v.pipe(v.string(), v.maxLength(2_000)),
});
export type Manifest = v.InferOutput<typeof Manifest>;

export interface Here {
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
  /** Wall time, ms. */
  readonly now: number;
  /** The greatest counter that was ever believed here. */
  readonly counter: number;
  /** Base64, 32 bytes each: the key of now, and the one after it. */
  readonly keys: readonly string[];
}

/** Why a manifest is not followed. `signature` says nothing of what is in it: that was not read. */
export type RefusedWhy = 'signature' | 'broken' | 'other-system' | 'expired' | 'replayed' | 'older' | 'too-large' | 'too-old';

export type Judged = { readonly kind: 'update'; readonly manifest: Manifest } | { readonly kind: 'same'; readonly manifest: Manifest } | { readonly kind: 'refused'; readonly why: RefusedWhy; readonly version: string | null };

const refused = (why: RefusedWhy, version: string | null = null): Judged => ({ kind: 'refused', why, version });

export function judgeManifest(bytes: Uint8Array, signature: Uint8Array, here: Here): Judged {
  if (!here.keys.some((key) => verifies(bytes, signature, key))) return refused('signature');
  const manifest = parse(bytes);
  if (manifest === undefined) return refused('broken');
  const { version } = manifest;
  if (manifest.platform !== here.platform || manifest.arch !== here.arch) return refused('other-system', version);
  if (Date.parse(manifest.expires) <= here.now) return refused('expired', version);
  if (manifest.counter < here.counter) return refused('replayed', version);
  const order = compareVersions(version, here.version);
  if (order < 0) return refused('older', version);
  if (order === 0) return { kind: 'same', manifest };
  if (manifest.size > UPDATE_MOST) return refused('too-large', version);
  if (compareVersions(here.version, manifest.minVersion) < 0) return refused('too-old', version);
  return { kind: 'update', manifest };
}

/** Of three numbers each; negative: a is the older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const order = (left![i] ?? 0) - (right![i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** Whether this installation is offered it by itself: by its own number and the version, so that the first are others each time. */
export function isInRollout(manifest: Manifest, installation: string): boolean {
  const place = createHash('sha256').update(`${installation} ${manifest.version}`).digest().readUInt32BE(0) / 0x1_0000_0000;
  return place * 100 < manifest.rollout;
}

/** What is signed: for the script that does. */
export const signedBytes = (manifest: Uint8Array): Buffer => Buffer.concat([Buffer.from(SIGNED_AS), manifest]);

export const manifestName = (platform: string, arch: string): string => `bowline-${platform}-${arch}.update`;

/** As it lies on a server. */
export const sealManifest = (manifest: Uint8Array, signature: Uint8Array): Buffer => Buffer.concat([Buffer.from(`${Buffer.from(signature).toString('base64')}\n`), manifest]);

/** Its two parts, of which nothing is believed yet. */
export function openManifest(file: Uint8Array): { readonly manifest: Uint8Array; readonly signature: Uint8Array } {
  const end = file.indexOf(0x0a);
  return { manifest: file.subarray(end + 1), signature: Buffer.from(Buffer.from(file.subarray(0, Math.max(end, 0))).toString('latin1'), 'base64') };
}

function verifies(bytes: Uint8Array, signature: Uint8Array, key: string): boolean {
  const publicKey = Buffer.from(key, 'base64');
  if (publicKey.length !== PUBLIC_KEY || signature.length !== SIGNATURE || bytes.length > MANIFEST_MOST) return false;
  try {
    return sodium.crypto_sign_verify_detached(Buffer.from(signature), signedBytes(bytes), publicKey);
  } catch {
    return false;
  }
}

function parse(bytes: Uint8Array): Manifest | undefined {
  try {
    const read = v.safeParse(Manifest, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}
