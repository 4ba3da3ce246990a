/**
 * Programs of the system that Bowline starts, each by its absolute path. They are looked for where systems keep them, never on
 * PATH: whoever starts this process writes that, and it may run as root. Callers: whoever starts one. tests/house/programs.test.ts
 * holds that nobody starts one otherwise.
 */
import fs from 'node:fs';

/** Each with what it is for, as a person reads it where the program is missing. */
export const SYSTEM_PROGRAMS = { resolvectl: 'tell systemd-resolved the name servers of the network' } as const;
export type SystemProgram = keyof typeof SYSTEM_PROGRAMS;

/** Only the administrator writes there. The last is NixOS's, which has no other. */
const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/run/current-system/sw/bin'] as const;

/** It is in none of these folders. */
export class NoProgram extends Error {
  override readonly name = 'NoProgram';
  readonly code = 'ENOENT';

  constructor(program: SystemProgram) {
    super(`cannot ${SYSTEM_PROGRAMS[program]}: ${program} is in none of ${FOLDERS.join(', ')}; install it, or name servers in resolv.conf`);
  }
}

/** Throws {@link NoProgram}. `runs`: whether this file is there and may be started. */
export function programPath(program: SystemProgram, runs: (path: string) => boolean = mayRun): string {
  const found = FOLDERS.map((folder) => `${folder}/${program}`).find(runs);
  if (found === undefined) throw new NoProgram(program);
  return found;
}

function mayRun(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return fs.statSync(path).isFile();
  } catch {
    return false;
  }
}
