/**
 * Finds the real programs of other projects that the tests run against: on PATH, then in the folder $BOWLINE_PEERS, then
 * in `../shared/peers` beside the checkout, whose script `install` unpacks them. A program that is nowhere is a failure
 * that says what to do; it is never a reason to skip.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type RealProgram = 'headscale' | 'tailscaled' | 'tailscale' | 'derper';

export interface Places {
  /** Value of PATH. */
  readonly path: string;
  readonly folder: string | undefined;
  /** Folder with a script `install` that prints where it unpacked the programs. */
  readonly packed: string;
}

/** The checkout: this file is in tests/peers, or in dist/tests/peers when it was built. */
const CHECKOUT = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../..' : '../../..', import.meta.url));
const PLACES: Places = { path: process.env['PATH'] ?? '', folder: process.env['BOWLINE_PEERS'], packed: join(CHECKOUT, '..', 'shared', 'peers') };
const found = new Map<RealProgram, string>();

/** Path of the program. Throws, with what to do, where it is nowhere. */
export function realProgram(name: RealProgram): string {
  const known = found.get(name);
  if (known !== undefined) return known;
  const program = findProgram(name, PLACES);
  found.set(name, program);
  return program;
}

export function findProgram(name: string, places: Places): string {
  for (const folder of [...places.path.split(':'), places.folder ?? '']) {
    if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
  }
  const install = join(places.packed, 'install');
  if (existsSync(install)) {
    // Several test files begin at once, and the first one unpacks.
    const unpacked = execFileSync('flock', [join(tmpdir(), 'bowline-peers.lock'), 'bash', install], { encoding: 'utf8' }).trim();
    if (existsSync(join(unpacked, name))) return join(unpacked, name);
  }
  throw new Error(`these tests need ${name}: put it on PATH or in a folder that BOWLINE_PEERS names (looked on PATH, in ${places.folder ?? 'no BOWLINE_PEERS'} and in ${places.packed})`);
}

/** Throws, with what to install, unless this is root and Debian's programs are here. Pairs of program and package. */
export function needDebian(programs: Readonly<Record<string, string>>): void {
  const missing = Object.entries(programs).filter(([program]) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  const lacking = [...(process.getuid?.() === 0 ? [] : ['root']), ...(missing.length === 0 ? [] : [`apt-get install ${missing.map(([, from]) => from).join(' ')}`])];
  if (lacking.length > 0) throw new Error(`these tests need ${lacking.join(', ')}`);
}
