/**
 * What may happen to a mesh beside what happens to its network (mesh-faults.ts): to the stream of the control server, to
 * clocks, disks and cables of hosts, by an administrator, by persons at a screen, by strangers. Each by its name, and over
 * within FAULT_MOST. Callers: chaos.ts.
 */
import { ipv4 } from '../../base/ip.ts';
import { PreAuthKey } from '../../keys/pre-auth-key.ts';
import type { NodeInput } from '../../node/types.ts';
import type { Rng } from '../../ports/rng.ts';
import { minutes, seconds, type Duration } from '../../time/instant.ts';
import type { SimLink } from '../control/sim-link.ts';
import { pick } from '../faults.ts';
import { randomAct } from '../os/foreign-writer.ts';
import type { GuardedSystem } from '../os/guarded-system.ts';
import { randomBytes } from '../random-bytes.ts';
import type { HostOs } from './host-os.ts';
import { DEVICE_CASES } from './interface-gone.ts';
import type { MeshHost } from './mesh-host.ts';
import type { MeshWorld } from './mesh-world.ts';

type Act = (world: MeshWorld, rng: Rng) => void;

/** The longest that any fault of a mesh lasts. */
export const FAULT_MOST: Duration = minutes(1);

const between = (rng: Rng, least: number, most: number): number => least + (most - least) * rng.fraction();
const later = (world: MeshWorld, ms: Duration, run: () => void): void => world.at(world.now + ms, run);
const anyHost = (world: MeshWorld, rng: Rng): MeshHost => pick(rng, world.hosts);

export const CHAOS_FAULTS: Readonly<Record<string, Act>> = {
  // ---- the stream of the control server
  'control stream silent': (world, rng) => anyLink(world, rng)?.halfOpen(),
  'control stream stalls in a message': (world, rng) => anyLink(world, rng)?.stall(),
  'control stream cut': (world, rng) => anyLink(world, rng)?.cut(pick(rng, ['ECONNRESET', 'EPIPE', undefined])),
  'control stream garbled': (world, rng) => {
    const link = anyLink(world, rng);
    if (link !== undefined) link.garble += 1 + (rng.uint32() % 4);
  },
  'control stream slow': (world, rng) => {
    const link = anyLink(world, rng);
    if (link === undefined) return;
    link.slowBy = between(rng, 5, 60);
    later(world, between(rng, seconds(3), FAULT_MOST), () => void (link.slowBy = 1));
  },
  'server frozen': (world, rng) => world.tailnet.freeze(between(rng, seconds(1), FAULT_MOST)),
  'server name gone': (world, rng) => {
    world.tailnet.loseName(between(rng, seconds(1), seconds(40)));
    if (rng.fraction() < 0.5) anyLink(world, rng)?.cut('ECONNRESET');
  },
  'server busy': (world, rng) => {
    world.tailnet.server.busyFor = 1 + (rng.uint32() % 10);
    anyLink(world, rng)?.cut('ECONNRESET');
    later(world, between(rng, seconds(1), seconds(20)), () => void (world.tailnet.server.busyFor = undefined));
  },

  // ---- a computer
  'cable pulled': (world, rng) => {
    const host = anyHost(world, rng);
    world.setOnline(host, false);
    later(world, between(rng, seconds(0.3), FAULT_MOST), () => world.setOnline(host, true));
  },
  'network reported as changed again and again': (world, rng) => {
    const host = anyHost(world, rng);
    const times = 2 + (rng.uint32() % 20);
    const apart = between(rng, 50, 2_000);
    for (let i = 0; i < times; i++) later(world, i * apart, () => host.plugged && tell(world, host, { kind: 'network', state: 'changed' }));
  },
  'moves into another network': (world, rng) => {
    const host = anyHost(world, rng);
    if (!host.station.has(6)) world.roam(host, pick(rng, [world.internet.root, ...world.hosts.map(({ station }) => station.interfaces[0]!.network)]));
  },
  'wall clock set': (world, rng) => {
    const host = anyHost(world, rng);
    if (host.sim.power === 'up') world.tell(host, () => host.sim.setWall(between(rng, -seconds(7_200), seconds(7_200))));
  },
  'disk full': (world, rng) => {
    const { member } = anyHost(world, rng).sim;
    if (member === undefined) return;
    member.disk = 'full';
    later(world, between(rng, seconds(5), FAULT_MOST), () => void (member.disk = 'writable'));
  },

  // ---- its operating system, where that is played
  "the tunnel's device in trouble": (world, rng) =>
    atSystem(world, rng, (host, os) => {
      // One trouble at a time: each case takes the device as it made it.
      if (os.os.link(os.device) === undefined || (busy.get(host) ?? 0) > world.now) return;
      busy.set(host, world.now + DEVICE_TROUBLE);
      pick(rng, DEVICE_CASES).act(os, (ms, run) => later(world, ms, () => world.tell(host, run)));
    }),
  'look-ups without a route': (world, rng) =>
    atSystem(world, rng, (host, os) => {
      for (let i = 0; i < 300; i++) later(world, i * 10, () => world.tell(host, () => os.os.miss()));
    }),
  'other devices come and go': (world, rng) =>
    atSystem(world, rng, (host, os) => {
      const other = os.os.addLink(`veth${rng.uint32() % 100}`);
      later(world, between(rng, 100, seconds(10)), () => world.tell(host, () => os.os.removeLink(other)));
    }),

  'other programs undo what is ours': (world, rng) => keptSystem(world, rng)?.begin(randomAct(rng)),
  'another program fights for its routes': (world, rng) => keptSystem(world, rng)?.begin({ kind: 'undo', within: between(rng, 0, 20), forMs: between(rng, seconds(5), seconds(40)) }),

  // ---- people
  'key renewed': (world, rng) => tell(world, anyHost(world, rng), { kind: 'sign-in', authKey: new PreAuthKey(world.tailnet.authKey) }),
  'a person asks': (world, rng) =>
    tell(world, anyHost(world, rng), pick(rng, [{ kind: 'try-direct', peer: undefined }, { kind: 'check', peer: undefined }, { kind: 'retry-server' }, { kind: 'netcheck', request: 1 }, { kind: 'watch', on: true }, { kind: 'watch', on: false }] as const)),
  'administrator changes a node': (world, rng) => administer(world, rng),

  // ---- strangers
  'noise from strangers': (world, rng) => {
    const host = anyHost(world, rng);
    const address = host.station.interfaces[0]?.network.router?.nat?.external ?? host.station.interfaces[0]!.address;
    for (let i = 0; i < 50; i++) {
      const bytes = randomBytes(rng, 1 + (rng.uint32() % 200));
      bytes[0] = rng.uint32() % 6;
      later(world, i * 40, () => world.internet.inject({ address: ipv4(0x2d000000 + (rng.uint32() >>> 8)), port: 1 + (rng.uint32() % 65_535) }, { address, port: host.port }, bytes));
    }
  },
};

