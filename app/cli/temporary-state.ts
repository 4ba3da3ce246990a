/**
 * The state folder of a demo: private, temporary, removed at the end however the process ends. What a killed demo left is
 * removed by the next one.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../host/error-code.ts';
import { socketPath } from '../host/control-socket/socket-path.ts';

const PREFIX = 'bowline-demo-';

export interface TemporaryState {
  readonly folder: string;
  readonly socket: string;
  remove(): void;
}

export function makeTemporaryState(parent: string = tmpdir()): TemporaryState {
  removeLeftOvers(parent);
  // mkdtemp makes it with mode 0700.
  const folder = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  return { folder, socket: socketPath({ state: folder }), remove };
}

function removeLeftOvers(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // Another user's: theirs to remove.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}
