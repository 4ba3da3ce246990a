/** The device that a packet worker reads and writes, by its system. The bindings of a system are loaded where it runs alone. */
import type { Counters } from '../../ports/counters.ts';
import type { Tun } from '../../ports/tun.ts';
import type { UtunNear } from '../darwin-net/utun-tun.ts';
import type { DeviceTunNear } from '../linux-net/device-tun.ts';
import type { BindBoth } from '../portable/udp-datagrams.ts';

/** Plain values, so that they cross to the worker. */
export type DeviceNear = DeviceTunNear | UtunNear;

/** The event thread's end of a device, as an engine takes it. Closing the device stays with who opened it. */
export interface DeviceFar {
  readonly mtu: number;
  connect(): DeviceNear;
  close(): void;
}

/** `sockets`: our datagrams need a way past the tunnel; undefined: any socket will do. */
export async function openDevice(near: DeviceNear, counters: Counters): Promise<{ readonly tun: Tun; readonly sockets: BindBoth | undefined }> {
  switch (near.system) {
    case 'linux': {
      const { markedSockets, openDeviceTun } = await import('../linux-net/device-tun.ts');
      return { tun: openDeviceTun(near, counters), sockets: near.fwmark === 0 ? undefined : markedSockets(near.fwmark) };
    }
    case 'darwin': {
      const { openUtunTun, socketsPastTunnel } = await import('../darwin-net/utun-tun.ts');
      const { createDarwinSource } = await import('../os-network/darwin.ts');
      return { tun: openUtunTun(near, counters), sockets: near.sockets === 'any' ? undefined : socketsPastTunnel(() => createDarwinSource().snapshot()) };
    }
    default:
      return near satisfies never;
  }
}
