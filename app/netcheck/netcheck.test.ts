/** Netcheck against STUN servers that the test plays: what is asked, what is concluded, and that nothing flaps. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalIp, formatIp, parseIp, type IpAddress, type IpEndpoint } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { instant, type Instant } from '../time/instant.ts';
import type { RelayMap, RelayRegion } from '../wire/netmap/types.ts';
import { decodeStunRequest, encodeStunResponse } from '../wire/stun.ts';
import { Netcheck } from './netcheck.ts';
import type { NetcheckInput, NetcheckOutput } from './types.ts';

const ip = (text: string): IpAddress => parseIp(text)!;
const region = (id: number, change: Partial<RelayRegion> = {}): RelayRegion => ({
  id,
  code: `r${id}`,
  name: `R${id}`,
  avoid: false,
  noMeasureNoHome: false,
  nodes: [{ name: `${id}a`, hostName: `r${id}.example.org`, certName: '', ipv4: ip(`192.0.2.${id}`), ipv6: ip(`2001:db8::${id}`), stunPort: 3_478, stunOnly: false, relayPort: 443, canPort80: false, insecureForTests: false }],
  ...change,
});
const mapOf = (...regions: RelayRegion[]): RelayMap => ({ regions: new Map(regions.map((each) => [each.id, each])), scores: new Map(), omitDefaultRegions: true });

class Bench {
  now: Instant = instant(5_000);
  readonly netcheck: Netcheck;
  readonly outputs: NetcheckOutput[] = [];
  /** ms by region; undefined: silent. */
  latency: (region: number, family: 4 | 6) => number | undefined = () => 20;
  seen: (to: IpAddress) => IpEndpoint = () => ({ address: ip('203.0.113.5'), port: 4_000 });
  seen6: IpEndpoint = { address: ip('2001:db8:5::5'), port: 4_000 };
  /** How long a packet to our own outside address takes; undefined: the NAT drops it. */
  hairpinMs: number | undefined;
  web: (host: string) => number | undefined = () => undefined;
  readonly #flights: { at: number; input: NetcheckInput }[] = [];

  constructor(seed = 4) {
    this.netcheck = new Netcheck({ rng: createSeededRng(seed) });
  }

  give(input: NetcheckInput): void {
    this.netcheck.handle(input, this.now);
    this.#drain();
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.#flights.sort((a, b) => a.at - b.at);
      const due = this.netcheck.nextDeadline()?.at ?? Infinity;
      const next = Math.min(due, this.#flights[0]?.at ?? Infinity);
      if (next > end) break;
      this.now = instant(Math.max(this.now, next));
      if (this.#flights[0] !== undefined && this.#flights[0].at <= this.now) this.netcheck.handle(this.#flights.shift()!.input, this.now);
      else this.netcheck.expire(this.now);
      this.#drain();
    }
    this.now = instant(end);
  }

  sends(): IpAddress[] {
    return this.outputs.flatMap((output) => (output.kind === 'send' ? [output.to.address] : []));
  }

  homes(): number[] {
    return this.outputs.flatMap((output) => (output.kind === 'home' ? [output.region] : []));
  }

  #drain(): void {
    for (let output = this.netcheck.poll(); output !== undefined; output = this.netcheck.poll()) {
      this.outputs.push(output);
      if (output.kind === 'send') this.#answer(output.to, output.bytes);
      if (output.kind === 'web-probe') this.#flights.push({ at: this.now + (this.web(output.host) ?? output.withinMs), input: { kind: 'web-answered', id: output.id, latencyMs: this.web(output.host), portal: false } });
    }
  }

  #answer(to: IpEndpoint, bytes: Uint8Array): void {
    const tx = decodeStunRequest(bytes);
    if (isReject(tx)) throw new Error('a request that no server answers');
    const id = Number(/(\d+)$/.exec(formatIp(to.address))![1]);
    if (equalIp(to.address, this.seen(to.address).address)) {
      if (this.hairpinMs !== undefined) this.#flights.push({ at: this.now + this.hairpinMs, input: { kind: 'datagram', from: to, bytes } });
      return;
    }
    const ms = this.latency(id, to.address.family);
    if (ms === undefined) return;
    const seen = to.address.family === 4 ? this.seen(to.address) : this.seen6;
    this.#flights.push({ at: this.now + ms, input: { kind: 'datagram', from: to, bytes: encodeStunResponse(tx, seen) } });
  }
}

