/**
 * The side of a tailnet in a process that may not make a network device: it signs in, knows its peers and proves paths,
 * and no packet of a program goes through it, which every snapshot says (`tunnelLack`). Nothing of the system is touched.
 */
import { createPortTun } from '../portable/port-tun.ts';
import type { TunnelSide } from './tunnel-side.ts';

export function withoutTunnel(init: { readonly device: string; readonly mtu: number }): TunnelSide {
  return {
    device: init.device,
    tun: createPortTun(init.mtu),
    // Handshakes and probes alone: no thread of its own.
    packetThread: 'same-thread',
    overlay: () => undefined,
    // Nobody watches the network here: what others see of this computer is learned from STUN alone.
    begin: (engine) => engine.tell({ kind: 'local-endpoints', endpoints: [] }),
    takeBackNow: () => undefined,
  };
}
