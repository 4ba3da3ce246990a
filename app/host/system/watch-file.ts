/**
 * Tells when somebody writes or replaces a file, once for the several steps that this takes. No timer and no wake-up in
 * between. Where a file cannot be watched nothing is told: who cares reads it now and then.
 */
import fs from 'node:fs';
import path from 'node:path';

/** ms: writing a file is several steps. */
const SETTLES_WITHIN = 50;

/**
 * The folder, because programs replace the file; and the file, because some write into it. `later` runs work after ms and
 * returns the way to call it off. Returns the end of it.
 */
export function watchFile(file: string, changed: () => void, later: (work: () => void, ms: number) => () => void): () => void {
  let settling: (() => void) | undefined;
  const happened = (): void => {
    settling ??= later(() => {
      settling = undefined;
      within();
      within = watch(file, happened);
      changed();
    }, SETTLES_WITHIN);
  };
  const around = watch(path.dirname(file), (name) => (name === path.basename(file) ? happened() : undefined));
  let within = watch(file, happened);
  return () => {
    settling?.();
    around();
    within();
  };
}

/** Where it cannot be watched, it is read back at the pace of verification. */
function watch(what: string, happened: (name: string | null) => void): () => void {
  try {
    const watcher = fs.watch(what, { persistent: false }, (_, name) => happened(name));
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
