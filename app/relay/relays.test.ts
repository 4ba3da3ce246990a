/** What the relay machine says to relays, and what it takes from them. */
import { describe, expect, it } from 'vitest';
import { crypto, OUR_KEY, publicOf, RELAY_KEY, RelayBench, relayMap, relayNode, secretOf } from '../../tests/kit/relay-kit.ts';
import { DERP } from '../wire/derp.ts';

const DISCO_PING = Uint8Array.of(0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac, 1);
const data = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(4);

describe('the home relay', () => {
  it('is greeted with our key, a box that it can open, and that it is home; packets go at once', () => {
    const bench = new RelayBench();
    expect(bench.relays.state(1).kind).toBe('connecting');
    bench.greet(1);
    expect(bench.send(1, data(4))).toBe('sent');
    bench.drain();
    const [info, preferred, packet] = bench.frames(1);
    expect(info).toMatchObject({ type: DERP.clientInfo });
    expect(info!.payload.subarray(0, 32)).toEqual(publicOf(OUR_KEY));
    const key = new Uint8Array(32);
    crypto.boxKey(secretOf(RELAY_KEY), publicOf(OUR_KEY), key);
    const json = new Uint8Array(info!.payload.length - 32 - 24 - 16);
    expect(crypto.boxOpen(key, info!.payload.subarray(32, 56), info!.payload.subarray(56), json)).toBe(true);
    expect(JSON.parse(new TextDecoder().decode(json))).toEqual({ version: 2, CanAckPings: true });
    expect(preferred).toEqual({ type: DERP.notePreferred, payload: Uint8Array.of(1) });
    expect(packet).toEqual({ type: DERP.sendPacket, payload: Uint8Array.of(...publicOf(2), 4, 4, 4, 4) });
  });

  it('is up when it answered, not when we told our name: it may know no such node', () => {
    const bench = new RelayBench();
    for (let i = 0; i < 5; i++) {
      bench.greet(bench.last);
      expect(bench.relays.state(1).kind).toBe('connecting');
      bench.lose(bench.last);
      bench.run(10_000);
    }
    expect(bench.incidents).toMatchObject([{ kind: 'incident-began' }]);
    bench.join(bench.last);
    expect(bench.relays.state(1).kind).toBe('up');
    expect(bench.incidents.at(-1)).toMatchObject({ kind: 'incident-ended', result: 'up-again', attempts: 6 });
  });

  it('that is lost again soon after many tries tells of the tries since then, not of those before', () => {
    const bench = new RelayBench();
    bench.join(1);
    for (let i = 0; i < 4; i++) {
      bench.lose(bench.last);
      bench.run(10_000);
    }
    bench.join(bench.last);
    expect(bench.incidents.at(-1)).toMatchObject({ result: 'up-again', attempts: 4 });
    bench.lose(bench.last);
    bench.run(10_000);
    bench.join(bench.last);
    expect(bench.incidents.at(-1)).toMatchObject({ kind: 'incident-ended', result: 'up-again', attempts: 1 });
  });

  it('hands on what nodes send and who is gone, and answers pings with their first eight bytes', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.frames(1);
    bench.frame(1, DERP.recvPacket, publicOf(2), Uint8Array.of(1, 2, 3));
    bench.frame(1, DERP.peerGone, publicOf(2), Uint8Array.of(1));
    bench.frame(1, DERP.ping, new Uint8Array(9).fill(5));
    expect(bench.packets).toEqual([{ region: 1, source: publicOf(2), bytes: Uint8Array.of(1, 2, 3) }]);
    expect(bench.gone).toEqual([{ region: 1, peer: publicOf(2), dropped: true }]);
    expect(bench.frames(1)).toEqual([{ type: DERP.pong, payload: new Uint8Array(8).fill(5) }]);
  });

  it('tells a problem of ours, cleaned and cut, and that it is over', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.frame(1, DERP.health, new TextEncoder().encode(`  two\u0007\nconnections${'!'.repeat(500)}`));
    const state = bench.relays.state(1);
    expect(state.kind === 'up' && state.health).toMatch(/^two connections!+$/);
    expect(state.kind === 'up' && state.health?.length).toBeLessThanOrEqual(200);
    bench.frame(1, DERP.health);
    expect(bench.relays.state(1)).toMatchObject({ kind: 'up', health: undefined });
  });

  it('hears when it is not home any more, stays open for those who still write there, and closes when it is not used', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.keepAlive(1, 300_000);
    bench.frames(1);
    bench.tell({ kind: 'home', region: 2 });
    expect(bench.frames(1)).toEqual([{ type: DERP.notePreferred, payload: Uint8Array.of(0) }]);
    bench.join(2, '2a');
    expect(bench.frames(2).at(-1)).toEqual({ type: DERP.notePreferred, payload: Uint8Array.of(1) });
    bench.run(59_000);
    expect(bench.relays.state(1).kind).toBe('up');
    bench.run(2_000);
    expect(bench.relays.state(1).kind).toBe('idle');
    expect(bench.relays.teardowns).toBe(0);
  });
});

