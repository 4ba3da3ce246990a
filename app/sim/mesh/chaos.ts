/**
 * The scenario of everything at once: a few hosts behind random NATs, and random faults of all kinds, of the network, of
 * relays, of the control stream and of the computers themselves, one over the other. Whatever happens: nobody who can be
 * reached is silent for long, repairs stay within their budgets, and at the end all sees and hears all. Listed by
 * mesh-scenarios.ts.
 */
import { createSeededRng } from '../../base/seeded-rng.ts';
import type { Rng } from '../../ports/rng.ts';
import { minutes, seconds, type Duration } from '../../time/instant.ts';
import { pick } from '../faults.ts';
import { CHAOS_FAULTS, FAULT_MOST } from './chaos-faults.ts';
import { HOME_FIREWALL } from './firewall.ts';
import { MESH_FAULTS } from './mesh-faults.ts';
import type { MeshFlow } from './mesh-flow.ts';
import type { MeshHost } from './mesh-host.ts';
import type { MeshScenario } from './mesh-scenarios.ts';
import type { MeshWorld } from './mesh-world.ts';
import { EASY_NAT, HARD_NAT } from './nat.ts';
import { must, wrong } from './path-judge.ts';
import { everyPair, startInTurn } from './starting.ts';

const FAULTS: Readonly<Record<string, (world: MeshWorld, rng: Rng) => void>> = { ...MESH_FAULTS, ...CHAOS_FAULTS };
const NAMES = Object.keys(FAULTS);

interface Shape {
  readonly hosts: number;
  readonly faults: number;
  /** From the first fault to the last. */
  readonly over: Duration;
  readonly echoEvery: Duration;
}

const FAULTS_FROM = seconds(12);
/** From the end of the last fault to the moment at which everyone hears everyone. */
const HEARD_AGAIN = seconds(25);
/** From the end of the last fault to the moment at which every control stream is known to live: the watchdog, and the longest wait. */
const STREAMS_AGAIN = minutes(2) + seconds(35);
const LOOK_EVERY = seconds(1);
const LOOKS = 3;
/** Echoes are rare until then: what is waited for is silence. */
const RESTING_ECHO = seconds(20);

export const chaos: MeshScenario = {
  name: 'chaos',
  what: 'two to four hosts behind random NATs, and a minute or two of random faults of every kind at once, all from the seed',
  build(world) {
    const rng = createSeededRng((world.seed ^ 0xca05) >>> 0);
    return play(world, rng, { hosts: 2 + (rng.uint32() % 3), faults: 3 + (rng.uint32() % 8), over: between(rng, seconds(10), seconds(70)), echoEvery: seconds(2) });
  },
};

const DAYS = minutes(48 * 60);
const LULL_MOST = minutes(8);

export const chaosDays: MeshScenario = {
  name: 'chaos-days',
  what: 'as chaos, with four hosts for two days, a fault every few minutes',
  build(world) {
    const rng = createSeededRng((world.seed ^ 0xda95) >>> 0);
    return play(world, rng, { hosts: 4, faults: Math.round(DAYS / (LULL_MOST / 2)), over: DAYS, echoEvery: seconds(10) });
  },
};

