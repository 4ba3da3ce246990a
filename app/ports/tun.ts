/**
 * The overlay: a network device (or an in-memory twin) seen as batches of whole IP packets. All implementations pass
 * tests/compliance/tun.ts.
 */
import type { PacketBatch } from '../base/batch.ts';

export interface Tun {
  /** Bytes; the largest packet `read` delivers and `write` takes. */
  readonly mtu: number;
  /** Moves waiting packets into `batch`, up to its free slots. Overwrites `batch.count`; 0 means nothing is waiting. */
  read(batch: PacketBatch): number;
  /** Hands every packet of `batch` to the system. Returns how many it took; the rest are counted as dropped. */
  write(batch: PacketBatch): number;
  onReadable(callback: () => void): void;
  /** Another device stands in the place of the one before, which was gone. Absent where there is none to lose. */
  replaced?(): void;
  close(): void;
}
