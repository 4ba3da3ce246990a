/**
 * Writes THIRD-PARTY-LICENCES: the text of the licence of everything that a package of Bowline contains. That is the production tree of the
 * lockfile, and what the page's build takes in (React, the font, the icons) although it is installed for development. Electron and
 * Chromium bring their own files beside the program.
 *
 *   npm run licences
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** In the page, and in the folder of development dependencies. `scheduler` is React's. */
const IN_THE_PAGE = new Set(['@fontsource-variable/inter', 'lucide-react', 'react', 'react-dom', 'scheduler', 'zustand']);
/** Peers that a package could use and ours does not: types, and a compiler that only their types ask for. */
const NOT_PACKED = new Set(['typescript']);

/** SPDX names. Each lets a program be passed on without its source, on terms that this file meets. */
export const ALLOWED = new Set(['MIT', 'ISC', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'Python-2.0', 'OFL-1.1']);

interface Entry {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

export interface Part {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** Of the package's own file; undefined: it has none. */
  readonly text: string | undefined;
}

/** In the order of their names. Throws where a package is not installed. */
export function partsOf(root: string): readonly Part[] {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Entry> };
  const parts = new Map<string, Part>();
  for (const [folder, { version = '', license = '', dev, optional }] of Object.entries(packages)) {
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const packed = folder !== '' && !NOT_PACKED.has(name) && ((dev !== true && optional !== true) || IN_THE_PAGE.has(name));
    if (packed) parts.set(`${name} ${version}`, { name, version, licence: license, text: textIn(path.join(root, folder)) });
  }
  return [...parts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
}

function textIn(folder: string): string | undefined {
  const file = readdirSync(folder).toSorted().find((name) => /^(?:licen[cs]e|copying)(?:[.-]|$)/i.test(name));
  return file === undefined ? undefined : readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
}

export function writeLicences(parts: readonly Part[]): string {
  const head = 'Bowline contains these works of others, each under its own licence. Electron and Chromium have their own files beside the program.\n';
  return [head, ...parts.map(({ name, version, licence, text }) => `${'='.repeat(80)}\n${name} ${version} (${licence})\n\n${text ?? `Its package names this licence and contains no text of it.`}\n`)].join('\n');
}

if (process.argv[1]?.endsWith('licences.js') === true) writeFileSync('THIRD-PARTY-LICENCES', writeLicences(partsOf('.')));
