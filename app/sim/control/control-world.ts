/**
 * Control clients, one control server and the ways between them on a virtual clock: the product's control machine against
 * a server model, with faults, without sockets. Everything random comes from one seed. It knows no scenario.
 */
import { createSeededRng } from '../../base/seeded-rng.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Rng } from '../../ports/rng.ts';
import { instant, type Duration, type Instant } from '../../time/instant.ts';
import { ControlServer, type ControlServerInit } from '../control-server/control-server.ts';
import type { ServerInput, ServerOutput } from '../control-server/types.ts';
import { EventQueue } from '../event-queue.ts';
import { randomBytes } from '../random-bytes.ts';
import { TraceHash } from '../../base/trace-hash.ts';
import { SimClient, type ClientWorld, type ControlFactory } from './sim-client.ts';
import type { SimLink } from './sim-link.ts';
import { viewComplaint } from './view-judge.ts';

export interface ControlViolation {
  readonly rule: string;
  readonly atSeconds: number;
  readonly text: string;
}

export interface ControlWorldInit {
  readonly seed: number;
  readonly crypto: Crypto;
  readonly server?: Pick<ControlServerInit, 'requestsPerSecond'>;
}

const VIOLATIONS_KEPT = 50;
const BACKLOG_MOST = 10_000;
/** 2027, so that keys end in the future. */
const WALL_OFFSET: Duration = 1_800_000_000_000;

export class ControlWorld implements ClientWorld {
  readonly clients: SimClient[] = [];
  readonly violations: ControlViolation[] = [];
  readonly hash = new TraceHash();
  readonly crypto: Crypto;
  readonly rng: Rng;
  readonly seed: number;
  readonly wallOffset = WALL_OFFSET;
  readonly server: ControlServer;
  serverKey: Uint8Array;
  /** 'frozen': its system still takes connections; nothing is answered. 'away': no one listens there. */
  serverState: 'up' | 'frozen' | 'away' = 'up';
  names: 'up' | 'gone' = 'up';
  /** Requests that reached the server, by virtual second. */
  readonly perSecond = new Map<number, number>();
  readonly #events = new EventQueue();
  readonly #links = new Map<number, SimLink>();
  #backlog: ServerInput[] = [];
  #now = 0;
  #connections = 0;
  #armed = 0;

  constructor(init: ControlWorldInit) {
    this.seed = init.seed;
    this.crypto = init.crypto;
    this.rng = createSeededRng(Math.imul(init.seed, 0x9e3779b1) >>> 0);
    this.serverKey = randomBytes(this.rng, 32);
    this.server = new ControlServer({ rng: createSeededRng(this.rng.uint32()), url: 'https://hs.example.org', wallOffset: WALL_OFFSET, ...init.server });
  }

  get now(): number {
    return this.#now;
  }

  get instant(): Instant {
    return instant(this.#now);
  }

  get way(): 'open' | 'no-name' | 'refused' | 'swallowed' {
    if (this.names === 'gone') return 'no-name';
    return this.serverState === 'up' ? 'open' : this.serverState === 'frozen' ? 'swallowed' : 'refused';
  }

  addClient(delay: Duration, factory?: ControlFactory): SimClient {
    const client = new SimClient(this, this.clients.length, delay, factory);
    this.clients.push(client);
    return client;
  }

  at(ms: number, run: () => void): void {
    this.#events.push(Math.max(ms, this.#now), run);
  }

  run(untilMs: number): void {
    for (;;) {
      const at = this.#events.nextAt();
      if (at === undefined || at > untilMs) break;
      this.#now = at;
      const event = this.#events.shift();
      try {
        event?.run();
      } catch (error) {
        this.violate('threw', error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
    }
    this.#now = untilMs;
  }

  violate(rule: string, text: string): void {
    if (this.violations.length < VIOLATIONS_KEPT) this.violations.push({ rule, atSeconds: this.#now / 1_000, text });
  }

  trace(who: number, what: unknown): void {
    this.hash.number(this.#now);
    this.hash.word(who);
    this.hash.value(what);
  }

  openConnection(link: SimLink): number {
    const number = ++this.#connections;
    this.#links.set(number, link);
    return number;
  }

  toServer(input: ServerInput): void {
    if (this.serverState === 'away') return;
    if (this.serverState === 'frozen') {
      if (this.#backlog.length < BACKLOG_MOST) this.#backlog.push(input);
      return;
    }
    if (input.kind === 'request') {
      const second = Math.floor(this.#now / 1_000);
      this.perSecond.set(second, (this.perSecond.get(second) ?? 0) + 1);
    }
    if (input.kind === 'closed') this.#links.delete(input.connection);
    this.server.handle(input, this.instant);
    this.drainServer();
  }

  /** After a verb of the administrator too. */
  drainServer(): void {
    for (let output: ServerOutput | undefined = this.server.poll(); output !== undefined; output = this.server.poll()) this.#links.get(output.connection)?.fromServer(output);
    const armed = ++this.#armed;
    const due = this.server.nextDeadline();
    if (due === undefined) return;
    this.at(due.at, () => {
      if (armed !== this.#armed || this.serverState !== 'up') return;
      this.server.expire(this.instant);
      this.drainServer();
    });
  }

  restartServer(downMs: Duration): void {
    this.serverState = 'away';
    this.#backlog = [];
    this.server.restart(this.instant);
    for (const client of this.clients) client.link.cut('ECONNRESET');
    this.#links.clear();
    this.at(this.#now + downMs, () => {
      this.serverState = 'up';
      this.drainServer();
    });
  }

  freezeServer(forMs: Duration): void {
    if (this.serverState !== 'up') return;
    this.serverState = 'frozen';
    this.at(this.#now + forMs, () => this.thaw());
  }

  thaw(): void {
    if (this.serverState !== 'frozen') return;
    this.serverState = 'up';
    const waiting = this.#backlog;
    this.#backlog = [];
    for (const input of waiting) this.toServer(input);
    this.server.expire(this.instant);
    this.drainServer();
  }

  /** What is wrong with this client after all faults are over, as sentences: not live, or another view than the server's. */
  judge(client: SimClient): string[] {
    const { state, view } = client.control;
    const wrong = viewComplaint(this, { phase: state.phase, nodeKey: client.keys.nodeKey?.bytes, view });
    return wrong === undefined ? [] : [`${client.name} ${wrong}`];
  }
}
