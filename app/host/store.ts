/**
 * The Store port on files: one file a value, mode 0600, in a directory of mode 0700. A value is replaced whole: written
 * beside, flushed, renamed. Each file begins with a header (format version and SHA-256 of the value), so that a torn or
 * foreign file is noticed, moved aside as `NAME.damaged`, told to the log, and reads as absent. A file of a newer format is
 * not touched: reading it throws NewerFileError. Synchronous: values are small and rare. It does not encrypt. `wipe`
 * overwrites in place, and a replaced secret where it was asked (but on Windows); what a journalling or copying disk keeps besides is out of its reach.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { translator } from '../language/texts.ts';
import { errorCode } from './error-code.ts';
import { replaceFile } from './replace-file.ts';

const { text } = translator('en');

const SIGN = Buffer.from('BLST', 'latin1');
const FORMAT = 1;
/** "BLST", then the format's version. */
const MAGIC = Buffer.concat([SIGN, Buffer.of(FORMAT)]);
const DIGEST = 32;
const HEADER = MAGIC.length + DIGEST;
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** A file that a newer Bowline wrote. The message is a sentence for a person. */
export class NewerFileError extends Error {
  override readonly name = 'NewerFileError';

  constructor(file: string, version: number, known: number) {
    super(text('problem.newer-file', { file, version, known }));
  }
}

const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

/** A value could not be written, and the old one is as it was. The message is a sentence for a person. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';

  constructor(file: string, code: string) {
    super(text('problem.no-room', { file, code, folder: path.dirname(file), why: code === 'EROFS' ? 'read_only' : 'full' }));
  }
}

/** Does what writes, and returns the sentence of why there was no room for it; undefined: it is done. Other faults are thrown. */
export function whyNoRoom(write: () => void): string | undefined {
  try {
    write();
    return undefined;
  } catch (error) {
    if (error instanceof NoRoomError) return error.message;
    throw error;
  }
}

/** What is only there to be quicker next time: where it cannot be written, that is told and nothing else happens. */
export function writeIfRoom(store: Store, name: string, value: Uint8Array, log: Log): void {
  const why = whyNoRoom(() => store.write(name, value));
  if (why !== undefined) log.write('warn', 'store', why);
}

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
      const value = open(bytes, file);
      if (value !== undefined) return value;
      fs.renameSync(file, `${file}.damaged`);
      log.write('warn', 'store', `the file ${file} is damaged: moved to ${name}.damaged, continuing without it`);
      return undefined;
    },
    write(name, value, before) {
      const file = fileOf(name);
      const there = readIfThere(file);
      if (there !== undefined) refuseNewer(there, file);
      // Windows does not rename over a file that is open.
      const isSecret = before === 'overwrite' && there !== undefined && process.platform !== 'win32';
      let old: number | undefined;
      try {
        if (isSecret) old = fs.openSync(file, 'r+');
        replaceFile(file, seal(value), 0o600);
      } catch (error) {
        if (old !== undefined) fs.closeSync(old);
        const code = errorCode(error);
        throw NO_ROOM.has(code) ? new NoRoomError(file, code) : error;
      }
      flushDirectory(directory);
      // Only now does no name lead to the old bytes, whatever happens to the power.
      if (old !== undefined) overwriteAndClose(old);
    },
    remove(name) {
      fs.rmSync(fileOf(name), { force: true });
    },
    wipe(name) {
      const file = fileOf(name);
      for (const each of [file, `${file}.damaged`]) overwriteAndRemove(each);
      flushDirectory(directory);
    },
  };
}

/** Of a folder that another process uses: reads, and changes nothing, not even what is damaged. Undefined: not there, or not whole. */
export function peekStored(directory: string, name: string): Uint8Array | undefined {
  const file = path.join(directory, name);
  const bytes = readIfThere(file);
  return bytes === undefined ? undefined : open(bytes, file);
}

function seal(value: Uint8Array): Buffer {
  return Buffer.concat([MAGIC, createHash('sha256').update(value).digest(), value]);
}

function refuseNewer(bytes: Buffer, file: string): void {
  const version = bytes[SIGN.length];
  if (version !== undefined && version > FORMAT && bytes.subarray(0, SIGN.length).equals(SIGN)) throw new NewerFileError(file, version, FORMAT);
}

function open(file: Buffer, at: string): Uint8Array | undefined {
  refuseNewer(file, at);
  if (file.length < HEADER || !file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const value = file.subarray(HEADER);
  const digest = createHash('sha256').update(value).digest();
  return digest.equals(file.subarray(MAGIC.length, HEADER)) ? new Uint8Array(value) : undefined;
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function overwriteAndRemove(file: string): void {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, 'r+');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  overwriteAndClose(descriptor);
  fs.rmSync(file, { force: true });
}

function overwriteAndClose(descriptor: number): void {
  try {
    fs.writeSync(descriptor, Buffer.alloc(fs.fstatSync(descriptor).size), 0, undefined, 0);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
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
