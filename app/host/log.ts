/**
 * The Log port of a host without files: one line an entry on standard error, filtered by level. Standard output belongs
 * to the JSON of commands. Files and rotation come with the app.
 */
import type { Log, LogLevel } from '../ports/log.ts';

const ORDER: readonly LogLevel[] = ['error', 'warn', 'info', 'debug', 'trace'];

/** Writes entries of `level` and graver ones. `write` takes one whole line. */
export function createStderrLog(level: LogLevel, write: (line: string) => void = (line) => void process.stderr.write(line)): Log {
  const last = ORDER.indexOf(level);
  return {
    write(of, area, text) {
      if (ORDER.indexOf(of) > last) return;
      write(`${new Date().toISOString()} ${of} ${area}: ${text.replaceAll('\n', ' | ')}\n`);
    },
  };
}
