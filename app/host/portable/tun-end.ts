/**
 * The far end of an in-process TUN: what the operating system is to a real device. A small stack, a test or a host that
 * echoes stands here. Packets are whole IP packets.
 */
export interface TunFarEnd {
  readonly mtu: number;
  /** Gives the node a packet to carry; copied. False when its queue is full or the packet is larger than the MTU. */
  send(packet: Uint8Array): boolean;
  /** Called with each packet that came out of the tunnel. The bytes are the callee's. */
  onPacket(callback: (packet: Uint8Array) => void): void;
  close(): void;
}

/** Packets that wait in each direction. */
export const TUN_QUEUE = 1_024;
