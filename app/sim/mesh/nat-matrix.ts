/** The scenario of every pair of NAT kinds. Listed by mesh-scenarios.ts. */
import { seconds } from '../../time/instant.ts';
import { pick } from '../faults.ts';
import { DEPENDENCES } from './flow-memory.ts';
import type { MeshHost } from './mesh-host.ts';
import type { MeshScenario } from './mesh-scenarios.ts';
import type { MeshWorld } from './mesh-world.ts';
import type { NatShape } from './nat.ts';
import { AT_REST_AFTER, judgePair, must, type PairTally } from './path-judge.ts';
import { startInTurn } from './starting.ts';

const TALK_AT = seconds(15);
const TALK_SPREAD = seconds(2);

/** By world: what `metrics` tells. */
const tallies = new WeakMap<MeshWorld, PairTally>();

export const natMatrix: MeshScenario = {
  name: 'nat-matrix',
  what: 'every pair of the nine kinds of mapping and filtering, in both roles: direct within 10 s where possible, else relayed within 1 s with a true reason',
  build(world) {
    const tally: PairTally = { direct: 0, relayed: 0, worstAnswerMs: 0 };
    tallies.set(world, tally);
    world.internet.wan = { ...world.internet.wan, delayMs: 2 + 60 * world.rng.fraction(), jitterMs: 3 };
    const [callers, called] = ['a', 'b'].map((side) => DEPENDENCES.flatMap((mapping) => DEPENDENCES.map((filtering) => behind(world, side, mapping, filtering)))) as [MeshHost[], MeshHost[]];
    startInTurn(world, world.hosts);
    for (const from of callers) {
      for (const to of called) {
        const beginsAt = TALK_AT + TALK_SPREAD * world.rng.fraction();
        judgePair(world, world.flow(from, to, { everyMs: seconds(1), fromMs: beginsAt }), beginsAt, tally);
      }
    }
    const end = TALK_AT + TALK_SPREAD + AT_REST_AFTER + seconds(1);
    world.at(end - 1, () => must(world, 'every pair was judged', tally.direct + tally.relayed === 81));
    return end;
  },
  metrics: (world) => ({ ...tallies.get(world) }),
};

function behind(world: MeshWorld, side: string, mapping: NatShape['mapping'], filtering: NatShape['filtering']): MeshHost {
  const { rng } = world;
  const nat: NatShape = {
    mapping,
    filtering,
    ports: pick(rng, ['preserving', 'sequential', 'random'] as const),
    // Not shorter than what a path that is in use keeps alive.
    expiryMs: seconds(pick(rng, [30, 60, 120, 300])),
    inboundRefresh: rng.fraction() < 0.5,
    hairpin: rng.fraction() < 0.5,
    capacity: 1_024,
  };
  const name = `${side}:${short(mapping)}/${short(filtering)}`;
  return world.addHost(name, world.internet.addSite(name, { nat }));
}

function short(dependence: NatShape['mapping']): string {
  return { 'endpoint-independent': 'any', 'address-dependent': 'address', 'address-and-port-dependent': 'port' }[dependence];
}