describe('a region that is not home', () => {
  it('opens for a packet, which waits meanwhile, and closes when nothing was sent for 60 s', () => {
    const bench = new RelayBench();
    bench.join(1);
    expect(bench.send(2, Uint8Array.of(9))).toBe('sent');
    bench.drain();
    bench.join(2, '2a');
    expect(bench.frames(2).map(({ type }) => type)).toEqual([DERP.clientInfo, DERP.sendPacket]);
    bench.run(50_000);
    bench.send(2, Uint8Array.of(9));
    bench.drain();
    bench.frame(2, DERP.pong, bench.frames(2).find(({ type }) => type === DERP.ping)!.payload);
    bench.run(59_000);
    expect(bench.relays.state(2).kind).toBe('up');
    bench.run(2_000);
    expect(bench.relays.state(2).kind).toBe('idle');
    expect(bench.closed).toEqual([2]);
    expect(bench.relays.teardowns).toBe(0);
  });

  it('is asked whether it is alive by who sends and heard nothing for 4 s, and replaced when it does not say so', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.run(3_900);
    bench.send(1, Uint8Array.of(9));
    expect(bench.relays.state(1).kind).toBe('up');
    bench.run(200);
    for (let i = 0; i < 100; i++) bench.send(1, Uint8Array.of(9));
    bench.drain();
    expect(bench.frames(1).filter(({ type }) => type === DERP.ping)).toHaveLength(1);
    bench.run(4_900);
    expect(bench.closed).toEqual([]);
    bench.run(200);
    expect(bench.closed).toEqual([1]);
    expect(bench.opened).toEqual([1, 2]);
  });

  it('keeps at most 32 packets while it connects, the newest, and none that waited more than 5 s', () => {
    const bench = new RelayBench();
    bench.send(2, Uint8Array.of(99));
    bench.freeze(6_000);
    for (let i = 0; i < 40; i++) bench.send(2, Uint8Array.of(i));
    bench.drain();
    bench.join(2, '2a');
    expect(bench.frames(2).slice(1).map(({ payload }) => payload[32])).toEqual(Array.from({ length: 32 }, (_, i) => i + 8));
    bench.lose(2);
    bench.send(2, Uint8Array.of(1));
    bench.freeze(4_999);
    bench.send(2, Uint8Array.of(2));
    bench.run(1);
    bench.join(3, '2a');
    expect(bench.frames(3).slice(1).map(({ payload }) => payload[32])).toEqual([2]);
    expect(bench.relays.counts.drops).toMatchObject({ 'queue full': 9, 'waited too long': 1 });
  });

  it('does not exist, has only a STUN server, or is one too many: the packet is refused', () => {
    const bench = new RelayBench();
    const regions = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [i + 1, [relayNode('a', { stunOnly: i === 1 })]]));
    bench.tell({ kind: 'map', map: relayMap(regions) });
    expect(bench.send(201, data(1))).toBe('no-relay');
    expect(bench.send(2, data(1))).toBe('no-relay');
    expect(bench.relays.state(2).kind).toBe('idle');
    for (let region = 3; region <= 200; region++) bench.send(region, data(1));
    bench.drain();
    expect(new Set(bench.opened).size).toBeLessThanOrEqual(66);
    expect(bench.relays.counts.drops).toMatchObject({ 'no such relay': 2, 'too many relays': 198 - 63 });
  });
});

