/** Linux's TunnelMeans: a TUN device with its offloads, rtnetlink, resolv.conf or systemd-resolved. Opens; decides nothing. */
import { lackForTunnel, libc } from '../../../native-bindings/linux/index.ts';
import { inFastWorker } from '../linux-fast/fast-link.ts';
import { RouteSocket } from '../linux-net/route-socket.ts';
import { createLinuxSource } from '../os-network/linux.ts';
import { createLinuxSystem, OUR_PROTOCOL, RESOLV_CONF } from '../system/linux-system.ts';
import { LINUX_PLAN } from '../system/plan.ts';
import { openDevice, reopenDevice } from './device.ts';
import type { TunnelMeans } from './means.ts';

export const LINUX_MEANS: TunnelMeans = {
  system: 'linux',
  marks: { tables: [], protocols: [OUR_PROTOCOL], priorities: undefined },
  plan: LINUX_PLAN,
  namesFile: RESOLV_CONF,
  lack: lackForTunnel,
  openSystem: () => createLinuxSystem(),
  openNetwork() {
    const kernel = new RouteSocket();
    return { source: () => createLinuxSource(kernel), nameOf: (index) => kernel.nameOf(index), indexOf: (name) => kernel.indexOf(name), close: () => kernel.close() };
  },
  openDevice(name, mover, system) {
    const tun = openDevice(name, mover, system);
    return {
      name: tun.name,
      ifindex: tun.ifindex,
      carry: (mtu, fwmark) => ({
        tun: { mtu, connect: () => ({ system: 'linux', fd: tun.fd, mtu, fwmark }), close: () => {} },
        packetThread: mover === 'plain' ? 'worker' : (shared) => inFastWorker({ ...shared, tun: { fd: tun.fd, mtu, offload: tun.offload }, ...(fwmark === 0 ? {} : { mark: fwmark }) }),
      }),
      reopen: (again) => {
        const { name: named, ifindex } = reopenDevice(tun, again);
        return { name: named, ifindex };
      },
      close: () => void libc().close(tun.fd),
    };
  },
};
