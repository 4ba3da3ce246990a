/**
 * Why a call of the system failed: errno by name, and one error type that names the call and what it was about. Linux and
 * Darwin; the numbers are those of the system this runs on. Calls nothing else.
 */
import os from 'node:os';
import koffi from 'koffi';

/** errno of this thread's last failed call. */
export function errno(): number {
  return koffi.errno();
}

/** Second names of one number; the first is the one that manuals use. */
const ALIASES = new Set(['EWOULDBLOCK', 'ENOTSUP']);
const NAMES = new Map<number, string>(Object.entries(os.constants.errno).flatMap(([name, number]) => (ALIASES.has(name) ? [] : [[number, name] as const])));

/** `EINVAL` for 22; `errno 999` for one without a name. */
export function errnoName(number: number): string {
  return NAMES.get(number) ?? `errno ${number}`;
}

/** A system call failed: which, on what, and why by name. `detail`: the kernel's own sentence, where it gives one. */
export class SystemError extends Error {
  readonly call: string;
  readonly object: string;
  readonly code: string;

  constructor(call: string, object: string, number: number, detail?: string) {
    const code = errnoName(number);
    super(`${call} ${object}: ${code}${detail === undefined ? '' : ` (${detail})`}`);
    this.name = 'SystemError';
    this.call = call;
    this.object = object;
    this.code = code;
  }
}

/** The result, or a SystemError when it is negative. */
export function check(result: number, call: string, object: string): number {
  if (result < 0) throw new SystemError(call, object, errno());
  return result;
}
