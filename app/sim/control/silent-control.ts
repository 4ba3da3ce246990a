/**
 * Fault 3, `silent-control`: the connection says ESTABLISHED and nothing comes any more, while the computer is awake, and
 * after it slept. Listed by control-scenarios.ts.
 */
import { minutes, seconds, type Duration } from '../../time/instant.ts';
import type { ControlScenario } from './control-scenarios.ts';
import type { ControlWorld } from './control-world.ts';
import { fedByTransport } from './naive-clients.ts';
import type { SimClient } from './sim-client.ts';
import { expectHealed, signedIn } from './signed-in.ts';

const SILENT_AT = minutes(10);
const SLEEP: Duration = minutes(10);
/** One that wakes into a network, one that has to wait for it. */
const SLEEPS = [
  { at: minutes(20), networkAfter: 0 },
  { at: minutes(40), networkAfter: seconds(4) },
] as const;
const NOTICED = { least: seconds(120), most: seconds(130) } as const;
/** From the moment at which the network answers. */
const BACK_WITHIN: Duration = seconds(3);
const LOOK_EVERY: Duration = 20;

export const silentControl: ControlScenario = {
  name: 'silent-control',
  what: 'the connection looks alive and nothing comes any more: noticed after 120 to 130 s; after sleep, live again within 3 s of a network; the map is whole each time',
  naive: { without: 'a watchdog that only understood messages feed', createControl: fedByTransport },
  run(world, factory) {
    const client = signedIn(world, factory);
    world.at(SILENT_AT, () => client.link.halfOpen());
    world.at(SILENT_AT + minutes(1), () => void world.server.addNode('late', 'anna', world.instant));
    world.run(SILENT_AT + minutes(3) + seconds(30));
    const silent = client.incidents.find((incident) => incident.kind === 'began');
    const blindMs = silent?.kind === 'began' && silent.cause.kind === 'silent' ? silent.cause.forMs : world.now - SILENT_AT;
    if (blindMs < NOTICED.least || blindMs > NOTICED.most) world.violate('scenario', `silence was noticed after ${blindMs / 1_000} s, not 120 to 130`);
    expectHealed(world);
    const back = SLEEPS.map((sleep) => wakeUp(world, client, sleep.at, sleep.networkAfter));
    const slowest = back.includes(undefined) ? undefined : Math.max(...back.map((ms) => ms ?? 0));
    if (slowest === undefined || slowest > BACK_WITHIN) world.violate('scenario', `after sleep it was back ${slowest === undefined ? 'never' : `${slowest / 1_000} s after the network`}`);
    expectHealed(world);
    return { secondsBlind: blindMs / 1_000, secondsToReconnect: slowest === undefined ? null : slowest / 1_000 };
  },
};

/** Runs through this sleep. Returns ms from the network's return to a live stream; undefined: not within a minute. */
function wakeUp(world: ControlWorld, client: SimClient, at: number, networkAfter: Duration): Duration | undefined {
  const answersAt = at + SLEEP + networkAfter;
  let liveAt: number | undefined;
  world.at(at, () => {
    if (networkAfter > 0) client.setNetwork(false);
    client.sleep(SLEEP);
  });
  world.at(at + minutes(5), () => void world.server.addNode(`while asleep at ${at}`, 'anna', world.instant));
  if (networkAfter > 0) world.at(answersAt, () => client.setNetwork(true));
  for (let ms = 0; ms <= minutes(1); ms += LOOK_EVERY) {
    world.at(answersAt + ms, () => {
      const { state } = client.control;
      if (state.phase === 'live' && state.since >= at + SLEEP) liveAt ??= world.now;
    });
  }
  world.run(answersAt + minutes(2));
  return liveAt === undefined ? undefined : liveAt - answersAt;
}
