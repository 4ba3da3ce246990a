/**
 * The packet path as the event thread sees it, wherever it runs: in a worker (`worker/worker-link.ts`) or in this thread
 * (`same-thread.ts`, for tests and small peers). Types only.
 */
import type { Counters } from '../ports/counters.ts';
import type { DataplaneCommand, DataplaneFact } from '../ports/dataplane.ts';
import type { RelayLaneCommand, RelayLaneEvent } from '../ports/relay-lane.ts';
import type { RelayRings } from '../ports/relay-ring.ts';
import type { Duration } from '../time/instant.ts';
import { translator } from '../language/texts.ts';
import type { HostClock } from './clock.ts';
import type { WakeUps } from './wake-ups.ts';

const { text } = translator('en');

export interface PacketThread {
  /** In order; one message for all. */
  send(commands: readonly DataplaneCommand[]): void;
  /** Instants jumped: deadlines that were ahead may be due. */
  clockMoved(): void;
  /** Packets of relays wait for it, and it sleeps. */
  relayedWaits(): void;
  /** Relay connections in its own hands; undefined: it takes none. False, for one to open: it cannot take this one. */
  readonly lanes?: { send(command: RelayLaneCommand): boolean } | undefined;
  /** Another device stands behind the descriptor of the one before. */
  deviceReplaced(): void;
  /** Runs what was sent, closes the socket, ends. `ended` is not called for it. */
  stop(): Promise<void>;
}

export interface PacketThreadEvents {
  facts(facts: readonly DataplaneFact[]): void;
  slept(forMs: Duration): void;
  /** Packets for relays wait, and the event thread said that it sleeps. */
  relayedWaits(): void;
  lane(event: RelayLaneEvent): void;
  /** It ended by itself: a bug of ours or a want of memory. Sessions are lost. */
  ended(why: string): void;
}

/** What a packet thread shares with its event thread. */
export interface PacketThreadShared {
  readonly clock: HostClock;
  readonly counters: Counters;
  readonly wakeUps: WakeUps;
  readonly relays: RelayRings;
  /** Rows of `counters`. */
  readonly peers: number;
}

/** Starts one with its socket bound to `listenPort` (0: a free one). Rejects with a {@link StartError}. */
export type StartPacketThread = (listenPort: number, events: PacketThreadEvents) => Promise<PacketThread>;

/** Why an engine could not start, in a sentence for a person. `code`: the system's name of the error. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: string;

  constructor(code: string, listenPort: number) {
    super(explain(code, listenPort));
    this.code = code;
  }
}

function explain(code: string, port: number): string {
  if (code === 'EADDRINUSE') return text('problem.port-in-use', { port });
  if (code === 'EACCES' || code === 'EPERM') return text('problem.port-not-allowed', { port });
  return text('problem.port-refused', { port, code });
}
