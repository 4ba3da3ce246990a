/**
 * Fault 1, `rtm-miss-storm`: a system that tells of every failed look-up of a route, 10,000 times in a minute, and once more
 * for each packet that we send where no route leads. The same world is played twice, with the storm and without: whatever
 * differs was made by it. Callers: own-worlds.ts.
 */
import type { Crypto } from '../../ports/crypto.ts';
import { minutes, seconds } from '../../time/instant.ts';
import { isDisco } from '../../wire/disco.ts';
import { isStun } from '../../wire/stun.ts';
import { Netmon } from '../../netmon/netmon.ts';
import { createEngine } from '../engine.ts';
import type { OwnWorldScenario } from '../own-worlds.ts';
import { NO_FIGURES, type PlainReport } from '../plain-report.ts';
import { MeshWorld } from './mesh-world.ts';
import { HeardNetmon, MissIsChange } from './naive-monitors.ts';
import { startInTurn } from './starting.ts';
import { reachesInternet } from './topology.ts';

const MISSES = 10_000;
const STORM_FROM = minutes(1);
const STORM_FOR = minutes(1);
const END = STORM_FROM + STORM_FOR + seconds(30);

interface Played {
  readonly world: MeshWorld;
  readonly misses: number;
  readonly linkChanges: number;
  /** STUN and disco of the host in the storm. */
  readonly probes: number;
  readonly homeChanges: number;
}

export const missStorm: OwnWorldScenario = {
  name: 'rtm-miss-storm',
  what: '10,000 look-ups without a route are told in 60 s, and each packet of ours to nowhere tells of another: nothing follows',
  naive: { without: 'the rule that a missed look-up is no change' },
  play(seed, crypto, naive): PlainReport {
    const calm = play(seed, crypto, naive, false);
    const storm = play(seed, crypto, naive, true);
    const { world } = storm;
    const made = { linkChanges: storm.linkChanges - calm.linkChanges, probes: storm.probes - calm.probes, homeChanges: storm.homeChanges - calm.homeChanges };
    for (const [what, number] of Object.entries(made)) if (number !== 0) world.watcher.violate('scenario', `the storm made ${number} ${what}`);
    if (storm.misses < MISSES) world.watcher.violate('scenario', `only ${storm.misses} misses were told`);
    const { watcher, flows } = world;
    return {
      scenario: 'rtm-miss-storm',
      seed,
      naive,
      ok: watcher.violations.length === 0,
      virtualSeconds: world.now / 1_000,
      steps: watcher.tally.steps,
      traceHash: watcher.hash.digest(),
      violations: watcher.violations,
      metrics: {
        ...NO_FIGURES,
        ...made,
        secondsBlind: Math.max(...flows.map(({ worstMs }) => worstMs)) / 1_000,
        teardowns: world.hosts.reduce((sum, { sim }) => sum + (sim.engine?.node.teardowns ?? 0), 0),
        misses: storm.misses,
        probesWithoutStorm: calm.probes,
      },
    };
  },
};

function play(seed: number, crypto: Crypto, naive: boolean, storms: boolean): Played {
  let linkChanges = 0;
  let probes = 0;
  let misses = 0;
  let homeChanges = 0;
  const world = new MeshWorld({
    seed,
    crypto,
    createEngine: (init) =>
      createEngine({
        ...init,
        createNetmon: (rng) => {
          const netmon = new Netmon({ rng });
          return new HeardNetmon(naive ? new MissIsChange(netmon) : netmon, ({ kind }) => {
            if (kind === 'network') linkChanges++;
          });
        },
      }),
  });
  // IPv4 alone, as on most networks; its peers and the relays have IPv6 too.
  const host = world.addHost('anna', world.internet.root, [4]);
  const others = [world.addHost('bert', world.internet.root, [4, 6])];
  const os = world.giveSystem(host, 'darwin');
  const miss = (): void => {
    misses++;
    if (storms) os.os.miss();
  };
  world.onDatagram = (from, to, bytes) => {
    if (from !== host) return;
    if (isStun(bytes) || isDisco(bytes)) probes++;
    if (!reachesInternet(host.station, to.address.family)) world.at(world.now, miss);
  };
  let home: number | undefined;
  const watchHome = (): void => {
    world.at(world.now + seconds(1), watchHome);
    const region = host.sim.engine?.node.view(host.sim.now()).relays.find((relay) => relay.home)?.region;
    if (home !== undefined && region !== home) homeChanges++;
    home = region ?? home;
  };
  world.at(seconds(30), watchHome);
  startInTurn(world, world.hosts);
  for (const other of others) {
    world.flow(host, other, { everyMs: seconds(1), fromMs: seconds(10) });
    world.flow(other, host, { everyMs: seconds(1), fromMs: seconds(10) });
  }
  for (let i = 0; i < MISSES; i++) world.at(STORM_FROM + (i * STORM_FOR) / MISSES, miss);
  world.run(END);
  return { world, misses, linkChanges, probes, homeChanges };
}
