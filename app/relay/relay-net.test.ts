/** Relay machines against relay servers, in memory, with faults by chance: no packet is changed, and all is well again. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publicOf } from '../../tests/kit/relay-kit.ts';
import { RelayNet, type Member } from '../../tests/kit/relay-net.ts';
import { minutes, seconds } from '../time/instant.ts';

const MEMBERS = 3;

/** From whom, to whom, which: every packet is told apart. */
function packet(from: Member, to: Member, number: number, length: number): Uint8Array {
  const bytes = new Uint8Array(12 + length).fill(number);
  const view = new DataView(bytes.buffer);
  bytes[0] = 4;
  view.setUint8(1, from.n);
  view.setUint8(2, to.n);
  view.setUint32(4, number);
  view.setUint32(8, length);
  return bytes;
}

/** Numbers that came from `from`; every one is checked to be whole and truly from there. */
function numbersFrom(from: Member, at: Member): number[] {
  return at.received
    .filter(({ bytes }) => bytes[1] === from.n)
    .map(({ source, bytes }) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const number = view.getUint32(4);
      expect(source).toEqual(publicOf(from.n));
      expect(bytes).toEqual(packet(from, at, number, view.getUint32(8)));
      return number;
    });
}

type Step = (net: RelayNet) => void;
const who = fc.nat(MEMBERS - 1);
const faults: fc.Arbitrary<Step> = fc.oneof(
  who.map((i): Step => (net) => net.cut(net.members[i]!)),
  who.map((i): Step => (net) => net.kill(net.members[i]!)),
  who.map((i): Step => (net) => net.sleep(net.members[i]!)),
  who.map((i): Step => (net) => net.wake(net.members[i]!)),
  fc.tuple(fc.nat(1), fc.boolean()).map(([i, on]): Step => (net) => net.away(net.sites[i]!, on)),
  fc.tuple(fc.nat(1), fc.boolean()).map(([i, on]): Step => (net) => net.silence(net.sites[i]!, on)),
  fc.tuple(fc.nat(1), fc.nat(10_000)).map(([i, ms]): Step => (net) => net.announceRestart(net.sites[i]!, ms)),
  fc.tuple(who, fc.constantFrom('up', 'down', 'changed')).map(([i, now]): Step => (net) => net.tell(net.members[i]!, { kind: 'network', now: now as 'up' })),
  fc.tuple(who, fc.constantFrom(1, 2)).map(([i, region]): Step => (net) => net.tell(net.members[i]!, { kind: 'doubt', region })),
);

