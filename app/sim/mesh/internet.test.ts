/** The simulated internet: what passes, what vanishes and why, and connections that are dead but open. */
import { describe, expect, it } from 'vitest';
import { formatEndpoint, type IpEndpoint } from '../../base/ip.ts';
import { HOME_FIREWALL } from './firewall.ts';
import { Internet, type SiteShape } from './internet.ts';
import { EASY_NAT, HARD_NAT } from './nat.ts';
import { SimClock } from './sim-clock.ts';
import type { StreamEnd } from './stream.ts';
import type { Network, Router, Station } from './topology.ts';

const PORT = 41_641;
const bytes = Uint8Array.of(1, 2, 3);

class Bench {
  readonly clock = new SimClock();
  readonly internet = new Internet({ seed: 1, now: () => this.clock.now(), at: (ms, run) => this.clock.at(ms, run) });
  readonly heard: { readonly who: Station; readonly from: IpEndpoint }[] = [];

  host(name: string, network: Network = this.internet.root, families: readonly (4 | 6)[] = [4]): Station {
    const station = this.internet.addStation(name);
    for (const family of families) this.internet.attach(station, network, family);
    station.sockets.set(PORT, (_bytes, from) => this.heard.push({ who: station, from }));
    return station;
  }

  site(shape: SiteShape = { nat: EASY_NAT }, parent?: Network): Network {
    return this.internet.addSite('site', shape, parent);
  }

  /** Sends, waits, and tells where it arrived from; undefined when it did not arrive at `to`. */
  send(from: Station, endpoint: IpEndpoint, to: Station): IpEndpoint | undefined {
    this.heard.length = 0;
    this.internet.send(from, PORT, endpoint, bytes);
    this.run(1_000);
    return this.heard.find(({ who }) => who === to)?.from;
  }

  run(ms: number): void {
    this.clock.run(this.clock.now() + ms);
  }

  why(): string[] {
    return [...this.internet.vanished.keys()];
  }
}

const own = (station: Station, family: 4 | 6 = 4): IpEndpoint => ({ address: station.interfaces.find(({ address }) => address.family === family)!.address, port: PORT });
const routerOf = (network: Network): Router => network.router!;

describe('a datagram', () => {
  it('goes out through two NATs in a row and is answered through both', () => {
    const bench = new Bench();
    const outer = bench.site();
    const inner = bench.site({ nat: HARD_NAT }, outer);
    const [host, server] = [bench.host('host', inner), bench.host('server')];
    const seen = bench.send(host, own(server), server);
    expect(formatEndpoint(seen!)).toMatch(/^198\.18\./);
    expect(bench.send(server, seen!, host)).toEqual(own(server));
  });

  it('reaches a neighbour by its own address, and by the outside one only where the NAT turns it around', () => {
    for (const hairpin of [false, true]) {
      const bench = new Bench();
      const site = bench.site({ nat: { ...EASY_NAT, filtering: 'endpoint-independent', hairpin } });
      const [a, b, server] = [bench.host('a', site), bench.host('b', site), bench.host('server')];
      expect(bench.send(a, own(b), b)).toEqual(own(a));
      const outside = bench.send(b, own(server), server)!;
      expect(bench.send(a, outside, b)?.address).toEqual(hairpin ? outside.address : undefined);
      expect(bench.why()).toEqual(hairpin ? [] : ['no hairpin']);
    }
  });

  it('to a private address stays in its own network, whoever has that address elsewhere', () => {
    const bench = new Bench();
    const [a, neighbour] = [bench.site(), bench.site()].map((site, i) => (bench.host(`first-${i}`, site), bench.host(`second-${i}`, site))) as [Station, Station];
    expect(own(a)).toEqual(own(neighbour));
    const first = bench.internet.stations.find(({ name }) => name === 'first-0')!;
    expect(bench.send(first, own(neighbour), neighbour)).toBeUndefined();
    expect(bench.heard[0]?.who).toBe(a);
  });

  it('vanishes for the reason that holds', () => {
    const bench = new Bench();
    const site = bench.site({ nat: EASY_NAT, ipv6: HOME_FIREWALL });
    const [host, server] = [bench.host('host', site, [4, 6]), bench.host('server', bench.internet.root, [4, 6])];
    expect(bench.send(server, own(host, 6), host)).toBeUndefined();
    expect(bench.send(host, own(server, 6), server)).toEqual(own(host, 6));
    expect(bench.send(server, own(host, 6), host)).toEqual(own(server, 6));
    routerOf(site).udp = 'blocked';
    expect(bench.send(host, own(server), server)).toBeUndefined();
    routerOf(site).udp = 'open';
    bench.internet.path(routerOf(site), server).shape = { ...bench.internet.wan, mtu: 30 };
    expect(bench.send(host, own(server), server)).toBeUndefined();
    const only4 = bench.host('only-4');
    expect(bench.send(only4, own(server, 6), server)).toBeUndefined();
    expect(bench.why()).toEqual(['filtered', 'udp blocked', 'lost on the way', 'family missing']);
  });

  it('of one path is shaped by the seed and that path alone', () => {
    const arrivals = (others: number): number[] => {
      const bench = new Bench();
      bench.internet.wan = { ...bench.internet.wan, jitterMs: 50, loss: 0.3 };
      const [a, b] = [bench.host('a'), bench.host('b')];
      const times: number[] = [];
      b.sockets.set(PORT, () => times.push(bench.clock.now()));
      const c = bench.host('c');
      for (let i = 0; i < 20; i++) {
        bench.internet.send(a, PORT, own(b), bytes);
        for (let k = 0; k < others; k++) bench.internet.send(c, PORT, own(a), bytes);
      }
      bench.run(1_000);
      return times;
    };
    expect(arrivals(5)).toEqual(arrivals(0));
    expect(arrivals(0).length).toBeLessThan(20);
  });
});