/** What was sent next, `ms` from now. */
function sentAfter(bench: Bench, ms: number): Uint8Array {
  bench.outputs.length = 0;
  bench.run(ms);
  const sent = bench.outputs.find((output) => output.kind === 'send');
  if (sent === undefined) throw new Error('nothing was sent');
  return sent.bytes;
}

describe('a full check', () => {
  it('tells where we are seen, how far the relays are, and which is home', () => {
    const bench = new Bench();
    bench.latency = (id) => id * 10;
    bench.give({ kind: 'map', map: mapOf(region(1), region(2), region(3)) });
    bench.run(4_000);
    expect(bench.netcheck.last).toMatchObject({ form: 'full', udp: true, ipv4: true, ipv6: false, mappingVariesByDestination: false, globalV4: { port: 4_000 }, homeRelay: 1 });
    expect(bench.netcheck.last!.latency.get(2)).toEqual({ v4: 20, v6: undefined, web: undefined });
    expect(bench.homes()).toEqual([1]);
  });

  it('sees a NAT that takes another port for each destination', () => {
    const bench = new Bench();
    bench.seen = (to) => ({ address: ip('203.0.113.5'), port: 4_000 + to.w3 % 100 });
    bench.give({ kind: 'map', map: mapOf(region(1), region(2)) });
    bench.run(4_000);
    expect(bench.netcheck.last?.mappingVariesByDestination).toBe(true);
  });

  it('sends nothing to a family without a route', () => {
    const bench = new Bench();
    bench.give({ kind: 'map', map: mapOf(region(1), region(2)) });
    bench.run(4_000);
    expect(bench.sends().every(({ family }) => family === 4)).toBe(true);
    bench.give({ kind: 'families', ipv4: true, ipv6: true, localPort: 41_641 });
    bench.run(4_000);
    expect(bench.sends().some(({ family }) => family === 6)).toBe(true);
    expect(bench.netcheck.last).toMatchObject({ ipv6: true, globalV6: { port: 4_000 } });
  });

  it('calls UDP blocked only when the network works otherwise', () => {
    const bench = new Bench();
    bench.latency = () => undefined;
    bench.give({ kind: 'map', map: mapOf(region(1)) });
    bench.run(10_000);
    expect(bench.netcheck.last?.udp).toBeUndefined();
    bench.web = () => 80;
    bench.give({ kind: 'check', form: 'full' });
    bench.run(10_000);
    expect(bench.netcheck.last).toMatchObject({ udp: false, homeRelay: 1 });
  });

  it('ends with what was found, however often a call waits for our addresses meanwhile', () => {
    const bench = new Bench();
    bench.latency = () => undefined;
    bench.web = () => 2_000;
    bench.give({ kind: 'map', map: mapOf(region(1)) });
    for (let i = 0; i < 60; i++) {
      bench.give({ kind: 'check', form: 'endpoints' });
      bench.run(100);
    }
    expect(bench.netcheck.last).toMatchObject({ form: 'full', udp: false });
  });

  it('tells whether the NAT leads a packet to our own outside address back, also with one relay', () => {
    const closed = new Bench();
    closed.give({ kind: 'map', map: mapOf(region(1)) });
    closed.run(4_000);
    expect(closed.netcheck.last?.hairpin).toBe(false);
    const open = new Bench();
    open.hairpinMs = 30;
    open.give({ kind: 'map', map: mapOf(region(1)) });
    open.run(4_000);
    expect(open.netcheck.last?.hairpin).toBe(true);
  });

  it('forgets how another network saw us', () => {
    const bench = new Bench();
    bench.seen = (to) => ({ address: ip('203.0.113.5'), port: 4_000 + to.w3 % 100 });
    bench.give({ kind: 'families', ipv4: true, ipv6: true, localPort: 41_641 });
    bench.give({ kind: 'map', map: mapOf(region(1), region(2)) });
    bench.run(4_000);
    expect(bench.netcheck.last?.globalV6).toEqual(bench.seen6);
    bench.outputs.length = 0;
    bench.latency = (id, family) => (family === 6 || id === 2 ? undefined : 20);
    bench.give({ kind: 'network', now: 'changed' });
    bench.run(10_000);
    const told = bench.outputs.flatMap((output) => (output.kind === 'endpoints' ? output.endpoints : []));
    expect(told.map(({ address }) => address.family)).not.toContain(6);
    expect(bench.netcheck.last).toMatchObject({ globalV6: undefined, mappingVariesByDestination: undefined });
  });

  it('counts only answers to what was asked, with an address that a peer could call', () => {
    const bench = new Bench();
    bench.latency = () => undefined;
    bench.give({ kind: 'map', map: mapOf(region(1)) });
    const asked = bench.outputs.flatMap((output) => (output.kind === 'send' ? [output] : []))[0]!;
    const tx = decodeStunRequest(asked.bytes);
    if (isReject(tx)) throw new Error('not a request');
    const told = { address: ip('203.0.113.9'), port: 9 };
    const answer = (id: Uint8Array, seen: IpEndpoint): void => bench.give({ kind: 'datagram', from: { address: ip('198.51.100.77'), port: 1 }, bytes: encodeStunResponse(id, seen) });
    answer(new Uint8Array(12).fill(7), told);
    expect(bench.outputs.filter(({ kind }) => kind === 'endpoints')).toEqual([]);
    for (const bad of ['0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', '2001:db8::1']) answer(tx, { address: ip(bad), port: 9 });
    answer(tx, { ...told, port: 0 });
    expect(bench.outputs.filter(({ kind }) => kind === 'endpoints')).toEqual([]);
    // Once more, and from another address than was asked: a server may have several.
    const second = decodeStunRequest(sentAfter(bench, 100));
    if (isReject(second)) throw new Error('not a request');
    answer(second, told);
    answer(second, { ...told, port: 10 });
    expect(bench.outputs.filter(({ kind }) => kind === 'endpoints')).toMatchObject([{ endpoints: [told] }]);
    bench.run(4_000);
    expect([...bench.netcheck.last!.latency.keys()]).toEqual([1]);
  });

  it('is bounded, whatever a map names', () => {
    const bench = new Bench();
    const many = Array.from({ length: 6_000 }, (_, i) => ({ ...region(1), id: i + 1 }));
    bench.latency = () => undefined;
    bench.give({ kind: 'map', map: mapOf(...many) });
    bench.run(4_000);
    expect(bench.sends()).toHaveLength(512);
  });

  it('looks names up, once, and asks when they are known', () => {
    const bench = new Bench();
    const named = region(7);
    bench.give({ kind: 'map', map: mapOf({ ...named, nodes: named.nodes.map((node) => ({ ...node, ipv4: 'dns' })) }) });
    bench.run(50);
    expect(bench.outputs.filter(({ kind }) => kind === 'resolve')).toEqual([{ kind: 'resolve', host: 'r7.example.org' }]);
    bench.give({ kind: 'resolved', host: 'r7.example.org', addresses: [ip('192.0.2.7')] });
    bench.run(4_000);
    expect(bench.netcheck.last).toMatchObject({ udp: true, homeRelay: 7 });
  });
});

