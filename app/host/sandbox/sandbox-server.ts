/**
 * The control server of the sandbox: the simulator's pure server behind the door on loopback, with a clock, a timer, and
 * the deeds of its administrator. It knows no engine.
 */
import { sameBytes } from '../../base/bytes.ts';
import { ControlServer } from '../../sim/control-server/control-server.ts';
import type { ServerInput, ServerOutput } from '../../sim/control-server/types.ts';
import type { RelayMap } from '../../wire/netmap/types.ts';
import type { Instant } from '../../time/instant.ts';
import type { HostClock } from '../clock.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { DeadlineTimer } from '../deadline-timer.ts';
import { WakeUps } from '../wake-ups.ts';
import { openControlDoor, type ControlDoor } from './control-door/control-door.ts';
import type { DoorRequest } from './control-door/door-request.ts';

/** The user to whom every node belongs. */
export const USER = 'sandbox';
/** ms from the administrator's deed to the end of a key: time enough to renew it first. */
export const EXPIRES_IN = 30_000;
const DOMAIN = 'sandbox.example';
const ALL_PORTS = [[0, 65_535]] as const;
/** Discard (RFC 863). */
const UNUSED_PORT = [[9, 9]] as const;
const TCP = 6;

interface Open {
  readonly request: DoorRequest;
  stream: ReturnType<DoorRequest['stream']> | undefined;
}

export class SandboxServer {
  /** The node's own, so that wall times agree after a simulated sleep too. */
  readonly #clock: HostClock;
  readonly #secret = new Uint8Array(32);
  readonly #timer = new DeadlineTimer(new WakeUps(), () => this.#due());
  /** By connection: each request is one of its own. */
  readonly #open = new Map<number, Open>();
  #machine: ControlServer | undefined;
  #door: ControlDoor | undefined;
  #stopped: Promise<void> | undefined;
  #port = 0;
  #next = 1;
  /** Machines that were silenced and have not called since. */
  #awaited: { readonly machineKey: Uint8Array; readonly resolve: () => void }[] = [];

  private constructor(clock: HostClock) {
    this.#clock = clock;
  }

