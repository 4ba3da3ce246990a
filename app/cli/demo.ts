/**
 * `npm run demo`: a sandbox network on this computer, joined by the real engine, shown on a local page and reachable by
 * the command `bowline`. With `--seconds` it runs without a person and ends with a report. It opens nothing by itself
 * and leaves nothing behind.
 */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { CommandHost } from '../host/frame-commands.ts';
import { startControlSocket } from '../host/control-socket/server.ts';
import { startHeadless, type Headless } from '../host/headless/server.ts';
import { createStderrLog } from '../host/log.ts';
import { startSandbox } from '../host/sandbox/sandbox.ts';
import { createHeadlessShell } from '../host/shell/headless-shell.ts';
import { createFileStore } from '../host/store.ts';
import { reportOf, type DemoReport } from './demo-report.ts';
import { makeTemporaryState } from './temporary-state.ts';

interface Flags {
  readonly seconds?: number;
  readonly json?: true;
  readonly port: number;
  readonly verbose?: true;
}

const PAGE = fileURLToPath(new URL('../../renderer', import.meta.url));
/** What is under way when the time is over may still arrive. */
const LAST_ECHO_WITHIN = 2_000;
const SAME_KEY_PRESS = 300;
const LOOK_FOR_PARENT_EVERY = 500;

function flagsOf(argv: readonly string[]): Flags {
  const number =
    (least: number, most: number) =>
    (text: string): number => {
      const n = Number(text);
      if (text.trim() === '' || !(n >= least && n <= most)) throw new InvalidArgumentError(`Write a number from ${least} to ${most}.`);
      return n;
    };
  return new Command('demo')
    .description('A private network on this computer: three peers, and Bowline that joins them.')
    .option('--seconds <n>', 'end after this time', number(1, 86_400))
    .option('--json', 'at the end, print a report as one JSON object')
    .option('--port <n>', 'serve the page on this port; 0: a free one', number(0, 65_535), 0)
    .option('--verbose', 'log what happens to standard error')
    .allowExcessArguments(false)
    .exitOverride()
    .parse(argv, { from: 'user' })
    .opts<Flags>();
}

/** Resolves when it is time to end: a signal came, npm ended, or somebody called `now`. */
function listenForEnd(): { readonly come: Promise<void>; readonly now: () => void } {
  let now = (): void => {};
  const come = new Promise<void>((resolve) => {
    now = resolve;
  });
  let firstAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait for the last echo. One Ctrl-C may arrive twice, from terminal and npm.
      if (firstAt !== undefined && performance.now() - firstAt > SAME_KEY_PRESS) process.exit(130);
      firstAt ??= performance.now();
      now();
    });
  }
  if (process.env['npm_lifecycle_event'] !== undefined) endWithParent(now);
  return { come, now };
}

/** A signal that ends npm ends the shell between npm and us, and nobody tells us: then somebody else is our parent. */
function endWithParent(end: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, LOOK_FOR_PARENT_EVERY).unref();
}

async function demo(flags: Flags): Promise<0 | 1> {
  const say = (text: string): void => void (flags.json === true ? process.stderr : process.stdout).write(`${text}\n`);
  const log = createStderrLog(flags.verbose === true ? 'debug' : 'warn');
  const end = listenForEnd();
  const state = makeTemporaryState();
  const shell = createHeadlessShell(createFileStore(state.folder, log), log);
  const sandbox = await startSandbox({ log, shell });
  const page: { headless: Headless | undefined } = { headless: undefined };
  const host: CommandHost = { engine: sandbox.engine, sandbox: sandbox.faults, accounts: sandbox.accounts, shell, ui: () => page.headless?.url(), shutdown: () => setTimeout(end.now, 50), log };
  try {
    const headless = await startHeadless({ host, directory: PAGE, port: flags.port });
    page.headless = headless;
    const socket = await startControlSocket({ host, path: state.socket });
    const url = headless.url();
    say(welcome(sandbox.peers, url, state.socket));
    // From here, so that a slow start takes nothing from the time asked for.
    if (flags.seconds !== undefined) setTimeout(end.now, flags.seconds * 1_000);
    const keyboard = flags.json === true ? undefined : freshAddressOnEnter(headless, say);
    await end.come;
    keyboard?.close();
    if (flags.json !== true) say('Ending.');
    const echo = await sandbox.finishEcho(LAST_ECHO_WITHIN);
    const report = reportOf(sandbox, url, echo);
    await Promise.all([socket.close(), headless.close()]);
    return tell(report, flags, say);
  } finally {
    await page.headless?.close();
    await sandbox.close();
    state.remove();
  }
}

function welcome(peers: readonly string[], url: string, socket: string): string {
  return [
    `Bowline runs, joined to ${peers.length} sandbox peers on this computer: ${peers.join(', ')}.`,
    '',
    `  See it        ${url}`,
    '                This address works once, within ten minutes. Enter prints a fresh one.',
    `  Ask it        npx bowline status --socket ${socket}`,
    '  End it        Ctrl-C. Nothing is left behind.',
    '',
    'Press a Break it button on the page and watch the history.',
  ].join('\n');
}

function freshAddressOnEnter(headless: Headless, say: (text: string) => void): { close(): void } {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', () => say(`  See it        ${headless.url()}`));
  return {
    close: () => {
      lines.close();
      process.stdin.destroy();
    },
  };
}

function tell(report: DemoReport, flags: Flags, say: (text: string) => void): 0 | 1 {
  if (flags.json === true) process.stdout.write(`${JSON.stringify(report)}\n`);
  else say(`Echo inside the tunnels: ${report.echo.received} of ${report.echo.sent} came back.`);
  // A person may end it at any moment; only a run of a set time is judged.
  return report.ok || (flags.seconds === undefined && flags.json !== true) ? 0 : 1;
}

// A terminal that went away is no reason to leave something behind.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

try {
  process.exitCode = await demo(flagsOf(process.argv.slice(2)));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
// Whatever a library still holds open must not keep a demo alive that has ended.
process.stdout.write('', () => process.exit());
