#!/usr/bin/env node
/**
 * The command `bowline`: reads arguments, runs one verb against a running host, and exits with 0 (it worked), 1 (it
 * failed and said why) or 2 (wrong usage). The verbs are in verbs.ts.
 */
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { check, FlowProtocol } from '../api/schema.ts';
import { defaultStateDirectory, socketPath } from '../host/control-socket/socket-path.ts';
import { VERSION } from '../host/version.ts';
import type { DiagnosticsOptions, ReplayOptions } from './diagnostics-verbs.ts';
import type { DownOptions } from './down.ts';
import { readAuthKey } from './auth-key.ts';
import { acceptKey, listAccounts, login, logout, removeAccount, switchAccount } from './account-verbs.ts';
import { netcheck, tryDirect, why } from './path-verbs.ts';
import { parseSince } from './since.ts';
import { paintFor } from './table.ts';
import type { UpOptions } from './up.ts';
import type { UpTailnetOptions } from './up-tailnet.ts';
import { history, peers, ping, status, ui, type Common, type Terminal } from './verbs.ts';

interface Flags {
  readonly json?: true;
  readonly socket?: string;
  readonly state?: string;
}

const PING_EVERY = 1_000;
const PINGS_AT_MOST = 100_000;

const terminal: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  error: (line) => void process.stderr.write(`${line}\n`),
  paint: paintFor(process.stdout, process.env),
  wait: (ms) => wait(ms),
  timeOf: (iso) => new Date(iso).toLocaleString('sv-SE'),
};

function common(command: Command): Common {
  const flags = command.optsWithGlobals<Flags>();
  return { socket: socketPath(flags), json: flags.json === true };
}

function withState(command: Command): Common & { readonly stateDirectory: string } {
  return { ...common(command), stateDirectory: command.optsWithGlobals<Flags>().state ?? defaultStateDirectory() };
}

/** What a socket that was named alone has beside it. */
function stateBeside(command: Command): string {
  const { state, socket } = command.optsWithGlobals<Flags>();
  return state ?? (socket === undefined ? defaultStateDirectory() : path.dirname(socket));
}

function since(text: string): number {
  const at = parseSince(text, Date.now());
  if (at === undefined) throw new InvalidArgumentError('Write an age such as 90s, 10m, 2h or 3d, or a date and time such as 2026-11-21T14:05.');
  return at;
}

function count(text: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || n < 1 || n > PINGS_AT_MOST) throw new InvalidArgumentError(`Write a number from 1 to ${PINGS_AT_MOST}.`);
  return n;
}

function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('Write a port from 0 to 65535.');
  return Number(text);
}

function flowProtocol(text: string): FlowProtocol {
  const checked = check(FlowProtocol, /^\d{1,3}$/.test(text) ? Number(text) : text.toLowerCase(), 'protocol');
  if (!checked.ok) throw new InvalidArgumentError('Write tcp, udp, sctp, icmp, or a number from 0 to 255.');
  return checked.value;
}

function seconds(text: string): number {
  const n = Number(text);
  if (text.trim() === '' || !(n > 0 && n <= 86_400)) throw new InvalidArgumentError('Write seconds, from 1 to 86400.');
  return n;
}

/** Wrong usage that only two flags together are. */
function wrongUsage(message: string): never {
  process.stderr.write(`error: ${message}\n`);
  throw new CommanderError(1, 'bowline.usage', message);
}

function authKey(argument: string | undefined): string | undefined {
  const read = readAuthKey(argument, process.env);
  return read.ok ? read.key : wrongUsage(read.message);
}

/** Loaded on demand: they bring the engine and system calls with them, which the other verbs do not need. */
async function upVerb(options: UpOptions): Promise<0 | 1> {
  const { up } = await import('./up.ts');
  return up(options, terminal);
}

async function upTailnetVerb(options: UpTailnetOptions): Promise<0 | 1> {
  const { upTailnet } = await import('./up-tailnet.ts');
  return upTailnet(options, terminal);
}

interface UpFlags {
  readonly config?: string;
  readonly server?: string;
  readonly authkey?: string;
  readonly acceptRoutes?: true;
  readonly timeout?: number;
  readonly tun?: string;
  readonly hostname?: string;
  readonly foreground?: true;
  readonly plain?: true;
}

