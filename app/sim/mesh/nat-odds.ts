/** The scenario of topologies beyond one NAT each: LANs, NATs in a row, IPv6, blocked UDP, small paths. Listed by mesh-scenarios.ts. */
import { seconds } from '../../time/instant.ts';
import { HOME_FIREWALL } from './firewall.ts';
import type { MeshHost } from './mesh-host.ts';
import type { MeshScenario } from './mesh-scenarios.ts';
import type { MeshWorld } from './mesh-world.ts';
import { EASY_NAT, HARD_NAT } from './nat.ts';
import { JUDGED_AFTER, judgePair, must, type PairTally } from './path-judge.ts';
import { startInTurn } from './starting.ts';

const TALK_AT = seconds(15);
const TALK_SPREAD = seconds(2);
const tallies = new WeakMap<MeshWorld, PairTally>();

export const natOdds: MeshScenario = {
  name: 'nat-odds',
  what: 'one LAN, hairpin, two NATs in a row, a carrier, IPv6 on one side only, UDP blocked, a path too small for data: direct or relayed as the oracle says',
  build(world) {
    const tally: PairTally = { direct: 0, relayed: 0, worstAnswerMs: 0 };
    tallies.set(world, tally);
    const { internet, rng } = world;
    internet.wan = { ...internet.wan, delayMs: 2 + 60 * rng.fraction() };
    const office = internet.addSite('office', { nat: HARD_NAT });
    const carrier = internet.addSite('carrier', { nat: { ...EASY_NAT, hairpin: rng.fraction() < 0.5 } });
    const blocked = internet.addSite('blocked', { nat: EASY_NAT });
    blocked.router!.udp = 'blocked';
    const dual = { nat: HARD_NAT, ipv6: HOME_FIREWALL };
    const hosts: MeshHost[] = [
      world.addHost('public'),
      world.addHost('office-1', office),
      world.addHost('office-2', office),
      world.addHost('home-1', internet.addSite('home-1', { nat: EASY_NAT }, carrier)),
      world.addHost('home-2', internet.addSite('home-2', { nat: EASY_NAT }, carrier)),
      world.addHost('dual-1', internet.addSite('dual-1', dual), [4, 6]),
      world.addHost('dual-2', internet.addSite('dual-2', dual), [4, 6]),
      world.addHost('only-6', internet.addSite('only-6', { ipv6: HOME_FIREWALL }), [6]),
      world.addHost('blocked', blocked),
      world.addHost('small', internet.addSite('small', { nat: EASY_NAT })),
    ];
    const small = hosts.at(-1)!;
    internet.path(small.station.interfaces[0]!.network.router!, hosts[0]!.station).shape = { ...internet.wan, mtu: 1_000 };
    startInTurn(world, hosts);
    let pairs = 0;
    for (const from of hosts) {
      for (const to of hosts) {
        if (from.sim.index >= to.sim.index) continue;
        const beginsAt = TALK_AT + TALK_SPREAD * rng.fraction();
        judgePair(world, world.flow(...(rng.fraction() < 0.5 ? ([from, to] as const) : ([to, from] as const)), { everyMs: seconds(1), fromMs: beginsAt, filler: 1_200 }), beginsAt, tally);
        pairs++;
      }
    }
    const end = TALK_AT + TALK_SPREAD + JUDGED_AFTER + seconds(1);
    world.at(end - 1, () => must(world, 'every pair was judged', tally.direct + tally.relayed === pairs));
    return end;
  },
  metrics: (world) => ({ ...tallies.get(world) }),
};
