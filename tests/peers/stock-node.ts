/** The stock client in a room: the measure of what a lab's server does, and a peer nobody here wrote. */
import { join } from 'node:path';
import { SERVER_URL, type HeadscaleLab } from './headscale-lab.ts';
import { realProgram } from './real-programs.ts';
import { until, type Ran, type Room, type Running } from './rooms.ts';

/** Of `tailscale status --json`, what tests read. */
export interface StockStatus {
  readonly Self: { readonly TailscaleIPs: readonly string[]; readonly Relay: string };
  readonly Peer: Readonly<Record<string, { readonly HostName: string; readonly CurAddr: string; readonly Relay: string; readonly Online: boolean }>>;
}

export class StockNode {
  readonly room: Room;
  readonly #lab: HeadscaleLab;
  readonly #socket: string;
  #daemon: Running | undefined;
  #log = '';

  constructor(lab: HeadscaleLab, room: Room) {
    this.#lab = lab;
    this.room = room;
    this.#socket = join(lab.segment.folder, `${room.name}.sock`);
  }

  /** Starts it and waits until the server accepted it. */
  async up(name: string): Promise<void> {
    this.#start();
    await this.tailscale('up', `--login-server=${SERVER_URL}`, `--authkey=${await this.#lab.authKey()}`, `--hostname=${name}`, '--accept-dns=false', '--timeout=60s');
  }

  /** Ends it and starts it again with what it keeps: the same node with a new disco key. It waits for nothing but the end. */
  async restart(): Promise<void> {
    this.#daemon?.child.kill('SIGTERM');
    await this.#daemon?.ended;
    this.#log = this.log();
    this.#start();
  }

  async tailscale(...args: readonly string[]): Promise<string> {
    const ran = await this.tryTailscale(...args);
    if (ran.status !== 0) throw new Error(`tailscale ${args.join(' ')}: ${ran.status} ${ran.error}${ran.out}`);
    return ran.out;
  }

  tryTailscale(...args: readonly string[]): Promise<Ran> {
    return this.room.tryRun([realProgram('tailscale'), `--socket=${this.#socket}`, ...args], this.#lab.trust);
  }

  async status(): Promise<StockStatus> {
    return JSON.parse(await this.tailscale('status', '--json')) as StockStatus;
  }

  /** The address outside that it sends to for this peer; '': through the relay, or nobody knows. */
  async directTo(peer: string): Promise<string> {
    return Object.values((await this.status()).Peer).find(({ HostName }) => HostName === peer)?.CurAddr ?? '';
  }

  /** Waits for the path; ms. */
  untilDirect(peer: string, withinMs = 15_000): Promise<number> {
    return until(async () => (await this.directTo(peer)) !== '', `the stock client talks to ${peer} directly`, withinMs);
  }

  /** Of all its lives. */
  log(): string {
    return this.#log + (this.#daemon?.error() ?? '');
  }

  #start(): void {
    const kept = join(this.#lab.segment.folder, this.room.name);
    this.#daemon = this.room.start(
      [realProgram('tailscaled'), `--state=${kept}.state`, `--statedir=${kept}.d`, `--socket=${this.#socket}`, '--port=41641', '--tun=tailscale0'],
      { ...this.#lab.trust, TS_NO_LOGS_NO_SUPPORT: 'true' },
    );
  }
}
