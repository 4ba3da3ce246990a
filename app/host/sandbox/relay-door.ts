/**
 * The relay of the sandbox: the simulator's pure relay server behind an HTTP upgrade on loopback, with a clock and a timer.
 * Speaks plain HTTP, since it never leaves this computer. It can stop, start again at the same port, and have its cable cut:
 * then bytes wait, both ways, as those of a TCP connection do. Knows no engine.
 */
import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Instant } from '../../time/instant.ts';
import { RelayServer } from '../../sim/relay-server/relay-server.ts';
import type { RelayServerInput } from '../../sim/relay-server/types.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { DeadlineTimer } from '../deadline-timer.ts';
import { WakeUps } from '../wake-ups.ts';

const WELCOME = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: DERP\r\nConnection: Upgrade\r\n\r\n';

interface Line {
  readonly socket: Duplex;
  /** What the machine writes while the cable is cut. */
  readonly held: Uint8Array[];
  /** Open still, and nothing comes through ever again. */
  dead: boolean;
}

export class RelayDoor {
  readonly #now: () => Instant;
  readonly #machine: RelayServer;
  readonly #timer = new DeadlineTimer(new WakeUps(), () => this.#due());
  readonly #lines = new Map<number, Line>();
  #server: http.Server | undefined;
  #stopped: Promise<void> = Promise.resolve();
  #cut: NodeJS.Timeout | undefined;
  #port = 0;
  #next = 1;

  private constructor(now: () => Instant) {
    this.#now = now;
    this.#machine = new RelayServer({ crypto: createSodiumCrypto(), rng: createOsRng() });
  }

  /** `now`: monotonic. Rejects when no port can be had. */
  static async open(now: () => Instant): Promise<RelayDoor> {
    const door = new RelayDoor(now);
    await door.start();
    return door;
  }

  get port(): number {
    return this.#port;
  }

  /** Again, after `stop`: at the same port, with the same key. */
  async start(): Promise<void> {
    await this.#stopped;
    const server = http.createServer((request, response) => void response.writeHead(request.url === '/generate_204' ? 204 : 404).end());
    server.on('upgrade', (request: http.IncomingMessage, socket: Duplex) => this.#enter(request, socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    const address = server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#server = server;
    this.#turn();
  }

  /** The process ends: connections break, and nobody answers at its port. */
  stop(): void {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    this.#timer.clear();
    this.#stopped = new Promise((resolve) => server.close(() => resolve()));
    for (const { socket } of this.#lines.values()) socket.destroy();
    server.closeAllConnections();
  }

  /** From now for so many ms nothing passes; then all of it does. */
  cut(forMs: number): void {
    clearTimeout(this.#cut);
    for (const { socket } of this.#lines.values()) socket.pause();
    this.#cut = setTimeout(() => this.#mend(), forMs);
  }

  /** The open connections of this node go dead, and neither side is told, as when a NAT before it forgot them. False: it has none. */
  goDead(nodeKey: Uint8Array): boolean {
    const open = this.#machine.connectionsOf(nodeKey).flatMap((connection) => this.#lines.get(connection) ?? []);
    for (const line of open) {
      line.dead = true;
      line.socket.pause();
    }
    return open.length > 0;
  }

  async close(): Promise<void> {
    clearTimeout(this.#cut);
    this.#cut = undefined;
    this.stop();
    await this.#stopped;
  }

  #mend(): void {
    this.#cut = undefined;
    for (const [connection, line] of this.#lines) {
      const { held } = line;
      for (const bytes of held.splice(0)) this.#write(connection, line, bytes);
      if (!line.dead) line.socket.resume();
    }
  }

  #enter(request: http.IncomingMessage, socket: Duplex): void {
    socket.on('error', () => undefined);
    if (request.url !== '/derp' || request.headers.upgrade?.toLowerCase() !== 'derp') return void socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    const connection = this.#next++;
    this.#lines.set(connection, { socket, held: [], dead: false });
    socket.write(WELCOME);
    socket.on('data', (bytes: Buffer) => this.#feed({ kind: 'data', connection, bytes }));
    socket.on('close', () => {
      if (this.#lines.delete(connection)) this.#feed({ kind: 'closed', connection });
    });
    // A cut cable does not say why; the client waits.
    if (this.#cut !== undefined) socket.pause();
    this.#feed({ kind: 'connected', connection });
    return undefined;
  }

  #feed(input: RelayServerInput): void {
    this.#machine.handle(input, this.#now());
    this.#turn();
  }

  #due(): void {
    this.#machine.expire(this.#now());
    this.#turn();
  }

  #turn(): void {
    for (let output = this.#machine.poll(); output !== undefined; output = this.#machine.poll()) {
      const line = this.#lines.get(output.connection);
      if (line === undefined) continue;
      if (output.kind === 'write') {
        if (this.#cut === undefined) this.#write(output.connection, line, output.bytes);
        else line.held.push(output.bytes);
        continue;
      }
      this.#lines.delete(output.connection);
      line.socket.end();
    }
    if (this.#server === undefined) this.#timer.clear();
    else this.#timer.arm(this.#machine.nextDeadline(), this.#now());
  }

  #write(connection: number, line: Line, bytes: Uint8Array): void {
    const written = (): void => {
      if (this.#lines.has(connection)) this.#feed({ kind: 'written', connection, bytes: bytes.length });
    };
    // What goes into a dead connection is taken by the system as any, and is lost.
    if (line.dead) queueMicrotask(written);
    else line.socket.write(bytes, written);
  }
}
