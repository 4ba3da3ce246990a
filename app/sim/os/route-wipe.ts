/**
 * The scenario `route-wipe`: other programs wipe what is ours, in every way that the seed draws, and everything is right
 * again within a second of their last write; one that never stops is named, and costs little. Listed by own-worlds.ts.
 */
import { minutes, seconds } from '../../time/instant.ts';
import type { OwnWorldScenario } from '../own-worlds.ts';
import { NO_FIGURES } from '../plain-report.ts';
import { randomAct } from './foreign-writer.ts';
import { OsWorld } from './os-world.ts';

const ACTS = 6;
const ACT_EVERY = seconds(20);
const FIGHT_FOR = seconds(60);
const NAMED_WITHIN = seconds(30);
/** Looks in a second, of a fight that has lasted: two of them make a repair and its read-back. */
const LOOKS_PER_SECOND = 6;
const QUIET = minutes(20);

export const ROUTE_WIPE: OwnWorldScenario = {
  name: 'route-wipe',
  what: 'other programs wipe routes, rules, addresses and device, in races and loops; right again within 1 s of their last write',
  naive: { without: 'reading back what was made' },
  play(seed, _crypto, naive) {
    const world = new OsWorld(seed, naive);
    for (let i = 0; i < ACTS; i++) {
      // Two may overlap.
      const count = 1 + (world.rng.uint32() % 2);
      for (let n = 0; n < count; n++) world.at(seconds(5) + i * ACT_EVERY + 2_000 * world.rng.fraction(), () => world.begin(randomAct(world.rng)));
    }
    // By then what was before is no part of it.
    const fightAt = seconds(5) + ACTS * ACT_EVERY + seconds(70);
    world.at(fightAt, () => world.begin({ kind: 'undo', within: 5, forMs: FIGHT_FOR }));
    let looks = 0;
    world.at(fightAt + FIGHT_FOR / 2, () => (looks = world.system.tally.looks));
    world.at(fightAt + FIGHT_FOR, () => (looks = world.system.tally.looks - looks));
    world.run(fightAt + FIGHT_FOR + minutes(2));
    const wakeUps = world.tally.wakeUps;
    world.run(world.now + QUIET);
    const quietWakeUps = world.tally.wakeUps - wakeUps;

    const named = world.incidents.find(({ at, incident }) => at >= fightAt && incident.kind === 'revised' && incident.fight && incident.suspect.kind === 'program');
    const namedAfter = named === undefined ? undefined : named.at - fightAt;
    const looksPerSecond = looks / (FIGHT_FOR / 2_000);
    if (namedAfter === undefined || namedAfter > NAMED_WITHIN) world.violate('scenario', `whoever fights on was ${namedAfter === undefined ? 'not named' : `named after ${namedAfter / 1_000} s`}`);
    if (looksPerSecond > LOOKS_PER_SECOND) world.violate('scenario', `${looksPerSecond} looks a second during a fight`);
    if (world.guard.state.kind !== 'settled') world.violate('scenario', `${world.guard.state.kind} at the end`);
    if (quietWakeUps > QUIET / minutes(1)) world.violate('scenario', `${quietWakeUps} wake-ups in ${QUIET / minutes(1)} quiet minutes`);
    const { tally, system } = world;
    return {
      scenario: 'route-wipe',
      seed,
      naive,
      ok: world.violations.length === 0,
      virtualSeconds: world.now / 1_000,
      steps: tally.steps,
      traceHash: world.hash.digest(),
      violations: world.violations,
      metrics: {
        ...NO_FIGURES,
        secondsWrongRoute: Math.round(system.longestWrongWay) / 1_000,
        secondsToReconnect: Math.round(system.longestToRight) / 1_000,
        teardowns: 0,
        foreignWrites: system.tally.foreignWrites,
        repairs: system.tally.repairs,
        looks: system.tally.looks,
        quietWakeUps,
        namedAfterSeconds: namedAfter === undefined ? null : Math.round(namedAfter) / 1_000,
        looksPerSecondInFight: Math.round(looksPerSecond * 10) / 10,
      },
    };
  },
};
