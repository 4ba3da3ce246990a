/** Batches of packets in one arena. */
import { describe, expect, it } from 'vitest';
import { arenaOver, createBatch, HEADROOM, MAX_PACKET, packetAt, pushPacket, TAILROOM } from './batch.ts';
import { isReject, reject } from './reject.ts';

describe('a packet batch', () => {
  it('gives every slot its headroom and tailroom', () => {
    const batch = createBatch(5, 100);
    for (let i = 0; i < 5; i++) {
      const begin = i === 0 ? 0 : batch.offset[i - 1]! + 100 + TAILROOM;
      expect(batch.offset[i]! - begin).toBeGreaterThanOrEqual(HEADROOM);
      expect(batch.offset[i]! + 100 + TAILROOM).toBeLessThanOrEqual(batch.arena.bytes.length);
    }
  });

  it('takes copies of packets until it is full', () => {
    const batch = createBatch(2, 100);
    const packet = Uint8Array.of(1, 2, 3);
    expect(pushPacket(batch, packet, 7)).toBe(true);
    packet[0] = 9;
    expect(pushPacket(batch, new Uint8Array(100), 8)).toBe(true);
    expect(pushPacket(batch, packet, 9)).toBe(false);
    expect(packetAt(batch, 0)).toEqual(Uint8Array.of(1, 2, 3));
    expect([...batch.tag]).toEqual([7, 8]);
  });

  it('refuses a packet larger than its slot, with one slot and with several', () => {
    for (const slots of [1, 3]) expect(pushPacket(createBatch(slots), new Uint8Array(MAX_PACKET + 64), 0)).toBe(false);
    expect(pushPacket(createBatch(1), new Uint8Array(MAX_PACKET), 0)).toBe(true);
  });

  it('sees the same memory through an arena over part of a buffer', () => {
    const bytes = new Uint8Array(16).subarray(4, 8);
    arenaOver(bytes).view.setUint16(0, 0x0102);
    expect([...bytes]).toEqual([1, 2, 0, 0]);
  });
});

describe('a reject', () => {
  it('is one frozen object a reason', () => {
    expect(reject('a')).toBe(reject('a'));
    expect(reject('a')).not.toBe(reject('b'));
    expect(isReject(reject('a'))).toBe(true);
    expect(isReject({ other: 1 })).toBe(false);
    expect(isReject(null)).toBe(false);
  });
});
