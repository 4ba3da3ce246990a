/** A NAT that restarts forgets where its hosts are seen: whoever is direct asks, tells, and is direct again while the relay carries. */
import { describe, expect, it } from 'vitest';
import { createSodiumCrypto } from '../../host/crypto/sodium-crypto.ts';
import { seconds } from '../../time/instant.ts';
import type { MeshHost } from './mesh-host.ts';
import { MeshWorld } from './mesh-world.ts';
import { EASY_NAT, type NatShape } from './nat.ts';
import { everyPair, startInTurn } from './starting.ts';

const crypto = createSodiumCrypto();
const HOSTS = 4;
/** Another port after the restart, or another address. */
const natOf = (seed: number): NatShape => (seed % 2 === 0 ? EASY_NAT : { ...EASY_NAT, ports: 'random' });

function talking(seed: number): { world: MeshWorld; hosts: readonly MeshHost[] } {
  const world = new MeshWorld({ seed, crypto });
  const hosts = Array.from({ length: HOSTS }, (_, i) => world.addHost(`host-${i}`, world.internet.addSite(`site-${i}`, { nat: natOf(seed) })));
  startInTurn(world, hosts);
  everyPair(world, hosts, seconds(2), seconds(5));
  world.run(seconds(60) + seed * 1_700);
  return { world, hosts };
}

describe('a NAT that restarts', () => {
  it.each([1, 2, 3, 4, 5, 6])('is felt for less than 12 s, though its relay has to be replaced first (seed %i)', (seed) => {
    const { world, hosts } = talking(seed);
    const [ours, ...others] = hosts;
    const isWell = (): boolean => others.every((other) => ours!.isDirectTo(other) && other.isDirectTo(ours!));
    expect(isWell()).toBe(true);
    for (const flow of world.flows) flow.worstMs = 0;
    const asked: number[] = [];
    world.onDatagram = (from, to) => {
      if (from === ours && to.port === 3478) asked.push(world.now);
    };
    world.internet.reboot(ours!.station.interfaces[0]!.network.router!, seed % 2 === 0);
    const at = world.now;
    let brokenAt: number | undefined;
    while (world.now < at + seconds(60) && (brokenAt === undefined || !isWell())) {
      world.run((world.now + 100) as typeof world.now);
      if (!isWell()) brokenAt ??= world.now;
    }
    expect(brokenAt, 'the fault was felt').toBeDefined();
    expect(world.now - at).toBeLessThan(seconds(12));
    // One check of a few probes, not one for each peer.
    expect(asked.length).toBeLessThanOrEqual(8);
    for (const flow of world.flows) expect(flow.worstMs, `${flow.from.name} to ${flow.to.name}`).toBeLessThan(seconds(10));
    expect(world.watcher.violations).toEqual([]);
  });
});
