/**
 * A TUN between two threads of this process: packets cross a MessagePort in groups, one transferred buffer a group.
 * The near end is the Tun port in the packet worker; the far end stays in the thread that plays the system and outlives
 * the worker: after a crash it makes a new port for the next one.
 *
 * Bounded: packets under way are counted in shared memory for each direction; what exceeds TUN_QUEUE is refused.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { packetAt, pushPacket, type PacketBatch } from '../../base/batch.ts';
import { RingQueue } from '../../base/ring.ts';
import type { Counters } from '../../ports/counters.ts';
import type { Tun } from '../../ports/tun.ts';
import { TUN_QUEUE, type TunFarEnd } from './tun-end.ts';

/** What the near end is built from; crosses to the worker with its port transferred. */
export interface PortTunNear {
  readonly port: MessagePort;
  readonly mtu: number;
  /** Two 32-bit words: packets under way to the near end, and to the far end. */
  readonly underWay: SharedArrayBuffer;
}

interface Group {
  readonly bytes: Uint8Array;
  readonly lengths: readonly number[];
}

const TO_NEAR = 0;
const TO_FAR = 1;

export interface PortTunFar extends TunFarEnd {
  /** Ends the connection before, if any, and gives the near end of a new one. */
  connect(): PortTunNear;
}

export function createPortTun(mtu: number): PortTunFar {
  let onPacket: ((packet: Uint8Array) => void) | undefined;
  let link: { readonly port: MessagePort; readonly underWay: Int32Array } | undefined;
  let outgoing: Uint8Array[] = [];
  const flush = (): void => {
    const packets = outgoing;
    outgoing = [];
    if (link !== undefined && packets.length > 0) post(link.port, packets);
  };
  return {
    mtu,
    connect() {
      link?.port.close();
      outgoing = [];
      const { port1, port2 } = new MessageChannel();
      const underWay = new SharedArrayBuffer(8);
      const words = new Int32Array(underWay);
      link = { port: port1, underWay: words };
      port1.on('message', (group: Group) => {
        Atomics.sub(words, TO_FAR, group.lengths.length);
        for (const packet of packetsOf(group)) onPacket?.(packet);
      });
      // The far end must not keep a process alive that has nothing else to do.
      port1.unref();
      return { port: port2, mtu, underWay };
    },
    send(packet) {
      if (link === undefined || packet.length > mtu || Atomics.load(link.underWay, TO_NEAR) >= TUN_QUEUE) return false;
      Atomics.add(link.underWay, TO_NEAR, 1);
      outgoing.push(packet.slice());
      if (outgoing.length === 1) queueMicrotask(flush);
      return true;
    },
    onPacket(callback) {
      onPacket = callback;
    },
    close() {
      link?.port.close();
      link = undefined;
    },
  };
}

/** The Tun port over the near end. Called in the thread that owns the packet loop. */
export function openPortTun(init: PortTunNear, counters: Counters): Tun {
  const { port, mtu } = init;
  const underWay = new Int32Array(init.underWay);
  const waiting = new RingQueue<Uint8Array>(TUN_QUEUE);
  let state: 'telling' | 'told' | 'closed' = 'telling';
  let onReadable = (): void => {};
  const tell = (): void => {
    if (state !== 'telling' || waiting.size === 0) return;
    state = 'told';
    onReadable();
  };
  port.on('message', (group: Group) => {
    for (const packet of packetsOf(group)) {
      if (!waiting.push(packet)) Atomics.sub(underWay, TO_NEAR, 1);
    }
    tell();
  });
  return {
    mtu,
    read(batch: PacketBatch) {
      batch.count = 0;
      let taken = 0;
      while (batch.count < batch.offset.length) {
        const packet = waiting.shift();
        if (packet === undefined) break;
        taken++;
        pushPacket(batch, packet, -1);
      }
      Atomics.sub(underWay, TO_NEAR, taken);
      if (batch.count === 0 && state === 'told') state = 'telling';
      return batch.count;
    },
    write(batch: PacketBatch) {
      const room = state === 'closed' ? 0 : TUN_QUEUE - Atomics.load(underWay, TO_FAR);
      const packets: Uint8Array[] = [];
      for (let i = 0; i < batch.count; i++) {
        if (packets.length < room && batch.length[i]! <= mtu) packets.push(packetAt(batch, i));
        else counters.refuse('overlay: device refused to take');
      }
      if (packets.length > 0) {
        Atomics.add(underWay, TO_FAR, packets.length);
        post(port, packets);
      }
      return packets.length;
    },
    onReadable(callback) {
      onReadable = callback;
      tell();
    },
    close() {
      state = 'closed';
      waiting.clear();
      port.close();
    },
  };
}

function post(port: MessagePort, packets: readonly Uint8Array[]): void {
  const lengths = packets.map((packet) => packet.length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const packet of packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
  port.postMessage({ bytes, lengths } satisfies Group, [bytes.buffer]);
}

function packetsOf(group: Group): Uint8Array[] {
  let at = 0;
  return group.lengths.map((length) => group.bytes.subarray(at, (at += length)));
}
