/** Relays that err or attack: they can harm the connection to themselves, and nothing else. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUR_KEY, publicOf, RelayBench } from '../../tests/kit/relay-kit.ts';
import { minutes, seconds } from '../time/instant.ts';
import { DERP, DERP_MAGIC, DerpWriter } from '../wire/derp.ts';

const up = (): RelayBench => {
  const bench = new RelayBench();
  bench.join(1);
  bench.frames(1);
  return bench;
};

describe('a hostile relay', () => {
  it('that greets with something else, with an empty key, or with a frame too large is left', () => {
    const greetings = [
      (bench: RelayBench) => bench.frame(1, DERP.keepAlive),
      (bench: RelayBench) => bench.frame(1, DERP.serverKey, new Uint8Array(40)),
      (bench: RelayBench) => bench.frame(1, DERP.serverKey, DERP_MAGIC, new Uint8Array(32)),
      (bench: RelayBench) => bench.frame(1, DERP.serverKey, DERP_MAGIC, new Uint8Array(1_100)),
      (bench: RelayBench) => bench.bytes(1, new TextEncoder().encode('HTTP/1.1 200 OK\r\n\r\n')),
    ];
    for (const greet of greetings) {
      const bench = new RelayBench();
      greet(bench);
      expect(bench.closed).toEqual([1]);
      expect(bench.relays.state(1)).toMatchObject({ kind: 'backing-off', last: { kind: 'protocol' } });
    }
  });

  it('that cannot open our box, or answers with a box of another key, is left', () => {
    const bench = new RelayBench();
    bench.greet(1);
    bench.serverInfo(1, { version: 2 }, OUR_KEY + 1);
    expect(bench.closed).toEqual([1]);
    expect(bench.relays.state(1)).toMatchObject({ last: { kind: 'protocol', what: 'a box of another key' } });
  });

  it('that never answers a ping and else says nothing is left when it is doubted, within the budget', () => {
    const bench = up();
    for (let i = 0; i < 600; i++) {
      bench.run(seconds(1));
      bench.tell({ kind: 'doubt', region: 1 });
      if (bench.relays.state(1).kind === 'connecting') bench.join(bench.last);
    }
    expect(bench.relays.teardowns).toBeLessThanOrEqual(23);
  });

  it('that answers a ping with other bytes has not answered', () => {
    const bench = up();
    bench.run(seconds(30));
    bench.tell({ kind: 'doubt', region: 1 });
    bench.frame(1, DERP.pong, new Uint8Array(8));
    expect(bench.relays.state(1).kind).toBe('checking');
    bench.run(seconds(5.1));
    expect(bench.relays.teardowns).toBe(1);
  });

  it('that floods with pings gets so many pongs as wait at most, and no more memory of ours', () => {
    const bench = up();
    bench.writes = false;
    const writer = new DerpWriter();
    for (let i = 0; i < 100_000; i++) writer.frame(DERP.ping, new Uint8Array(8).fill(i));
    bench.bytes(1, writer.take()!);
    const pongs = bench.frames(1);
    expect(pongs.length * 13).toBeLessThanOrEqual(524_288 + 13);
  });

  it('that trickles half a frame is silent for 120 s and is left', () => {
    const bench = up();
    for (let i = 0; i < 130; i++) {
      bench.bytes(1, Uint8Array.of(0x12, ...(i === 0 ? [0, 0, 4, 0] : [])).subarray(0, i === 0 ? 5 : 1));
      bench.run(seconds(1));
    }
    expect(bench.relays.teardowns).toBe(1);
  });

  it('that sends short frames of every type loses nothing but those', () => {
    const bench = up();
    for (const type of [DERP.recvPacket, DERP.peerGone, DERP.ping, DERP.pong, DERP.restarting]) bench.frame(1, type, new Uint8Array(3));
    expect(bench.relays.counts.shortFrames).toBe(5);
    for (let type = 0; type < 256; type++) if (type !== DERP.serverInfo) bench.frame(1, type, new Uint8Array(100));
    expect(bench.relays.state(1).kind).toBe('up');
    expect(bench.opened).toEqual([1]);
  });

  it('that hands on a packet larger than any is not listened to', () => {
    const bench = up();
    bench.frame(1, DERP.recvPacket, publicOf(2), new Uint8Array(65_537));
    expect(bench.packets).toEqual([]);
    bench.frame(1, DERP.recvPacket, publicOf(2), new Uint8Array(65_536));
    expect(bench.packets).toHaveLength(1);
  });

  it('harms no other region', () => {
    const bench = up();
    bench.send(2, Uint8Array.of(1));
    bench.drain();
    bench.join(2, '2a');
    bench.bytes(2, new Uint8Array(64).fill(0xff));
    expect(bench.closed).toEqual([2]);
    expect(bench.relays.state(1).kind).toBe('up');
  });

  it('sends any bytes and never makes us throw, hold too much, or open more than the budget allows', () => {
    const frame = fc.tuple(fc.constantFrom(...Object.values(DERP), 0, 0x0a, 0x99), fc.uint8Array({ maxLength: 90 }));
    const step = fc.oneof(
      { weight: 4, arbitrary: frame.map(([type, payload]) => (bench: RelayBench) => bench.frame(bench.last, type, payload)) },
      { weight: 2, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => (bench: RelayBench) => bench.bytes(bench.last, bytes)) },
      { weight: 2, arbitrary: fc.constant((bench: RelayBench) => bench.join(bench.last)) },
      { weight: 1, arbitrary: fc.constant((bench: RelayBench) => bench.lose(bench.last)) },
      { weight: 2, arbitrary: fc.nat(20_000).map((ms) => (bench: RelayBench) => bench.run(ms + 0.3)) },
      { weight: 1, arbitrary: fc.constantFrom({ kind: 'doubt', region: 1 }, { kind: 'network', now: 'changed' }, { kind: 'slept', forMs: 5_000 }, { kind: 'network', now: 'down' }, { kind: 'network', now: 'up' } as const).map((input) => (bench: RelayBench) => bench.tell(input as Parameters<RelayBench['tell']>[0])) },
      { weight: 1, arbitrary: fc.nat(2_000).map((bytes) => (bench: RelayBench) => void bench.send(1, new Uint8Array(bytes))) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bench = new RelayBench();
        const began = bench.now;
        for (const each of steps) {
          each(bench);
          bench.drain();
        }
        expect(bench.opened.length).toBeLessThanOrEqual(1 + 20 + (bench.now - began) / 2_000);
        expect(bench.opened.length - bench.closed.length - steps.length).toBeLessThanOrEqual(1);
        // Whatever it was, an honest relay is used again.
        bench.tell({ kind: 'network', now: 'up' });
        bench.run(minutes(2) + seconds(30));
        if (bench.relays.state(1).kind !== 'connecting') bench.run(seconds(8));
        bench.join(bench.last);
        expect(bench.relays.state(1).kind).toBe('up');
      }),
      { numRuns: 150 },
    );
  });
});
