/** How scenarios of one control client begin and end. Callers: scenarios. */
import type { ControlWorld } from './control-world.ts';
import type { ControlFactory, SimClient } from './sim-client.ts';

export function signedIn(world: ControlWorld, factory: ControlFactory | undefined): SimClient {
  const client = world.addClient(30, factory);
  for (let i = 0; i < 3; i++) world.server.addNode(`passive-${i}`, 'anna', world.instant);
  client.start(world.server.createPreAuthKey({ user: 'anna' }));
  return client;
}

export function expectHealed(world: ControlWorld): void {
  for (const client of world.clients) for (const wrong of world.judge(client)) world.violate('not healed', wrong);
}