function upOf(flags: UpFlags, command: Command): Promise<0 | 1> {
  const { config, server, tun, hostname } = flags;
  const shared = { ...withState(command), tun, hostname, foreground: flags.foreground === true, plain: flags.plain === true };
  if (config === undefined) return upTailnetVerb({ ...shared, server, authKey: authKey(flags.authkey), acceptRoutes: flags.acceptRoutes === true, within: flags.timeout === undefined ? undefined : flags.timeout * 1_000 });
  if (server !== undefined || flags.authkey !== undefined || flags.acceptRoutes === true || flags.timeout !== undefined) wrongUsage('--config stands alone: a configuration file needs no server, no key and no routes of others.');
  return upVerb({ ...shared, config });
}

async function downVerb(options: DownOptions): Promise<0 | 1> {
  const { down } = await import('./down.ts');
  return down(options, terminal);
}

async function diagnosticsVerb(options: DiagnosticsOptions): Promise<0 | 1> {
  const { diagnostics } = await import('./diagnostics-verbs.ts');
  return diagnostics(options, terminal);
}

async function replayVerb(options: ReplayOptions): Promise<0 | 1> {
  const { replayFile } = await import('./diagnostics-verbs.ts');
  return replayFile(options, terminal);
}

function withCommonFlags(command: Command): Command {
  return command
    .option('--json', 'print exactly one JSON object')
    .option('--socket <path>', 'the socket of the Bowline to talk to')
    .option('--state <dir>', 'the state folder of the Bowline to talk to');
}

