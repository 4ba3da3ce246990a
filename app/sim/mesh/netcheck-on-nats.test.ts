/** The netcheck machine on the simulated internet: what it reports is what the topology is. Without a node around it. */
import { describe, expect, it } from 'vitest';
import type { IpEndpoint } from '../../base/ip.ts';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { createSodiumCrypto } from '../../host/crypto/sodium-crypto.ts';
import { Netcheck } from '../../netcheck/netcheck.ts';
import type { NetcheckOutput, NetcheckReport } from '../../netcheck/types.ts';
import { HOME_FIREWALL } from './firewall.ts';
import { DEPENDENCES } from './flow-memory.ts';
import { Internet } from './internet.ts';
import { EASY_NAT, HARD_NAT } from './nat.ts';
import { RelaySite, relayMapOf } from './relay-site.ts';
import { SimClock } from './sim-clock.ts';
import { reachesInternet, routersOf, type Network, type Station } from './topology.ts';

const PORT = 41_641;
const crypto = createSodiumCrypto();

class Bench {
  readonly clock = new SimClock();
  readonly internet = new Internet({ seed: 7, now: () => this.clock.now(), at: (ms, run) => this.clock.at(ms, run) });
  readonly relays = [901, 902, 903].map((region) => new RelaySite(this.internet, region, crypto, createSeededRng(region)));
  station: Station | undefined;
  machine: Netcheck | undefined;
  readonly homes: number[] = [];
  endpoints: readonly IpEndpoint[] = [];

  /** Measures from this network; returns the machine after a while. */
  measure(network: Network, families: readonly (4 | 6)[] = [4], near = 0): Netcheck {
    const station = this.internet.addStation('host');
    const machine = new Netcheck({ rng: createSeededRng(1) });
    [this.station, this.machine] = [station, machine];
    for (const family of families) this.internet.attach(station, network, family);
    station.sockets.set(PORT, (bytes, from) => this.#do(() => machine.handle({ kind: 'datagram', from, bytes }, this.internet.now)));
    this.relays.forEach((relay, i) => {
      this.internet.path(routersOf(network).at(-1) ?? station, relay.station).shape = { ...this.internet.wan, delayMs: i === near ? 5 : 40 };
    });
    this.#do(() => {
      machine.handle({ kind: 'families', ipv4: reachesInternet(station, 4), ipv6: reachesInternet(station, 6), localPort: PORT }, this.internet.now);
      machine.handle({ kind: 'map', map: relayMapOf(this.relays) }, this.internet.now);
    });
    this.clock.run(this.clock.now() + 20_000);
    return machine;
  }

  #do(act: () => void): void {
    const { machine, station } = this;
    if (machine === undefined || station === undefined) return;
    act();
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
      if (output.kind === 'send') this.internet.send(station, PORT, output.to, output.bytes);
      if (output.kind === 'endpoints') this.endpoints = output.endpoints;
      if (output.kind === 'web-probe') this.#webProbe(station, output);
      if (output.kind === 'home') this.homes.push(output.region);
    }
    const next = machine.nextDeadline();
    if (next !== undefined) this.clock.at(next.at, () => {
      const due = machine.nextDeadline();
      if (due !== undefined && due.at <= this.internet.now) this.#do(() => machine.expire(this.internet.now));
    });
  }

  #webProbe(station: Station, { id, address, port }: Extract<NetcheckOutput, { kind: 'web-probe' }>): void {
    const began = this.internet.now;
    const answer = (latencyMs: number | undefined): void => this.#do(() => this.machine?.handle({ kind: 'web-answered', id, latencyMs, portal: false }, this.internet.now));
    if (address === undefined) return answer(undefined);
    this.internet.connect(station, { address, port }, { opened: () => answer(this.internet.now - began), data: () => undefined, ended: () => answer(undefined) });
  }

  report(): NetcheckReport {
    const last = this.machine?.last;
    if (last === undefined) throw new Error('no report');
    return last;
  }
}

describe('netcheck on the simulated internet', () => {
  it('finds whether the mapping varies, for every kind of NAT, and where it is seen', () => {
    for (const mapping of DEPENDENCES) {
      for (const filtering of DEPENDENCES) {
        const bench = new Bench();
        const site = bench.internet.addSite('site', { nat: { ...EASY_NAT, mapping, filtering } });
        bench.measure(site);
        expect(bench.report().mappingVariesByDestination, `${mapping} ${filtering}`).toBe(mapping !== 'endpoint-independent');
        expect(bench.report().globalV4?.address).toEqual(site.router?.nat?.external);
        expect(bench.report()).toMatchObject({ udp: true, ipv4: true, homeRelay: 901 });
      }
    }
  });

  it('sees a hard NAT behind an easy one, and the nearest relay', () => {
    const bench = new Bench();
    bench.measure(bench.internet.addSite('inner', { nat: EASY_NAT }, bench.internet.addSite('outer', { nat: HARD_NAT })), [4], 2);
    expect(bench.report()).toMatchObject({ mappingVariesByDestination: true, homeRelay: 903 });
    expect(bench.homes).toEqual([903]);
  });

  it('says that UDP is blocked where nothing comes back, and nothing of the NAT', () => {
    const bench = new Bench();
    const site = bench.internet.addSite('office', { nat: EASY_NAT });
    site.router!.udp = 'blocked';
    bench.measure(site);
    expect(bench.report()).toMatchObject({ udp: false, mappingVariesByDestination: undefined, globalV4: undefined, homeRelay: 901 });
  });

  it('finds both families, and only the one that there is', () => {
    const dual = new Bench();
    dual.measure(dual.internet.addSite('dual', { nat: EASY_NAT, ipv6: HOME_FIREWALL }), [4, 6]);
    expect(dual.report()).toMatchObject({ ipv4: true, ipv6: true });
    expect(dual.endpoints.map(({ address }) => address.family).toSorted()).toEqual([4, 6]);
    const only6 = new Bench();
    only6.measure(only6.internet.addSite('six', { ipv6: HOME_FIREWALL }), [6]);
    expect(only6.report()).toMatchObject({ udp: true, ipv6: true, globalV4: undefined });
    expect(only6.internet.vanished.get('family missing'), 'no probe of a family without a route').toBeUndefined();
  });
});
