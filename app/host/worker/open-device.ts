/** The device that a packet worker reads and writes, by its system. The bindings of a system are loaded where it runs alone. */
import type { EndpointTable } from '../../base/endpoints.ts';
import type { Counters } from '../../ports/counters.ts';
import type { DatagramsFactory } from '../../ports/datagrams.ts';
import type { Tun } from '../../ports/tun.ts';
import type { UtunNear } from '../darwin-net/utun-tun.ts';
import type { DeviceTunNear } from '../linux-net/device-tun.ts';
import { udpDatagrams } from '../portable/udp-datagrams.ts';
import type { WintunNear } from '../windows-net/wintun-tun.ts';

/** Plain values, so that they cross to the worker. */
export type DeviceNear = DeviceTunNear | UtunNear | WintunNear;

/** The event thread's end of a device, as an engine takes it. Closing the device stays with who opened it. */
export interface DeviceFar {
  readonly mtu: number;
  connect(): DeviceNear;
  close(): void;
}

/** `datagrams`: ours need a way past the tunnel; undefined: any socket will do. */
export async function openDevice(near: DeviceNear, endpoints: EndpointTable, counters: Counters): Promise<{ readonly tun: Tun; readonly datagrams: DatagramsFactory | undefined }> {
  switch (near.system) {
    case 'linux': {
      const { markedSockets, openDeviceTun } = await import('../linux-net/device-tun.ts');
      return { tun: openDeviceTun(near, counters), datagrams: near.fwmark === 0 ? undefined : udpDatagrams(endpoints, counters, markedSockets(near.fwmark)) };
    }
    case 'windows': {
      const { openWindowsWorker } = await import('../windows-net/open-worker.ts');
      return openWindowsWorker(near, endpoints, counters);
    }
    case 'darwin': {
      const { openUtunTun, socketsPastTunnel } = await import('../darwin-net/utun-tun.ts');
      const { createDarwinSource } = await import('../os-network/darwin.ts');
      return { tun: openUtunTun(near, counters), datagrams: near.sockets === 'any' ? undefined : udpDatagrams(endpoints, counters, socketsPastTunnel(() => createDarwinSource().snapshot())) };
    }
    default:
      return near satisfies never;
  }
}
