/**
 * A network device behind a file descriptor as the Tun port, one read or write a packet, with a few bytes of the system's own
 * before each. A thread of libuv's pool sleeps in `poll` on the device and on a bell, which ends the sleep: no timer, no wake-up in
 * between. Sets nothing up and closes no device. Callers: linux-net/device-tun.ts, darwin-net/utun-tun.ts.
 */
import { pushPacket, type PacketBatch } from '../../base/batch.ts';
import type { Counters } from '../../ports/counters.ts';
import type { Tun } from '../../ports/tun.ts';
import { createNativeMemory } from '../../../native-bindings/memory.ts';
import { errno, errnoName } from '../../../native-bindings/system-error.ts';

export interface PolledDevice {
  readonly fd: number;
  readonly mtu: number;
  /** Bytes before each packet. */
  readonly header: number;
  /** Writes them for this packet. */
  readonly prepare: (header: DataView, packet: Uint8Array) => void;
  /** As the system's own, at an address of native memory. They never block. */
  readonly read: (fd: number, at: number, size: number) => number;
  readonly write: (fd: number, at: number, size: number) => number;
  /** Sleeps until the device or the bell has something, elsewhere, and then calls back with how many have; 0 or less: sleep again. */
  readonly sleep: (woken: (ready: number) => void) => void;
  readonly bell: { ring(): void; close(): void };
}

const mayComeLater = (): boolean => ['EAGAIN', 'EINTR'].includes(errnoName(errno()));

export function polledTun({ fd, mtu, header, prepare, read, write, sleep, bell }: PolledDevice, counters: Counters): Tun {
  const memory = createNativeMemory(header + mtu);
  const packet = memory.bytes.subarray(header, header + mtu);
  /** lost: the device is gone, and poll would return at once for ever. */
  let state: 'idle' | 'waiting' | 'told' | 'lost' | 'closed' = 'idle';
  let onReadable = (): void => {};
  const wait = (): void => {
    state = 'waiting';
    sleep((ready) => {
      if (state === 'closed') bell.close();
      else if (ready <= 0) wait();
      else {
        state = 'told';
        onReadable();
      }
    });
  };
  return {
    mtu,
    read(batch: PacketBatch) {
      batch.count = 0;
      if (state === 'closed') return 0;
      while (batch.count < batch.offset.length) {
        const n = read(fd, memory.base, header + mtu);
        if (n === 0 || (n < 0 && !mayComeLater())) state = 'lost';
        const length = n - header;
        if (length <= 0) break;
        if (!pushPacket(batch, packet.subarray(0, length), -1)) counters.refuse('outbound: larger than the MTU');
      }
      if (batch.count === 0 && state === 'told') wait();
      return batch.count;
    },
    write(batch: PacketBatch) {
      let taken = 0;
      for (let i = 0; i < batch.count; i++) {
        const length = batch.length[i]!;
        const at = batch.offset[i]!;
        if (state !== 'closed' && length > 0 && length <= mtu) {
          packet.set(batch.arena.bytes.subarray(at, at + length));
          prepare(memory.view, packet);
          if (write(fd, memory.base, header + length) >= 0) {
            taken++;
            continue;
          }
        }
        counters.refuse('overlay: device refused to take');
      }
      return taken;
    },
    onReadable(callback) {
      onReadable = callback;
      if (state === 'idle') wait();
    },
    replaced() {
      if (state === 'lost') wait();
    },
    close() {
      if (state === 'closed') return;
      if (state === 'waiting') bell.ring();
      else bell.close();
      state = 'closed';
    },
  };
}
