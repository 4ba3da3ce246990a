/**
 * The underlay: one UDP socket seen as batches. Implementations: `host/portable` (node:dgram), the simulator's links,
 * later `host/linux-fast`. All pass tests/compliance/datagrams.ts. Never throws after it is open: errors are counted
 * and told through `onError` once per change.
 */
import type { PacketBatch } from '../base/batch.ts';

export interface Datagrams {
  /** The bound port, for both families. */
  readonly port: number;
  /**
   * Moves waiting datagrams into `batch` (tag = EndpointId of the sender) up to its free slots, and returns how many.
   * Overwrites `batch.count`. 0 means nothing is waiting.
   */
  receive(batch: PacketBatch): number;
  /** Sends every packet of `batch` (tag = EndpointId). Returns how many the system took; the rest are counted as dropped. */
  send(batch: PacketBatch): number;
  /** Called when datagrams are waiting, at most once until the next `receive` returned 0. */
  onReadable(callback: () => void): void;
  /** Undefined: sending works again after an error that was told. */
  onError(callback: (error: UnderlayError | undefined) => void): void;
  close(): void;
}

export interface UnderlayError {
  /** errno name, such as ENETUNREACH. */
  readonly code: string;
  readonly during: 'bind' | 'send' | 'receive';
}

/** Opens a socket. Port 0 takes a free one. `rebind` of the repair ladder is: open a new one, then close the old. */
export interface DatagramsFactory {
  open(port: number): Promise<Datagrams>;
}
