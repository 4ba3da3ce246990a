/** Versions of installed packages, for the reports. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const { resolve } = createRequire(import.meta.url);

/** `unknown` when it is not installed or hides its package.json. */
export function versionOf(name: string): string {
  let folder: string;
  try {
    folder = dirname(resolve(name));
  } catch {
    return 'unknown';
  }
  for (; folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const { name: found, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string; version?: string };
      if (found === name && version !== undefined) return version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
