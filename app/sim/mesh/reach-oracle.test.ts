/** The oracle of direct paths against the rule that its header states, and in topologies that the rule does not cover. */
import { describe, expect, it } from 'vitest';
import type { IpEndpoint } from '../../base/ip.ts';
import { HOME_FIREWALL } from './firewall.ts';
import { DEPENDENCES, type Dependence } from './flow-memory.ts';
import { Internet, type SiteShape } from './internet.ts';
import { EASY_NAT, HARD_NAT, type NatShape } from './nat.ts';
import { directReach, honestReasons, type Reach, type UdpHost } from './reach-oracle.ts';
import { SimClock } from './sim-clock.ts';
import type { Network } from './topology.ts';

const PORT = 41_641;

class Map4 {
  readonly clock = new SimClock();
  readonly internet = new Internet({ seed: 1, now: () => this.clock.now(), at: (ms, run) => this.clock.at(ms, run) });
  readonly stun: IpEndpoint[] = [];

  constructor() {
    for (let i = 0; i < 2; i++) {
      const server = this.internet.addStation(`stun-${i}`);
      for (const family of [4, 6] as const) this.stun.push({ address: this.internet.attach(server, this.internet.root, family).address, port: 3_478 });
      server.sockets.set(3_478, () => undefined);
    }
  }

  host(network: Network | SiteShape = this.internet.root, families: readonly (4 | 6)[] = [4]): UdpHost {
    const station = this.internet.addStation('host');
    const at = 'router' in network ? network : this.internet.addSite('site', network as SiteShape);
    for (const family of families) this.internet.attach(station, at, family);
    station.sockets.set(PORT, () => undefined);
    return { station, port: PORT };
  }

  reach(a: UdpHost, b: UdpHost): Reach {
    return directReach(this.internet, a, b, this.stun);
  }

  why(a: UdpHost, b: UdpHost): string[] {
    return [...honestReasons(a, b, this.reach(a, b))];
  }
}

const kinds = DEPENDENCES.flatMap((mapping) => DEPENDENCES.map((filtering): NatShape => ({ ...EASY_NAT, mapping, filtering })));
const PORT_TOO: Dependence = 'address-and-port-dependent';

describe('the reach oracle', () => {
  it('agrees with its rule for every pair of NAT kinds, whatever the ports', () => {
    for (const a of kinds) {
      for (const b of kinds) {
        for (const ports of ['preserving', 'sequential', 'random'] as const) {
          const map = new Map4();
          const [x, y] = [map.host({ nat: { ...a, ports } }), map.host({ nat: { ...b, ports } })];
          const rule = (a.filtering !== PORT_TOO || b.mapping === 'endpoint-independent') && (b.filtering !== PORT_TOO || a.mapping === 'endpoint-independent');
          expect(map.reach(x, y).direct, `${a.mapping} ${a.filtering} to ${b.mapping} ${b.filtering}`).toBe(rule);
          expect(map.why(x, y)).toEqual(rule ? [] : [a.mapping === 'endpoint-independent' ? 'no-answer' : 'hard-nat']);
        }
      }
    }
  });

  it('finds neighbours on one LAN whatever their NAT is', () => {
    const map = new Map4();
    const lan = map.internet.addSite('lan', { nat: HARD_NAT });
    expect(map.reach(map.host(lan), map.host(lan)).direct).toBe(true);
  });

  it('finds two homes behind one carrier only if the carrier turns packets around', () => {
    for (const hairpin of [false, true]) {
      const map = new Map4();
      const carrier = map.internet.addSite('carrier', { nat: { ...EASY_NAT, hairpin } });
      const homes = [1, 2].map(() => map.host(map.internet.addSite('home', { nat: EASY_NAT }, carrier))) as [UdpHost, UdpHost];
      expect(map.reach(...homes).direct).toBe(hairpin);
      expect(map.why(...homes)).toEqual(hairpin ? [] : ['no-answer']);
    }
  });

  it('finds hosts behind two NATs in a row where each would do alone', () => {
    const map = new Map4();
    const twice = map.host(map.internet.addSite('inner', { nat: EASY_NAT }, map.internet.addSite('outer', { nat: EASY_NAT })));
    expect(map.reach(twice, map.host({ nat: EASY_NAT })).direct).toBe(true);
    const hard = map.host(map.internet.addSite('inner', { nat: EASY_NAT }, map.internet.addSite('outer', { nat: HARD_NAT })));
    expect(map.reach(hard, map.host({ nat: EASY_NAT })).direct).toBe(false);
    expect(map.why(hard, twice)).toEqual(['hard-nat']);
  });

  it('finds IPv6 where both have it, and names the family that is missing where they share none', () => {
    const map = new Map4();
    const both = { nat: HARD_NAT, ipv6: HOME_FIREWALL };
    const [a, b, only6, only4] = [map.host(both, [4, 6]), map.host(both, [4, 6]), map.host({ ipv6: HOME_FIREWALL }, [6]), map.host({ nat: EASY_NAT })];
    expect(map.reach(a, b).direct).toBe(true);
    expect(map.reach(a, only6).direct).toBe(true);
    expect(map.reach(only4, only6).direct).toBe(false);
    expect(map.why(only4, only6)).toEqual(['family-missing']);
    expect(map.why(only6, only4)).toEqual(['family-missing']);
  });

  it('names blocked UDP at the side that is blocked, and no answer at the other', () => {
    const map = new Map4();
    const site = map.internet.addSite('office', { nat: EASY_NAT });
    site.router!.udp = 'blocked';
    const home = map.internet.addSite('home', { nat: EASY_NAT });
    const [blocked, same, free] = [map.host(site), map.host(home), map.host(home)];
    expect(map.why(blocked, free)).toEqual(['udp-blocked-here']);
    expect(map.why(free, blocked)).toEqual(['no-answer']);
    expect(map.why(same, blocked), 'its only address is ours too').toEqual(['no-candidates']);
    expect(map.reach(blocked, map.host(site)).direct).toBe(true);
  });

  it('does not call a path direct that passes probes and not data', () => {
    const map = new Map4();
    const [a, b] = [map.host(), map.host({ nat: EASY_NAT })];
    expect(map.reach(a, b).direct).toBe(true);
    map.internet.path(a.station, b.station.interfaces[0]!.network.router!).shape = { ...map.internet.wan, mtu: 1_200 };
    expect(map.reach(a, b).direct).toBe(false);
    expect(map.why(a, b)).toEqual(['data-lost']);
  });
});
