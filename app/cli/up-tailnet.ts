/**
 * The verb `up` for a tailnet: starts a Bowline that joins it, in this process (`--foreground`) or in one of its own, and
 * follows until it is joined. The process of its own gets the pre-auth key over the channel between the two, never as an
 * argument. Ctrl-C ends the following; a process of its own goes on.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readServerUrl } from '../host/accounts/server-url.ts';
import { connectControl } from '../host/control-socket/client.ts';
import { createStderrLog } from '../host/log.ts';
import { startTailnet, TAILNET_DEVICE, type RunningTailnet } from '../host/tailnet/start-tailnet.ts';
import { Problem } from '../host/tunnel/problem.ts';
import { translator } from '../language/texts.ts';
import { followJoin, joinedText } from './follow-join.ts';
import { openLog, signalled } from './process-end.ts';
import type { Common, Terminal } from './verbs.ts';

export interface UpTailnetOptions extends Common {
  /** Undefined: the active account. */
  readonly server: string | undefined;
  readonly authKey: string | undefined;
  readonly hostname: string | undefined;
  readonly tun: string | undefined;
  readonly acceptRoutes: boolean;
  readonly foreground: boolean;
  readonly plain: boolean;
  /** ms to wait until it is joined; undefined: as long as it takes. */
  readonly within: number | undefined;
  readonly stateDirectory: string;
}

/** What the process of its own says to the one that started it. */
type Report = { readonly kind: 'doors' } | { readonly kind: 'problem'; readonly lines: readonly string[] };
interface Secrets {
  readonly authKey: string | undefined;
}

const PAGE = fileURLToPath(new URL('../../renderer', import.meta.url));
const COMMAND = fileURLToPath(new URL('./bowline.js', import.meta.url));

export async function upTailnet(options: UpTailnetOptions, terminal: Terminal): Promise<0 | 1> {
  const read = options.server === undefined ? undefined : readServerUrl(options.server);
  if (read?.ok === false) return fail(read.message, 'bad-server', options, terminal);
  if (!options.foreground) return inBackground(options, terminal);
  const parent = process.send !== undefined;
  const authKey = parent ? (await secretsOfParent()).authKey : options.authKey;
  const log = createStderrLog('info');
  const ended = signalled();
  let tailnet: RunningTailnet;
  try {
    const { server, hostname, acceptRoutes, socket, stateDirectory, plain } = options;
    tailnet = await startTailnet({ server, authKey, hostname, device: options.tun ?? TAILNET_DEVICE, acceptRoutes, socket, stateDirectory, page: PAGE, mover: plain ? 'plain' : 'fast', whatLacks: 'problem', log });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (parent) await report({ kind: 'problem', lines: error.lines });
    else fail(error.lines.join('\n'), 'not-up', options, terminal);
    return 1;
  }
  process.on('exit', () => tailnet.takeBackNow());
  const asked = Promise.race([ended, tailnet.asked]);
  if (parent) await report({ kind: 'doors' });
  else void follow(options, terminal);
  await asked;
  await tailnet.stop();
  return 0;
}

function secretsOfParent(): Promise<Secrets> {
  return new Promise((resolve) => {
    process.once('message', (message: Secrets) => resolve(message));
    process.once('disconnect', () => resolve({ authKey: undefined }));
  });
}

async function report(told: Report): Promise<void> {
  await new Promise<void>((resolve) => process.send?.(told, undefined, undefined, () => resolve()));
  if (process.connected) process.disconnect();
}

async function inBackground(options: UpTailnetOptions, terminal: Terminal): Promise<0 | 1> {
  const log = openLog(options.stateDirectory);
  const args = ['up', '--foreground', '--socket', path.resolve(options.socket), '--state', path.resolve(options.stateDirectory)];
  for (const [flag, value] of [['--server', options.server], ['--tun', options.tun], ['--hostname', options.hostname]] as const) if (value !== undefined) args.push(flag, value);
  if (options.acceptRoutes) args.push('--accept-routes');
  if (options.plain) args.push('--plain');
  const environment = { ...process.env };
  delete environment['BOWLINE_AUTHKEY'];
  const child = spawn(process.execPath, [COMMAND, ...args], { detached: true, cwd: '/', env: environment, stdio: ['ignore', 'ignore', log.descriptor, 'ipc'] });
  // A child that ended at once is told of below.
  child.send({ authKey: options.authKey } satisfies Secrets, () => {});
  const told = await new Promise<Report | undefined>((resolve) => {
    let heard: Report | undefined;
    child.once('message', (message: Report) => (heard = message));
    // Comes after every message, also when the process ends.
    child.once('disconnect', () => resolve(heard));
  });
  child.unref();
  if (told === undefined) return fail(translator('en').text('cli.ended-early', { log: log.path }), 'not-up', options, terminal);
  if (told.kind === 'problem') return fail(told.lines.join('\n'), 'not-up', options, terminal);
  return follow(options, terminal);
}

/** Of the Bowline at this socket, until it is joined. */
export async function follow(options: Common & { readonly within: number | undefined }, terminal: Terminal): Promise<0 | 1> {
  const connected = await connectControl(options.socket);
  if (!connected.ok) return fail(connected.error.message, connected.error.code, options, terminal);
  const client = connected.value;
  const joined = await followJoin({ snapshot: () => client.request('snapshot', {}), tell: (line) => terminal.error(line), wait: (ms) => terminal.wait(ms), within: options.within });
  client.close();
  if (!joined.ok) return fail(joined.error.message, joined.error.code, options, terminal);
  terminal.out(options.json ? JSON.stringify(joined.value) : joinedText(joined.value));
  return 0;
}

function fail(text: string, code: string, options: Common, terminal: Terminal): 1 {
  if (options.json) terminal.out(JSON.stringify({ error: { code, message: text } }));
  for (const line of text.split('\n')) terminal.error(`bowline: ${line}`);
  return 1;
}