describe('a connection', () => {
  const opened = (): { bench: Bench; site: Network; host: Station; server: Station; events: string[]; client: StreamEnd; far: () => StreamEnd | undefined } => {
    const bench = new Bench();
    const site = bench.site();
    const [host, server] = [bench.host('host', site), bench.host('server')];
    const events: string[] = [];
    let far: StreamEnd | undefined;
    bench.internet.listen(server, 443, (end) => {
      far = end;
      return { data: (got) => events.push(`server has ${got.length}`), ended: (code) => events.push(`server ended ${code}`) };
    });
    const client = bench.internet.connect(host, { ...own(server), port: 443 }, { opened: () => events.push('opened'), data: (got) => events.push(`client has ${got.length}`), written: (n) => events.push(`written ${n}`), ended: (code) => events.push(`client ended ${code}`) });
    bench.run(1_000);
    return { bench, site, host, server, events, client, far: () => far };
  };

  it('carries bytes both ways in order, over a path that is down for a while, and through blocked UDP', () => {
    const { bench, site, events, client, far } = opened();
    routerOf(site).udp = 'blocked';
    client.send(bytes);
    bench.run(1_000);
    routerOf(site).up = false;
    far()!.send(new Uint8Array(1));
    far()!.send(new Uint8Array(2));
    bench.run(5_000);
    expect(events).toEqual(['opened', 'written 3', 'server has 3']);
    routerOf(site).up = true;
    far()!.send(new Uint8Array(4));
    bench.run(1_000);
    expect(events.slice(3)).toEqual(['client has 1', 'client has 2', 'client has 4']);
    client.close();
    bench.run(1_000);
    expect(events.at(-1)).toBe('server ended undefined');
  });

  it('is dead but open after the NAT forgot it: nothing comes, nothing ends, and writing stops when the buffer is full', () => {
    const { bench, site, events, client, far } = opened();
    bench.internet.reboot(routerOf(site));
    far()!.send(bytes);
    for (let i = 0; i < 4; i++) client.send(new Uint8Array(100_000));
    bench.run(60_000);
    expect(events).toEqual(['opened', 'written 100000', 'written 100000', 'written 12992']);
    bench.run(1_000_000);
    expect(events.at(-1)).toBe('client ended ETIMEDOUT');
  });

  it('is refused where nobody listens, reset when the server ends, unreachable without a way', () => {
    const { bench, host, server, events, far } = opened();
    far()!.reset();
    bench.run(1_000);
    expect(events.at(-1)).toBe('client ended ECONNRESET');
    const ends: (string | undefined)[] = [];
    const note = { data: () => undefined, ended: (code: string | undefined) => ends.push(code) };
    bench.internet.connect(host, { ...own(server), port: 444 }, note);
    bench.internet.connect(host, own(bench.host('six', bench.internet.root, [6]), 6), note);
    bench.run(1_000);
    expect(ends.toSorted()).toEqual(['ECONNREFUSED', 'ENETUNREACH']);
  });
});
