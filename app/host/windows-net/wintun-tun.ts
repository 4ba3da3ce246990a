/**
 * A Wintun adapter as the Tun port: packets are copied out of its ring and into it, and its event is waited for beside all
 * others of this thread. The event thread makes the adapter and keeps it, so that it outlives a crash of the packet worker.
 */
import { pushPacket, type PacketBatch } from '../../base/batch.ts';
import type { Counters } from '../../ports/counters.ts';
import type { Tun } from '../../ports/tun.ts';
import { createNativeMemory } from '../../../native-bindings/memory.ts';
import { ADAPTER_GONE, calls, handleWait, loadWintun, type HandleWait, type Wintun } from '../../../native-bindings/windows/index.ts';

/** What the packet worker needs of the adapter: plain values, so that it crosses to it. */
export interface WintunNear {
  readonly system: 'windows';
  /** Absolute path of wintun.dll, whose bytes were checked. */
  readonly file: string;
  readonly mtu: number;
  /** What changes when another adapter stands in the place of this one: see {@link ADAPTER}. */
  readonly adapter: SharedArrayBuffer;
}

/** 64-bit words of `adapter`: the session (0: none), and the interface's index. */
export const ADAPTER = { session: 0, index: 1, words: 2 } as const;

/** Of the system and the driver; a test stands in their place. */
export interface WintunMeans {
  readonly wintun: Wintun;
  readonly wait: Pick<HandleWait, 'watch'>;
  readonly lastError: () => number;
  readonly move: (to: number, from: number, size: number) => void;
}

export const realMeans = (file: string): WintunMeans => ({ wintun: loadWintun(file), wait: handleWait(), lastError: calls().GetLastError, move: calls().RtlMoveMemory });

const SIZE = 0;
const PACKET = 64;

export function openWintunTun(near: WintunNear, counters: Counters, means: WintunMeans = realMeans(near.file)): Tun {
  const { mtu } = near;
  const { wintun, wait, lastError, move } = means;
  const adapter = new BigInt64Array(near.adapter);
  const memory = createNativeMemory(PACKET + mtu);
  const packet = memory.bytes.subarray(PACKET, PACKET + mtu);
  let session = 0;
  let unwatch = (): void => {};
  /** lost: the adapter is gone, and its event may be too. */
  let state: 'telling' | 'told' | 'lost' | 'closed' = 'telling';
  let onReadable: (() => void) | undefined;
  const tell = (): void => {
    if (state !== 'telling' || onReadable === undefined) return;
    state = 'told';
    onReadable();
  };
  const begin = (): void => {
    session = Number(Atomics.load(adapter, ADAPTER.session));
    const stop = wait.watch(wintun.WintunGetReadWaitEvent(session), tell);
    unwatch = () => void stop();
    state = 'telling';
    // Packets may wait since before the event was watched.
    setImmediate(tell);
  };
  const lose = (): void => {
    unwatch();
    state = 'lost';
  };
  begin();
  return {
    mtu,
    read(batch: PacketBatch) {
      batch.count = 0;
      if (state === 'closed' || state === 'lost') return 0;
      while (batch.count < batch.offset.length) {
        const at = wintun.WintunReceivePacket(session, memory.base + SIZE);
        if (at === 0) {
          if (lastError() === ADAPTER_GONE) lose();
          break;
        }
        const length = memory.view.getUint32(SIZE, true);
        if (length <= mtu) move(memory.base + PACKET, at, length);
        wintun.WintunReleaseReceivePacket(session, at);
        if (length > mtu || !pushPacket(batch, packet.subarray(0, length), -1)) counters.refuse('outbound: larger than the MTU');
      }
      if (batch.count === 0 && state === 'told') state = 'telling';
      return batch.count;
    },
    write(batch: PacketBatch) {
      let taken = 0;
      for (let i = 0; i < batch.count; i++) {
        const length = batch.length[i]!;
        const room = state === 'closed' || state === 'lost' || length > mtu || length === 0 ? 0 : wintun.WintunAllocateSendPacket(session, length);
        if (room === 0) {
          counters.refuse('overlay: device refused to take');
          continue;
        }
        packet.set(batch.arena.bytes.subarray(batch.offset[i]!, batch.offset[i]! + length));
        move(room, memory.base + PACKET, length);
        wintun.WintunSendPacket(session, room);
        taken++;
      }
      return taken;
    },
    onReadable(callback) {
      onReadable = callback;
      setImmediate(tell);
    },
    replaced() {
      if (state === 'closed') return;
      if (state !== 'lost') unwatch();
      begin();
    },
    close() {
      if (state === 'closed') return;
      if (state !== 'lost') unwatch();
      state = 'closed';
    },
  };
}
