/**
 * electron-builder's hook between packing and signing: ends the build where the package is not what the app will ask for at its start.
 * Changes nothing. What the builder does after it (fuses, signatures) is looked at by tests/packaged.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { nativeDigest } from '../main/native-list.ts';
import { archName, nativesOf, type Target } from './before-pack.ts';
import { judgeWire, readWires } from './fuse-wire.ts';
import { readNativeHeader } from './native-header.ts';

interface Packed extends Target {
  readonly appOutDir: string;
  readonly packager: Target['packager'] & { readonly appInfo: { readonly productFilename: string }; readonly executableName?: string };
}

/** Every file outside the archive has to be a native of this system, and each of them has to be there. Sentences; empty: it is so. */
export function faultsOutside(folder: string, system: string, arch: string): readonly string[] {
  const found = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory()) : [];
  const files = found.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
  const wanted = nativesOf(system, arch);
  return [
    ...files.filter((file) => !wanted.includes(file)).map((file) => `${file} lies outside the archive`),
    ...wanted.filter((file) => !files.includes(file)).map((file) => `${file} is missing`),
    ...files.flatMap((file) => {
      const header = readNativeHeader(readFileSync(path.join(folder, file)));
      return header?.system === system && header.arch === arch ? [] : [`${file} is for ${header?.system ?? 'no system'} on ${header?.arch ?? 'no processor'}`];
    }),
  ];
}

/** The file that holds the fuses, and the folder of the archive. */
export function placesIn(appOutDir: string, system: string, product: string, executable: string): { readonly binary: string; readonly resources: string } {
  if (system === 'darwin') {
    const contents = path.join(appOutDir, `${product}.app`, 'Contents');
    return { binary: path.join(contents, 'Frameworks', 'Electron Framework.framework', 'Electron Framework'), resources: path.join(contents, 'Resources') };
  }
  return { binary: path.join(appOutDir, system === 'win32' ? `${product}.exe` : executable), resources: path.join(appOutDir, 'resources') };
}

export default function afterPack({ appOutDir, electronPlatformName: system, arch, packager }: Packed): void {
  const { binary, resources } = placesIn(appOutDir, system, packager.appInfo.productFilename, packager.executableName ?? packager.appInfo.productFilename);
  const wires = readWires(readFileSync(binary));
  const faults = [...faultsOutside(path.join(resources, 'app.asar.unpacked'), system, archName(arch)), ...(wires.length === 0 ? [`${binary} has no fuses`] : wires.flatMap((wire) => judgeWire(wire, false)))];
  const list = JSON.parse(readFileSync(path.join(packager.projectDir, 'dist/main/natives.json'), 'utf8')) as { natives: Record<string, string> };
  for (const [file, digest] of Object.entries(list.natives)) {
    const packed = path.join(resources, 'app.asar.unpacked', file);
    if (existsSync(packed) && nativeDigest(readFileSync(packed)) !== digest) faults.push(`${file} is not the one that was listed`);
  }
  if (faults.length > 0) throw new Error(`This package is not what the app asks for:\n- ${faults.join('\n- ')}`);
}
