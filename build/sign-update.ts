/**
 * Signs what a release says of itself (app/host/update/manifest.ts), on a computer that needs no network and holds the secret key. Two verbs:
 *
 *   node dist/build/sign-update.js make-key KEY.pem
 *   node dist/build/sign-update.js sign KEY.pem --installer FILE --platform P --arch A --version V --min V --counter N
 *                                       --days N --rollout PERCENT [--notes FILE] --out FOLDER
 *
 * The first prints the public half, which goes into app/host/update/pinned.ts. The second writes one file with manifest and signature, which
 * goes beside the installer on the server, and after it.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { sha512Of } from '../app/host/update/file-hash.ts';
import { judgeManifest, manifestName, sealManifest, signedBytes } from '../app/host/update/manifest.ts';

const publicHalf = (key: KeyObject): string => Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');

/** Mode 0600, and never over one that is there. Returns the public half. */
export function makeKey(file: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  return publicHalf(privateKey);
}

export interface Release {
  readonly key: string;
  readonly installer: string;
  readonly platform: string;
  readonly arch: string;
  readonly version: string;
  readonly min: string;
  readonly counter: number;
  readonly days: number;
  readonly rollout: number;
  readonly notes: string;
  readonly out: string;
  /** Wall time, ms. */
  readonly now: number;
}

/** The file that it wrote. Throws a sentence, and writes nothing, where the app of `min` would not follow what is to be signed. */
export async function signRelease({ key, installer, platform, arch, version, min, counter, days, rollout, notes, out, now }: Release): Promise<string> {
  const secret = createPrivateKey(readFileSync(key));
  if (secret.asymmetricKeyType !== 'ed25519') throw new Error(`${key} is no Ed25519 key`);
  const manifest = { format: 1, version, platform, arch, file: path.basename(installer), size: statSync(installer).size, sha512: await sha512Of(installer), minVersion: min, expires: new Date(now + days * 86_400_000).toISOString(), counter, rollout, notes };
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  const signature = sign(null, signedBytes(bytes), secret);
  const judged = judgeManifest(bytes, signature, { version: min, platform, arch, now, counter, keys: [publicHalf(secret)] });
  if (judged.kind === 'refused') throw new Error(`an app of version ${min} would refuse it: ${judged.why}`);
  if (judged.kind === 'same') throw new Error(`version ${version} is no update of ${min}`);
  const name = path.join(out, manifestName(platform, arch));
  if (existsSync(name)) throw new Error(`${name} is there already: take it away first`);
  writeFileSync(name, sealManifest(bytes, signature));
  return name;
}

async function main(args: readonly string[]): Promise<string> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { installer: text, platform: text, arch: text, version: text, min: text, counter: text, days: text, rollout: text, notes: text, out: text },
  });
  const [verb, key] = positionals;
  if (key !== undefined && verb === 'make-key') return `The public half, for app/host/update/pinned.ts: ${makeKey(key)}\nKeep ${key} on a computer without a network, and a copy of it elsewhere.`;
  if (key === undefined || verb !== 'sign') throw new Error('make-key KEY.pem, or sign KEY.pem with its options: see the head of build/sign-update.ts');
  const need = (name: keyof typeof values): string => {
    const value = values[name];
    if (value === undefined) throw new Error(`--${name} is missing`);
    return value;
  };
  return signRelease({
    key,
    installer: need('installer'),
    platform: need('platform'),
    arch: need('arch'),
    version: need('version'),
    min: need('min'),
    counter: Number(need('counter')),
    days: Number(need('days')),
    rollout: Number(need('rollout')),
    notes: values.notes === undefined ? '' : readFileSync(values.notes, 'utf8'),
    out: need('out'),
    now: Date.now(),
  });
}

if (process.argv[1]?.endsWith('sign-update.js') === true) {
  try {
    process.stdout.write(`${await main(process.argv.slice(2))}\n`);
  } catch (error) {
    process.stderr.write(`sign-update: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
