/** The faults between control clients and their server, what each does, and random scripts of them. Caller: scenarios. */
import type { Rng } from '../../ports/rng.ts';
import { minutes, seconds, type Duration } from '../../time/instant.ts';
import { pick } from '../faults.ts';
import { ipv4 } from '../../base/ip.ts';
import { ALLOW_ALL } from '../control-server/policy.ts';
import type { ControlWorld } from './control-world.ts';
import type { SimClient } from './sim-client.ts';

type Act = (world: ControlWorld, client: SimClient, rng: Rng) => void;

const later = (world: ControlWorld, ms: Duration, run: () => void): void => world.at(world.now + ms, run);
const between = (rng: Rng, least: number, most: number): number => least + (most - least) * rng.fraction();

/** Each ends by itself, within two minutes. */
export const CONTROL_FAULTS: Readonly<Record<string, Act>> = {
  'stall mid-frame': (_world, { link }) => link.stall(),
  'half-open': (_world, { link }) => link.halfOpen(),
  cut: (_world, { link }, rng) => link.cut(pick(rng, ['ECONNRESET', 'EPIPE', undefined])),
  garbage: (_world, { link }, rng) => void (link.garble += 1 + (rng.uint32() % 6)),
  'stale and reordered deltas': (world, client, rng) => {
    client.link.stale = true;
    later(world, between(rng, 2_000, 20_000), () => {
      client.link.stale = false;
      for (const { id, hostname } of world.server.nodes(world.instant)) if (hostname === client.name) world.server.endStreams(id, world.instant);
      world.drainServer();
    });
  },
  'slow server': (world, { link }, rng) => {
    link.slowBy = between(rng, 5, 100);
    later(world, between(rng, 5_000, 60_000), () => void (link.slowBy = 1));
  },
  'server restart': (world, _client, rng) => world.restartServer(between(rng, 100, 30_000)),
  'server frozen': (world, _client, rng) => world.freezeServer(between(rng, 1_000, minutes(2))),
  'name service gone': (world, { link }, rng) => {
    world.names = 'gone';
    if (rng.fraction() < 0.5) link.cut('ECONNRESET');
    later(world, between(rng, 1_000, 40_000), () => void (world.names = 'up'));
  },
  'server busy': (world, { link }, rng) => {
    world.server.busyFor = 1 + (rng.uint32() % 20);
    link.cut('ECONNRESET');
    later(world, between(rng, 1_000, 20_000), () => void (world.server.busyFor = undefined));
  },
  'network down': (world, client, rng) => {
    client.setNetwork(false);
    later(world, between(rng, 500, 60_000), () => client.setNetwork(true));
  },
  'network changes': (world, client, rng) => {
    const times = 1 + (rng.uint32() % 12);
    for (let i = 0; i < times; i++) {
      later(world, i * between(rng, 200, 3_000), () => {
        client.link.halfOpen();
        client.give({ kind: 'network', now: 'changed' });
      });
    }
  },
  sleep: (_world, client, rng) => client.sleep(between(rng, 3_000, minutes(2))),
  'key rotation in flight': (world, client, rng) => {
    client.signIn(world.server.createPreAuthKey({ user: 'anna' }));
    later(world, between(rng, 0, 500), () => pick(rng, [() => client.link.cut('ECONNRESET'), () => client.link.halfOpen(), () => client.start(), () => undefined])());
  },
  'client restart': (_world, client) => client.start(),
};

/** What an administrator and the other nodes do meanwhile. */
const CHURN: readonly ((world: ControlWorld, rng: Rng) => void)[] = [
  (world, rng) => void world.server.addNode(`passive-${rng.uint32() % 5}`, pick(rng, ['anna', 'bert']), world.instant),
  (world, rng) => withPassive(world, rng, (id) => world.server.deleteNode(id, world.instant)),
  (world, rng) => withPassive(world, rng, (id) => world.server.renameNode(id, `renamed-${rng.uint32() % 3}`, world.instant)),
  (world, rng) => withPassive(world, rng, (id) => world.server.tagNode(id, [pick(rng, ['tag:a', 'tag:b'])], world.instant)),
  (world, rng) => withPassive(world, rng, (id) => world.server.setOnline(id, rng.fraction() < 0.5, world.instant)),
  (world, rng) => withPassive(world, rng, (id) => world.server.moveNode(id, [{ address: ipv4(rng.uint32()), port: 41_641 }], world.instant)),
  (world, rng) => withPassive(world, rng, (id) => world.server.expireNode(id, -1_000, world.instant)),
  (world, rng) => world.server.setPolicy(pick(rng, [ALLOW_ALL, [{ from: ['anna@'], to: [{ who: '*', ports: [[22, 22]] }] }], [{ from: ['*'], to: [{ who: 'tag:a', ports: [[80, 443]] }, { who: 'anna@', ports: [[0, 65_535]] }] }]]), world.instant),
];

function withPassive(world: ControlWorld, rng: Rng, run: (id: number) => void): void {
  const passive = world.server.nodes(world.instant).filter(({ hostname }) => hostname.startsWith('passive'));
  const one = passive[rng.uint32() % Math.max(1, passive.length)];
  if (one !== undefined) run(one.id);
}

/** Schedules random faults and changes; returns when all are over. */
export function randomControlScript(world: ControlWorld, rng: Rng, from: Duration, length: Duration): number {
  const names = Object.keys(CONTROL_FAULTS);
  const count = 2 + (rng.uint32() % 9);
  for (let i = 0; i < count; i++) {
    const name = pick(rng, names);
    const client = pick(rng, world.clients);
    world.at(from + length * rng.fraction(), () => {
      world.trace(client.index, name);
      CONTROL_FAULTS[name]?.(world, client, rng);
    });
  }
  for (let i = 0; i < 12; i++) {
    world.at(from + (length + minutes(2)) * rng.fraction(), () => {
      pick(rng, CHURN)(world, rng);
      if (world.serverState === 'up') world.drainServer();
    });
  }
  return from + length + minutes(2) + seconds(5);
}
