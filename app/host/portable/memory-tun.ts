/** A TUN of this thread's memory: the near end is the Tun port, the far end is given to whoever plays the system. */
import { packetAt, pushPacket, type PacketBatch } from '../../base/batch.ts';
import { RingQueue } from '../../base/ring.ts';
import type { Counters } from '../../ports/counters.ts';
import type { Tun } from '../../ports/tun.ts';
import { TUN_QUEUE, type TunFarEnd } from './tun-end.ts';

export interface MemoryTun {
  readonly near: Tun;
  readonly far: TunFarEnd;
}

export function createMemoryTun(mtu: number, counters?: Counters): MemoryTun {
  const waiting = new RingQueue<Uint8Array>(TUN_QUEUE);
  let state: 'telling' | 'told' | 'closed' = 'telling';
  let onReadable = (): void => {};
  let onPacket: ((packet: Uint8Array) => void) | undefined;
  const tell = (): void => {
    if (state !== 'telling' || waiting.size === 0) return;
    state = 'told';
    onReadable();
  };
  const close = (): void => {
    state = 'closed';
    waiting.clear();
  };
  return {
    near: {
      mtu,
      read(batch: PacketBatch) {
        batch.count = 0;
        while (batch.count < batch.offset.length) {
          const packet = waiting.shift();
          if (packet === undefined) break;
          pushPacket(batch, packet, -1);
        }
        if (batch.count === 0 && state === 'told') state = 'telling';
        return batch.count;
      },
      write(batch: PacketBatch) {
        let taken = 0;
        for (let i = 0; i < batch.count; i++) {
          if (state === 'closed' || onPacket === undefined || batch.length[i]! > mtu) {
            counters?.refuse('overlay: device refused to take');
            continue;
          }
          taken++;
          onPacket(packetAt(batch, i).slice());
        }
        return taken;
      },
      onReadable(callback) {
        onReadable = callback;
        tell();
      },
      close,
    },
    far: {
      mtu,
      send(packet) {
        if (state === 'closed' || packet.length > mtu || !waiting.push(packet.slice())) return false;
        tell();
        return true;
      },
      onPacket(callback) {
        onPacket = callback;
      },
      close,
    },
  };
}
