/**
 * The Store port on files: one file a value, mode 0600, in a directory of mode 0700. A value is replaced whole: written
 * beside, flushed, renamed. Each file begins with a header (format version and SHA-256 of the value), so that a torn or
 * foreign file is noticed, moved aside as `NAME.damaged`, told to the log, and reads as absent. Synchronous: values are
 * small and rare. It does not encrypt.
 */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';

/** "BLST", then the format's version. */
const MAGIC = Buffer.from('BLST\u0001', 'latin1');
const DIGEST = 32;
const HEADER = MAGIC.length + DIGEST;
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Opens (and makes) the directory. Throws what the system says when it cannot. */
export function createFileStore(directory: string, log: Log): Store {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  fs.chmodSync(directory, 0o700);
  const fileOf = (name: string): string => {
    if (!NAME.test(name)) throw new RangeError(`a stored value's name has small letters, digits and dashes, not ${JSON.stringify(name)}`);
    return path.join(directory, name);
  };
  return {
    read(name) {
      const file = fileOf(name);
      const bytes = readIfThere(file);
      if (bytes === undefined) return undefined;
      const value = open(bytes);
      if (value !== undefined) return value;
      fs.renameSync(file, `${file}.damaged`);
      log.write('warn', 'store', `the file ${file} is damaged: moved to ${name}.damaged, continuing without it`);
      return undefined;
    },
    write(name, value) {
      const file = fileOf(name);
      const beside = `${file}.${randomBytes(6).toString('hex')}.new`;
      try {
        const descriptor = fs.openSync(beside, 'wx', 0o600);
        try {
          fs.writeFileSync(descriptor, seal(value));
          fs.fsyncSync(descriptor);
        } finally {
          fs.closeSync(descriptor);
        }
        fs.renameSync(beside, file);
      } catch (error) {
        fs.rmSync(beside, { force: true });
        throw error;
      }
      flushDirectory(directory);
    },
    remove(name) {
      fs.rmSync(fileOf(name), { force: true });
    },
  };
}

function seal(value: Uint8Array): Buffer {
  return Buffer.concat([MAGIC, createHash('sha256').update(value).digest(), value]);
}

function open(file: Buffer): Uint8Array | undefined {
  if (file.length < HEADER || !file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const value = file.subarray(HEADER);
  const digest = createHash('sha256').update(value).digest();
  return digest.equals(file.subarray(MAGIC.length, HEADER)) ? new Uint8Array(value) : undefined;
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes the rename last over a power cut. Windows has no such call and needs none. */
function flushDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
