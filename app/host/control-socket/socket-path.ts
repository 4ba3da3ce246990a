/**
 * Where the control socket is, from the options, the environment and the system. Pure but for its defaults; server and
 * CLI share it, so that they meet. On Windows it is a named pipe of the user; elsewhere a file in a private folder.
 */
import os from 'node:os';
import path from 'node:path';

/** sun_path holds 104 bytes on macOS and 108 on Linux, with a zero at the end. */
export const PATH_BYTES_AT_MOST = 103;

export interface PathSources {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly user: string;
}

function systemSources(): PathSources {
  return { platform: process.platform, env: process.env, home: os.homedir(), user: os.userInfo().username };
}

/** Where keys and history of the one unnamed instance are kept. */
export function defaultStateDirectory(from: PathSources = systemSources()): string {
  const { env, home, platform } = from;
  if (platform === 'win32') return path.win32.join(env['LOCALAPPDATA'] ?? path.win32.join(home, 'AppData', 'Local'), 'Bowline');
  if (platform === 'darwin') return path.posix.join(home, 'Library', 'Application Support', 'Bowline');
  return path.posix.join(env['XDG_STATE_HOME'] ?? path.posix.join(home, '.local', 'state'), 'bowline');
}

/** `socket` wins, then `state` (the socket of that instance), then the default instance. */
export function socketPath(options: { readonly socket?: string | undefined; readonly state?: string | undefined }, from: PathSources = systemSources()): string {
  const { platform, env, user } = from;
  if (options.socket !== undefined) return options.socket;
  if (platform === 'win32') {
    const instance = options.state === undefined ? '' : `-${Buffer.from(path.win32.resolve(options.state).toLowerCase()).toString('base64url').slice(-40)}`;
    return `\\\\.\\pipe\\bowline-${user}${instance}`;
  }
  if (options.state !== undefined) return path.posix.join(path.posix.resolve(options.state), 'bowline.sock');
  const runtime = env['XDG_RUNTIME_DIR'];
  return runtime === undefined || runtime === '' ? path.posix.join(defaultStateDirectory(from), 'bowline.sock') : path.posix.join(runtime, 'bowline', 'bowline.sock');
}
