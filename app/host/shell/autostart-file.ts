/**
 * "Start at login" on Linux: a file of our own in the autostart folder of this person (Desktop Application Autostart
 * Specification), which the desktop reads at the next login. What the file says is the truth, and it is read back: a desktop
 * may have hidden it, a person may have changed it. A file of that name that is not ours is neither changed nor removed. Caller:
 * the hands of the tray app (main/electron-hands.ts).
 */
import fs from 'node:fs';
import path from 'node:path';
import type { LoginItemState } from '../../api/schema.ts';
import { errorCode } from '../error-code.ts';
import { replaceFile } from '../replace-file.ts';
import type { LoginItem } from './hands.ts';

const FILE = 'org.bowline.Bowline.desktop';
const GROUP = '[Desktop Entry]';
/** How we know our own file. */
const MARK = 'X-Bowline-Autostart';
const LONGEST = 64 * 1024;

export interface AutostartInit {
  /** Program and arguments; the program is an absolute path. */
  readonly command: readonly string[];
  readonly env: { readonly XDG_CONFIG_HOME?: string | undefined; readonly XDG_CURRENT_DESKTOP?: string | undefined };
  readonly home: string;
}

type Found = { readonly kind: 'none' } | { readonly kind: 'foreign' } | { readonly kind: 'ours'; readonly entry: ReadonlyMap<string, string> };

export function createAutostart({ command, env, home }: AutostartInit): LoginItem {
  // A relative path there is to be ignored (XDG Base Directory Specification).
  const config = env.XDG_CONFIG_HOME !== undefined && path.isAbsolute(env.XDG_CONFIG_HOME) ? env.XDG_CONFIG_HOME : path.join(home, '.config');
  const folder = path.join(config, 'autostart');
  const file = path.join(folder, FILE);
  const exec = execLine(command);

  function state(): LoginItemState {
    const found = find(file);
    if (found.kind !== 'ours') return found.kind === 'none' ? 'off' : 'foreign';
    const { entry } = found;
    if (entry.get('Hidden') === 'true' || entry.get('X-GNOME-Autostart-enabled') === 'false') return 'disabled';
    if (!isShownIn(entry, env.XDG_CURRENT_DESKTOP)) return 'disabled';
    return entry.get('Exec') === exec ? 'on' : 'elsewhere';
  }

  return {
    state,
    set(on) {
      try {
        if (find(file).kind === 'foreign') return undefined;
        if (on && exec === undefined) return 'the path of this program cannot stand in such a file';
        if (on) {
          fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
          replaceFile(file, entryText(exec!), 0o644);
        } else {
          fs.rmSync(file, { force: true });
        }
        return undefined;
      } catch (error) {
        return `${file}: ${errorCode(error)}`;
      }
    },
  };
}

function find(file: string): Found {
  try {
    // A link may lead anywhere: it is not ours.
    const about = fs.lstatSync(file);
    if (!about.isFile() || about.size > LONGEST) return { kind: 'foreign' };
    const entry = parse(fs.readFileSync(file, 'utf8'));
    return entry.get(MARK) === '1' ? { kind: 'ours', entry } : { kind: 'foreign' };
  } catch (error) {
    // Who may not look may not change either.
    return errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR' ? { kind: 'none' } : { kind: 'foreign' };
  }
}

/** The keys of the first group. */
function parse(text: string): Map<string, string> {
  const entry = new Map<string, string>();
  let isInside = false;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('[')) isInside = line.trim() === GROUP;
    const equals = line.indexOf('=');
    if (isInside && equals > 0 && !line.startsWith('#')) entry.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  return entry;
}

function isShownIn(entry: ReadonlyMap<string, string>, desktops: string | undefined): boolean {
  const here = new Set((desktops ?? '').split(':').filter((name) => name !== ''));
  const names = (key: string): string[] | undefined => entry.get(key)?.split(';').filter((name) => name !== '');
  const only = names('OnlyShowIn');
  if (only !== undefined && !only.some((name) => here.has(name))) return false;
  return names('NotShowIn')?.some((name) => here.has(name)) !== true;
}

/** The Exec key's value: each argument quoted, then escaped as every string of the file. Undefined: it cannot be one. */
export function execLine(command: readonly string[]): string | undefined {
  if (command[0] === undefined || !path.posix.isAbsolute(command[0]) || command[0].includes('=') || command.some(hasControls)) return undefined;
  const quoted = command.map((part) => `"${part.replace(/["`$\\]/g, (sign) => `\\${sign}`).replaceAll('%', '%%')}"`).join(' ');
  return quoted.replaceAll('\\', '\\\\');
}

const hasControls = (part: string): boolean => [...part].some((sign) => sign < ' ' || sign === '\u007f');

const entryText = (exec: string): string => [GROUP, 'Type=Application', 'Name=Bowline', 'Comment=Stays connected to your network', `Exec=${exec}`, 'Icon=bowline', 'Terminal=false', 'X-GNOME-Autostart-enabled=true', `${MARK}=1`, ''].join('\n');
