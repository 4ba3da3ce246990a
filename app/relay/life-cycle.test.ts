/** When connections end, when they must not, and how soon others follow (fault 5: a stale relay, or healthy ones torn down). */
import { describe, expect, it } from 'vitest';
import { publicOf, RelayBench, relayMap, relayNode, secretOf } from '../../tests/kit/relay-kit.ts';
import { PrivateKey } from '../keys/keys.ts';
import { minutes, seconds } from '../time/instant.ts';
import { DERP } from '../wire/derp.ts';

const up = (): RelayBench => {
  const bench = new RelayBench();
  bench.join(1);
  bench.frames(1);
  return bench;
};
const pong = (bench: RelayBench, generation: number): void => {
  const ping = bench.frames(generation).findLast(({ type }) => type === DERP.ping);
  expect(ping).toBeDefined();
  bench.frame(generation, DERP.pong, ping!.payload);
};
const sameMap = () => relayMap({ 1: [relayNode('1a')], 2: [relayNode('2a')] });

describe('a healthy connection', () => {
  it('sees 1,000 offers of every kind and is not torn down once', () => {
    const bench = up();
    for (let i = 0; i < 1_000; i++) {
      bench.send(1, Uint8Array.of(4));
      bench.tell({ kind: 'map', map: sameMap() });
      bench.tell({ kind: 'home', region: 1 });
      bench.tell({ kind: 'identity', nodeKey: new PrivateKey(secretOf(7)) });
      bench.tell({ kind: 'retry' });
      bench.tell({ kind: 'doubt', region: 1 });
      if (i % 10 === 0) {
        bench.run(100);
        bench.frame(1, DERP.keepAlive);
      }
    }
    expect(bench.relays.teardowns).toBe(0);
    expect(bench.opened).toEqual([1]);
    expect(bench.closed).toEqual([]);
  });

  it('answers each doubt, each change of network and each sleep, for a day, and stays', () => {
    const bench = up();
    for (let i = 0; i < 24 * 60; i++) {
      bench.run(minutes(1));
      bench.frame(1, DERP.keepAlive);
      bench.run(seconds(2));
      if (i % 3 === 0) bench.tell({ kind: 'doubt', region: 1 });
      else if (i % 3 === 1) bench.tell({ kind: 'network', now: 'changed' });
      else bench.tell({ kind: 'slept', forMs: minutes(5) });
      expect(bench.relays.state(1).kind).toBe('checking');
      bench.freeze(40);
      pong(bench, 1);
      expect(bench.relays.state(1)).toMatchObject({ kind: 'up' });
    }
    expect(bench.relays.state(1)).toMatchObject({ pingMs: expect.closeTo(40, 3) });
    expect(bench.opened).toEqual([1]);
  });

  it('is asked, and replaced within 3 s of no answer, when a NAT began anew', () => {
    const bench = up();
    bench.run(seconds(10));
    bench.tell({ kind: 'nat-anew' });
    expect(bench.relays.state(1).kind).toBe('checking');
    bench.run(seconds(3.1));
    expect(bench.opened).toEqual([1, 2]);
  });

  it('is not ended for an unanswered ping while its frames go on coming', () => {
    const bench = up();
    bench.run(seconds(10));
    bench.tell({ kind: 'doubt', region: 1 });
    for (let i = 0; i < 20; i++) {
      bench.run(seconds(2));
      bench.frame(1, DERP.recvPacket, publicOf(2), Uint8Array.of(1));
      bench.tell({ kind: 'doubt', region: 1 });
    }
    expect(bench.relays.teardowns).toBe(0);
  });

  it('wakes nobody: one deadline in two minutes when nothing comes, none that is early', () => {
    const bench = up();
    bench.keepAlive(1, minutes(60));
    expect(bench.wakes).toBe(0);
  });

  it('is asked first when this computer slept through its deadline', () => {
    const bench = up();
    bench.freeze(minutes(60));
    bench.run(1);
    expect(bench.relays.teardowns).toBe(0);
    pong(bench, 1);
    bench.keepAlive(1, minutes(5));
    expect(bench.opened).toEqual([1]);
  });

  it('is asked anew when it was asked before the sleep, since nobody heard its answer', () => {
    const bench = up();
    bench.run(seconds(30));
    bench.tell({ kind: 'doubt', region: 1 });
    bench.freeze(seconds(4.9));
    bench.tell({ kind: 'slept', forMs: seconds(4.9) });
    bench.run(seconds(2.9));
    expect(bench.relays.teardowns).toBe(0);
    pong(bench, 1);
    expect(bench.relays.state(1).kind).toBe('up');
  });
});

