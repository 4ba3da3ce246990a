/**
 * The one connection to the server: when to try, when to wait, when to replace it. Knows generations, the back-off, the
 * token bucket and the network; knows nothing of what is said over it. It never tries without a network, before the time
 * that the server asked for, or without a token. Caller: control.ts.
 */
import type { ControlLinkCommand } from '../ports/control-link.ts';
import type { Rng } from '../ports/rng.ts';
import type { Deadline } from '../time/deadline.ts';
import { after, type Duration, type Instant } from '../time/instant.ts';
import { TokenBucket } from '../time/token-bucket.ts';
import { CHECK_WITHIN, CONNECT_BURST, CONNECT_EVERY, CONNECT_WITHIN } from './constants.ts';
import { QuadraticBackoff } from './quadratic-backoff.ts';
import type { ControlTrouble } from './types.ts';

export type ConnectionLife =
  | { readonly kind: 'idle' }
  | { readonly kind: 'no-network' }
  | { readonly kind: 'waiting'; readonly until: Instant; readonly trouble: ControlTrouble | undefined }
  | { readonly kind: 'connecting'; readonly generation: number }
  | { readonly kind: 'up'; readonly generation: number; readonly zstd: boolean };

export interface ConnectionInit {
  readonly rng: Rng;
  readonly emit: (command: ControlLinkCommand) => void;
}

/** What a `connect` needs; asked for at each, as the pinned key may have changed. */
export interface ConnectTo {
  readonly url: string;
  readonly machineKey: Uint8Array;
  readonly pinnedKey: Uint8Array | undefined;
}

export class Connection {
  readonly #init: ConnectionInit;
  readonly #bucket = new TokenBucket(CONNECT_BURST, CONNECT_EVERY);
  readonly #backoff: QuadraticBackoff;
  #life: ConnectionLife = { kind: 'idle' };
  #to: ConnectTo | undefined;
  #network: 'up' | 'down' = 'up';
  #generation = 0;
  /** The server asked not to be tried before. */
  #notBefore: Instant | undefined;
  /** Replace what is there as soon as a token is free. */
  #replaceAt: Instant | undefined;
  connects = 0;
  teardowns = 0;

  constructor(init: ConnectionInit) {
    this.#init = init;
    this.#backoff = new QuadraticBackoff(init.rng);
  }

  get life(): ConnectionLife {
    return this.#life;
  }

  get failures(): number {
    return this.#backoff.failures;
  }

