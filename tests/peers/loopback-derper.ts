/** The real derper on loopback, with a certificate of the test's own authority. Needs no root. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseIp } from '../../app/base/ip.ts';
import type { RelayMap } from '../../app/wire/netmap/types.ts';
import { createLabAuthority } from '../kit/lab-certificate.ts';
import { relayMap } from '../kit/relay-kit.ts';
import { realProgram } from './real-programs.ts';
import { until } from './rooms.ts';

const NAME = 'derp.test';
export const REGION = 900;

export class LoopbackDerper {
  readonly port: number;
  readonly authority = createLabAuthority('Bowline lab');
  readonly #folder = mkdtempSync(join(tmpdir(), 'bowl-derper-'));
  #child: ChildProcess | undefined;
  #said = '';

  private constructor(port: number) {
    this.port = port;
    const { cert, key } = this.authority.issue(NAME);
    writeFileSync(join(this.#folder, `${NAME}.crt`), cert);
    writeFileSync(join(this.#folder, `${NAME}.key`), key, { mode: 0o600 });
  }

  static async start(): Promise<LoopbackDerper> {
    const derper = new LoopbackDerper(await freePort());
    await derper.start();
    return derper;
  }

  get map(): RelayMap {
    const ipv4 = parseIp('127.0.0.1');
    if (ipv4 === undefined) throw new Error('no address');
    return relayMap({ [REGION]: [{ name: '900a', hostName: NAME, certName: '', ipv4, ipv6: 'off', stunPort: undefined, stunOnly: false, relayPort: this.port, canPort80: false, insecureForTests: false }] });
  }

  /** Again with the same key. */
  async start(): Promise<void> {
    const words = ['-c', join(this.#folder, 'derper.json'), '-a', `127.0.0.1:${this.port}`, '-certmode', 'manual', '-certdir', this.#folder, '-hostname', NAME, '-http-port', '-1', '-stun=false'];
    const child = spawn(realProgram('derper'), words, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    child.stderr.on('data', (text: Buffer) => (this.#said = (this.#said + text.toString('utf8')).slice(-20_000)));
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`derper ended: ${this.#said}`);
      return answers(this.port);
    }, 'derper accepts connections');
  }

  /** As a power failure does. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready);
  });
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => (socket.destroy(), done(true)));
    socket.on('error', () => done(false));
  });
}