describe('a dead connection that looks open', () => {
  it('is found by the read deadline after 120 s, and torn down once', () => {
    const bench = up();
    bench.run(seconds(119.9));
    expect(bench.relays.teardowns).toBe(0);
    bench.run(seconds(0.5));
    expect(bench.relays.teardowns).toBe(1);
    expect(bench.incidents).toMatchObject([{ kind: 'incident-began', cause: { kind: 'silent' }, since: 1_000.1 }]);
    bench.join(bench.last);
    bench.keepAlive(bench.last, minutes(10));
    expect(bench.relays.teardowns).toBe(1);
    expect(bench.opened).toEqual([1, 2]);
    expect(bench.incidents.at(-1)).toMatchObject({ kind: 'incident-ended', result: 'up-again' });
  });

  it('is found by a doubt within 5 s, after another network or sleep within 3 s', () => {
    for (const [cause, within] of [[{ kind: 'doubt', region: 1 }, 5], [{ kind: 'network', now: 'changed' }, 3], [{ kind: 'slept', forMs: minutes(9) }, 3]] as const) {
      const bench = up();
      bench.run(seconds(10));
      for (let i = 0; i < 100; i++) bench.tell(cause);
      expect(bench.frames(1).filter(({ type }) => type === DERP.ping)).toHaveLength(1);
      bench.run(seconds(within - 0.1));
      expect(bench.relays.teardowns).toBe(0);
      bench.run(seconds(0.2));
      expect(bench.relays.teardowns).toBe(1);
      bench.join(bench.last);
      bench.keepAlive(bench.last, minutes(10));
      expect(bench.opened).toEqual([1, 2]);
    }
  });

  it('is not saved by bytes that waited in our system when it was asked, nor by half a frame', () => {
    const bench = up();
    bench.freeze(minutes(1));
    bench.tell({ kind: 'slept', forMs: minutes(1) });
    bench.freeze(5);
    bench.frame(1, DERP.recvPacket, publicOf(2), Uint8Array.of(1));
    bench.run(seconds(2));
    bench.bytes(1, Uint8Array.of(DERP.recvPacket, 0, 0));
    bench.run(seconds(2));
    expect(bench.relays.teardowns).toBe(1);
  });

  it('is replaced once for two causes at the same time', () => {
    const bench = up();
    bench.run(seconds(117));
    bench.tell({ kind: 'doubt', region: 1 });
    bench.tell({ kind: 'network', now: 'changed' });
    bench.run(seconds(3.02));
    bench.lose(1);
    bench.tell({ kind: 'doubt', region: 1 });
    bench.run(seconds(1));
    expect(bench.relays.teardowns).toBe(1);
    expect(bench.opened).toEqual([1, 2]);
  });

  it('is torn down three times at once at most, then once in 30 s, however often it is doubted', () => {
    const bench = up();
    const began = bench.now;
    while (bench.now < began + minutes(10)) {
      bench.run(seconds(1.5));
      bench.tell({ kind: 'doubt', region: 1 });
      if (bench.relays.state(1).kind === 'connecting') bench.join(bench.last);
    }
    expect(bench.relays.teardowns).toBeGreaterThan(10);
    expect(bench.relays.teardowns).toBeLessThanOrEqual(3 + 20);
  });
});

describe('a generation', () => {
  it('that is over changes nothing of its successor, whatever is told of it', () => {
    const bench = up();
    bench.lose(1);
    bench.run(seconds(1));
    bench.join(2);
    const before = bench.relays.state(1);
    bench.lose(1);
    bench.join(1);
    bench.frame(1, DERP.recvPacket, publicOf(2), Uint8Array.of(1));
    bench.bytes(1, new Uint8Array(100).fill(0xff));
    bench.written(1, 1_000_000);
    bench.lose(77);
    expect(bench.relays.state(1)).toEqual(before);
    expect(bench.packets).toEqual([]);
    expect(bench.frames(1)).toEqual([]);
    expect(bench.opened).toEqual([1, 2]);
  });

  it('that is lost is followed by one, after waits that grow with the time it is away and stay below 7.5 s', () => {
    const bench = up();
    bench.run(seconds(11));
    const waits: number[] = [];
    for (let i = 0; i < 90; i++) {
      bench.lose(bench.last);
      const state = bench.relays.state(1);
      expect(state.kind).toBe('backing-off');
      const began = bench.now;
      bench.run((state.kind === 'backing-off' ? state.until : began) - began);
      waits.push(bench.now - began);
    }
    expect(waits[0]).toBeLessThanOrEqual(15.01);
    let away = 0;
    for (const [i, wait] of waits.entries()) {
      if (i > 0) expect(wait).toBeLessThanOrEqual(1.5 * Math.min(5_000, Math.max(100, away / 10)) + 0.1);
      away += wait;
    }
    expect(Math.max(...waits)).toBeLessThanOrEqual(7_500.1);
    expect(Math.min(...waits.slice(70))).toBeGreaterThanOrEqual(2_500);
    expect(bench.opened).toHaveLength(91);
    expect(bench.incidents).toHaveLength(1);
  });

  it('that never gets through is given up: a link that forgets, a relay that greets nobody, one that does not answer', () => {
    const bench = new RelayBench();
    bench.run(seconds(20.1));
    expect(bench.closed).toEqual([1]);
    bench.run(seconds(1));
    bench.relays.receive({ kind: 'opened', generation: 2, node: '1a', localAddress: undefined }, bench.now, { packet: () => undefined, peerGone: () => undefined });
    bench.run(seconds(10.1));
    expect(bench.closed).toEqual([1, 2]);
    bench.run(seconds(1));
    bench.greet(3);
    bench.run(seconds(10.1));
    expect(bench.closed).toEqual([1, 2, 3]);
    expect(bench.relays.teardowns).toBe(0);
  });
});

