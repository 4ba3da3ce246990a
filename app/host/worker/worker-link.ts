/**
 * The event thread's end of any packet worker: starts it, sends commands, hands up facts, notices when it ends by itself.
 * One link is one worker; `packet-keeper.ts` makes the next one. What kind of worker it is, its body says:
 * `portable-link.ts` and `linux-fast/fast-link.ts`.
 */
import { Worker, type TransferListItem } from 'node:worker_threads';
import type { DataplaneCommand } from '../../ports/dataplane.ts';
import type { RelayLaneCommand } from '../../ports/relay-lane.ts';
import { StartError, type PacketThread, type PacketThreadEvents, type StartPacketThread } from '../packet-thread.ts';
import type { WakeUps } from '../wake-ups.ts';
import { withKeysToTransfer } from './key-transfer.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** A worker that was asked to stop and does not is terminated after this. ms. */
const STOP_WITHIN = 2_000;

/** One worker as its kind needs it. Made anew for each. */
export interface WorkerBody {
  /** The compiled entry. */
  readonly entry: URL;
  readonly workerData: object;
  readonly transfer: readonly TransferListItem[];
  /** True: `ring` alone makes it look for packets of relays. */
  readonly wakesForRelayed: boolean;
  /** Gives a descriptor that another thread may close; undefined: this worker takes no relay connections. */
  duplicate?(fd: number): number | undefined;
  /** A message waits: for a worker that blocks in a system call. */
  ring(): void;
  /** The worker is gone, however it went: takes back what it may have left open. */
  ended(): void;
}

type Life =
  | { readonly kind: 'starting'; readonly started: (thread: PacketThread) => void; readonly failed: (error: Error) => void }
  | { readonly kind: 'running' }
  | { readonly kind: 'stopping'; readonly done: () => void }
  | { readonly kind: 'ended' };

/** `wakeUps`: where the reasons for which the worker wakes are learned. */
export function linkWorkers(makeBody: (listenPort: number) => WorkerBody, wakeUps: WakeUps): StartPacketThread {
  return (listenPort, events) =>
    new Promise((started, failed) => {
      void new WorkerLink(makeBody(listenPort), wakeUps, listenPort, events, { kind: 'starting', started, failed });
    });
}

class WorkerLink implements PacketThread {
  readonly #worker: Worker;
  readonly #body: WorkerBody;
  readonly #wakeUps: WakeUps;
  readonly #listenPort: number;
  readonly #events: PacketThreadEvents;
  readonly lanes: PacketThread['lanes'];
  #life: Life;
  #lastError = 'it ended without saying why';

  constructor(body: WorkerBody, wakeUps: WakeUps, listenPort: number, events: PacketThreadEvents, life: Life) {
    this.#body = body;
    this.#wakeUps = wakeUps;
    this.#listenPort = listenPort;
    this.#events = events;
    this.#life = life;
    if (body.duplicate !== undefined) this.lanes = { send: (command) => this.#lane(command) };
    this.#worker = new Worker(body.entry, { workerData: body.workerData, transferList: [...body.transfer], name: 'packets' });
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

  deviceReplaced(): void {
    this.#post({ kind: 'device-replaced' });
  }

  relayedWaits(): void {
    if (this.#body.wakesForRelayed) this.#body.ring();
    else this.#post({ kind: 'relayed' });
  }

  #lane(command: RelayLaneCommand): boolean {
    if (this.#life.kind !== 'running') return false;
    if (command.kind !== 'lane-open') {
      this.#post({ kind: 'lane', command });
      return true;
    }
    const { lane } = command;
    const fd = this.#body.duplicate?.(lane.fd);
    if (fd === undefined) return false;
    this.#post({ kind: 'lane', command: { kind: 'lane-open', lane: { ...lane, fd } } }, [lane.read.key, lane.read.iv, lane.write.key, lane.write.iv].flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : [])));
    return true;
  }

  stop(): Promise<void> {
    if (this.#life.kind !== 'running') return Promise.resolve();
    return new Promise((done) => {
      const tooLong = setTimeout(() => {
        void this.#worker.terminate();
        this.#body.ring();
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
    this.#body.ring();
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
      case 'relayed':
        this.#events.relayedWaits();
        return;
      case 'lane':
        this.#events.lane(message.event);
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
    this.#body.ended();
    if (life.kind === 'stopping') life.done();
    else if (life.kind === 'starting') life.failed(new Error(`the packet worker ended with status ${status} before it began: ${this.#lastError}`));
    else if (life.kind === 'running') this.#events.ended(this.#lastError);
  }
}

/** Counters, clock and wake-ups of a worker lie over shared memory. */
export function sharedOf(buffer: ArrayBufferLike): SharedArrayBuffer {
  if (buffer instanceof SharedArrayBuffer) return buffer;
  throw new TypeError('what a worker reads and writes lies in shared memory');
}