  /** A person asked, or something can be asked: try from now on. Harmless when it is tried already. */
  want(to: ConnectTo, now: Instant): void {
    this.#to = to;
    if (this.#life.kind !== 'idle') return;
    if (this.#network === 'down') this.#life = { kind: 'no-network' };
    else this.#waitUntil(now, undefined, now);
  }

  /** Nothing more is to be said. */
  unwant(): void {
    if (this.#life.kind === 'idle') return;
    this.#end();
    this.#life = { kind: 'idle' };
    this.#backoff.reset();
  }

  /** A new account or a new run: what an old server asked for is void. */
  forget(): void {
    this.unwant();
    this.#notBefore = undefined;
  }

  network(state: 'up' | 'down', now: Instant): void {
    this.#network = state;
    if (state === 'down') {
      if (this.#life.kind === 'idle') return;
      this.#end();
      this.#life = { kind: 'no-network' };
    } else if (this.#life.kind === 'no-network') {
      this.#backoff.reset();
      this.#waitUntil(now, { kind: 'network-down' }, now);
    }
  }

  /** True when this event's generation is the one in use. */
  isCurrent(generation: number): boolean {
    return (this.#life.kind === 'connecting' || this.#life.kind === 'up') && this.#life.generation === generation;
  }

  connected(zstd: boolean): void {
    if (this.#life.kind === 'connecting') this.#life = { kind: 'up', generation: this.#life.generation, zstd };
  }

  /** What is said over it makes no sense, or nothing is: end it, wait, try again. `waitMs`: asked for by the server. */
  failed(trouble: ControlTrouble, waitMs: Duration | undefined, now: Instant): void {
    if (this.#life.kind === 'idle' || this.#life.kind === 'no-network') return;
    this.#end();
    this.#pause(trouble, waitMs, now);
  }

  /** The link told that it could not be had or is no more. */
  lost(trouble: ControlTrouble, now: Instant): void {
    this.#replaceAt = undefined;
    this.#pause(trouble, undefined, now);
  }

  /** What is there may be dead or old: replace it at once, or when the next token is free; until then it may prove itself. */
  hasten(trouble: ControlTrouble, now: Instant): void {
    this.#backoff.reset();
    switch (this.#life.kind) {
      case 'idle':
      case 'no-network':
        return;
      case 'waiting':
        this.#waitUntil(now, trouble, now);
        return;
      case 'connecting':
      case 'up':
        this.#replaceAt = this.#freeAt(now);
        if (this.#replaceAt <= now) this.#connect(now);
        return;
      default:
        return this.#life satisfies never;
    }
  }

  /** Someone asks: no more back-off. Still not without a token, nor before what the server asked for. */
  hurry(now: Instant): void {
    if (this.#life.kind !== 'waiting') return;
    this.#backoff.reset();
    this.#waitUntil(now, this.#life.trouble, now);
  }

  /** A message was understood: the server is there. */
  proved(): void {
    this.#backoff.reset();
    this.#replaceAt = undefined;
  }

  nextDeadline(): Deadline | undefined {
    if (this.#life.kind === 'waiting') return { at: this.#life.until, why: 'control: connect' };
    return this.#replaceAt === undefined ? undefined : { at: this.#replaceAt, why: 'control: replace connection' };
  }

  /** True when it began to connect. */
  expire(now: Instant): boolean {
    const due = this.nextDeadline();
    return due !== undefined && due.at <= now && this.#connect(now);
  }

  #pause(trouble: ControlTrouble, waitMs: Duration | undefined, now: Instant): void {
    if (waitMs !== undefined) this.#notBefore = after(now, waitMs);
    this.#waitUntil(after(now, this.#backoff.next()), trouble, now);
  }

  #waitUntil(at: Instant, trouble: ControlTrouble | undefined, now: Instant): void {
    const free = this.#freeAt(now);
    this.#life = { kind: 'waiting', until: free > at ? free : at, trouble };
    if (this.#life.until <= now) this.#connect(now);
  }

  /** Earliest moment that token bucket and server allow. */
  #freeAt(now: Instant): Instant {
    const token = this.#bucket.freeAt(now);
    return this.#notBefore !== undefined && this.#notBefore > token ? this.#notBefore : token;
  }

  /** False when it has to wait after all: then its deadline has moved. */
  #connect(now: Instant): boolean {
    const to = this.#to;
    if (to === undefined) throw new Error('a connection is wanted to nowhere');
    const free = this.#freeAt(now);
    if (free > now || !this.#bucket.take(now)) {
      if (this.#life.kind === 'waiting') this.#life = { ...this.#life, until: free };
      else this.#replaceAt = free;
      return false;
    }
    if (this.#life.kind === 'up') this.teardowns++;
    this.#replaceAt = undefined;
    this.#notBefore = undefined;
    this.connects++;
    this.#generation++;
    this.#life = { kind: 'connecting', generation: this.#generation };
    this.#init.emit({ kind: 'connect', generation: this.#generation, url: to.url, machineKey: to.machineKey, pinnedKey: to.pinnedKey, withinMs: this.#backoff.failures === 0 ? CHECK_WITHIN : CONNECT_WITHIN });
    return true;
  }

  /** Ends what is there. */
  #end(): void {
    this.#replaceAt = undefined;
    if (this.#life.kind !== 'up' && this.#life.kind !== 'connecting') return;
    if (this.#life.kind === 'up') this.teardowns++;
    this.#init.emit({ kind: 'disconnect' });
  }
}
