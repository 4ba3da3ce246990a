/** What a `bowline up` that goes on by itself shares: its log file, and the signals that end it. */
import fs from 'node:fs';
import path from 'node:path';

export const LOG_FILE = 'bowline.log';
/** Bytes; a longer log of an earlier run begins anew. */
const LOG_AT_MOST = 4 * 1_048_576;

export function openLog(stateDirectory: string): { readonly path: string; readonly descriptor: number } {
  fs.mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const file = path.join(stateDirectory, LOG_FILE);
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return { path: file, descriptor: fs.openSync(file, size > LOG_AT_MOST ? 'w' : 'a', 0o600) };
}

/** Resolves at the first signal that asks a program to end. */
export function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}
