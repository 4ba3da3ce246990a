/**
 * A sandbox peer as its parent sees it: starts its process, restarts it after a crash or on request with the same key
 * and port, and passes faults on. sandbox.ts owns it.
 */
import { fork, type ChildProcess } from 'node:child_process';
import type { Log } from '../../ports/log.ts';
import type { FromPeer, PeerKeys, PeerStart, ToPeer } from './peer-messages.ts';

/** ms between the end of a peer's process and the next one. */
const RESTART_AFTER = 1_000;
const START_WITHIN = 15_000;

type State =
  | { readonly kind: 'starting'; readonly child: ChildProcess }
  | { readonly kind: 'running'; readonly child: ChildProcess }
  | { readonly kind: 'down'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'closed' };

export interface PeerHandleOptions {
  readonly name: string;
  /** Compiled peer-process. */
  readonly script: string;
  /** The port and the keys are the handle's. */
  readonly start: Omit<PeerStart, 'kind' | 'port' | 'keys'>;
  readonly log: Log;
  /** Its UDP port is this one now. */
  readonly onBound: (port: number) => void;
}

export class PeerHandle {
  readonly name: string;
  readonly #options: PeerHandleOptions;
  #state: State = { kind: 'closed' };
  #port = 0;
  #keys: PeerKeys = { nodeKey: undefined, pinnedServerKey: undefined };
  #waiting: { readonly bound: () => void; readonly failed: (error: Error) => void }[] = [];

  constructor(options: PeerHandleOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Its UDP port; 0 before it was bound for the first time. */
  get port(): number {
    return this.#port;
  }

  /** Resolves when its socket is bound. */
  open(): Promise<void> {
    const bound = this.#nextBound();
    this.#launch();
    return bound;
  }

  /** Resolves when it is on another port. */
  move(): Promise<void> {
    const bound = this.#nextBound();
    this.#send({ kind: 'move' });
    return bound;
  }

  /** Kills the process at once, as a crash would. Resolves when the next one is bound. */
  restart(): Promise<void> {
    const bound = this.#nextBound();
    if (this.#state.kind === 'running' || this.#state.kind === 'starting') this.#state.child.kill('SIGKILL');
    return bound;
  }

  close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#settle((waiting) => waiting.failed(new Error(`${this.name} was closed`)));
    if (state.kind === 'down') clearTimeout(state.timer);
    if (state.kind === 'down' || state.kind === 'closed') return Promise.resolve();
    return new Promise((resolve) => {
      state.child.once('exit', () => resolve());
      state.child.kill('SIGKILL');
    });
  }

  #launch(): void {
    const child = fork(this.#options.script, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced', execArgv: [] });
    this.#state = { kind: 'starting', child };
    child.on('message', (message: FromPeer) => this.#heard(child, message));
    child.on('exit', () => this.#ended(child));
    child.on('error', (error) => this.#options.log.write('error', 'sandbox', `${this.name}: ${error.message}`));
    this.#send({ kind: 'start', port: this.#port, keys: this.#keys, ...this.#options.start });
  }

  #heard(child: ChildProcess, message: FromPeer): void {
    if (!this.#isCurrent(child)) return;
    switch (message.kind) {
      case 'bound':
        this.#port = message.port;
        this.#options.onBound(message.port);
        this.#state = { kind: 'running', child };
        return this.#settle((waiting) => waiting.bound());
      case 'keys':
        this.#keys = message.keys;
        return undefined;
      case 'failed':
        // Its port was taken meanwhile, most likely: the next start takes any.
        this.#options.log.write('warn', 'sandbox', `${this.name} could not start: ${message.why}`);
        this.#port = 0;
        child.kill('SIGKILL');
        return undefined;
      default:
        return message satisfies never;
    }
  }

  #ended(child: ChildProcess): void {
    if (!this.#isCurrent(child)) return;
    this.#state = { kind: 'down', timer: setTimeout(() => this.#launch(), RESTART_AFTER) };
  }

  #isCurrent(child: ChildProcess): boolean {
    return (this.#state.kind === 'running' || this.#state.kind === 'starting') && this.#state.child === child;
  }

  #send(message: ToPeer): void {
    if (this.#state.kind !== 'running' && this.#state.kind !== 'starting') return;
    // A process that died this moment cannot be told; `exit` follows.
    this.#state.child.send(message, () => undefined);
  }

  #nextBound(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiting.failed(new Error(`${this.name} was not ready within ${START_WITHIN / 1_000} s`)), START_WITHIN);
      const waiting = {
        bound: () => {
          clearTimeout(timer);
          resolve();
        },
        failed: (error: Error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.push(waiting);
    });
  }

  #settle(settle: (waiting: { readonly bound: () => void; readonly failed: (error: Error) => void }) => void): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (const waiting of all) settle(waiting);
  }
}
