/** A utun's packets through the calls that read the real one, on a pair of sockets; and by which link our own datagrams leave. */
import { afterEach, describe, expect, it } from 'vitest';
import { createBatch, packetAt, pushPacket, type PacketBatch } from '../../base/batch.ts';
import { parsePrefix } from '../../base/ip.ts';
import { Counters } from '../../ports/counters.ts';
import type { OsRoute } from '../../ports/os-network.ts';
import type { Tun } from '../../ports/tun.ts';
import { posix } from '../../../native-bindings/darwin/libc.ts';
import { createNativeMemory } from '../../../native-bindings/memory.ts';
import { check } from '../../../native-bindings/system-error.ts';
import { constants } from 'node:fs';
import { openUtunTun, socketsPastTunnel, wayOut } from './utun-tun.ts';

// <sys/socket.h>, the same on Linux and Darwin.
const AF_UNIX = 1;
const DATAGRAM = 2;
const MTU = 1_280;
const F_SETFL = 4;

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

/** The device's end and the kernel's. */
function pair(): { readonly tun: Tun; send(bytes: Uint8Array): void; receive(): Uint8Array | undefined; hangUp(): void } {
  const memory = createNativeMemory(4_096);
  const { socketpair, read, write, close, fcntl } = posix();
  check(socketpair(AF_UNIX, DATAGRAM, 0, memory.base), 'socketpair', 'twin');
  const [near, far] = [memory.view.getInt32(0, true), memory.view.getInt32(4, true)];
  for (const end of [near, far]) check(fcntl(end, F_SETFL, constants.O_NONBLOCK), 'fcntl', 'twin');
  const tun = openUtunTun({ fd: near, mtu: MTU }, new Counters(1));
  let isUp = true;
  const hangUp = (): void => {
    if (isUp) close(far);
    isUp = false;
  };
  opened.push({ close: () => { tun.close(); hangUp(); close(near); } });
  return {
    tun,
    send(bytes) {
      memory.bytes.set(bytes);
      check(write(far, memory.base, bytes.length), 'write', 'twin');
    },
    receive() {
      const n = read(far, memory.base, 4_096);
      return n < 0 ? undefined : memory.bytes.slice(0, n);
    },
    hangUp,
  };
}

const packet = (version: 4 | 6, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i === 0 ? version << 4 : i & 0xff));
const framed = (version: 4 | 6, length: number): Uint8Array => Uint8Array.of(0, 0, 0, version === 4 ? 2 : 30, ...packet(version, length));
const readable = (tun: Tun): Promise<void> => new Promise((resolve) => tun.onReadable(resolve));

function batchOf(...packets: readonly Uint8Array[]): PacketBatch {
  const batch = createBatch(8);
  batch.count = 0;
  for (const each of packets) pushPacket(batch, each, -1);
  return batch;
}

describe('a utun', () => {
  it('gives each packet without the four bytes before it, alone or in a burst, and wakes again', async () => {
    const { tun, send } = pair();
    const batch = createBatch(8);
    let heard = (): void => {};
    tun.onReadable(() => heard());
    for (const lengths of [[60], [40, 1_280, 20]]) {
      const woken = new Promise<void>((resolve) => (heard = resolve));
      for (const length of lengths) send(framed(length === 40 ? 6 : 4, length));
      await woken;
      const got: number[][] = [];
      while (tun.read(batch) > 0) for (let i = 0; i < batch.count; i++) got.push([...packetAt(batch, i)]);
      expect(got).toEqual(lengths.map((length) => [...packet(length === 40 ? 6 : 4, length)]));
    }
  });

  it('puts the family before each packet, in network order', () => {
    const { tun, receive } = pair();
    expect(tun.write(batchOf(packet(4, 60), packet(6, 80)))).toBe(2);
    expect([receive(), receive(), receive()]).toEqual([framed(4, 60), framed(6, 80), undefined]);
  });

  it('takes nothing that is larger than its MTU, and nothing after it was closed', () => {
    const { tun, receive } = pair();
    expect(tun.write(batchOf(packet(4, MTU + 1), packet(4, 28)))).toBe(1);
    expect(receive()).toEqual(framed(4, 28));
    tun.close();
    tun.close();
    expect(tun.write(batchOf(packet(4, 28)))).toBe(0);
    expect([receive(), tun.read(createBatch(4))]).toEqual([undefined, 0]);
  });

  it('sees no packet in one that is shorter than its family', async () => {
    const { tun, send } = pair();
    const woken = readable(tun);
    send(Uint8Array.of(0, 0, 0));
    await woken;
    expect(tun.read(createBatch(4))).toBe(0);
  });
});

describe('our own datagrams', () => {
  const route = (prefix: string, link: number, type: OsRoute['type'] = 'unicast'): OsRoute => {
    const parsed = parsePrefix(prefix)!;
    return { family: parsed.address.family, table: 254, prefix: parsed, type, link, gateway: undefined, metric: 0, source: undefined, protocol: undefined };
  };
  const snapshot = (...routes: OsRoute[]) => ({ links: [], addresses: [], rules: [], routes });

  it("leave by the system's own default route, never by our halves, and nowhere when there is none", () => {
    const halves = [route('0.0.0.0/1', 9), route('128.0.0.0/1', 9), route('::/1', 9), route('8000::/1', 9)];
    expect(wayOut(snapshot(...halves, route('::/0', 5), route('0.0.0.0/0', 7, 'other'), route('0.0.0.0/0', 4)))).toBe(4);
    expect(wayOut(snapshot(...halves, route('::/0', 5)))).toBe(5);
    expect(wayOut(snapshot(...halves))).toBe(1);
  });

  it('are bound to it as it is when their sockets are opened', () => {
    let routes = [route('0.0.0.0/0', 4)];
    const asked: (readonly [number, number])[] = [];
    const bind = socketsPastTunnel(() => snapshot(...routes), (port, link) => { asked.push([port, link]); return { v4: 1, v6: undefined }; });
    bind(51_820);
    routes = [route('0.0.0.0/0', 6)];
    bind(0);
    expect(asked).toEqual([[51_820, 4], [0, 6]]);
  });
});
