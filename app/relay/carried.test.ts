/** Packets that pass without asking the machine: when it lets them, and that it knows as much as if it had seen them. */
import { describe, expect, it } from 'vitest';
import { publicOf, RelayBench, relayMap, relayNode } from '../../tests/kit/relay-kit.ts';
import { DERP } from '../wire/derp.ts';

const LIMITED = { version: 2, TokenBucketBytesPerSecond: 1_000 };
const data = Uint8Array.of(4, 0, 0, 0, 1);

describe('packets may pass without asking', () => {
  it('once the relay has let us in, not before, and on each connection anew', () => {
    const bench = new RelayBench();
    bench.greet(1);
    expect(bench.carries).toEqual([]);
    bench.serverInfo(1);
    expect(bench.carries).toMatchObject([{ generation: 1, on: true }]);
    bench.lose(1);
    bench.run(1_000);
    bench.join(2);
    expect(bench.carries.slice(1)).toMatchObject([{ generation: 2, on: true }]);
  });

  it('never where the relay limits us, and no more when it begins to', () => {
    const limited = new RelayBench();
    limited.greet(1);
    limited.serverInfo(1, LIMITED);
    expect(limited.carries).toEqual([]);
    limited.serverInfo(1);
    limited.serverInfo(1, LIMITED);
    expect(limited.carries).toMatchObject([{ on: true }, { on: false }]);
  });

  it('by the connection that follows another definition of the region, when it takes over', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.tell({ kind: 'map', map: relayMap({ 1: [relayNode('1b')], 2: [relayNode('2a')] }) });
    bench.greet(2, '1b');
    expect(bench.carries).toMatchObject([{ generation: 1 }]);
    bench.serverInfo(2);
    expect(bench.carries).toMatchObject([{ generation: 1 }, { generation: 2, on: true }]);
    expect(bench.closed).toEqual([1]);
  });
});

describe('what is told of packets that passed', () => {
  it('keeps a region open that is used, as packets do that it sees', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.send(2, data);
    bench.drain();
    bench.join(2, '2a');
    for (let i = 0; i < 5; i++) {
      bench.run(40_000);
      bench.carried(2, true, publicOf(3));
    }
    expect(bench.relays.state(2).kind).toBe('up');
    for (let i = 0; i < 5; i++) {
      bench.run(20_000);
      bench.carried(2, false, publicOf(3));
    }
    expect(bench.relays.state(2).kind).toBe('idle');
  });

  it('is a sign of life when some were heard', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.run(100_000);
    bench.carried(1, false, publicOf(3));
    const { now } = bench;
    expect(bench.relays.state(1)).toMatchObject({ kind: 'up', heardAt: now });
    bench.run(100_000);
    expect(bench.closed).toEqual([]);
    bench.run(21_000);
    expect(bench.closed).toEqual([1]);
  });

  it('raises doubt when packets go and none come', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.frames(1);
    bench.run(3_900);
    bench.carried(1, true);
    expect(bench.relays.state(1).kind).toBe('up');
    bench.run(200);
    bench.carried(1, true);
    expect(bench.relays.state(1).kind).toBe('checking');
    expect(bench.frames(1)).toMatchObject([{ type: DERP.ping }]);
    bench.run(5_100);
    expect(bench.closed).toEqual([1]);
  });

  it('ends a doubt only when it cannot have waited in our system since before', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.run(5_000);
    bench.tell({ kind: 'doubt', region: 1 });
    bench.run(1_900);
    bench.carried(1, false, publicOf(3));
    expect(bench.relays.state(1).kind).toBe('checking');
    bench.run(200);
    bench.carried(1, false, publicOf(3));
    expect(bench.relays.state(1).kind).toBe('up');
    bench.run(10_000);
    expect(bench.closed).toEqual([]);
  });

  it('shows where a node can be answered while its own relay is not connected', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.frames(1);
    bench.carried(1, false, publicOf(3));
    bench.send(2, data, publicOf(3));
    bench.drain();
    expect(bench.frames(1)).toEqual([{ type: DERP.sendPacket, payload: Uint8Array.of(...publicOf(3), ...data) }]);
  });

  it('means nothing of a connection that is over', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.lose(1);
    bench.carried(1, true, publicOf(3));
    bench.run(1_000);
    bench.join(2);
    bench.frames(2);
    bench.send(2, data, publicOf(3));
    bench.drain();
    expect(bench.frames(2)).toEqual([]);
  });
});
