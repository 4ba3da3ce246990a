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
  readonly netcheck = new Netcheck({ rng: createSeededRng(4) });
  readonly outputs: NetcheckOutput[] = [];
  /** ms by region; undefined: silent. */
  latency: (region: number, family: 4 | 6) => number | undefined = () => 20;
  seen: (to: IpAddress) => IpEndpoint = () => ({ address: ip('203.0.113.5'), port: 4_000 });
  web: (host: string) => number | undefined = () => undefined;
  readonly #flights: { at: number; input: NetcheckInput }[] = [];

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
    const ms = equalIp(to.address, this.seen(to.address).address) ? undefined : this.latency(id, to.address.family);
    if (ms === undefined) return;
    const seen = to.address.family === 4 ? this.seen(to.address) : { address: ip('2001:db8:5::5'), port: 4_000 };
    this.#flights.push({ at: this.now + ms, input: { kind: 'datagram', from: to, bytes: encodeStunResponse(tx, seen) } });
  }
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