function program(): Command {
  const root = withCommonFlags(new Command('bowline'))
    .description('Shows and asks a running Bowline.')
    .version(VERSION)
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', '\nExit status: 0 it worked, 1 it failed and says why, 2 wrong usage.');
  const verb = (name: string, description: string): Command => withCommonFlags(root.command(name)).description(description);
  const run = async (work: Promise<0 | 1>): Promise<void> => {
    process.exitCode = await work;
  };
  verb('status', 'how it is: state, causes worst first, the four truths, every peer')
    .option('-v, --verbose', 'also refusals, wake-ups and memory')
    .action((flags: { readonly verbose?: true }, command: Command) => run(status({ ...common(command), verbose: flags.verbose === true }, terminal)));
  verb('peers', 'every peer, with the reason for its path').action((_flags: Flags, command: Command) => run(peers(common(command), terminal)));
  verb('ping', 'asks a peer for an echo inside the tunnel')
    .argument('<peer>', 'a name, an overlay address or a public key')
    .option('-c, --count <n>', 'how many, one a second', count, 4)
    .action((peer: string, flags: { readonly count: number }, command: Command) =>
      run(ping({ ...common(command), peer, count: flags.count, everyMs: PING_EVERY }, terminal)),
    );
  verb('why', 'why a peer is reached as it is, and what was tried; with a port, whether the packet filter lets a new flow pass, both ways')
    .argument('<peer>', 'a name, an overlay address or a public key')
    .argument('[port]', 'of the destination', portNumber)
    .option('--protocol <name>', 'tcp (the default), udp, sctp, icmp, or the number of another', flowProtocol)
    .option('--try', 'look for a direct way first')
    .action((peer: string, port: number | undefined, flags: { readonly protocol?: FlowProtocol; readonly try?: true }, command: Command) =>
      run(why({ ...common(command), peer, port, protocol: flags.protocol, tryFirst: flags.try === true }, terminal)),
    );
  verb('try-direct', 'looks for a direct way to a relayed peer now, also where none was found lately')
    .argument('[peer]', 'a name, an overlay address or a public key; by default all that are relayed')
    .action((peer: string | undefined, _flags: Flags, command: Command) => run(tryDirect({ ...common(command), peer }, terminal)));
  verb('netcheck', 'measures the network around this computer: UDP, NAT, where it is seen, and every relay').action((_flags: Flags, command: Command) => run(netcheck(common(command), terminal)));
  verb('history', 'what broke, what was done, what came of it')
    .option('--since <time>', 'an age (90s, 10m, 2h, 3d) or a date and time', since)
    .action((flags: { readonly since?: number }, command: Command) => run(history({ ...common(command), sinceMs: flags.since }, terminal)));
  verb('diagnostics', 'a report to read and to send: how it is, what happened, every device, and last a recording that `replay` takes. Without secrets; names and addresses of the internet are stand-ins')
    .option('-o, --output <file>', 'where to write it, readable for you only; by default standard output')
    .option('--names', 'names and addresses as they are, for your own eyes')
    .action((flags: { readonly output?: string; readonly names?: true }, command: Command) => run(diagnosticsVerb({ ...common(command), stateDirectory: stateBeside(command), output: flags.output, names: flags.names === true })));
  verb('replay', 'runs a recording again, in a report of `bowline diagnostics` or alone, and says whether the same was decided')
    .argument('<file>')
    .option('--accept', 'for developers: write into the file how this Bowline decides, where that is meant to be another way')
    .action((file: string, flags: { readonly accept?: true }, command: Command) => run(replayVerb({ json: common(command).json, file, accept: flags.accept === true })));
  verb('up', 'joins a network of a control server, or brings up a WireGuard configuration file (Linux, root)')
    .option('--server <url>', 'the control server, such as https://hs.example.org; without it: the active account')
    .option('--authkey <key>', 'a pre-auth key, or file:PATH; BOWLINE_AUTHKEY does too. Without one: an address to sign in at')
    .option('--hostname <name>', 'how this computer is called in the network')
    .option('--accept-routes', 'use the subnets that other devices offer')
    .option('--timeout <seconds>', 'how long to wait until it is joined; it goes on trying after that', seconds)
    .option('--config <file>', 'instead of a server: a file in the syntax of wg-quick')
    .option('--tun <name>', "the network device; by default bowline0, or the file's name without .conf")
    .option('--foreground', 'stay in this process and end with it')
    .option('--plain', 'move one packet at a time, without the offloads of Linux')
    .action((flags: UpFlags, command: Command) => run(upOf(flags, command)));
  verb('login', 'signs in, at the server of the active account or at another one')
    .option('--server <url>', 'one that is not known yet becomes a new account')
    .option('--another', 'a new account, also where the server has one')
    .option('--authkey <key>', 'a pre-auth key, or file:PATH; BOWLINE_AUTHKEY does too')
    .option('--timeout <seconds>', 'how long to wait until it is joined', seconds)
    .action((flags: { readonly server?: string; readonly another?: true; readonly authkey?: string; readonly timeout?: number }, command: Command) =>
      run(login({ ...common(command), server: flags.server, another: flags.another === true, authKey: authKey(flags.authkey), within: flags.timeout === undefined ? undefined : flags.timeout * 1_000 }, terminal)),
    );
  verb('logout', 'signs out at the server, and erases the keys of the account')
    .argument('[account]', 'as `bowline accounts` names it; by default the active one')
    .action((account: string | undefined, _flags: Flags, command: Command) => run(logout({ ...common(command), account }, terminal)));
  const accounts = verb('accounts', 'every account: server, user, state; one is active').action((_flags: Flags, command: Command) => run(listAccounts(withState(command), terminal)));
  const accountVerb = (name: string, description: string): Command => withCommonFlags(accounts.command(name)).description(description);
  accountVerb('switch', 'makes another account the active one; the others keep their keys')
    .argument('<account>')
    .action((account: string, _flags: Flags, command: Command) => run(switchAccount({ ...common(command), account }, terminal)));
  accountVerb('remove', 'signs out of an account and forgets it')
    .argument('<account>')
    .action((account: string, _flags: Flags, command: Command) => run(removeAccount({ ...withState(command), account }, terminal)));
  accountVerb('accept-key', 'trusts the new key of the server, after you compared it').action((_flags: Flags, command: Command) => run(acceptKey(common(command), terminal)));
  verb('down', 'ends the tunnel and takes back every change').action((_flags: Flags, command: Command) => run(downVerb(withState(command))));
  verb('ui', 'prints a fresh one-time address of the page').action((_flags: Flags, command: Command) => run(ui(common(command), terminal)));
  return root;
}

// A reader that stops early (`| head`) is no error.
process.stdout.on('error', () => process.exit());

try {
  await program().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help and version exit with 0; everything else that commander reports is wrong usage.
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
