/**
 * The verb `up`: brings a tunnel up from a configuration file and keeps it in this process (`--foreground`), or in a
 * process of its own that goes on when this one ends. It prints what is up, or every reason why it is not.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStderrLog } from '../host/log.ts';
import { Problem } from '../host/tunnel/problem.ts';
import { startTunnel, type TunnelHost } from '../host/tunnel/tunnel-host.ts';
import { translator } from '../language/texts.ts';
import { openLog, signalled } from './process-end.ts';
import type { Common, Terminal } from './verbs.ts';

export interface UpOptions extends Common {
  readonly config: string;
  readonly stateDirectory: string;
  readonly tun: string | undefined;
  readonly hostname: string | undefined;
  readonly foreground: boolean;
  /** A packet at a time instead of the offloads of Linux: slower, and simpler to look into. */
  readonly plain: boolean;
}

/** What the process of its own says to the one that started it, once. */
type Report = { readonly kind: 'up'; readonly summary: Summary } | { readonly kind: 'problem'; readonly lines: readonly string[] };

interface Summary {
  readonly device: string;
  readonly mtu: number;
  readonly listenPort: number;
  readonly addresses: readonly string[];
  readonly peers: number;
  readonly warnings: readonly string[];
  readonly socket: string;
}

const PAGE = fileURLToPath(new URL('../../renderer', import.meta.url));
const COMMAND = fileURLToPath(new URL('./bowline.js', import.meta.url));

export function up(options: UpOptions, terminal: Terminal): Promise<0 | 1> {
  return options.foreground ? inForeground(options, terminal) : inBackground(options, terminal);
}

async function inForeground(options: UpOptions, terminal: Terminal): Promise<0 | 1> {
  const log = createStderrLog('info');
  const ended = signalled();
  let tunnel: TunnelHost;
  try {
    tunnel = await startTunnel({ file: options.config, device: options.tun, hostname: options.hostname, socket: options.socket, stateDirectory: options.stateDirectory, page: PAGE, mover: options.plain ? 'plain' : 'fast', log });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    await report({ kind: 'problem', lines: error.lines }, options, terminal);
    return 1;
  }
  process.on('exit', () => tunnel.takeBackNow());
  const { device, mtu, listenPort, addresses, peers, warnings } = tunnel;
  await report({ kind: 'up', summary: { device, mtu, listenPort, addresses, peers, warnings, socket: options.socket } }, options, terminal);
  await Promise.race([ended, tunnel.asked]);
  await tunnel.stop();
  return 0;
}

/** To the process that started this one, else to the terminal. */
async function report(told: Report, options: UpOptions, terminal: Terminal): Promise<void> {
  if (process.send === undefined) {
    print(told, options, terminal);
    return;
  }
  await new Promise<void>((resolve) => process.send?.(told, undefined, undefined, () => resolve()));
  if (process.connected) process.disconnect();
}

function inBackground(options: UpOptions, terminal: Terminal): Promise<0 | 1> {
  const log = openLog(options.stateDirectory);
  const args = ['up', '--foreground', '--config', path.resolve(options.config), '--socket', path.resolve(options.socket), '--state', path.resolve(options.stateDirectory)];
  if (options.tun !== undefined) args.push('--tun', options.tun);
  if (options.plain) args.push('--plain');
  if (options.hostname !== undefined) args.push('--hostname', options.hostname);
  const child = spawn(process.execPath, [COMMAND, ...args], { detached: true, cwd: '/', stdio: ['ignore', 'ignore', log.descriptor, 'ipc'] });
  return new Promise((resolve) => {
    let told: Report | undefined;
    child.once('message', (message: Report) => (told = message));
    // Comes after every message, also when the process ends.
    child.once('disconnect', () => {
      child.unref();
      if (told === undefined) fail(translator('en').text('cli.ended-early', { log: log.path }), options, terminal);
      else print(told, options, terminal);
      resolve(told?.kind === 'up' ? 0 : 1);
    });
  });
}

function print(told: Report, options: UpOptions, terminal: Terminal): void {
  if (told.kind === 'problem') return fail(told.lines.join('\n'), options, terminal);
  const { summary } = told;
  for (const warning of summary.warnings) terminal.error(`bowline: ${warning}`);
  terminal.out(options.json ? JSON.stringify(summary) : `${summary.device} is up: ${summary.addresses.join(', ')}, MTU ${summary.mtu}, UDP port ${summary.listenPort}, ${summary.peers === 1 ? '1 peer' : `${summary.peers} peers`}.`);
}

function fail(text: string, options: UpOptions, terminal: Terminal): void {
  if (options.json) terminal.out(JSON.stringify({ error: { code: 'not-up', message: text } }));
  for (const line of text.split('\n')) terminal.error(`bowline: ${line}`);
}