describe('the network', () => {
  it('that is down: no attempt is made; up again: at once', () => {
    const bench = up();
    bench.tell({ kind: 'network', now: 'down' });
    expect(bench.closed).toEqual([1]);
    bench.send(2, Uint8Array.of(1));
    bench.tell({ kind: 'retry' });
    bench.run(minutes(60));
    expect(bench.relays.state(1).kind).toBe('waiting-for-network');
    expect(bench.opened).toEqual([1]);
    expect(bench.wakes).toBe(0);
    bench.tell({ kind: 'network', now: 'up' });
    expect(bench.opened).toEqual([1, 2, 3]);
    expect(bench.relays.teardowns).toBe(0);
  });

  it('that changes while a connection is under way begins it anew, but not for ever', () => {
    const bench = new RelayBench();
    bench.tell({ kind: 'network', now: 'changed' });
    expect(bench.opened).toEqual([1, 2]);
    expect(bench.closed).toEqual([1]);
    // A storm of changes, each sooner than a connection takes: 1.9 s here.
    let under = bench.last;
    let since = bench.now;
    for (let i = 0; i < 600 && bench.relays.state(1).kind === 'connecting'; i++) {
      bench.run(100);
      bench.tell({ kind: 'network', now: 'changed' });
      if (bench.last !== under) [under, since] = [bench.last, bench.now];
      if (bench.now - since >= 1_900) bench.join(under);
    }
    expect(bench.relays.state(1).kind).toBe('up');
    expect(bench.opened.length).toBeLessThanOrEqual(45);
  });
});

describe('a storm', () => {
  it('of changed maps, keys and networks opens no more than the budget allows', () => {
    const bench = up();
    const began = bench.now;
    for (let i = 0; i < 3_000; i++) {
      bench.tell({ kind: 'map', map: relayMap({ 1: [relayNode('1a', { relayPort: 1 + (i % 5) })], 2: [relayNode('2a')] }) });
      bench.tell({ kind: 'identity', nodeKey: new PrivateKey(secretOf(1 + (i % 9))) });
      bench.tell({ kind: 'network', now: 'changed' });
      bench.tell({ kind: 'retry' });
      bench.run(20);
    }
    expect(bench.opened.length).toBeLessThanOrEqual(1 + 40 + (bench.now - began) / 2_000);
  });

  it('of packets for a region that does not stay opens no more than the budget allows', () => {
    const bench = up();
    const began = bench.now;
    for (let i = 0; i < 3_000; i++) {
      bench.send(2, Uint8Array.of(1));
      bench.tell({ kind: 'map', map: relayMap({ 1: [relayNode('1a')], ...(i % 2 === 0 ? {} : { 2: [relayNode('2a')] }) }) });
      bench.run(20);
    }
    expect(bench.opened.length).toBeLessThanOrEqual(1 + 40 + (bench.now - began) / 2_000);
    expect(bench.relays.state(1).kind).toBe('up');
  });
});

