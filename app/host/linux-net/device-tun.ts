/**
 * A TUN device of the system as the Tun port, one read or write a packet: the plain way, which works wherever a device
 * can be opened. The event thread opens the device and keeps it, so that it outlives a crash of the packet worker; the
 * worker reads and writes through this. It sets nothing up and closes no device.
 */
import { pushPacket, type PacketBatch } from '../../base/batch.ts';
import type { Counters } from '../../ports/counters.ts';
import type { Tun } from '../../ports/tun.ts';
import { POLLFD, POLLIN } from '../../../native-bindings/linux/headers/poll.ts';
import { Bell, createNativeMemory, errno, errnoName, libc, openEvent, openUdp } from '../../../native-bindings/linux/index.ts';
import type { BindBoth } from '../portable/udp-datagrams.ts';

/** What the packet worker needs of the device: plain numbers, so that it crosses to it. */
export interface DeviceTunNear {
  readonly system: 'linux';
  readonly fd: number;
  readonly mtu: number;
  /** SO_MARK of our own datagrams; 0: none. */
  readonly fwmark: number;
}

/** struct virtio_net_hdr, which the device was opened with; all zero without offload. */
const HEADER = 10;
/** A worker that died while it waited is gone after this. ms. */
const POLL_AGAIN_AFTER = 5_000;

export function openDeviceTun(near: DeviceTunNear, counters: Counters): Tun {
  const { fd, mtu } = near;
  const { read, write, close, pollInBackground } = libc();
  const memory = createNativeMemory(HEADER + mtu);
  const packet = memory.bytes.subarray(HEADER, HEADER + mtu);
  const waiting = createNativeMemory(2 * POLLFD.size);
  const bell = new Bell(openEvent());
  for (const [i, each] of [fd, bell.fd].entries()) {
    waiting.view.setInt32(i * POLLFD.size + POLLFD.fd, each, true);
    waiting.view.setInt16(i * POLLFD.size + POLLFD.events, POLLIN, true);
  }
  /** lost: the device is gone, and poll would return at once for ever. */
  let state: 'idle' | 'waiting' | 'told' | 'lost' | 'closed' = 'idle';
  let onReadable = (): void => {};
  const wait = (): void => {
    state = 'waiting';
    pollInBackground(waiting.base, 2, POLL_AGAIN_AFTER, (_, ready) => {
      if (state === 'closed') close(bell.fd);
      else if (ready <= 0) wait();
      else {
        state = 'told';
        onReadable();
      }
    });
  };
  const waitsOnly = (): boolean => ['EAGAIN', 'EINTR'].includes(errnoName(errno()));
  return {
    mtu,
    read(batch: PacketBatch) {
      batch.count = 0;
      if (state === 'closed') return 0;
      while (batch.count < batch.offset.length) {
        const n = read(fd, memory.base, HEADER + mtu);
        if (n < 0 && !waitsOnly()) state = 'lost';
        const length = n - HEADER;
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
        if (state !== 'closed' && length <= mtu) {
          memory.bytes.fill(0, 0, HEADER);
          packet.set(batch.arena.bytes.subarray(at, at + length));
          if (write(fd, memory.base, HEADER + length) >= 0) {
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
      else close(bell.fd);
      state = 'closed';
    },
  };
}

/** Sockets that carry our mark, so that routing rules can tell our datagrams from those of others. */
export function markedSockets(mark: number): BindBoth {
  return (port) => {
    const { v4, v6 } = openUdp({ port, mark, offload: false });
    return { v4: v4.fd, v6: v6?.fd };
  };
}
