/**
 * Obeys what the engine asks of the system's network, and tells it what the system says, in the order in which it came:
 * subscriptions, snapshots, and the tunnel's own device. It decides nothing and retries nothing (the network monitor does).
 * What is asked is done in a later turn, as an engine wants it. Event thread; one a tunnel.
 */
import type { OsEvent, OsNetworkSource } from '../../ports/os-network.ts';
import type { OsSystem, OsTold, OsWatchCommand, OwnDevice, OwnMarks } from '../../ports/os-watch.ts';
import type { Log } from '../../ports/log.ts';

export interface OsWatchInit {
  readonly system: OsSystem;
  readonly marks: OwnMarks;
  /** Under which we write (`by` of an event): routes and rules of it are no news. */
  readonly writer?: number;
  /** Fresh for each subscription. */
  readonly openSource: () => OsNetworkSource;
  /** Name of the link with this index, now. */
  readonly nameOf: (index: number) => string | undefined;
  readonly indexOf: (name: string) => number | undefined;
  /** A new device in the place of the one that is gone. Throws. */
  readonly openDevice: (name: string) => OwnDevice;
  readonly renamed: (device: OwnDevice) => void;
  /** Something that may be ours was touched, or all was looked at. */
  readonly touched: () => void;
  /** Each message, as soon as it is read. */
  readonly heard?: (event: OsEvent) => void;
  readonly tell: (told: readonly OsTold[]) => void;
  readonly log: Log;
}

export class OsWatch {
  readonly #init: OsWatchInit;
  #source: OsNetworkSource | undefined;
  #asked: OsWatchCommand[] = [];
  #told: OsTold[] = [];
  #isClosed = false;

  constructor(init: OsWatchInit) {
    this.#init = init;
  }

  begin(device: OwnDevice): void {
    const { system, marks } = this.#init;
    this.#tell({ kind: 'watch', system, device, marks });
  }

  obey(command: OsWatchCommand): void {
    this.#asked.push(command);
    if (this.#asked.length === 1) setImmediate(() => this.#obeyAll());
  }

  close(): void {
    this.#isClosed = true;
    this.#asked = [];
    this.#source?.close();
    this.#source = undefined;
  }

  #obeyAll(): void {
    for (const command of this.#asked.splice(0)) {
      if (this.#isClosed) return;
      this.#obey(command);
    }
  }

  #obey(command: OsWatchCommand): void {
    const { nameOf, indexOf, renamed, touched } = this.#init;
    switch (command.kind) {
      case 'subscribe':
        this.#subscribe();
        return;
      case 'take-snapshot':
        this.#answer(() => ({ kind: 'snapshot', snapshot: (this.#source ?? this.#init.openSource()).snapshot() }), (why) => ({ kind: 'snapshot-failed', why }));
        touched();
        return;
      case 'look-at-device': {
        const { index, name } = command.device;
        this.#answer(() => ({ kind: 'device-seen', name: nameOf(index), index: indexOf(name) }), () => undefined);
        return;
      }
      case 'open-device':
        this.#answer(() => ({ kind: 'device-opened', device: this.#init.openDevice(command.name) }), (why) => ({ kind: 'device-failed', why }));
        return;
      case 'device-renamed':
        renamed(command.device);
        return;
      case 'look-at-ours':
        touched();
        return;
      default:
        return command satisfies never;
    }
  }

  #subscribe(): void {
    this.#source?.close();
    const source = this.#init.openSource();
    this.#source = source;
    source.start((event) => {
      if (this.#source !== source) return;
      if (!this.#isOurs(event)) this.#tell({ kind: 'event', event });
      this.#init.heard?.(event);
    });
  }

  #isOurs(event: OsEvent): boolean {
    return (event.kind === 'route' || event.kind === 'rule') && event.by !== undefined && event.by === this.#init.writer;
  }

  /** `failed` undefined: nothing is told, and it is asked for again. */
  #answer(ask: () => OsTold, failed: (why: string) => OsTold | undefined): void {
    try {
      this.#tell(ask());
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      this.#init.log.write('debug', 'network', String(error));
      const told = failed(why);
      if (told !== undefined) this.#tell(told);
    }
  }

  /** What comes in one turn of the thread is told at once. */
  #tell(told: OsTold): void {
    this.#told.push(told);
    if (this.#told.length > 1) return;
    queueMicrotask(() => {
      const all = this.#told;
      this.#told = [];
      if (!this.#isClosed) this.#init.tell(all);
    });
  }
}