  /** Resolves when it listens; rejects when no port can be had. */
  static async open(clock: HostClock, relays: RelayMap): Promise<SandboxServer> {
    const server = new SandboxServer(clock);
    createOsRng().fill(server.#secret);
    await server.#listen();
    server.#machine = new ControlServer({ rng: createOsRng(), url: server.url, wallOffset: clock.wall() - clock.now(), domain: DOMAIN, relays });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A pre-auth key that any number of nodes may use. */
  authKey(): string {
    return this.#server.createPreAuthKey({ user: USER, reusable: true });
  }

  /** Its node goes from every map. False: there is none of this name. */
  remove(name: string): boolean {
    return this.#toNode(name, (id, now) => this.#server.deleteNode(id, now));
  }

  /** Its key ends in EXPIRES_IN. */
  expire(name: string): boolean {
    return this.#toNode(name, (id, now) => this.#server.expireNode(id, EXPIRES_IN, now));
  }

  /** Whoever waits for a person's approval is let in. False: nobody waits. */
  approve(): boolean {
    const now = this.#now();
    const urls = this.#server.pendingUrls().filter((url) => this.#server.approve(url, USER, now));
    this.#turn();
    return urls.length > 0;
  }

  /** All rules that name this node are for one port that nobody uses, so it stays in every map; undefined: everything may pass. */
  deny(name: string | undefined): void {
    const others = this.#server.nodes(this.#now()).map((node) => node.name).filter((other) => other !== name);
    this.#server.setPolicy(
      name === undefined
        ? [{ from: ['*'], to: [{ who: '*', ports: ALL_PORTS }] }]
        : [
            { from: others, to: others.map((who) => ({ who, ports: ALL_PORTS })) },
            { from: ['*'], to: [{ who: name, ports: UNUSED_PORT }], protocols: [TCP] },
            { from: [name], to: [{ who: '*', ports: UNUSED_PORT }], protocols: [TCP] },
          ],
      this.#now(),
    );
    this.#turn();
  }

  /** The process ends: connections break, and nobody answers at its port. */
  stop(): void {
    this.#timer.clear();
    const door = this.#door;
    this.#door = undefined;
    this.#stopped = door?.close();
  }

  /** With the same key at the same port; its nodes are known as before. */
  async start(): Promise<void> {
    await this.#stopped;
    this.#server.restart(this.#now());
    await this.#listen();
    this.#turn();
  }

  /** Its open connections carry nothing any more, and nobody is told. Resolves when it called anew.
   *  Undefined: there is none of this name, or the server is stopped. */
  silence(name: string): Promise<void> | undefined {
    const node = this.#server.nodes(this.#now()).find((each) => each.name === name);
    if (node === undefined || this.#door === undefined) return undefined;
    this.#door.silence(node.machineKey);
    return new Promise((resolve) => {
      this.#awaited.push({ machineKey: node.machineKey, resolve });
    });
  }

  /** Its node key, as the relay knows it too. */
  nodeKey(name: string): Uint8Array | undefined {
    return this.#server.nodes(this.#now()).find((each) => each.name === name)?.nodeKey;
  }

  /** The clock jumped. */
  clockMoved(): void {
    this.#timer.clear();
    this.#due();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#stopped;
    this.#secret.fill(0);
  }

  get #server(): ControlServer {
    if (this.#machine === undefined) throw new Error('the server is used before it is open');
    return this.#machine;
  }

  async #listen(): Promise<void> {
    const door = await openControlDoor({
      crypto: createSodiumCrypto(),
      rng: createOsRng(),
      serverSecret: this.#secret,
      handle: (request) => this.#accept(request),
      port: this.#port,
    });
    this.#door = door;
    this.#port = door.port;
  }

  #accept(request: DoorRequest): void {
    for (const { machineKey, resolve } of this.#awaited) if (sameBytes(machineKey, request.machineKey)) resolve();
    this.#awaited = this.#awaited.filter(({ machineKey }) => !sameBytes(machineKey, request.machineKey));
    const connection = this.#next++;
    this.#open.set(connection, { request, stream: undefined });
    request.onClose(() => {
      if (this.#open.delete(connection)) this.#feed({ kind: 'closed', connection });
    });
    this.#feed({ kind: 'request', connection, id: 1, machineKey: request.machineKey, path: request.path, body: request.body });
  }

  #feed(input: ServerInput): void {
    this.#server.handle(input, this.#now());
    this.#turn();
  }

  #due(): void {
    this.#server.expire(this.#now());
    this.#turn();
  }

  #turn(): void {
    for (let output = this.#server.poll(); output !== undefined; output = this.#server.poll()) this.#deliver(output);
    if (this.#door === undefined) this.#timer.clear();
    else this.#timer.arm(this.#server.nextDeadline(), this.#now());
  }

  #deliver(output: ServerOutput): void {
    const open = this.#open.get(output.connection);
    if (open === undefined) return;
    switch (output.kind) {
      case 'response':
        open.request.respond(output.status, output.body, output.retryAfterSeconds === undefined ? {} : { 'retry-after': String(output.retryAfterSeconds) });
        return;
      case 'stream':
        open.stream = open.request.stream();
        return;
      case 'message':
        open.stream?.send(output.text);
        return;
      case 'end':
        open.stream?.end();
        return;
      default:
        return output satisfies never;
    }
  }

  #toNode(name: string, act: (id: number, now: Instant) => void): boolean {
    const now = this.#now();
    const node = this.#server.nodes(now).find((each) => each.name === name);
    if (node === undefined) return false;
    act(node.id, now);
    this.#turn();
    return true;
  }

  #now(): Instant {
    return this.#clock.now();
  }
}
