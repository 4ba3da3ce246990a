/** A random network with random traffic and random faults, all from the World's seed. */
import { createSeededRng } from '../base/seeded-rng.ts';
import { seconds, type Duration } from '../time/instant.ts';
import { pick, randomFaults, randomLink } from './faults.ts';
import type { World } from './world.ts';

const WORST_LOSS = 0.1;
const MOST_FAULTS = 8;
/** Faults begin in the first part; the rest shows whether all is well again. */
const FAULTY_PART = 0.55;

/** Builds two to five hosts and their script. Returns how long to run, in ms. */
export function buildRandom(world: World): Duration {
  const rng = createSeededRng((world.seed ^ 0x5eed5eed) >>> 0);
  const count = 2 + (rng.uint32() % 4);
  const hosts = Array.from({ length: count }, () => world.addHost());
  for (let b = 1; b < count; b++) {
    for (let a = 0; a < b; a++) {
      if (a !== b - 1 && rng.fraction() < 0.3) continue;
      world.connect(hosts[a]!, hosts[b]!, {
        knows: pick(rng, ['both', 'both', 'both', 'a-knows-b', 'b-knows-a'] as const),
        preshared: rng.fraction() < 0.3,
        keepaliveMs: pick(rng, [0, 0, seconds(25), seconds(10)]),
        link: randomLink(rng, WORST_LOSS),
      });
      const flow = { everyMs: 500 + Math.round(rng.fraction() * 3_500), kind: pick(rng, ['udp', 'ping'] as const), family: pick(rng, [4, 6] as const), filler: pick(rng, [0, 200, 1_180]) };
      world.flow(hosts[a]!, hosts[b]!, flow);
      if (rng.fraction() < 0.85) world.flow(hosts[b]!, hosts[a]!, { ...flow, everyMs: flow.everyMs + 137 });
    }
  }
  const length = seconds(60 + Math.round(rng.fraction() * 90));
  world.script(randomFaults(rng, count, rng.uint32() % (MOST_FAULTS + 1), seconds(5), length * FAULTY_PART));
  world.startAll();
  return length;
}
