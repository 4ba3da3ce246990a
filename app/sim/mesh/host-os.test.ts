/** The system of a simulated host does not lose what it has to say while the computer sleeps. */
import { expect, it } from 'vitest';
import { createSodiumCrypto } from '../../host/crypto/sodium-crypto.ts';
import { seconds } from '../../time/instant.ts';
import { MeshWorld } from './mesh-world.ts';
import { startInTurn } from './starting.ts';

it('a source of messages that ends while its computer sleeps is known to have ended after it woke', () => {
  const world = new MeshWorld({ seed: 1, crypto: createSodiumCrypto() });
  const host = world.addHost('a');
  world.giveSystem(host, 'linux');
  let subscriptions = 0;
  world.onEffect = (_from, effect) => {
    if (effect.kind === 'os-watch' && effect.command.kind === 'subscribe') subscriptions++;
  };
  startInTurn(world, [host]);
  world.at(seconds(20), () => world.suspend(host, seconds(10)));
  world.at(seconds(25), () => host.os?.os.endSource('closed'));
  world.run(seconds(29));
  expect(subscriptions).toBe(1);
  world.run(seconds(32));
  expect(subscriptions).toBe(2);
  expect(world.watcher.violations).toEqual([]);
});