describe('another map', () => {
  const moved = () => relayMap({ 1: [relayNode('1a', { relayPort: 8_443 })], 2: [relayNode('2a')] });

  it('with the region somewhere else: the old connection serves until the new one is in', () => {
    const bench = up();
    bench.tell({ kind: 'map', map: moved() });
    expect(bench.opened).toEqual([1, 2]);
    expect(bench.closed).toEqual([]);
    bench.frame(1, DERP.recvPacket, publicOf(2), Uint8Array.of(1));
    bench.send(1, Uint8Array.of(4, 1));
    bench.drain();
    expect(bench.frames(1)).toMatchObject([{ type: DERP.sendPacket }]);
    bench.greet(2);
    expect(bench.closed).toEqual([]);
    expect(bench.frames(2).at(-1)).toEqual({ type: DERP.notePreferred, payload: Uint8Array.of(1) });
    bench.serverInfo(2);
    expect(bench.closed).toEqual([1]);
    expect(bench.packets).toHaveLength(1);
    bench.send(1, Uint8Array.of(4, 2));
    bench.drain();
    expect(bench.frames(2)).toMatchObject([{ type: DERP.sendPacket }]);
    expect(bench.relays.teardowns).toBe(0);
    expect(bench.incidents).toEqual([]);
  });

  it('with the region nowhere to be reached: the old connection goes on serving, and the new one is tried again', () => {
    const bench = up();
    bench.tell({ kind: 'map', map: moved() });
    for (let i = 0; i < 10; i++) {
      bench.lose(bench.last);
      bench.run(seconds(3));
      bench.frame(1, DERP.keepAlive);
    }
    expect(bench.relays.state(1).kind).toBe('up');
    expect(bench.opened.length).toBeGreaterThan(8);
    expect(bench.opened.length).toBeLessThanOrEqual(12);
    bench.tell({ kind: 'map', map: sameMap() });
    bench.keepAlive(1, minutes(5));
    expect(bench.relays.state(1).kind).toBe('up');
    expect(bench.opened.length).toBeLessThanOrEqual(12);
  });

  it('and the old connection lost meanwhile: the new one takes over, with what waits', () => {
    const bench = up();
    bench.tell({ kind: 'map', map: moved() });
    bench.lose(1);
    expect(bench.relays.state(1).kind).toBe('connecting');
    expect(bench.send(1, Uint8Array.of(4, 9))).toBe('sent');
    bench.join(2);
    expect(bench.frames(2).map(({ type }) => type)).toEqual([DERP.clientInfo, DERP.notePreferred, DERP.sendPacket]);
    expect(bench.opened).toEqual([1, 2]);
    expect(bench.relays.state(1).kind).toBe('up');
  });

  it('with another node beside ours, or ours in another place of the list, changes nothing', () => {
    const bench = up();
    bench.tell({ kind: 'map', map: relayMap({ 1: [relayNode('1b'), relayNode('1a'), relayNode('1s', { stunOnly: true })], 2: [relayNode('2a')] }) });
    expect(bench.opened).toEqual([1]);
  });

  it('without the region closes it, and with it again connects home', () => {
    const bench = up();
    bench.tell({ kind: 'map', map: relayMap({ 2: [relayNode('2a')] }) });
    expect(bench.closed).toEqual([1]);
    expect(bench.relays.state(1).kind).toBe('idle');
    bench.run(minutes(5));
    expect(bench.wakes).toBe(0);
    bench.tell({ kind: 'map', map: sameMap() });
    expect(bench.opened).toEqual([1, 2]);
  });
});

describe('another key', () => {
  it('replaces the connection at once, and greets with it; no key closes all', () => {
    const bench = up();
    bench.tell({ kind: 'identity', nodeKey: new PrivateKey(secretOf(8)) });
    expect(bench.closed).toEqual([1]);
    bench.join(2, '1a', 8);
    expect(bench.frames(2)[0]!.payload.subarray(0, 32)).toEqual(publicOf(8));
    expect(bench.relays.state(1).kind).toBe('up');
    expect(bench.relays.teardowns).toBe(0);
    bench.tell({ kind: 'identity', nodeKey: undefined });
    expect(bench.closed).toEqual([1, 2]);
    expect(bench.send(1, Uint8Array.of(1))).toBe('no-relay');
    bench.run(minutes(5));
    expect(bench.opened).toEqual([1, 2]);
  });
});

describe('a relay that restarts', () => {
  const notice = (inMs: number): Uint8Array => {
    const payload = new Uint8Array(8);
    new DataView(payload.buffer).setUint32(0, inMs);
    return payload;
  };

  it('is used until it closes, then left alone for the time it told, and longer by a spread', () => {
    const bench = up();
    bench.run(seconds(20));
    bench.frame(1, DERP.restarting, notice(8_000));
    bench.run(seconds(1));
    expect(bench.relays.state(1).kind).toBe('up');
    bench.lose(1);
    expect(bench.incidents).toMatchObject([{ cause: { kind: 'restarting' } }]);
    bench.run(seconds(6.9));
    expect(bench.opened).toEqual([1]);
    bench.run(seconds(5.2));
    expect(bench.opened).toEqual([1, 2]);
  });

  it('cannot keep us away longer than a minute and a spread, nor by words alone', () => {
    const bench = up();
    bench.frame(1, DERP.restarting, notice(0xffffffff));
    bench.keepAlive(1, minutes(10));
    expect(bench.opened).toEqual([1]);
    bench.frame(1, DERP.restarting, notice(0xffffffff));
    bench.lose(1);
    bench.run(seconds(65.1));
    expect(bench.opened).toEqual([1, 2]);
  });
});
