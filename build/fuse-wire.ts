/**
 * The fuses in Electron's binary: a sentinel, a version, a length, and a byte for each (Electron's docs/tutorial/fuses.md). Reads
 * only; electron-builder sets them. Pure. Callers: after-pack.ts, tests/packaged/fuses.mjs.
 */

const SENTINEL = Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX');

/** In the order of the wire (@electron/fuses, FuseV1Options). */
const FUSES = ['runAsNode', 'enableCookieEncryption', 'enableNodeOptionsEnvironmentVariable', 'enableNodeCliInspectArguments', 'enableEmbeddedAsarIntegrityValidation', 'onlyLoadAppFromAsar', 'loadBrowserProcessSpecificV8Snapshot', 'grantFileProtocolExtraPrivileges', 'wasmTrapHandlers'] as const;
export type Fuse = (typeof FUSES)[number];

/** As a package has to have them. */
export const WANTED: Readonly<Record<Fuse, boolean>> = {
  runAsNode: false,
  // On, it would ask for the keychain; there are no cookies.
  enableCookieEncryption: false,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
  // electron-builder 26 cannot set it: as Electron ships it.
  wasmTrapHandlers: true,
};

/** One wire for each processor in the file; none: it is no Electron. */
export function readWires(binary: Buffer): readonly string[] {
  const wires: string[] = [];
  for (let at = binary.indexOf(SENTINEL); at >= 0; at = binary.indexOf(SENTINEL, at + 1)) {
    const from = at + SENTINEL.length;
    wires.push(binary[from] === 1 ? binary.toString('latin1', from + 2, from + 2 + (binary[from + 1] ?? 0)) : '');
  }
  return wires;
}

/** What each fuse is not as wanted, as sentences; empty: all are. `settled`: false before electron-builder has set its eight. */
export function judgeWire(wire: string, settled: boolean): readonly string[] {
  const faults: string[] = [];
  if (wire.length > FUSES.length) faults.push(`this Electron has ${wire.length} fuses, of which ${wire.length - FUSES.length} nobody has decided: add them to build/fuse-wire.ts`);
  FUSES.forEach((fuse, i) => {
    const state = wire[i];
    if (state === undefined) faults.push(`this Electron has no fuse ${fuse}`);
    else if (state !== '0' && state !== '1') faults.push(`the fuse ${fuse} was taken out of this Electron`);
    else if ((settled || fuse === 'wasmTrapHandlers') && (state === '1') !== WANTED[fuse]) faults.push(`the fuse ${fuse} is ${state === '1' ? 'on' : 'off'}`);
  });
  return faults;
}
