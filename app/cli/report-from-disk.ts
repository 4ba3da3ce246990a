/**
 * The report of a host that does not answer: what is on disk and nothing else. It asks nobody and changes nothing there, so that a
 * hang can be looked into afterwards. The recording is in the memory of the program that hangs: not here. Caller: diagnostics-verbs.ts.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { arch, platform, release } from 'node:os';
import { join } from 'node:path';
import { isoTime } from '../api/dates.ts';
import { sectionsText } from '../api/report.ts';
import { errorCode } from '../host/error-code.ts';
import { SettingsStore } from '../host/shell/settings-store.ts';
import { peekStored } from '../host/store.ts';
import { VERSION } from '../host/version.ts';
import { translator } from '../language/texts.ts';
import { LOG_FILE } from './process-end.ts';

export interface OnDisk {
  readonly stateDirectory: string;
  /** Names and what the log says stay as they are. */
  readonly names: boolean;
  /** What came of asking the host. */
  readonly asked: string;
  /** Wall time, ms. */
  readonly wall: number;
}

const TAIL_BYTES = 64 * 1024;
const TAIL_LINES = 200;
/** Time, level and area, which no stranger writes; then the text, in which any name may stand. */
const ENTRY = /^(\d{4}-\d\d-\d\dT[\d:.]+Z (?:error|warn|info|debug|trace) [a-z-]+: )/;

const { text: say } = translator('en');

export function reportFromDisk({ stateDirectory, names, asked, wall }: OnDisk): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [say('report.summary'), [names ? asked : say('shell.disk-no-answer'), say('shell.disk-what')]],
    [say('report.program'), [`Command line: Bowline ${VERSION} on ${platform()} ${release()} ${arch()}, Node ${process.versions.node}.`]],
    [say('report.settings'), settingLines(stateDirectory)],
    [say('report.log'), logLines(join(stateDirectory, LOG_FILE), names)],
  ];
  const head = [say('report.head.disk', { version: VERSION, at: isoTime(wall) }), say(names ? 'shell.disk-open' : 'shell.disk-withheld')];
  return sectionsText(head, sections);
}

function settingLines(directory: string): string[] {
  const told: string[] = [];
  const store = { read: () => peekStored(directory, 'settings'), write: never, remove: never, wipe: never };
  const settings = new SettingsStore(store, { write: (_level, _area, text) => void told.push(text) }).get();
  // A fault of the file may quote it.
  return [...(told.length === 0 ? [] : [say('shell.disk-settings-faulty', { count: told.length })]), ...Object.entries(settings).map(([name, value]) => `${name}: ${value}`)];
}

function never(): never {
  throw new Error('a report from the disk writes nothing there');
}

function logLines(file: string, names: boolean): string[] {
  const tail = tailOf(file);
  if ('fault' in tail) return [tail.fault === 'ENOENT' ? say('shell.disk-no-log') : say('shell.disk-log-unread', { why: tail.fault })];
  const lines = tail.text.split('\n').filter((line) => line !== '');
  return lines.slice(-TAIL_LINES).map((line) => (names ? line : `${ENTRY.exec(line)?.[1] ?? ''}withheld`));
}

function tailOf(file: string): { readonly text: string } | { readonly fault: string } {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
      const read = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
      const text = bytes.toString('utf8', 0, read);
      // It begins in the middle of a line.
      return { text: size > TAIL_BYTES ? text.slice(text.indexOf('\n') + 1) : text };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return { fault: errorCode(error) };
  }
}
