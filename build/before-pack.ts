/**
 * electron-builder's hook before it fills the archive: writes the hashes of the natives that this system and processor will load into
 * dist/main/natives.json, which goes into it. Runs no program.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nativeDigest, type NativeList } from '../main/native-list.ts';
import { readNativeHeader } from './native-header.ts';

/** As Node names them; `arch` as electron-builder counts. */
export interface Target {
  readonly electronPlatformName: string;
  readonly arch: number;
  readonly packager: { readonly projectDir: string };
}

/** builder-util's Arch. */
const ARCHS: Readonly<Record<number, string>> = { 1: 'x64', 3: 'arm64' };

export function archName(arch: number): string {
  const name = ARCHS[arch];
  if (name === undefined) throw new Error(`Bowline is not made for processor ${arch} of electron-builder's list: x64 and arm64 only`);
  return name;
}

/** Where each dependency keeps its native. */
export const nativesOf = (system: string, arch: string): readonly string[] => [
  `node_modules/sodium-native/prebuilds/${system}-${arch}/sodium-native.node`,
  `node_modules/@koromix/koffi-${system}-${arch}/${system}_${arch}/koffi.node`,
];

/** Throws a sentence where one is missing or for another computer. */
export function listNatives(root: string, system: string, arch: string): NativeList {
  const natives: Record<string, string> = {};
  for (const file of nativesOf(system, arch)) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(path.join(root, file));
    } catch {
      throw new Error(`${file} is not installed: npm ci --os=${system} --cpu=${arch}`);
    }
    const header = readNativeHeader(bytes);
    if (header?.system !== system || header.arch !== arch) throw new Error(`${file} is for ${header?.system ?? 'no system'} on ${header?.arch ?? 'no processor'}`);
    natives[file] = nativeDigest(bytes);
  }
  return { system, arch, natives };
}

export default function beforePack({ electronPlatformName, arch, packager }: Target): void {
  writeFileSync(path.join(packager.projectDir, 'dist/main/natives.json'), `${JSON.stringify(listNatives(packager.projectDir, electronPlatformName, archName(arch)), null, 2)}\n`);
}