describe('relay machines and relay servers', () => {
  it('carry every packet unchanged and in order, forget no one after faults, and never speak out of turn', () => {
    let number = 0;
    const traffic = fc.tuple(who, who, fc.nat(1_400), fc.integer({ min: 1, max: 30 })).map(([from, to, length, count]): Step => (net) => {
      for (let i = 0; i < count; i++) net.send(net.members[from]!, net.members[to]!, packet(net.members[from]!, net.members[to]!, number++, length));
    });
    const step = fc.oneof({ weight: 4, arbitrary: traffic }, { weight: 2, arbitrary: faults }, { weight: 3, arbitrary: fc.nat(8_000).map((ms): Step => (net) => net.run(ms + 0.1)) });
    fc.assert(
      fc.property(fc.nat(), fc.array(step, { maxLength: 50 }), (seed, steps) => {
        const net = new RelayNet(seed, MEMBERS);
        for (const each of steps) each(net);
        for (const member of net.members) net.wake(member);
        for (const site of net.sites) {
          net.away(site, false);
          net.silence(site, false);
        }
        for (const member of net.members) net.tell(member, { kind: 'network', now: 'up' });
        // A connection that nobody doubts is found dead by the read deadline; the others sooner.
        net.run(minutes(2) + seconds(75));
        const first = number;
        for (const from of net.members) for (const to of net.members) if (from !== to) net.send(from, to, packet(from, to, number++, 100));
        net.run(seconds(2));
        for (const to of net.members) {
          expect(to.relays.state(to.home).kind).toBe('up');
          for (const from of net.members) {
            if (from === to) continue;
            const numbers = numbersFrom(from, to);
            expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
            expect(numbers.filter((each) => each >= first)).toHaveLength(1);
          }
        }
        for (const { server } of net.sites) expect(server.counts.protocol).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('lose nothing at all while nothing is wrong', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.tuple(who, who, fc.nat(1_400)), { maxLength: 200 }), (seed, sends) => {
        const net = new RelayNet(seed, MEMBERS);
        net.run(seconds(1));
        const sent = new Map<string, number[]>();
        sends.forEach(([from, to, length], i) => {
          net.send(net.members[from]!, net.members[to]!, packet(net.members[from]!, net.members[to]!, i, length));
          sent.set(`${from}/${to}`, [...(sent.get(`${from}/${to}`) ?? []), i]);
          net.run(i % 3 === 0 ? 25 : 0);
        });
        net.run(seconds(2));
        net.members.forEach((to, t) => net.members.forEach((from, f) => expect(numbersFrom(from, to)).toEqual(sent.get(`${f}/${t}`) ?? [])));
      }),
      { numRuns: 40 },
    );
  });

  it('keep one connection to their home for a day, and wake a few times an hour', () => {
    const net = new RelayNet(11, 2);
    net.run(minutes(60 * 24));
    for (const { relays } of net.members) expect(relays.counts.opened).toBe(1);
    for (const { server } of net.sites) expect(server.counts).toMatchObject({ connected: 1, pings: 0 });
    // A keep-alive each 60 to 65 s, and the bytes that carry it.
    expect(net.wakes / 24 / 2).toBeLessThan(4 * 61);
  });

  it('do not come back all at once when their relay restarts', () => {
    const net = new RelayNet(12, 40, 1);
    net.run(seconds(30));
    net.announceRestart(net.sites[0]!, 10_000);
    net.run(seconds(1));
    net.away(net.sites[0]!, true);
    net.away(net.sites[0]!, false);
    const back: number[] = [];
    for (let i = 0; i < 200; i++) {
      const before = net.sites[0]!.server.counts.connected;
      net.run(100);
      back.push(net.sites[0]!.server.counts.connected - before);
    }
    expect(back.slice(0, 85).every((count) => count === 0)).toBe(true);
    expect(back.reduce((a, b) => a + b)).toBe(40);
    expect(Math.max(...back)).toBeLessThanOrEqual(6);
  });

  it('outlive a relay that sends garbage: one connection, anew, and the same for who it is', () => {
    const net = new RelayNet(13, 2, 1);
    net.run(seconds(30));
    const [a, b] = [net.members[0]!, net.members[1]!];
    const { server } = net.sites[0]!;
    net.garbage(net.sites[0]!, a, 5_000);
    net.run(seconds(2));
    expect(a.relays.counts.opened).toBe(2);
    expect(b.relays.counts.opened).toBe(1);
    net.send(b, a, packet(b, a, 1, 10));
    net.run(seconds(1));
    expect(numbersFrom(b, a)).toEqual([1]);
    expect(server.connectionsOf(publicOf(a.n))).toHaveLength(1);
    expect(server.isHomeOf(publicOf(a.n))).toBe(true);
  });

  it('hand on what a relay says of a sender, which proves nothing', () => {
    const net = new RelayNet(14, 2, 1);
    net.run(seconds(1));
    const [a, b] = [net.members[0]!, net.members[1]!];
    net.sites[0]!.server.misbehaviour = { kind: 'lies', source: publicOf(99) };
    net.send(a, b, packet(a, b, 1, 10));
    net.run(seconds(1));
    expect(b.received).toMatchObject([{ source: publicOf(99) }]);
  });

  it('knock ever more seldom at a relay that refuses them, and never count as up', () => {
    const net = new RelayNet(15, 1, 1);
    net.sites[0]!.server.misbehaviour = { kind: 'refuses' };
    for (let i = 0; i < 600; i++) {
      net.run(seconds(1));
      expect(net.members[0]!.relays.state(1).kind).not.toBe('up');
    }
    expect(net.members[0]!.relays.counts.opened).toBeLessThanOrEqual(20 + 300);
    const before = net.members[0]!.relays.counts.opened;
    net.run(minutes(10));
    expect(net.members[0]!.relays.counts.opened - before).toBeLessThanOrEqual(200);
    expect(net.members[0]!.relays.teardowns).toBe(0);
  });

  it('stay with a relay that never answers a ping, as long as it carries their packets', () => {
    const net = new RelayNet(16, 2, 1);
    net.run(seconds(30));
    const [a, b] = [net.members[0]!, net.members[1]!];
    net.sites[0]!.server.misbehaviour = { kind: 'never-pongs' };
    for (let i = 0; i < 60; i++) {
      net.tell(a, { kind: 'doubt', region: 1 });
      net.run(seconds(2));
      net.send(b, a, packet(b, a, i, 10));
    }
    expect(a.relays.counts.opened).toBe(1);
  });
});