describe('a node that was heard of late', () => {
  const heard = (): RelayBench => {
    const bench = new RelayBench();
    bench.join(1);
    bench.frame(1, DERP.recvPacket, publicOf(2), data(1));
    bench.frames(1);
    return bench;
  };
  const sentAt = (bench: RelayBench, generation: number): number => {
    bench.drain();
    return bench.frames(generation).filter(({ type }) => type === DERP.sendPacket).length;
  };

  it('is answered there until its own relay is connected, and there from then on', () => {
    const bench = heard();
    expect(bench.send(2, data(10))).toBe('sent');
    expect(sentAt(bench, 1)).toBe(1);
    expect(bench.opened).toEqual([1, 2]);
    bench.join(2, '2a');
    expect(bench.send(2, data(10))).toBe('sent');
    expect(sentAt(bench, 2)).toBe(1);
  });

  it('is answered there too when its own relay is in no map', () => {
    const bench = heard();
    expect(bench.send(77, data(10))).toBe('sent');
    expect(sentAt(bench, 1)).toBe(1);
    expect(bench.send(77, data(10), publicOf(3))).toBe('no-relay');
  });

  it('is not answered there when it is gone, was heard a minute ago, or the connection is another one', () => {
    const gone = heard();
    gone.frame(1, DERP.peerGone, publicOf(2));
    gone.send(2, data(10));
    expect(sentAt(gone, 1)).toBe(0);

    const late = heard();
    late.run(60_000);
    late.send(2, data(10));
    expect(sentAt(late, 1)).toBe(0);

    const another = heard();
    another.lose(1);
    another.run(1_000);
    another.join(2);
    another.send(2, data(10));
    expect(sentAt(another, 2)).toBe(0);
  });

  it('is remembered with 1,023 others at most, whoever a relay says has sent', () => {
    const bench = heard();
    for (let i = 0; i < 1_024; i++) bench.frame(1, DERP.recvPacket, new Uint8Array(32).fill(i & 0xff, 0, 16).fill(i >>> 8, 16), data(1));
    bench.send(2, data(10));
    expect(sentAt(bench, 1)).toBe(0);
  });
});

describe('what waits for the system', () => {
  it('is bounded; small messages that are not data have a reserve', () => {
    const bench = new RelayBench();
    bench.join(1);
    bench.writes = false;
    let sent = 0;
    while (bench.send(1, data(1_400)) === 'sent') {
      sent++;
      if (sent % 10 === 0) bench.drain();
    }
    expect(sent * 1_437).toBeLessThanOrEqual(524_288 + 1_437);
    while (bench.send(1, data(100)) === 'sent') sent++;
    expect(bench.send(1, DISCO_PING)).toBe('sent');
    expect(bench.relays.counts.drops['queue full']).toBe(2);
    let urgent = 0;
    while (bench.send(1, DISCO_PING) === 'sent') urgent++;
    expect(urgent * 44).toBeLessThanOrEqual(65_536 + 44);
    bench.drain();
    bench.written(1, 600_000);
    expect(bench.send(1, data(1_400))).toBe('sent');
  });

  it('goes out as one piece for many packets', () => {
    const bench = new RelayBench();
    bench.join(1);
    for (let i = 0; i < 50; i++) bench.send(1, data(1_000));
    const writes: number[] = [];
    for (let output = bench.relays.poll(); output !== undefined; output = bench.relays.poll()) {
      if (output.kind === 'link' && output.command.kind === 'write') writes.push(output.command.bytes.length);
    }
    expect(writes).toEqual([50 * 1_037]);
  });

  it('is no packet larger than 65,536 bytes', () => {
    const bench = new RelayBench();
    bench.join(1);
    expect(bench.send(1, data(65_536))).toBe('sent');
    expect(bench.send(1, data(65_537))).toBe('dropped');
    expect(bench.relays.counts.drops['too large']).toBe(1);
  });
});

describe('the rate that the relay allows', () => {
  it('is kept by dropping, and counts 37 bytes beside each packet', () => {
    const bench = new RelayBench();
    bench.greet(1);
    bench.serverInfo(1, { version: 2, TokenBucketBytesPerSecond: 1_000, TokenBucketBytesBurst: 3_000 });
    const packet = data(963);
    expect([1, 2, 3, 4].map(() => bench.send(1, packet))).toEqual(['sent', 'sent', 'sent', 'dropped']);
    bench.run(999);
    expect(bench.send(1, packet)).toBe('dropped');
    bench.run(2);
    expect(bench.send(1, packet)).toBe('sent');
    expect(bench.relays.counts.drops['rate limit of the relay']).toBe(2);
    bench.run(60_000);
    expect([1, 2, 3, 4].map(() => bench.send(1, packet))).toEqual(['sent', 'sent', 'sent', 'dropped']);
  });
});
