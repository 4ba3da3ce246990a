/**
 * What crosses between the event thread and the packet worker. Down: where it starts from, commands, and word that the
 * clock moved. Up: facts, and what the event thread cannot read from shared memory. Types only; both ends switch over
 * the whole union. Keys go down only, in buffers that are transferred, so that no copy stays behind.
 */
import type { DataplaneCommand, DataplaneFact } from '../../ports/dataplane.ts';
import type { RelayLaneCommand, RelayLaneEvent } from '../../ports/relay-lane.ts';
import type { Duration } from '../../time/instant.ts';
import type { PortTunNear } from '../portable/port-tun.ts';
import type { DeviceNear } from './open-device.ts';

/** `workerData` of the packet worker. */
export interface PacketWorkerInit {
  /** 0: a free port. */
  readonly listenPort: number;
  /** Whom the sockets hear. */
  readonly reach: 'anywhere' | 'loopback';
  readonly tun: PortTunNear | DeviceNear;
  /** Rows of `counters`. */
  readonly peers: number;
  readonly counters: SharedArrayBuffer;
  readonly clock: SharedArrayBuffer;
  readonly wakeUps: SharedArrayBuffer;
  readonly toRelays: SharedArrayBuffer;
  readonly fromRelays: SharedArrayBuffer;
}

export type ToWorker =
  | { readonly kind: 'commands'; readonly commands: readonly DataplaneCommand[] }
  | { readonly kind: 'clock-moved' }
  /** Another device stands behind the descriptor of the one before. */
  | { readonly kind: 'device-replaced' }
  /** Packets of relays wait in the ring. */
  | { readonly kind: 'relayed' }
  | { readonly kind: 'lane'; readonly command: RelayLaneCommand }
  | { readonly kind: 'stop' };

export type FromWorker =
  /** The socket is bound and the loop runs. */
  | { readonly kind: 'started' }
  /** The socket could not be had; the worker ends. `code`: the system's name of the error. */
  | { readonly kind: 'could-not-start'; readonly code: string; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly DataplaneFact[] }
  | { readonly kind: 'slept'; readonly forMs: Duration }
  /** Packets for relays wait in the ring. */
  | { readonly kind: 'relayed' }
  | { readonly kind: 'lane'; readonly event: RelayLaneEvent }
  /** Names a cell of `wakeUps`. */
  | { readonly kind: 'wake-reason'; readonly why: string; readonly slot: number };