function play(world: MeshWorld, rng: Rng, shape: Shape): Duration {
  const { internet } = world;
  internet.wan = { ...internet.wan, delayMs: between(rng, 3, 60), jitterMs: between(rng, 0, 15), loss: rng.fraction() < 0.3 ? 0.003 : 0 };
  const hosts = Array.from({ length: shape.hosts }, (_, i) => anywhere(world, rng, `host-${i}`));
  for (const host of hosts) {
    if (rng.fraction() < 0.4) continue;
    const system = pick(rng, ['linux', 'linux', 'darwin', 'windows'] as const);
    world.giveSystem(host, system);
    // The model of what others undo is that of Linux.
    if (system === 'linux') world.keepUp(host);
  }
  startInTurn(world, hosts);
  everyPair(world, hosts, shape.echoEvery, seconds(4));
  for (let i = 0; i < shape.faults; i++) world.at(FAULTS_FROM + shape.over * rng.fraction(), () => strike(world, rng));
  const over = FAULTS_FROM + shape.over + FAULT_MOST;
  world.at(over + HEARD_AGAIN, () => {
    // Who has not heard of another's new key, by a control stream that is dead and not known to be, waits for that.
    for (const flow of world.flows) if (flow.reachableSince !== undefined && world.now - flow.reachableSince > HEARD_AGAIN) hears(world, flow, 'after all faults');
    for (const flow of world.flows) flow.everyMs = RESTING_ECHO;
  });
  const agreeAt = over + STREAMS_AGAIN;
  for (const host of hosts) world.at(agreeAt, () => agrees(world, host, LOOKS));
  world.at(agreeAt, () => {
    for (const flow of world.flows) {
      flow.everyMs = shape.echoEvery;
      // One that was asked while echoes were rare is asked again late.
      flow.waitingSince = undefined;
    }
  });
  const end = agreeAt + HEARD_AGAIN + RESTING_ECHO;
  world.at(end - 1, () => {
    for (const flow of world.flows) hears(world, flow, 'at the end');
    for (const host of hosts) historyIsWhole(world, host);
    for (const { name, os, sim } of hosts) if (os?.kept !== undefined) must(world, `all that is ours stands on ${name}'s system, and it says so`, os.kept.isRight && sim.engine?.node.view(sim.now()).truths.os.state === 'ok');
  });
  return end;
}

/** Each entry tells what was wrong, what was done, how it ended and how long it took; and all has ended. */
function historyIsWhole(world: MeshWorld, { name, sim }: MeshHost): void {
  for (const { cause, action, result, durationMs } of sim.engine?.node.view(sim.now()).history ?? []) {
    must(world, `${name} tells how it ended: ${cause.key}, ${action.key}`, result !== null && durationMs !== null && durationMs >= 0);
  }
}

function hears(world: MeshWorld, { from, to, lastReplyAt, everyMs }: MeshFlow, when: string): void {
  must(world, `${from.name} hears ${to.name} ${when}`, lastReplyAt !== undefined && world.now - lastReplyAt < everyMs + seconds(3));
}

/** News may be on their way while we look. */
function agrees(world: MeshWorld, host: MeshHost, looks: number): void {
  const complaint = world.viewComplaint(host);
  if (complaint === undefined) return;
  if (looks === 0) wrong(world, `${host.name} ${complaint}`);
  else world.at(world.now + LOOK_EVERY, () => agrees(world, host, looks - 1));
}

function strike(world: MeshWorld, rng: Rng): void {
  const name = pick(rng, NAMES);
  world.watcher.hash.text(name);
  world.onFault?.(name);
  FAULTS[name]?.(world, rng);
}

/** A place for one more host: open, behind a NAT of any kind, behind two, in a network with another, with IPv6 or without. */
function anywhere(world: MeshWorld, rng: Rng, name: string): MeshHost {
  const { internet } = world;
  const nat = { ...pick(rng, [EASY_NAT, HARD_NAT]), filtering: pick(rng, ['endpoint-independent', 'address-dependent', 'address-and-port-dependent'] as const), hairpin: rng.fraction() < 0.5 };
  const beside = world.hosts.length === 0 ? undefined : pick(rng, world.hosts).station.interfaces[0]!.network;
  return pick(rng, [
    () => world.addHost(name),
    () => world.addHost(name, internet.addSite(name, { nat })),
    () => world.addHost(name, internet.addSite(name, { nat })),
    () => world.addHost(name, internet.addSite(name, { nat, ipv6: HOME_FIREWALL }), [4, 6]),
    () => world.addHost(name, internet.addSite(name, { nat }, internet.addSite(`carrier of ${name}`, { nat: EASY_NAT }))),
    () => world.addHost(name, beside ?? internet.addSite(name, { nat })),
  ])();
}

function between(rng: Rng, least: number, most: number): number {
  return least + (most - least) * rng.fraction();
}
