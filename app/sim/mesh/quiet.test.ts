/**
 * What a node does not do: nothing at all while there is no network, and nothing to the others for the sake of one peer
 * that is in trouble.
 */
import { describe, expect, it } from 'vitest';
import { createSodiumCrypto } from '../../host/crypto/sodium-crypto.ts';
import { minutes, seconds } from '../../time/instant.ts';
import type { MeshHost } from './mesh-host.ts';
import { MeshWorld } from './mesh-world.ts';
import { EASY_NAT, HARD_NAT } from './nat.ts';
import { everyPair, startInTurn } from './starting.ts';

const crypto = createSodiumCrypto();

/** anna and bert are direct to each other; carl, behind another kind of NAT, is relayed to dora. */
function fourTalking(seed: number): { world: MeshWorld; hosts: readonly [MeshHost, MeshHost, MeshHost, MeshHost] } {
  const world = new MeshWorld({ seed, crypto });
  const behind = (name: string, nat: typeof EASY_NAT): MeshHost => world.addHost(name, world.internet.addSite(name, { nat }));
  const hosts = [behind('anna', EASY_NAT), behind('bert', EASY_NAT), behind('carl', HARD_NAT), behind('dora', HARD_NAT)] as const;
  startInTurn(world, hosts);
  everyPair(world, hosts, seconds(2), seconds(5));
  world.run(seconds(60));
  return { world, hosts };
}

/** Everything by which a host tries something outside, from now on. */
function attemptsOf(world: MeshWorld, host: MeshHost): Map<string, number> {
  const counts = new Map<string, number>();
  const note = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  world.onDatagram = (from) => {
    if (from === host) note('datagram');
  };
  world.onEffect = (from, effect) => {
    if (from !== host) return;
    if (effect.kind === 'control-link' && effect.command.kind === 'connect') note('connects to the server');
    if (effect.kind === 'relay-link' && effect.command.kind === 'open') note('connects to a relay');
    if (effect.kind === 'resolve' || effect.kind === 'web-probe') note(effect.kind);
    if (effect.kind === 'dataplane' && effect.command.kind === 'rebind') note('new socket');
  };
  world.onFact = (from, fact) => {
    if (from === host && fact.kind === 'handshake-sent') note('handshake');
  };
  return counts;
}

describe('without a network', () => {
  it.each([0, 2])('host %i tries nothing for ten minutes, though its programs go on sending, and is back at once', (which) => {
    const { world, hosts } = fourTalking(1 + which);
    const host = hosts[which]!;
    world.setOnline(host, false);
    const attempts = attemptsOf(world, host);
    const wakeUps = (): number => [...world.watcher.tally.wakeUps.values()].reduce((sum, n) => sum + n, 0);
    world.run(seconds(60) + minutes(10));
    expect([...attempts]).toEqual([]);
    world.onDatagram = undefined;
    expect(wakeUps()).toBeGreaterThan(0);
    const backAt = world.now;
    world.setOnline(host, true);
    world.run(backAt + seconds(20));
    for (const flow of world.flows) if (flow.from === host || flow.to === host) expect(flow.worstMs, `${flow.from.name} to ${flow.to.name}`).toBeLessThan(seconds(5));
    expect(world.watcher.violations).toEqual([]);
  });

  it('goes to sleep and wakes: everyone is asked when there is one again, and told as one entry', () => {
    const { world, hosts } = fourTalking(5);
    const host = hosts[0];
    world.setOnline(host, false);
    world.suspend(host, minutes(10));
    world.run(world.now + minutes(10) + seconds(30));
    const attempts = attemptsOf(world, host);
    world.run(world.now + seconds(30));
    expect([...attempts]).toEqual([]);
    world.setOnline(host, true);
    world.run(world.now + seconds(15));
    const entry = host.sim.engine?.node.view(host.sim.now()).history.find(({ cause }) => cause.key === 'history.cause.slept');
    expect(entry?.result?.key).toBe('history.result.all-again');
    expect(world.watcher.violations).toEqual([]);
  });
});

describe('one peer in trouble', () => {
  it('disturbs no other: no echo of theirs is late, no way of theirs moves, nothing of ours is replaced', () => {
    const { world, hosts } = fourTalking(9);
    const [anna, bert, , dora] = hosts;
    const before = hosts.map(({ carrier, teardowns }) => ({ opens: carrier.opens, teardowns }));
    const way = JSON.stringify(anna.wayTo(bert));
    const flows = world.flows.filter(({ from, to }) => from !== dora && to !== dora);
    for (const flow of flows) flow.worstMs = 0;
    // Its network flaps, it restarts, and then it is gone.
    for (let i = 0; i < 10; i++) world.at(world.now + i * seconds(12), () => world.internet.reboot(dora.station.interfaces[0]!.network.router!, i % 2 === 0));
    for (let i = 0; i < 3; i++) world.at(world.now + seconds(130) + i * seconds(15), () => world.restart(dora, seconds(3)));
    world.at(world.now + seconds(180), () => (dora.station.up = false));
    world.run(world.now + minutes(8));
    for (const flow of flows) expect(flow.worstMs, `${flow.from.name} to ${flow.to.name}`).toBeLessThan(seconds(1));
    expect(JSON.stringify(anna.wayTo(bert))).toBe(way);
    hosts.slice(0, 3).forEach(({ carrier, teardowns }, i) => expect({ opens: carrier.opens, teardowns }).toEqual(before[i]));
  });
});
