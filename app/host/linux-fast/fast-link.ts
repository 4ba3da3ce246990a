/**
 * The event thread's end of a fast packet worker: starts it, sends commands and rings its bell, hands up facts, notices
 * when it ends by itself. One link is one worker. The TUN descriptor is the caller's: it survives the worker.
 */
import { Worker } from 'node:worker_threads';
import type { Counters } from '../../ports/counters.ts';
import type { DataplaneCommand } from '../../ports/dataplane.ts';
import { Bell, libc, openEvent } from '../../../native-bindings/linux/index.ts';
import type { HostClock } from '../clock.ts';
import { StartError, type PacketThread, type PacketThreadEvents, type StartPacketThread } from '../packet-thread.ts';
import type { WakeUps } from '../wake-ups.ts';
import { withKeysToTransfer } from '../worker/key-transfer.ts';
import type { FromWorker, ToWorker } from '../worker/protocol.ts';
import type { FastTun } from './fast-loop.ts';
import type { FastWorkerInit } from './fast-worker.ts';

/** A worker that was asked to stop and does not is terminated after this. ms. */
const STOP_WITHIN = 2_000;

export interface FastLinkInit {
  readonly tun: FastTun;
  /** SO_MARK of the sockets. */
  readonly mark?: number;
  readonly peers: number;
  /** Over shared memory, as are the next two. */
  readonly counters: Counters;
  readonly clock: HostClock;
  readonly wakeUps: WakeUps;
}

type Life =
  | { readonly kind: 'starting'; readonly started: (thread: PacketThread) => void; readonly failed: (error: Error) => void }
  | { readonly kind: 'running' }
  | { readonly kind: 'stopping'; readonly done: () => void }
  | { readonly kind: 'ended' };

export function inFastWorker(init: FastLinkInit): StartPacketThread {
  return (listenPort, events) =>
    new Promise((started, failed) => {
      void new FastLink(init, listenPort, events, { kind: 'starting', started, failed });
    });
}

class FastLink implements PacketThread {
  readonly #worker: Worker;
  readonly #wakeUps: WakeUps;
  readonly #listenPort: number;
  readonly #events: PacketThreadEvents;
  readonly #bell = new Bell(openEvent());
  readonly #sockets = new SharedArrayBuffer(8);
  #life: Life;
  #lastError = 'it ended without saying why';

  constructor(init: FastLinkInit, listenPort: number, events: PacketThreadEvents, life: Life) {
    this.#wakeUps = init.wakeUps;
    this.#listenPort = listenPort;
    this.#events = events;
    this.#life = life;
    new Int32Array(this.#sockets).fill(-1);
    const workerData: FastWorkerInit = {
      listenPort,
      mark: init.mark,
      tun: init.tun,
      bell: this.#bell.fd,
      sockets: this.#sockets,
      peers: init.peers,
      counters: sharedOf(init.counters.buffer),
      clock: init.clock.shared,
      wakeUps: sharedOf(init.wakeUps.buffer),
    };
    this.#worker = new Worker(new URL('./fast-worker.js', import.meta.url), { workerData, name: 'packets' });
    this.#worker.on('message', (message: FromWorker) => this.#hear(message));
    this.#worker.on('error', (error: unknown) => (this.#lastError = error instanceof Error ? (error.stack ?? error.message) : String(error)));
    this.#worker.on('exit', (status) => this.#exited(status));
  }

  send(commands: readonly DataplaneCommand[]): void {
    const { commands: prepared, transfer } = withKeysToTransfer(commands);
    this.#post({ kind: 'commands', commands: prepared }, transfer);
  }

  clockMoved(): void {
    this.#post({ kind: 'clock-moved' });
  }

  stop(): Promise<void> {
    if (this.#life.kind !== 'running') return Promise.resolve();
    return new Promise((done) => {
      const tooLong = setTimeout(() => {
        void this.#worker.terminate();
        this.#bell.ring();
      }, STOP_WITHIN);
      this.#post({ kind: 'stop' });
      this.#life = {
        kind: 'stopping',
        done: () => {
          clearTimeout(tooLong);
          done();
        },
      };
    });
  }

  #post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    if (this.#life.kind !== 'running') return;
    this.#worker.postMessage(message, transfer);
    this.#bell.ring();
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'started':
        if (this.#life.kind !== 'starting') return;
        this.#life.started(this);
        this.#life = { kind: 'running' };
        return;
      case 'could-not-start':
        this.#lastError = message.text;
        if (this.#life.kind !== 'starting') return;
        this.#life.failed(new StartError(message.code, this.#listenPort));
        this.#life = { kind: 'ended' };
        return;
      case 'facts':
        this.#events.facts(message.facts);
        return;
      case 'slept':
        this.#events.slept(message.forMs);
        return;
      case 'wake-reason':
        this.#wakeUps.learn(message.why, message.slot);
        return;
      default:
        return message satisfies never;
    }
  }

  #exited(status: number): void {
    const life = this.#life;
    this.#life = { kind: 'ended' };
    libc().close(this.#bell.fd);
    // A thread that crashed leaves its sockets open: they would hold the port and swallow what comes there.
    for (const descriptor of new Int32Array(this.#sockets)) if (descriptor >= 0) libc().close(descriptor);
    if (life.kind === 'stopping') life.done();
    else if (life.kind === 'starting') life.failed(new Error(`the packet worker ended with status ${status} before it began: ${this.#lastError}`));
    else if (life.kind === 'running') this.#events.ended(this.#lastError);
  }
}

function sharedOf(buffer: ArrayBufferLike): SharedArrayBuffer {
  if (buffer instanceof SharedArrayBuffer) return buffer;
  throw new TypeError('what a worker reads and writes lies in shared memory');
}
