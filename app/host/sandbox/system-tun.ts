/** The far end of the TUN behind the sandbox's system: packets pass as its device and its routes say. Caller: sandbox.ts. */
import type { IpAddress } from '../../base/ip.ts';
import { createInnerHeader, readIpHeader } from '../../wire/ip-packet.ts';
import type { TunFarEnd } from '../portable/tun-end.ts';

export interface SystemWays {
  /** Whether a packet to this address leaves by our device. */
  carries(to: IpAddress): boolean;
  readonly hasDevice: boolean;
}

export function throughSystem(tun: TunFarEnd, system: SystemWays): TunFarEnd {
  const header = createInnerHeader();
  return {
    mtu: tun.mtu,
    send(packet) {
      const arena = { bytes: packet, view: new DataView(packet.buffer, packet.byteOffset, packet.byteLength) };
      if (readIpHeader(arena, 0, packet.length, header) !== 'ok') return false;
      const { family, d0: w0, d1: w1, d2: w2, d3: w3 } = header;
      return system.carries({ family, w0, w1, w2, w3 }) && tun.send(packet);
    },
    onPacket: (callback) => tun.onPacket((packet) => {
      if (system.hasDevice) callback(packet);
    }),
    close: () => tun.close(),
  };
}
