/** Fault 5, `stale-relay`: relays and connections to them die in all ways, and say nothing of it. Listed by mesh-scenarios.ts. */
import { seconds, type Duration } from '../../time/instant.ts';
import { ipv4 } from '../../base/ip.ts';
import type { MeshHost } from './mesh-host.ts';
import type { MeshScenario } from './mesh-scenarios.ts';
import type { MeshWorld } from './mesh-world.ts';
import { EASY_NAT, HARD_NAT } from './nat.ts';
import { trustsTheSocket } from './naive-relays.ts';
import { must, wrong } from './path-judge.ts';
import { everyPair, startInTurn } from './starting.ts';
import type { Router } from './topology.ts';

interface FaultStep {
  readonly name: string;
  act(world: MeshWorld): void;
  /** Connections and sockets that this fault really kills without a word, at most: as many may be replaced, by all hosts together. */
  readonly kills: number;
}

const FIRST_AT = seconds(40);
const APART = seconds(40);
const DOWN = seconds(3);
const OFFERS = 1_000;
const OFFERS_FOR = seconds(100);
const REGIONS = 2;
/** Of one host: a connection to each relay, and the socket. */
const BEHIND_A_NAT = REGIONS + 1;

const FAULTS: readonly FaultStep[] = [
  { name: 'the NAT of anna reboots', act: (world) => world.internet.reboot(router(world, 0)), kills: BEHIND_A_NAT },
  { name: 'the NAT of bert gets another address', act: (world) => world.internet.reboot(router(world, 1), true), kills: BEHIND_A_NAT },
  { name: 'the first relay is dead but open', act: (world) => world.relays[0]!.forgetConnections(), kills: 4 },
  { name: 'the first relay says nothing for a while', act: (world) => world.silenceRelay(world.relays[0]!, seconds(15)), kills: 8 },
  { name: 'the second relay restarts', act: (world) => world.restartRelay(world.relays[1]!, DOWN), kills: 0 },
  { name: 'bert restarts', act: (world) => world.restart(world.hosts[1]!, seconds(1)), kills: 0 },
  {
    name: 'the NAT of anna reboots and both relays restart',
    act(world) {
      world.internet.reboot(router(world, 0));
      for (const relay of world.relays) world.restartRelay(relay, DOWN);
    },
    kills: BEHIND_A_NAT,
  },
  {
    name: 'the NAT of anna reboots and bert restarts',
    act(world) {
      world.internet.reboot(router(world, 0));
      world.restart(world.hosts[1]!, seconds(1));
    },
    kills: BEHIND_A_NAT,
  },
];

/** By world: what offers did to connections that were well. */
const needless = new WeakMap<MeshWorld, number>();

export const staleRelay: MeshScenario = {
  name: 'stale-relay',
  naive: { without: 'the causes that make a connection stale while its socket stands', createEngine: trustsTheSocket },
  what: 'a NAT reboots, a relay is dead but open, a relay and a peer restart, two at once: data again within 15 s, one teardown for one fault, none for 1,000 offers',
  build(world) {
    const { internet, rng } = world;
    internet.wan = { ...internet.wan, delayMs: 20 + 20 * rng.fraction() };
    const hosts = [
      world.addHost('anna', internet.addSite('anna', { nat: HARD_NAT })),
      world.addHost('bert', internet.addSite('bert', { nat: HARD_NAT })),
      world.addHost('carl', internet.addSite('carl', { nat: EASY_NAT })),
      world.addHost('dora', internet.addSite('dora', { nat: EASY_NAT })),
    ];
    // So that anna and bert live at different relays.
    hosts.forEach((host, i) => {
      const near = world.relays[i % REGIONS]!;
      internet.path(router(world, host.sim.index), near.station).shape = { ...internet.wan, delayMs: 4 };
    });
    startInTurn(world, hosts);
    everyPair(world, hosts, seconds(1), seconds(5));
    FAULTS.forEach((fault, i) => world.at(FIRST_AT + i * APART, () => strike(world, fault)));
    const offersAt = FIRST_AT + FAULTS.length * APART;
    world.at(offersAt, () => offer(world, hosts));
    return offersAt + OFFERS_FOR + seconds(10);
  },
  metrics: (world) => ({ offers: OFFERS, teardownsForOffers: needless.get(world) ?? null }),
};

function router(world: MeshWorld, host: number): Router {
  return world.hosts[host]!.station.interfaces[0]!.network.router!;
}

function strike(world: MeshWorld, fault: FaultStep): void {
  const began = world.hosts.map(teardowns);
  fault.act(world);
  world.at(world.now + APART - 1, () => {
    // One that restarted counts anew.
    const torn = world.hosts.reduce((sum, host, i) => sum + Math.max(0, teardowns(host) - (began[i] ?? 0)), 0);
    if (torn > fault.kills) wrong(world, `${fault.name}: ${torn} connections were torn down, and ${fault.kills} were dead at most`);
    for (const flow of world.flows) must(world, `${flow.from.name} hears ${flow.to.name} at the end of "${fault.name}"`, flow.waitingSince === undefined || world.now - flow.waitingSince < seconds(2));
  });
}

/** What asks for a new attempt and is no fault: pushes of the server, call-me-maybes, wishes of a person. */
function offer(world: MeshWorld, hosts: readonly MeshHost[]): void {
  const before = hosts.map((host) => ({ torn: teardowns(host), opens: host.carrier.opens }));
  const every: Duration = OFFERS_FOR / OFFERS;
  for (let i = 0; i < OFFERS; i++) {
    world.at(world.now + i * every, () => {
      const host = hosts[i % hosts.length]!;
      if (i % 3 === 0) push(world, host, i);
      else world.tell(host, () => host.sim.input(i % 3 === 1 ? { kind: 'try-direct', peer: undefined } : { kind: 'check', peer: undefined }));
    });
  }
  world.at(world.now + OFFERS_FOR + seconds(5), () => {
    hosts.forEach((host, i) => {
      must(world, `${host.name} tears down no connection for offers`, teardowns(host) === before[i]!.torn);
      must(world, `${host.name} connects to no relay for offers`, host.carrier.opens === before[i]!.opens);
    });
    needless.set(world, hosts.reduce((sum, host, i) => sum + teardowns(host) - before[i]!.torn, 0));
  });
}

/** The server tells everyone that this node has one more address. */
function push(world: MeshWorld, host: MeshHost, i: number): void {
  const { server, instant } = world.tailnet;
  const node = server.nodes(instant).find(({ hostname }) => hostname === host.name);
  if (node === undefined) return;
  server.moveNode(node.id, [{ address: ipv4(0xc6336400 + (i & 0xff)), port: 41_641 }, ...host.station.interfaces.map(({ address }) => ({ address, port: host.port }))], instant);
  world.tailnet.changed();
}

function teardowns({ sim }: MeshHost): number {
  return sim.engine?.node.teardowns ?? 0;
}
