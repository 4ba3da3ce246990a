/**
 * Where wintun.dll lies, and whether it is the one that was signed. The packager puts the file of Wintun 0.14.1 there as it
 * came from wintun.net (its licence forbids another build): `resources/wintun/x64/wintun.dll` or `.../arm64/wintun.dll` in the
 * app, `wintun/...` beside `package.json` where plain Node runs. No other folder is looked into, and no path is taken from the
 * environment: this process may be Administrator.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCode } from '../error-code.ts';
import { translator } from '../../language/texts.ts';

const { text } = translator('en');

/** SHA-256 of wintun.dll 0.14.1, signed by WireGuard LLC. */
const PINNED: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'e5da8447dc2c320edc0fc52fa01885c103de8c118481f683643cacc3220dafce',
  arm64: 'f7ba89005544be9d85231a9e0d5f23b2d15b3311667e2dad0debd344918a3f80',
};
/** The root of what was built: this file is app/host/windows-net in it. */
const BUILT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

export type WintunFile = { readonly ok: true; readonly file: string } | { readonly ok: false; readonly lack: 'processor' | 'file'; readonly sentence: string };

export function wintunFile(arch: NodeJS.Architecture = process.arch, folder: string = ownFolder(), pinned: string | undefined = PINNED[arch]): WintunFile {
  if (pinned === undefined) return { ok: false, lack: 'processor', sentence: text('problem.wintun-processor', { arch }) };
  const file = path.join(folder, 'wintun', arch, 'wintun.dll');
  try {
    const found = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
    return found === pinned ? { ok: true, file } : { ok: false, lack: 'file', sentence: text('problem.wintun-other', { file }) };
  } catch (error) {
    return { ok: false, lack: 'file', sentence: text('problem.wintun-missing', { file, code: errorCode(error) }) };
  }
}

/** Electron's folder of resources, else where package.json is. */
function ownFolder(): string {
  const resources: unknown = 'resourcesPath' in process ? process.resourcesPath : undefined;
  return typeof resources === 'string' ? resources : path.dirname(BUILT);
}