describe('the home relay', () => {
  it('stays when nothing answers at all', () => {
    const bench = new Bench();
    bench.latency = (id) => id * 10;
    bench.give({ kind: 'map', map: mapOf(region(1), region(2)) });
    bench.run(4_000);
    bench.latency = () => undefined;
    for (let i = 0; i < 20; i++) {
      bench.give({ kind: 'network', now: 'changed' });
      bench.run(12_000);
    }
    expect(bench.homes()).toEqual([1]);
    expect(bench.netcheck.homeRelay).toBe(1);
  });

  it('does not flap between relays that are about as near', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 20, max: 26 }), fc.integer({ min: 20, max: 26 })), { minLength: 5, maxLength: 30 }), (rounds) => {
        const bench = new Bench();
        bench.give({ kind: 'map', map: mapOf(region(1), region(2)) });
        bench.run(4_000);
        for (const [a, b] of rounds) {
          bench.latency = (id) => (id === 1 ? a : b);
          bench.give({ kind: 'check', form: 'full' });
          bench.run(10_000);
        }
        expect(bench.homes()).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });

  it('is drawn once, and stays, where nothing was ever measured', () => {
    const drawn = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const bench = new Bench(seed);
      bench.latency = () => undefined;
      bench.give({ kind: 'map', map: mapOf(region(1), region(2), region(3), region(4, { noMeasureNoHome: true })) });
      bench.run(10_000);
      for (let i = 0; i < 5; i++) {
        bench.give({ kind: 'network', now: 'changed' });
        bench.run(10_000);
      }
      expect(bench.homes()).toHaveLength(1);
      drawn.add(bench.homes()[0]!);
    }
    expect([...drawn].toSorted()).toEqual([1, 2, 3]);
  });

  it('is left only when it is silent, or when another was better by 10 ms and a third over five minutes', () => {
    const ms = fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined, freq: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(ms, ms, ms, fc.boolean()), { minLength: 3, maxLength: 25 }), (rounds) => {
        const bench = new Bench();
        bench.latency = (id) => id * 30;
        bench.give({ kind: 'map', map: mapOf(region(1), region(2), region(3)) });
        bench.run(8_000);
        let home = bench.netcheck.homeRelay!;
        const past = [{ at: bench.netcheck.last!.at, values: [30, 60, 90] as (number | undefined)[] }];
        for (const [a, b, c, heard] of rounds) {
          const values = [a, b, c];
          bench.latency = (id) => values[id - 1];
          bench.give({ kind: 'check', form: 'full' });
          if (heard) {
            bench.run(10);
            bench.give({ kind: 'relay-heard', region: home });
          }
          bench.run(9_000);
          const { at } = bench.netcheck.last!;
          past.push({ at, values });
          const best = [1, 2, 3].map((id) => Math.min(...past.filter((report) => at - report.at < 305_000).map((report) => report.values[id - 1] ?? Infinity)));
          const next = bench.netcheck.homeRelay!;
          if (next !== home) {
            expect(values[next - 1]).toBeDefined();
            if (values[home - 1] === undefined) expect(heard).toBe(false);
            else expect(best[home - 1]! - best[next - 1]! >= 10 && best[next - 1]! <= (best[home - 1]! * 2) / 3).toBe(true);
          }
          home = next;
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is measured anew every five minutes also while peers are in use', () => {
    const bench = new Bench();
    bench.latency = (id) => (id === 1 ? 20 : 90);
    bench.give({ kind: 'map', map: mapOf(region(1), region(2)) });
    bench.give({ kind: 'in-use', on: true });
    bench.run(100_000);
    bench.latency = (id) => (id === 1 ? 120 : 30);
    bench.run(1_000_000);
    expect(bench.homes()).toEqual([1, 2]);
  });

  it('moves to one that is much nearer', () => {
    const bench = new Bench();
    bench.latency = (id) => (id === 1 ? 20 : 90);
    bench.give({ kind: 'map', map: mapOf(region(1), region(2)) });
    bench.run(400_000);
    bench.latency = (id) => (id === 1 ? 120 : 30);
    bench.run(1_000_000);
    expect(bench.homes()).toEqual([1, 2]);
  });
});

