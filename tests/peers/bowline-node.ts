/**
 * Bowline in a room, as its own process: `up --server ... --foreground`, and the CLI beside it. What is asked often goes
 * over its control socket, because a process for each question would load the machine.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandName, CommandParams, CommandResult, HistoryEntry, Snapshot, Status } from '../../app/api/schema.ts';
import { connectControl } from '../../app/host/control-socket/client.ts';
import { SERVER_URL, type HeadscaleLab } from './headscale-lab.ts';
import { until, type Environment, type Ran, type Room, type Running } from './rooms.ts';

/** The built command; this file itself may be built too. */
const COMMAND = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../dist/app/cli/bowline.js' : '../../app/cli/bowline.js', import.meta.url));

export type Phase = NonNullable<Snapshot['account']>['phase'];

export class BowlineNode {
  readonly name: string;
  readonly room: Room;
  readonly state: string;
  readonly #environment: Environment;
  readonly #around: Environment;
  #running: Running | undefined;

  /** `knows` 'nobody': it has not heard of the lab's authority. `around`: environment of the process that stays up, not of commands. */
  constructor(lab: HeadscaleLab, room: Room, name: string, knows: 'authority' | 'nobody' = 'authority', around: Environment = {}) {
    this.#around = around;
    this.name = name;
    this.room = room;
    this.state = join(lab.segment.folder, `${name}.state`);
    this.#environment = { ...(knows === 'nobody' ? {} : { NODE_EXTRA_CA_CERTS: lab.trust.NODE_EXTRA_CA_CERTS }), NO_COLOR: '1' };
  }

  /** Starts it and waits until it can be asked: signed in it is later, or never. */
  async start(...more: readonly string[]): Promise<void> {
    const running = this.room.start([process.execPath, COMMAND, 'up', '--server', SERVER_URL, '--hostname', this.name, '--foreground', '--json', '--state', this.state, '--tun', 'bowl0', ...more], { ...this.#environment, ...this.#around });
    this.#running = running;
    await until(async () => {
      if (running.child.exitCode !== null) throw new Error(`bowline ended with ${running.child.exitCode}: ${running.error()}${running.out()}`);
      return (await this.#ask('snapshot', {})) !== undefined;
    }, `${this.name} answers`, 20_000);
  }

  /** Starts it with a key and waits until the server's map is there. ms. */
  async join(authKey: string): Promise<number> {
    const began = performance.now();
    await this.start('--authkey', authKey);
    await this.untilPhase('running');
    return performance.now() - began;
  }

  /** As a person ends it. */
  async stop(): Promise<Ran> {
    return this.#end('SIGTERM');
  }

  /** As a power failure does. */
  async kill(): Promise<Ran> {
    return this.#end('SIGKILL');
  }

  async snapshot(): Promise<Snapshot> {
    const snapshot = await this.#ask('snapshot', {});
    if (snapshot === undefined) throw new Error(`${this.name} does not answer: ${this.log()}`);
    return snapshot;
  }

  async account(): Promise<NonNullable<Snapshot['account']>> {
    const { account } = await this.snapshot();
    if (account === null) throw new Error(`${this.name} has no account`);
    return account;
  }

  /** ms that it took. */
  untilPhase(phase: Phase, withinMs = 30_000): Promise<number> {
    return this.untilAccount((account) => account.phase === phase, `${this.name} is in phase ${phase}`, withinMs);
  }

  async untilAccount(holds: (account: NonNullable<Snapshot['account']>) => boolean, what: string, withinMs = 30_000): Promise<number> {
    let last: NonNullable<Snapshot['account']> | undefined;
    try {
      return await until(async () => holds((last = await this.account())), what, withinMs);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}; its account: ${JSON.stringify(last)}; its log: ${this.log().slice(-3_000)}`, { cause: error });
    }
  }

  /** The address that a person is to open. Waits for it, and for another than `not`. */
  async signInAddress(not?: string): Promise<string> {
    await this.untilAccount(({ phase, signInUrl }) => phase === 'sign-in' && signInUrl !== null && signInUrl !== not, `${this.name} shows an address`);
    return (await this.account()).signInUrl ?? '';
  }

  /** What a person answers on the page to the question about the server's key. */
  async acceptServerKey(accept: boolean): Promise<void> {
    if ((await this.#ask('acceptServerKey', { accept })) === undefined) throw new Error('it did not take the answer');
  }

  /** `status --json`, by the command. */
  async status(): Promise<Status> {
    return JSON.parse((await this.must('status', '--json')).out) as Status;
  }

  /** `history --json`, by the command; only what is about the server, when `truth` says so. */
  async history(truth?: HistoryEntry['truth']): Promise<readonly HistoryEntry[]> {
    const { entries } = JSON.parse((await this.must('history', '--json')).out) as { readonly entries: readonly HistoryEntry[] };
    return truth === undefined ? entries : entries.filter((entry) => entry.truth === truth);
  }

  /** The command in this room, to its end. */
  command(...args: readonly string[]): Promise<Ran> {
    return this.room.tryRun([process.execPath, COMMAND, ...args, '--state', this.state], this.#environment);
  }

  async must(...args: readonly string[]): Promise<Ran> {
    const ran = await this.command(...args);
    if (ran.status !== 0) throw new Error(`bowline ${args.join(' ')}: ${ran.status} ${ran.error}${ran.out}`);
    return ran;
  }

  log(): string {
    return this.#running?.error() ?? '';
  }

  /** What it printed on standard output. */
  printed(): string {
    return this.#running?.out() ?? '';
  }

  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Files of its state folder, with their modes as octal text, sorted. */
  files(): readonly { readonly path: string; readonly mode: string }[] {
    return readdirSync(this.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => ({ path, mode: (statSync(path).mode & 0o777).toString(8) }));
  }

  async #ask<N extends CommandName>(command: N, params: CommandParams<N>): Promise<CommandResult<N> | undefined> {
    const client = await connectControl(join(this.state, 'bowline.sock'));
    if (!client.ok) return undefined;
    const answer = await client.value.request(command, params);
    client.value.close();
    return answer.ok ? answer.value : undefined;
  }

  async #end(signal: NodeJS.Signals): Promise<Ran> {
    const running = this.#running;
    if (running === undefined) throw new Error(`${this.name} was never started`);
    running.child.kill(signal);
    return running.ended;
  }
}

/** Overlay addresses as text, without prefix lengths. */
export function overlayAddresses(status: Status): readonly string[] {
  return status.self.addresses.map((address) => address.replace(/\/\d+$/, '')).toSorted();
}
