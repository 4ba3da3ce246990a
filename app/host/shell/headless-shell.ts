/** The shell of a host whose page is in a browser. */
import { platform } from 'node:os';
import type { ShellView } from '../../api/schema.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { OWN_LINKS } from './links.ts';
import { createShell, type Shell } from './shell.ts';

export function systemName(name: string = platform()): ShellView['system'] {
  if (name === 'darwin') return 'macos';
  if (name === 'win32') return 'windows';
  return name === 'linux' ? 'linux' : 'other';
}

export const createHeadlessShell = (store: Store, log: Log): Shell => createShell({ store, log, links: OWN_LINKS, around: { system: systemName() } });
