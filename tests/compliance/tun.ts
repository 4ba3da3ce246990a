/** What every implementation of the Tun port does, seen from both ends. Called from the tests of each. */
import { expect, it } from 'vitest';
import { createBatch, HEADROOM, packetAt, pushPacket } from '../../app/base/batch.ts';
import type { Counters } from '../../app/ports/counters.ts';
import type { Tun } from '../../app/ports/tun.ts';

export interface TunUnderTest {
  readonly near: Tun;
  readonly counters: Counters;
  /** What the system does: gives a packet to the device, and takes what the device delivers. */
  readonly far: { send(packet: Uint8Array): boolean; onPacket(callback: (packet: Uint8Array) => void): void };
  close(): void;
}

export function tunCompliance(make: (mtu: number) => TunUnderTest | Promise<TunUnderTest>): void {
  const withTun = async (mtu: number, body: (under: TunUnderTest) => Promise<void>): Promise<void> => {
    const under = await make(mtu);
    try {
      await body(under);
    } finally {
      under.close();
    }
  };

  it('hands the system\'s packets to the node whole, in order, a batch at a time', () =>
    withTun(1_420, async ({ near, far }) => {
      expect(near.mtu).toBe(1_420);
      let told = 0;
      near.onReadable(() => told++);
      const sent = Array.from({ length: 10 }, (_, i) => ipPacket(i === 9 ? 1_420 : 20 + i, i));
      for (const packet of sent) expect(far.send(packet)).toBe(true);
      await until(() => told > 0);
      const batch = createBatch(4, near.mtu);
      const got: Uint8Array[] = [];
      while (got.length < sent.length) {
        expect(near.read(batch)).toBeLessThanOrEqual(4);
        for (let i = 0; i < batch.count; i++) {
          got.push(packetAt(batch, i).slice());
          expect(batch.offset[i]).toBeGreaterThanOrEqual(HEADROOM);
        }
        if (batch.count === 0) await pause();
      }
      expect(got).toEqual(sent);
      expect(near.read(batch)).toBe(0);
      const before = told;
      expect(before).toBe(1);
      far.send(ipPacket(20, 1));
      await until(() => told > before);
    }));

  it('hands the node\'s packets to the system, whose bytes stay when the batch is used again', () =>
    withTun(1_420, async ({ near, far }) => {
      const got: Uint8Array[] = [];
      far.onPacket((packet) => got.push(packet));
      const batch = createBatch(3, near.mtu);
      const sent = [ipPacket(20, 1), ipPacket(1_420, 2), ipPacket(60, 3)];
      for (const packet of sent) pushPacket(batch, packet, -1);
      expect(near.write(batch)).toBe(3);
      batch.arena.bytes.fill(0xee);
      await until(() => got.length === 3);
      expect(got).toEqual(sent);
    }));

  it('refuses what is larger than the MTU, both ways, and counts it', () =>
    withTun(1_280, async ({ near, far, counters }) => {
      far.onPacket(() => {});
      expect(far.send(ipPacket(1_281, 0))).toBe(false);
      const batch = createBatch(2);
      pushPacket(batch, ipPacket(1_281, 0), -1);
      pushPacket(batch, ipPacket(1_280, 0), -1);
      expect(near.write(batch)).toBe(1);
      expect(counters.refused('overlay: device refused to take')).toBe(1);
    }));

  it('is bounded when the node does not read, and works again when it does', () =>
    withTun(1_420, async ({ near, far }) => {
      near.onReadable(() => {});
      let taken = 0;
      while (taken < 100_000 && far.send(ipPacket(100, taken))) taken++;
      expect(taken).toBeGreaterThanOrEqual(64);
      expect(taken).toBeLessThan(100_000);
      await pause();
      const batch = createBatch(64, near.mtu);
      let read = 0;
      while (read < taken) {
        read += near.read(batch);
        if (batch.count === 0) await pause();
      }
      expect(read).toBe(taken);
      await until(() => far.send(ipPacket(100, 1)));
    }));

  it('is silent and harmless after close', () =>
    withTun(1_420, async ({ near, counters }) => {
      near.close();
      near.close();
      const batch = createBatch(1, near.mtu);
      expect(near.read(batch)).toBe(0);
      pushPacket(batch, ipPacket(20, 1), -1);
      expect(near.write(batch)).toBe(0);
      expect(counters.refused('overlay: device refused to take')).toBe(1);
    }));
}

/** A packet that a real device takes too: an IPv4 header with a sound length, then a filling. */
function ipPacket(length: number, mark: number): Uint8Array {
  const packet = new Uint8Array(length).fill(mark);
  packet.set([0x45, 0, length >>> 8, length & 255, 0, 0, 0, 0, 64, 253, 0, 0, 100, 64, 0, 1, 100, 64, 0, 2]);
  return packet;
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause();
}