/** Until when a case of its device may go on. */
const busy = new WeakMap<MeshHost, number>();
const DEVICE_TROUBLE = seconds(25);

function atSystem(world: MeshWorld, rng: Rng, act: (host: MeshHost, os: HostOs) => void): void {
  const host = anyHost(world, rng);
  if (host.os !== undefined && host.sim.power === 'up') world.tell(host, () => act(host, host.os!));
}

/** Of those that have something to undo. */
function keptSystem(world: MeshWorld, rng: Rng): GuardedSystem | undefined {
  const kept = world.hosts.flatMap(({ os }) => os?.kept ?? []);
  return kept.length === 0 ? undefined : pick(rng, kept);
}

function anyLink(world: MeshWorld, rng: Rng): SimLink | undefined {
  return world.tailnet.linkOf(anyHost(world, rng).sim.index);
}

function tell(world: MeshWorld, host: MeshHost, input: NodeInput): void {
  world.tell(host, () => host.sim.input(input));
}

/** Of nodes that are listed and not there. */
function administer(world: MeshWorld, rng: Rng): void {
  const { server, instant } = world.tailnet;
  const passive = server.nodes(instant).filter(({ hostname }) => hostname.startsWith('passive'));
  const one = passive[rng.uint32() % Math.max(1, passive.length)];
  pick(rng, [
    () => void server.addNode(`passive-${rng.uint32() % 4}`, 'anna', instant),
    () => one === undefined || server.deleteNode(one.id, instant),
    () => one === undefined || server.renameNode(one.id, `renamed-${rng.uint32() % 3}`, instant),
    () => one === undefined || server.moveNode(one.id, [{ address: ipv4(rng.uint32()), port: 41_641 }], instant),
    () => one === undefined || server.expireNode(one.id, -1_000, instant),
  ])();
  world.tailnet.changed();
}
