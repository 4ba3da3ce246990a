/**
 * A TUN device of the system as the Tun port, one read or write a packet: the plain way, which works wherever a device
 * can be opened. The event thread opens the device and keeps it, so that it outlives a crash of the packet worker; the
 * worker reads and writes through this. It sets nothing up and closes no device.
 */
import type { Counters } from '../../ports/counters.ts';
import type { Tun } from '../../ports/tun.ts';
import { POLLFD, POLLIN } from '../../../native-bindings/linux/headers/poll.ts';
import { Bell, createNativeMemory, libc, openEvent, openUdp } from '../../../native-bindings/linux/index.ts';
import { polledTun } from '../portable/polled-tun.ts';
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

export function openDeviceTun({ fd, mtu }: Pick<DeviceTunNear, 'fd' | 'mtu'>, counters: Counters): Tun {
  const { read, write, close, pollInBackground } = libc();
  const waiting = createNativeMemory(2 * POLLFD.size);
  const bell = new Bell(openEvent());
  for (const [i, each] of [fd, bell.fd].entries()) {
    waiting.view.setInt32(i * POLLFD.size + POLLFD.fd, each, true);
    waiting.view.setInt16(i * POLLFD.size + POLLFD.events, POLLIN, true);
  }
  return polledTun(
    {
      fd,
      mtu,
      header: HEADER,
      prepare: (header) => {
        for (let at = 0; at < HEADER; at++) header.setUint8(at, 0);
      },
      read,
      write,
      sleep: (woken) => pollInBackground(waiting.base, 2, POLL_AGAIN_AFTER, (_, ready) => woken(ready)),
      bell: { ring: () => bell.ring(), close: () => void close(bell.fd) },
    },
    counters,
  );
}

/** Sockets that carry our mark, so that routing rules can tell our datagrams from those of others. */
export function markedSockets(mark: number): BindBoth {
  return (port) => {
    const { v4, v6 } = openUdp({ port, mark, offload: false });
    return { v4: v4.fd, v6: v6?.fd };
  };
}
