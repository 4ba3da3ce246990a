/**
 * One Bowline for one state folder: an abstract unix socket (Linux) or a named pipe (Windows), which the kernel frees with
 * the process, however it ends. It guards the journal of system changes; who talks to whom is the control socket's matter.
 * macOS has neither, and no journal: the control socket's own claim has to do there.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import path from 'node:path';
import { errorCode } from '../error-code.ts';

/** Returns the way to let go; undefined when another process holds it. */
export function holdInstance(stateDirectory: string): Promise<(() => void) | undefined> {
  if (process.platform === 'darwin') return Promise.resolve(() => undefined);
  const name = createHash('sha256').update(path.resolve(stateDirectory)).digest('hex').slice(0, 32);
  return new Promise((resolve, fail) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => (errorCode(error) === 'EADDRINUSE' ? resolve(undefined) : fail(error)));
    server.listen(process.platform === 'win32' ? `\\\\.\\pipe\\bowline-state-${name}` : `\0bowline-${name}`, () => {
      server.unref();
      resolve(() => server.close());
    });
  });
}
