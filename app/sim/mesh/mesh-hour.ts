/** The scenarios of an hour, and of minutes, of faults. Listed by mesh-scenarios.ts. */
import { minutes, seconds, type Duration } from '../../time/instant.ts';
import { pick } from '../faults.ts';
import { HOME_FIREWALL } from './firewall.ts';
import { MESH_FAULTS } from './mesh-faults.ts';
import type { MeshScenario } from './mesh-scenarios.ts';
import type { MeshWorld } from './mesh-world.ts';
import { EASY_NAT, HARD_NAT } from './nat.ts';
import { explained, must } from './path-judge.ts';
import { everyPair, startInTurn } from './starting.ts';

const FAULT_EVERY = seconds(20);
/** After the last fault everything heals, and comes to rest. */
const HEALING = minutes(3);

export const meshHour: MeshScenario = {
  name: 'mesh-hour',
  what: 'six nodes behind NATs of many kinds, a fault every 20 s for an hour: no peer silent for more than 15 s that could be reached, teardowns within their budget',
  build: (world) => sixNodes(world, minutes(60)),
};

export const meshMinutes: MeshScenario = {
  name: 'mesh-minutes',
  what: 'as mesh-hour, for six minutes',
  build: (world) => sixNodes(world, minutes(6)),
};

/** Faults until `length`; returns when all is over. */
function sixNodes(world: MeshWorld, length: Duration): Duration {
  const { internet, rng } = world;
  internet.wan = { ...internet.wan, delayMs: 15, jitterMs: 10, loss: 0.001 };
  const office = internet.addSite('office', { nat: HARD_NAT, ipv6: HOME_FIREWALL });
  const hosts = [
    world.addHost('anna', internet.addSite('anna', { nat: EASY_NAT })),
    world.addHost('bert', internet.addSite('bert', { nat: HARD_NAT })),
    world.addHost('carl', office, [4, 6]),
    world.addHost('dora', office, [4, 6]),
    world.addHost('emil', internet.addSite('emil', { nat: EASY_NAT }, internet.addSite('carrier', { nat: { ...EASY_NAT, hairpin: true } }))),
    world.addHost('fred', internet.addSite('fred', { nat: { ...EASY_NAT, filtering: 'endpoint-independent' }, ipv6: HOME_FIREWALL }), [4, 6]),
  ];
  startInTurn(world, hosts);
  everyPair(world, hosts, seconds(2), seconds(5));
  const names = Object.keys(MESH_FAULTS);
  for (let at = seconds(30); at < length; at += FAULT_EVERY) {
    world.at(at, () => {
      const name = pick(rng, names);
      world.watcher.hash.text(name);
      world.onFault?.(name);
      MESH_FAULTS[name]?.(world, rng);
    });
  }
  const end = length + HEALING;
  world.at(end - 1, () => {
    for (const { from, to, lastReplyAt } of world.flows) {
      must(world, `${from.name} hears ${to.name} at the end`, lastReplyAt !== undefined && world.now - lastReplyAt < seconds(5));
      explained(world, from, to);
    }
  });
  return end;
}
