/**
 * The link of one simulated client to the control server: latency, order, and all the ways in which a connection dies or
 * only looks alive. It obeys the commands of the control machine as the host's link does, and decides nothing.
 * Caller: ControlWorld.
 */
import type { ControlFailure, ControlLinkCommand, ControlLinkEvent } from '../../ports/control-link.ts';
import type { Rng } from '../../ports/rng.ts';
import type { Duration } from '../../time/instant.ts';
import type { ServerInput, ServerOutput } from '../control-server/types.ts';

const HOST = 'hs.example.org';
/** Name, TCP, TLS and Noise, in one-way delays. */
const SET_UP = 6;
/** A server notices a client that is gone for good after so long. */
const SERVER_NOTICES: Duration = 30_000;

export interface LinkWorld {
  readonly now: number;
  readonly rng: Rng;
  readonly serverKey: Uint8Array;
  /** What the way to the server is like at this moment. */
  readonly way: 'open' | 'no-name' | 'refused' | 'swallowed';
  at(ms: number, run: () => void): void;
  openConnection(link: SimLink): number;
  toServer(input: ServerInput): void;
}

interface Connection {
  readonly generation: number;
  readonly number: number;
  machineKey: Uint8Array;
  /** Alive to look at; nothing passes. */
  dead: boolean;
  /** Nothing more comes from the server, as in the middle of a frame. */
  stalled: boolean;
}

export class SimLink {
  readonly #world: LinkWorld;
  readonly #deliver: (event: ControlLinkEvent) => void;
  #attempt = 0;
  #connection: Connection | undefined;
  #upAt = 0;
  #downAt = 0;
  /** One way, ms. */
  delay: Duration;
  slowBy = 1;
  online = true;
  /** Messages still to be spoilt. */
  garble = 0;
  /** Messages come twice, or late. */
  stale = false;
  #held: string | undefined;
  /** Requests whose answer is to be a stream. */
  readonly #streams = new Set<number>();

  constructor(world: LinkWorld, delay: Duration, deliver: (event: ControlLinkEvent) => void) {
    this.#world = world;
    this.delay = delay;
    this.#deliver = deliver;
  }

  get generation(): number | undefined {
    return this.#connection?.generation;
  }

  command(command: ControlLinkCommand): void {
    switch (command.kind) {
      case 'connect':
        this.#close();
        this.#connect(command);
        return;
      case 'request': {
        const connection = this.#connection;
        if (connection === undefined || connection.generation !== command.generation) return;
        if (command.form === 'stream') this.#streams.add(command.id);
        this.#up(connection, { kind: 'request', connection: connection.number, id: command.id, machineKey: connection.machineKey, path: command.path, body: command.body });
        return;
      }
      case 'cancel':
        if (this.#connection !== undefined) this.#up(this.#connection, { kind: 'cancelled', connection: this.#connection.number, id: command.id });
        return;
      case 'disconnect':
        this.#attempt++;
        this.#close();
        return;
      case 'answer-ping':
        return;
      default:
        return command satisfies never;
    }
  }

  /** Looks alive from now on, and is not. */
  halfOpen(): void {
    if (this.#connection !== undefined) this.#connection.dead = true;
  }

  stall(): void {
    if (this.#connection !== undefined) this.#connection.stalled = true;
  }

  /** The network or the server closed it, and says so. */
  cut(code: string | undefined): void {
    const connection = this.#connection;
    if (connection === undefined || connection.dead) return;
    this.#close();
    this.#lost(connection.generation, { kind: 'closed', host: HOST, code }, this.delay);
  }

  fromServer(output: ServerOutput): void {
    const connection = this.#connection;
    if (connection === undefined || connection.number !== output.connection || connection.dead || connection.stalled || !this.online) return;
    if (output.kind === 'message' && this.stale) {
      this.#staleMessage(connection, output.id, output.text);
      return;
    }
    const event = eventOf(output, output.kind === 'message' ? this.#spoil(output.text) : '');
    if (event.kind !== 'response' || !this.#streams.has(event.id)) {
      this.#down(connection, event);
      return;
    }
    this.#down(connection, { kind: 'stream-began', id: event.id, status: event.status, retryAfterMs: event.retryAfterMs });
    this.#down(connection, { kind: 'stream-ended', id: event.id, failure: undefined });
  }

  #connect(command: Extract<ControlLinkCommand, { kind: 'connect' }>): void {
    const attempt = ++this.#attempt;
    const { generation, withinMs, machineKey, pinnedKey } = command;
    const way = this.online ? this.#world.way : 'swallowed';
    const wait = this.#delay() * SET_UP;
    if (way === 'no-name') this.#lost(generation, { kind: 'name-unknown', host: HOST }, 50);
    else if (way === 'refused') this.#lost(generation, { kind: 'refused', host: HOST, port: 443 }, 2 * this.#delay());
    else if (way === 'swallowed' || wait > withinMs) this.#lost(generation, { kind: 'timed-out', host: HOST, during: 'connect', afterMs: withinMs }, withinMs);
    else {
      this.#world.at(this.#world.now + wait, () => {
        if (attempt !== this.#attempt) return;
        if (!this.online || this.#world.way !== 'open') {
          this.#lost(generation, { kind: 'timed-out', host: HOST, during: 'key', afterMs: withinMs }, Math.max(0, withinMs - wait));
          return;
        }
        const { serverKey } = this.#world;
        if (pinnedKey !== undefined && pinnedKey.some((byte, i) => byte !== serverKey[i])) {
          this.#deliver({ kind: 'lost', generation, failure: { kind: 'key-changed', host: HOST, pinned: pinnedKey, offered: serverKey } });
          return;
        }
        this.#connection = { generation, number: this.#world.openConnection(this), machineKey, dead: false, stalled: false };
        this.#deliver({ kind: 'connected', generation, serverKey, zstd: false });
      });
    }
  }

  #lost(generation: number, failure: ControlFailure, wait: Duration): void {
    const attempt = this.#attempt;
    this.#world.at(this.#world.now + wait, () => {
      if (attempt === this.#attempt) this.#deliver({ kind: 'lost', generation, failure });
    });
  }

