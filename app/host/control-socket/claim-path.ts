/**
 * Takes possession of the path of a unix socket: a private folder, no live host there, a dead host's file out of the way,
 * and a bind that creates the file with mode 0600 from its first moment. Used by server.ts only; not used on Windows,
 * where the system guards named pipes.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, type Stats } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { errorCode } from '../error-code.ts';
import { PATH_BYTES_AT_MOST } from './socket-path.ts';

/** Listens on `path` so that only this user can ever connect. Rejects with a sentence that says why not and what to do. */
export async function claimPath(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > PATH_BYTES_AT_MOST) throw new Error(`the socket path ${path} is longer than ${PATH_BYTES_AT_MOST} bytes: choose a shorter one with --socket`);
  preparePrivateFolder(dirname(path));
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = statOf(path);
    if (before !== undefined) {
      if (!before.isSocket()) throw new Error(`${path} is not a socket: move it away, or choose another path with --socket`);
      if (await isAlive(path)) throw new Error(`another Bowline is running (pid ${readPid(path) ?? 'unknown'}) on ${path}: end it, or choose another path with --socket`);
      await removeStale(path, before);
    }
    if (await bindPrivately(server, path)) {
      verifyOwn(path);
      writeFileSync(pidPath(path), `${process.pid}\n`, { mode: 0o600 });
      return;
    }
  }
  throw new Error(`another Bowline is starting on ${path}`);
}

/** Removes what `claimPath` left beside the socket; the socket itself goes when its server closes. */
export function releasePath(path: string): void {
  if (readPid(path) === process.pid) rmSync(pidPath(path), { force: true });
}

const pidPath = (path: string): string => `${path}.pid`;

function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidPath(path), 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Made 0700 when missing. One that others may write to is refused: they could put their own socket there. */
function preparePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder);
  const sticky = (stat.mode & 0o1000) !== 0;
  const ours = stat.uid === process.getuid?.();
  if (!stat.isDirectory()) throw new Error(`${folder} is not a folder`);
  if (!ours && !(stat.uid === 0 && sticky)) throw new Error(`${folder} belongs to another user: choose a folder of your own with --socket`);
  if ((stat.mode & 0o022) !== 0 && !sticky) throw new Error(`${folder} can be written by others: run chmod 700 ${folder}, or choose another with --socket`);
}

/** True when somebody accepts connections there. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.on('connect', () => end(true));
    // Refused, or gone meanwhile: dead. Anything else (a full backlog, no permission) is somebody.
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
  });
}

/** Moves the file aside before removing it, so that a socket which another starter put there meanwhile is seen and put back. */
export async function removeStale(path: string, seen: Stats): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  // An inode number may be given out again at once, the time of creation is not.
  const { ino, mtimeMs } = lstatSync(aside);
  const isAnother = ino !== seen.ino || mtimeMs !== seen.mtimeMs || (await isAlive(aside));
  if (isAnother && statOf(path) === undefined) linkSync(aside, path);
  rmSync(aside);
}

/** The umask holds while bind creates the file (libuv binds inside `listen`), so there is no moment with wider access. False: the path is taken. */
function bindPrivately(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, fail) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else fail(new Error(`cannot listen on ${path}: ${error.message}`));
    };
    server.once('error', onError);
    const umask = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off('error', onError);
        resolve(true);
      });
    } finally {
      process.umask(umask);
    }
  });
}

function verifyOwn(path: string): void {
  const stat = lstatSync(path);
  if (stat.uid !== process.getuid?.() || (stat.mode & 0o077) !== 0) throw new Error(`${path} can be opened by others: the file system there does not keep permissions. Choose another path with --socket`);
}