describe('storms', () => {
  it('of events begin one check a second and no more', () => {
    const bench = new Bench();
    bench.give({ kind: 'map', map: mapOf(region(1)) });
    bench.run(4_000);
    bench.outputs.length = 0;
    for (let i = 0; i < 1_000; i++) {
      bench.give({ kind: 'network', now: 'changed' });
      bench.run(10);
    }
    expect(bench.sends().length).toBeLessThan(11 * 4);
  });

  it('do not follow from what was asked: nobody in use, nothing is sent for minutes', () => {
    const bench = new Bench();
    bench.give({ kind: 'map', map: mapOf(region(1), region(2)) });
    bench.run(10_000);
    bench.outputs.length = 0;
    bench.run(280_000);
    expect(bench.outputs).toEqual([]);
    bench.give({ kind: 'network', now: 'down' });
    expect(bench.netcheck.nextDeadline()).toBeUndefined();
  });
});

it('where we are seen is kept fresh while peers are in use', () => {
  const bench = new Bench();
  bench.give({ kind: 'map', map: mapOf(region(1), region(2)) });
  bench.run(10_000);
  bench.outputs.length = 0;
  bench.give({ kind: 'in-use', on: true });
  bench.run(100_000);
  const rounds = bench.outputs.filter(({ kind }) => kind === 'report').length;
  expect(rounds).toBeGreaterThanOrEqual(3);
  expect(rounds).toBeLessThanOrEqual(5);
});

it('a server on this computer sees us on this computer, as in a sandbox', () => {
  const bench = new Bench();
  const local = region(1);
  bench.seen = () => ({ address: ip('127.0.0.1'), port: 4_000 });
  bench.give({ kind: 'map', map: mapOf({ ...local, nodes: local.nodes.map((node) => ({ ...node, ipv4: ip('127.0.0.91') })) }) });
  bench.latency = () => 5;
  bench.run(4_000);
  expect(bench.netcheck.last).toMatchObject({ udp: true, globalV4: { address: ip('127.0.0.1'), port: 4_000 } });
});
