/** The stock client in a room: the measure of what a lab's server does, and a peer nobody here wrote. */
import { join } from 'node:path';
import { SERVER_URL, type HeadscaleLab } from './headscale-lab.ts';
import { realProgram } from './real-programs.ts';
import type { Room, Running } from './rooms.ts';

export class StockNode {
  readonly room: Room;
  readonly #lab: HeadscaleLab;
  readonly #socket: string;
  #daemon: Running | undefined;

  constructor(lab: HeadscaleLab, room: Room) {
    this.#lab = lab;
    this.room = room;
    this.#socket = join(lab.segment.folder, `${room.name}.sock`);
  }

  /** Starts it and waits until the server accepted it. */
  async up(name: string): Promise<void> {
    this.#daemon = this.room.start(
      [realProgram('tailscaled'), `--state=${join(this.#lab.segment.folder, `${this.room.name}.state`)}`, `--statedir=${join(this.#lab.segment.folder, `${this.room.name}.d`)}`, `--socket=${this.#socket}`, '--port=41641', '--tun=tailscale0'],
      this.#lab.trust,
    );
    await this.tailscale('up', `--login-server=${SERVER_URL}`, `--authkey=${await this.#lab.authKey()}`, `--hostname=${name}`, '--accept-dns=false', '--timeout=60s');
  }

  async tailscale(...args: readonly string[]): Promise<string> {
    return (await this.room.run([realProgram('tailscale'), `--socket=${this.#socket}`, ...args], this.#lab.trust)).out;
  }

  log(): string {
    return this.#daemon?.error() ?? '';
  }
}
