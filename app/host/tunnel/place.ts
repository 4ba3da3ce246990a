/**
 * What a tunnel needs before it begins and when it ends, whatever its configuration comes from: names that can be, a place
 * that no other Bowline uses, and the steps that take it down in reverse order.
 */
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { SystemError } from '../../../native-bindings/linux/index.ts';
import { connectControl } from '../control-socket/client.ts';
import { StartError } from '../packet-thread.ts';
import { createFileStore, NewerFileError, NoRoomError } from '../store.ts';
import { ChangeError } from '../system/system-changes.ts';
import { translator } from '../../language/texts.ts';
import { holdInstance } from './instance-lock.ts';
import { Problem } from './problem.ts';

const { text } = translator('en');

/** Throws a {@link Problem}. */
export function checkNames(device: string, socket: string): void {
  if (!/^[a-zA-Z0-9_=+.-]{1,15}$/.test(device) || device === '.' || device === '..') {
    throw new Problem(text('problem.device-name', { device }));
  }
  if (Buffer.byteLength(socket) > 103) throw new Problem(text('problem.socket-too-long', { socket }));
}

/** The state folder, ours alone until `letGo`. Rejects with a {@link Problem}. */
export async function claimPlace(socket: string, stateDirectory: string, log: Log): Promise<{ readonly store: Store; readonly letGo: () => void }> {
  const running = await connectControl(socket);
  if (running.ok) {
    running.value.close();
    throw new Problem(text('problem.runs-already', { socket }));
  }
  const store = createFileStore(stateDirectory, log);
  const letGo = await holdInstance(stateDirectory);
  if (letGo === undefined) throw new Problem(text('problem.folder-in-use', { folder: stateDirectory }));
  return { store, letGo };
}

/** What a person can act on becomes a {@link Problem}; the rest are bugs and stay as they are. */
export function asProblem(error: unknown): unknown {
  return error instanceof ChangeError || error instanceof StartError || error instanceof SystemError || error instanceof NewerFileError || error instanceof NoRoomError ? new Problem(error.message) : error;
}

export type Undo = (() => void | Promise<void>)[];

/** Newest first. Never rejects. */
export async function takeDown(undo: Readonly<Undo>, log: Log): Promise<void> {
  for (const step of undo.toReversed()) {
    try {
      await step();
    } catch (error) {
      log.write('error', 'tunnel', `while it ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
}
