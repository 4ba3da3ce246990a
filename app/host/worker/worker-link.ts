/**
 * The event thread's end of a packet worker: starts it, sends commands, hands up facts, notices when it ends by itself.
 * One link is one worker; `packet-keeper.ts` makes the next one.
 */
import { Worker } from 'node:worker_threads';
import type { Counters } from '../../ports/counters.ts';
import type { DataplaneCommand } from '../../ports/dataplane.ts';
import type { HostClock } from '../clock.ts';
import { StartError, type PacketThread, type PacketThreadEvents, type StartPacketThread } from '../packet-thread.ts';
import type { DeviceTunFar } from '../linux-net/device-tun.ts';
import type { PortTunFar } from '../portable/port-tun.ts';
import type { WakeUps } from '../wake-ups.ts';
import { withKeysToTransfer } from './key-transfer.ts';
import type { FromWorker, PacketWorkerInit, ToWorker } from './protocol.ts';

/** A worker that was asked to stop and does not is terminated after this. ms. */
const STOP_WITHIN = 2_000;

export interface WorkerLinkInit {
  readonly tun: PortTunFar | DeviceTunFar;
  readonly peers: number;
  readonly reach: 'anywhere' | 'loopback';
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

export function inWorker(init: WorkerLinkInit): StartPacketThread {
  return (listenPort, events) =>
    new Promise((started, failed) => {
      void new WorkerLink(init, listenPort, events, { kind: 'starting', started, failed });
    });
}

class WorkerLink implements PacketThread {
  readonly #worker: Worker;
  readonly #init: WorkerLinkInit;
  readonly #listenPort: number;
  readonly #events: PacketThreadEvents;
  #life: Life;
  #lastError = 'it ended without saying why';

  constructor(init: WorkerLinkInit, listenPort: number, events: PacketThreadEvents, life: Life) {
    this.#init = init;
    this.#listenPort = listenPort;
    this.#events = events;
    this.#life = life;
    const tun = init.tun.connect();
    const workerData: PacketWorkerInit = {
      listenPort,
      tun,
      peers: init.peers,
      reach: init.reach,
      counters: sharedOf(init.counters.buffer),
      clock: init.clock.shared,
      wakeUps: sharedOf(init.wakeUps.buffer),
    };
    this.#worker = new Worker(new URL('./packet-worker.js', import.meta.url), { workerData, transferList: 'port' in tun ? [tun.port] : [], name: 'packets' });
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
      const tooLong = setTimeout(() => void this.#worker.terminate(), STOP_WITHIN);
      this.#life = {
        kind: 'stopping',
        done: () => {
          clearTimeout(tooLong);
          done();
        },
      };
      this.#worker.postMessage({ kind: 'stop' } satisfies ToWorker, []);
    });
  }

  #post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    if (this.#life.kind === 'running') this.#worker.postMessage(message, transfer);
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
        this.#init.wakeUps.learn(message.why, message.slot);
        return;
      default:
        return message satisfies never;
    }
  }

  #exited(status: number): void {
    const life = this.#life;
    this.#life = { kind: 'ended' };
    if (life.kind === 'stopping') life.done();
    else if (life.kind === 'starting') life.failed(new Error(`the packet worker ended with status ${status} before it began: ${this.#lastError}`));
    else if (life.kind === 'running') this.#events.ended(this.#lastError);
  }
}

function sharedOf(buffer: ArrayBufferLike): SharedArrayBuffer {
  if (buffer instanceof SharedArrayBuffer) return buffer;
  throw new TypeError('what a worker reads and writes lies in shared memory');
}
