/** What every implementation of the Datagrams port does. Called from the tests of each. Two sockets, A and B, are opened by it. */
import { afterEach, expect, it } from 'vitest';
import { createBatch, HEADROOM, MAX_PACKET, packetAt, pushPacket, TAILROOM, type PacketBatch } from '../../app/base/batch.ts';
import { EndpointTable } from '../../app/base/endpoints.ts';
import { formatIp, ipv4, type IpAddress } from '../../app/base/ip.ts';
import { Counters } from '../../app/ports/counters.ts';
import type { Datagrams, DatagramsFactory } from '../../app/ports/datagrams.ts';

export interface DatagramsUnderTest {
  /** Families it carries here, as the address under which a socket of it is reached. */
  readonly addresses: readonly IpAddress[];
  factory(endpoints: EndpointTable, counters: Counters): DatagramsFactory;
  /** An endpoint to which the system refuses to send, if there is one. */
  readonly refused?: IpAddress;
}

interface Socket {
  readonly endpoints: EndpointTable;
  readonly counters: Counters;
  readonly datagrams: Datagrams;
}

export function datagramsCompliance(under: DatagramsUnderTest): void {
  const opened: Datagrams[] = [];
  afterEach(() => opened.splice(0).forEach((socket) => socket.close()));

  const open = async (port = 0): Promise<Socket> => {
    const endpoints = new EndpointTable(64);
    const counters = new Counters(1);
    const datagrams = await under.factory(endpoints, counters).open(port);
    opened.push(datagrams);
    return { endpoints, counters, datagrams };
  };
  const sendAll = (from: Socket, to: IpAddress, port: number, packets: readonly Uint8Array[]): number => {
    const batch = createBatch(Math.max(1, packets.length));
    const endpoint = from.endpoints.internEndpoint({ address: to, port });
    for (const packet of packets) pushPacket(batch, packet, endpoint);
    const taken = from.datagrams.send(batch);
    // The memory is the caller's again at once.
    batch.arena.bytes.fill(0xee);
    return taken;
  };

  for (const address of under.addresses) {
    it(`carries datagrams of every length both ways and names their sender (${formatIp(address)})`, async () => {
      const [a, b] = [await open(), await open()];
      const packets = [0, 1, 31, 32, 148, 1_280, 1_452, MAX_PACKET].map((length, i) => new Uint8Array(length).fill(i + 1));
      const inbox = new Inbox(b.datagrams);
      expect(sendAll(a, address, b.datagrams.port, packets)).toBe(packets.length);
      await inbox.waitFor(packets.length);
      expect(inbox.packets.map((p) => p.length).sort((x, y) => x - y)).toEqual(packets.map((p) => p.length));
      for (const packet of inbox.packets) expect(packet).toEqual(packets.find((p) => p.length === packet.length));
      const sender = b.endpoints.get(inbox.tags[0] as never);
      expect(sender).toEqual({ address, port: a.datagrams.port });

      const back = new Inbox(a.datagrams);
      expect(sendAll(b, sender!.address, sender!.port, [Uint8Array.of(7)])).toBe(1);
      await back.waitFor(1);
      expect(back.packets).toEqual([Uint8Array.of(7)]);
    });
  }

  const home = under.addresses[0] ?? ipv4(0);

  it('gives at most a batch at a time, tells again only after a receive of 0, and leaves headroom', async () => {
    const [a, b] = [await open(), await open()];
    let told = 0;
    b.datagrams.onReadable(() => told++);
    sendAll(a, home, b.datagrams.port, Array.from({ length: 10 }, (_, i) => Uint8Array.of(i)));
    await until(() => told > 0);
    await pause();
    expect(told).toBe(1);
    const batch = createBatch(4);
    const got: number[] = [];
    while (got.length < 10) {
      const n = b.datagrams.receive(batch);
      expect(n).toBe(batch.count);
      expect(n).toBeLessThanOrEqual(4);
      for (let i = 0; i < n; i++) {
        got.push(packetAt(batch, i)[0]!);
        expect(batch.offset[i]!).toBeGreaterThanOrEqual(HEADROOM);
        expect(batch.offset[i]! + batch.length[i]! + TAILROOM).toBeLessThanOrEqual(batch.arena.bytes.length);
      }
      if (n === 0) await pause();
    }
    expect(got.sort((x, y) => x - y)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(b.datagrams.receive(batch)).toBe(0);
    const before = told;
    sendAll(a, home, b.datagrams.port, [Uint8Array.of(1)]);
    await until(() => told > before);
    expect(told).toBe(before + 1);
  });

  it('opens on the port asked for, and says EADDRINUSE when it is taken', async () => {
    const a = await open();
    expect(a.datagrams.port).toBeGreaterThan(0);
    await expect(open(a.datagrams.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    a.datagrams.close();
    await until(async () => open(a.datagrams.port).then(() => true, () => false));
  });

  it('stays bounded under a flood, counts what it drops, and works afterwards', async () => {
    const [a, b] = [await open(), await open()];
    const packets = Array.from({ length: 500 }, () => new Uint8Array(64).fill(5));
    for (let i = 0; i < 20; i++) {
      sendAll(a, home, b.datagrams.port, packets);
      await pause();
    }
    const inbox = new Inbox(b.datagrams);
    inbox.take();
    expect(inbox.packets.length).toBeLessThan(10_000);
    inbox.packets.length = 0;
    sendAll(a, home, b.datagrams.port, [Uint8Array.of(42)]);
    await until(() => inbox.packets.some((p) => p.length === 1 && p[0] === 42));
  });

  it('drops and counts a packet for an endpoint that is not there', async () => {
    const a = await open();
    const batch = createBatch(1);
    pushPacket(batch, Uint8Array.of(1), -1);
    expect(a.datagrams.send(batch)).toBe(0);
    expect(a.counters.refused('underlay: system refused to send')).toBe(1);
  });

  it('is silent and harmless after close', async () => {
    const [a, b] = [await open(), await open()];
    let told = 0;
    b.datagrams.onReadable(() => told++);
    b.datagrams.close();
    b.datagrams.close();
    sendAll(a, home, b.datagrams.port, [Uint8Array.of(1)]);
    await pause();
    expect(told).toBe(0);
    expect(b.datagrams.receive(createBatch(1))).toBe(0);
    const batch = createBatch(1);
    pushPacket(batch, Uint8Array.of(1), b.endpoints.internEndpoint({ address: home, port: a.datagrams.port }));
    expect(b.datagrams.send(batch)).toBe(0);
  });

  const { refused } = under;
  if (refused === undefined) return;
  it('tells of a refusal to send once, counts each, and tells anew after it worked again', async () => {
    const [a, b] = [await open(), await open()];
    const told: string[] = [];
    a.datagrams.onError((error) => told.push(error?.during ?? 'works again'));
    for (let round = 1; round <= 2; round++) {
      for (let i = 0; i < 5; i++) sendAll(a, refused, 9, [Uint8Array.of(1)]);
      await until(() => a.counters.refused('underlay: system refused to send') === 5 * round);
      expect(told).toEqual(round === 1 ? ['send'] : ['send', 'works again', 'send']);
      const inbox = new Inbox(b.datagrams);
      sendAll(a, home, b.datagrams.port, [Uint8Array.of(2)]);
      await inbox.waitFor(1);
    }
  });
}

/** Takes everything that arrives. */
class Inbox {
  readonly packets: Uint8Array[] = [];
  readonly tags: number[] = [];
  readonly #batch: PacketBatch = createBatch(64);
  readonly #datagrams: Datagrams;

  constructor(datagrams: Datagrams) {
    this.#datagrams = datagrams;
    datagrams.onReadable(() => this.take());
  }

  take(): void {
    while (this.#datagrams.receive(this.#batch) > 0) {
      for (let i = 0; i < this.#batch.count; i++) {
        this.packets.push(packetAt(this.#batch, i).slice());
        this.tags.push(this.#batch.tag[i]!);
      }
    }
  }

  waitFor(count: number): Promise<void> {
    return until(() => this.packets.length >= count);
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** Waits for a condition; the test's own time limit ends a wait in vain. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause();
}