  #close(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#held = undefined;
    this.#streams.clear();
    if (connection === undefined) return;
    const wait = connection.dead || !this.online ? SERVER_NOTICES : this.#delay();
    this.#world.at(this.#world.now + wait, () => this.#world.toServer({ kind: 'closed', connection: connection.number }));
  }

  #up(connection: Connection, input: ServerInput): void {
    if (connection.dead || !this.online) return;
    this.#upAt = Math.max(this.#upAt, this.#world.now + this.#delay());
    this.#world.at(this.#upAt, () => {
      if (!connection.dead) this.#world.toServer(input);
    });
  }

  #down(connection: Connection, event: ControlLinkEvent): void {
    this.#downAt = Math.max(this.#downAt, this.#world.now + this.#delay());
    this.#world.at(this.#downAt, () => {
      if (this.#connection === connection && !connection.dead && this.online) this.#deliver(event);
    });
  }

  /** Wrong order and repeats, as from a server that lost its place. */
  #staleMessage(connection: Connection, id: number, text: string): void {
    const before = this.#held;
    this.#held = text;
    this.#down(connection, { kind: 'message', id, text });
    if (before !== undefined && this.#world.rng.fraction() < 0.5) this.#down(connection, { kind: 'message', id, text: before });
  }

  #spoil(text: string): string {
    if (this.garble === 0) return text;
    this.garble--;
    const how = this.#world.rng.uint32() % 4;
    if (how === 0) return text.slice(0, text.length >> 1);
    if (how === 1) return '{"Peers":[{"ID":"x"}]}';
    if (how === 2) return `{"PeersChanged":${'['.repeat(100)}${']'.repeat(100)}}`;
    return '\u0000\uffff not JSON';
  }

  #delay(): Duration {
    return this.delay * this.slowBy * (0.8 + 0.4 * this.#world.rng.fraction());
  }
}

function eventOf(output: ServerOutput, text: string): ControlLinkEvent {
  switch (output.kind) {
    case 'response':
      return { kind: 'response', id: output.id, status: output.status, retryAfterMs: output.retryAfterSeconds === undefined ? undefined : output.retryAfterSeconds * 1_000, body: output.body };
    case 'stream':
      return { kind: 'stream-began', id: output.id, status: 200, retryAfterMs: undefined };
    case 'message':
      return { kind: 'message', id: output.id, text };
    case 'end':
      return { kind: 'stream-ended', id: output.id, failure: undefined };
    default:
      return output satisfies never;
  }
}
