/**
 * The app's Log: a file that is written without blocking and rotated by size, one old one kept. `electron-log/node` on
 * purpose: its main-process flavour would add IPC handlers of its own, which no check of ours would see.
 */
import { renameSync } from 'node:fs';
import electronLog from 'electron-log/node';
import type { Log, LogLevel } from '../app/ports/log.ts';

const MAX_BYTES = 1_000_000;

/** Entries of `level` and graver go to `file`; the one before it to `file` + `.old`. */
export function openAppLog(file: string, level: LogLevel): Log {
  const logger = electronLog.create({ logId: file });
  const transport = logger.transports.file;
  transport.resolvePathFn = () => file;
  transport.archiveLogFn = (old) => renameSync(old.path, `${old.path}.old`);
  transport.sync = false;
  transport.maxSize = MAX_BYTES;
  transport.level = level === 'trace' ? 'silly' : level;
  transport.format = '{iso} {level} {text}';
  logger.transports.console.level = false;
  return {
    write(of, area, text) {
      logger[of === 'trace' ? 'silly' : of](`${area}: ${text.replaceAll('\n', ' | ')}`);
    },
  };
}
