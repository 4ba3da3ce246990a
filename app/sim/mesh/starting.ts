/** How the hosts of a mesh begin. Callers: the scenarios of meshes. */
import { seconds, type Duration } from '../../time/instant.ts';
import type { MeshHost } from './mesh-host.ts';
import type { MeshWorld } from './mesh-world.ts';

/** Registering takes eight ways to the server; who comes later must not be faster. */
const APART: Duration = seconds(0.3);

/** One after the other, so that each gets the address that the world expects. */
export function startInTurn(world: MeshWorld, hosts: readonly MeshHost[]): void {
  hosts.forEach((host, i) => world.at(seconds(0.1) + i * APART, () => world.start(host)));
}

export function everyPair(world: MeshWorld, hosts: readonly MeshHost[], everyMs: Duration, fromMs: number): void {
  for (const from of hosts) {
    for (const to of hosts) {
      if (from === to) continue;
      world.flow(from, to, { everyMs, fromMs: fromMs + everyMs * world.rng.fraction(), kind: from.sim.index < to.sim.index ? 'udp' : 'ping', family: from.sim.index < to.sim.index ? 4 : 6 });
    }
  }
}
