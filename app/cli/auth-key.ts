/**
 * Where a pre-auth key comes from: the argument itself, a file that it names (`file:PATH`), or BOWLINE_AUTHKEY. The last
 * two keep it out of the list of processes, which everybody on a computer can read. No error repeats it.
 */
import { readFileSync } from 'node:fs';
import { errorCode } from '../host/error-code.ts';
import { translator } from '../language/texts.ts';

const { text } = translator('en');

export type AuthKey = { readonly ok: true; readonly key: string | undefined } | { readonly ok: false; readonly message: string };

const FILE = 'file:';
/** Characters; Headscale's have 88. */
const AT_MOST = 500;

export function readAuthKey(argument: string | undefined, environment: Readonly<Record<string, string | undefined>>): AuthKey {
  const said = argument ?? environment['BOWLINE_AUTHKEY'];
  if (said === undefined || (argument === undefined && said === '')) return { ok: true, key: undefined };
  const read = said.startsWith(FILE) ? fromFile(said.slice(FILE.length)) : { ok: true as const, key: said };
  if (!read.ok) return read;
  const key = read.key.trim();
  if (key === '') return { ok: false, message: text('cli.key.empty') };
  if (key.length > AT_MOST || /[^\x21-\x7e]/.test(key)) return { ok: false, message: text('cli.key.nonsense', { most: AT_MOST }) };
  return { ok: true, key };
}

function fromFile(path: string): { readonly ok: true; readonly key: string } | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, key: readFileSync(path, 'utf8').slice(0, 10 * AT_MOST) };
  } catch (error) {
    return { ok: false, message: errorCode(error) === 'ENOENT' ? text('cli.key.no-file', { path }) : text('cli.key.unreadable', { path, code: errorCode(error) }) };
  }
}
