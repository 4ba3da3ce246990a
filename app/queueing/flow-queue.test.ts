/** Fair queueing against what must hold of it, and flow numbers and marks against packets built field by field. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant } from '../time/instant.ts';
import { anySpec, buildPacket, PLAIN, slowSum } from '../../tests/doubles/ip-packets.ts';
import { markCongestion } from './congestion-mark.ts';
import { flowHash } from './flow-hash.ts';
import { FlowQueue } from './flow-queue.ts';

const NEVER = { targetMs: Infinity, intervalMs: 100 };
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function queue(slots: number, quantum = 1_000, codel = NEVER): FlowQueue {
  return new FlowQueue({ slots, flows: 16, quantum, codel });
}

function drain(from: FlowQueue, at = 1): number[] {
  const out: number[] = [];
  for (let slot = from.shift(instant(at)); slot >= 0; slot = from.shift(instant(at))) out.push(slot);
  return out;
}

describe('a flow queue', () => {
  it('gives back every slot once, each flow in its order, whatever comes and goes', () => {
    const step = fc.oneof(fc.record({ flow: fc.nat(20), length: fc.integer({ min: 1, max: 9_000 }) }), fc.constant('shift' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 20_000 }), (steps, quantum) => {
        const fair = queue(300, quantum);
        const flows = new Map<number, number[]>();
        const flowOf: number[] = [];
        let pushed = 0;
        let out = 0;
        const take = (slot: number): void => {
          if (slot < 0) return;
          out++;
          expect(flows.get(flowOf[slot]! & 15)!.shift()).toBe(slot);
        };
        for (const step of steps) {
          if (step === 'shift') {
            take(fair.shift(instant(1)));
          } else {
            const slot = pushed++;
            flowOf[slot] = step.flow;
            const waiting = flows.get(step.flow & 15) ?? [];
            waiting.push(slot);
            flows.set(step.flow & 15, waiting);
            fair.push(slot, step.flow, step.length, instant(1));
          }
          expect(fair.size).toBe(pushed - out);
        }
        for (const slot of drain(fair)) take(slot);
        expect([out, fair.size]).toEqual([pushed, 0]);
      }),
      { numRuns: 300 },
    );
  });

  it('lets a flow that sends little go before one that has much waiting', () => {
    const fair = queue(100);
    for (let slot = 0; slot < 50; slot++) fair.push(slot, 1, 1_400, instant(1));
    expect([fair.shift(instant(1)), fair.shift(instant(1))]).toEqual([0, 1]);
    fair.push(50, 2, 84, instant(1));
    expect(fair.shift(instant(1))).toBe(50);
  });

  it('gives flows that always have something waiting the same bytes, whatever the size of their packets', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 60, max: 65_000 }), { minLength: 2, maxLength: 8 }), (sizes) => {
        const fair = queue(sizes.length * 2, 16_384);
        const sent = sizes.map(() => 0);
        sizes.forEach((size, flow) => [0, 1].forEach((n) => fair.push(flow * 2 + n, flow, size, instant(1))));
        for (let i = 0; i < 20_000; i++) {
          const slot = fair.shift(instant(1));
          const flow = slot >> 1;
          sent[flow]! += sizes[flow]!;
          fair.push(slot, flow, sizes[flow]!, instant(1));
        }
        // Each may be ahead by one turn and one packet (RFC 8290 section 6.2, after Shreedhar and Varghese).
        expect(Math.max(...sent) - Math.min(...sent)).toBeLessThanOrEqual(16_384 + 2 * 65_000);
      }),
      { numRuns: 20 },
    );
  });

  it('does not starve others for a flow that comes anew with each packet', () => {
    const fair = queue(100, 100);
    for (let slot = 0; slot < 10; slot++) fair.push(slot, 1, 1_000, instant(1));
    let others = 0;
    for (let i = 0; i < 40; i++) {
      fair.push(50, 2, 90, instant(1));
      for (let slot = fair.shift(instant(1)); slot !== 50; slot = fair.shift(instant(1))) others++;
    }
    expect(others).toBeGreaterThan(2);
  });

  it('calls packets overdue only in the flow whose queue stands', () => {
    const fair = queue(100, 1_000, { targetMs: 5, intervalMs: 100 });
    const overdue = { 1: 0, 2: 0 };
    let next = 0;
    for (let ms = 1; ms < 1_000; ms++) {
      // Flow 1 is 40 packets behind; flow 2 sends one now and then.
      fair.push(next++ % 90, 1, 1_400, instant(ms));
      if (ms % 10 === 0) fair.push(90 + ((ms / 10) % 10), 2, 84, instant(ms));
      if (ms <= 40) continue;
      for (let n = ms % 10 === 0 ? 2 : 1; n > 0; n--) {
        const slot = fair.shift(instant(ms));
        if (fair.overdue) overdue[slot < 90 ? 1 : 2]++;
      }
    }
    expect(overdue[1]).toBeGreaterThan(3);
    expect(overdue[2]).toBe(0);
  });
});

describe('the number of a flow', () => {
  const hashOf = (packet: Uint8Array, seed = 7): number => flowHash(viewOf(packet), 0, packet.length, seed);

  it('is the same for the packets of a flow, and differs for others and by seed', () => {
    const of = (more: Partial<typeof PLAIN>, seed?: number): number => hashOf(buildPacket({ ...PLAIN, ...more }), seed);
    expect(of({ sequence: 9, payload: [4], flags: 0x18, tos: 8, ttl: 3, id: 77, window: 1 })).toBe(of({}));
    const others = [of({}), of({ flow: 2 }), of({ protocol: 'udp' }), of({ protocol: 'icmp' }), of({ family: 6 }), of({ family: 6, flow: 2 }), of({}, 8)];
    expect(new Set(others).size).toBe(others.length);
  });

  it('does not take the payload of a fragment for ports', () => {
    const fragment = (payload: number[]): number => hashOf(buildPacket({ ...PLAIN, protocol: 'udp', fragment: 0x2005, payload, checksum: 'zero' }));
    expect(fragment([1, 2, 3])).toBe(fragment([9, 9, 9]));
  });

  it('spreads flows evenly over queues', () => {
    const used = new Set<number>();
    for (let flow = 0; flow < 200; flow++) used.add(hashOf(buildPacket({ ...PLAIN, flow })) & 255);
    // 256 (1 - e^(-200/256)) = 139 are expected of a random function.
    expect(used.size).toBeGreaterThan(115);
  });

  it('takes any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => Number.isInteger(hashOf(bytes))));
  });
});

describe('a congestion mark', () => {
  it('is set where the ends take part, and leaves the header checksum right', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const packet = buildPacket({ ...spec, headerChecksum: 'right' });
        const before = packet.slice();
        const takesPart = (spec.tos & 3) !== 0;
        expect(markCongestion(viewOf(packet), 0, packet.length)).toBe(takesPart);
        const expected = takesPart ? buildPacket({ ...spec, tos: spec.tos | 3, headerChecksum: 'right' }) : before;
        if (spec.family === 4) expect(slowSum([...packet.subarray(0, (packet[0]! & 15) * 4)])).toBe(0xffff);
        // The two forms of zero that one's complement has are both right.
        if (spec.family === 4) packet.set(expected.subarray(10, 12), 10);
        expect(packet).toEqual(expected);
      }),
    );
  });

  it('takes any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => typeof markCongestion(viewOf(bytes), 0, bytes.length) === 'boolean'));
  });
});
