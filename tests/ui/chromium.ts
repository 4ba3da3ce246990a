/** Finds the Chromium of this machine: BOWLINE_CHROMIUM, or one of the usual names in PATH. Used by every test in tests/ui. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of the program, or undefined. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['BOWLINE_CHROMIUM'];
  if (named !== undefined && named !== '') return runs(named) ? named : undefined;
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(runs);
}

export const MISSING = `No Chromium was found. Install one (Debian: apt-get install chromium) or set BOWLINE_CHROMIUM to its path. Looked for ${NAMES.join(', ')} in PATH.`;
