/** The real derper in a room, relay and STUN server at https://derp.test, and its faults. It knows nothing of Bowline. */
import { mkdirSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELAY_NAME, type HeadscaleLab } from './headscale-lab.ts';
import { realProgram } from './real-programs.ts';
import { until, type Room, type Running } from './rooms.ts';

export const RELAY_PORT = 443;

export class RealRelay {
  readonly room: Room;
  readonly #lab: HeadscaleLab;
  readonly #folder: string;
  #running: Running | undefined;
  #log = '';

  constructor(lab: HeadscaleLab, room: Room) {
    this.#lab = lab;
    this.room = room;
    this.#folder = join(lab.segment.folder, 'relay');
  }

  /** Starts it, or starts it again with the same key, and waits until it accepts connections. */
  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    const { certificate, key } = await this.#lab.issue(RELAY_NAME);
    copyFileSync(certificate, join(this.#folder, `${RELAY_NAME}.crt`));
    copyFileSync(key, join(this.#folder, `${RELAY_NAME}.key`));
    this.#log = this.log();
    const words = ['-c', join(this.#folder, 'derper.json'), '-a', `:${RELAY_PORT}`, '-certmode', 'manual', '-certdir', this.#folder, '-hostname', RELAY_NAME, '-http-port', '-1', '-stun'];
    const running = this.room.start([realProgram('derper'), ...words]);
    this.#running = running;
    await until(async () => {
      if (running.child.exitCode !== null) throw new Error(`derper ended: ${running.error()}`);
      return (await this.room.tryRun(['bash', '-c', `echo > /dev/tcp/127.0.0.1/${RELAY_PORT}`])).status === 0;
    }, 'derper accepts connections');
  }

  /** As a power failure does. Its sockets are reset by the kernel. */
  async kill(): Promise<void> {
    this.#running?.child.kill('SIGKILL');
    await this.#running?.ended;
  }

  /** Its kernel goes on acknowledging what arrives; the relay forwards nothing more. */
  freeze(): void {
    this.#running?.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#running?.child.kill('SIGCONT');
  }

  /** Of all its lives. */
  log(): string {
    return this.#log + (this.#running?.error() ?? '');
  }
}
