/**
 * The scenarios of the control stream that have names: the product's control machine against a server model. Each builds a
 * ControlWorld, runs it, and says what must be true. Adding one: add it to CONTROL_SCENARIOS; list, command and tests follow.
 */
import { createSeededRng } from '../../base/seeded-rng.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { minutes, seconds } from '../../time/instant.ts';
import { SELF } from '../control-server/policy.ts';
import { CONTROL_FAULTS, randomControlScript } from './control-faults.ts';
import { NO_FIGURES, type PlainReport } from '../plain-report.ts';
import { ControlWorld } from './control-world.ts';
import { silentControl } from './silent-control.ts';
import type { ControlFactory } from './sim-client.ts';
import { expectHealed, signedIn } from './signed-in.ts';

export interface ControlScenario {
  readonly name: string;
  readonly what: string;
  /** The client when the one rule is switched off that the scenario is about: it must then fail. `without`: that rule, in a few words. */
  readonly naive?: { readonly without: string; readonly createControl: ControlFactory };
  run(world: ControlWorld, factory: ControlFactory | undefined): PlainReport['metrics'];
  /** Of the server. */
  readonly requestsPerSecond?: number;
}

const FAULTS_FROM = seconds(20);
const FAULTS_FOR = minutes(4);
/** The watchdog, the longest back-off and the longest wait after a refusal. */
const HEALING = minutes(2) + seconds(30) + minutes(5);
const FLEET = 300;

export const CONTROL_SCENARIOS: readonly ControlScenario[] = [
  {
    name: 'control-faults',
    what: 'two or three clients, one control server, random faults between them and changes in the network, all from the seed',
    run(world, factory) {
      const rng = createSeededRng((world.seed ^ 0xc0ffee) >>> 0);
      for (let i = 0; i < 2 + (world.seed % 2); i++) world.addClient(5 + 95 * rng.fraction(), factory);
      for (let i = 0; i < 5; i++) world.server.addNode(`passive-${i}`, i % 2 === 0 ? 'anna' : 'bert', world.instant);
      for (const client of world.clients) world.at(1_000 * rng.fraction(), () => client.start(world.server.createPreAuthKey({ user: 'anna' })));
      const over = randomControlScript(world, rng, FAULTS_FROM, FAULTS_FOR);
      world.run(over + HEALING);
      for (const client of world.clients) for (const wrong of world.judge(client)) world.violate('not healed', wrong);
      return {};
    },
  },
  silentControl,
  {
    name: 'control-restart',
    what: 'the server is killed and started again 20 s later: everyone is back within one step of the back-off, without a person',
    run(world, factory) {
      for (let i = 0; i < 5; i++) world.addClient(20 + 10 * i, factory).start(world.server.createPreAuthKey({ user: 'anna' }));
      world.at(minutes(5), () => world.restartServer(seconds(20)));
      const backAt = minutes(5) + seconds(20);
      let last = 0;
      for (let at = backAt; at < backAt + seconds(40); at += 250) {
        world.at(at, () => {
          if (world.clients.some(({ control }) => control.state.phase !== 'live')) last = world.now - backAt;
        });
      }
      world.run(minutes(7));
      if (last > seconds(30)) world.violate('scenario', `the last client was back ${last / 1_000} s after the server`);
      expectHealed(world);
      return { lastBackMs: last, connects: Math.max(...world.clients.map(({ connects }) => connects)) };
    },
  },
  {
    name: 'control-key-changed',
    what: "the server's key is another one after a restart: all stops with a question, and goes on when a person accepts",
    run(world, factory) {
      const client = signedIn(world, factory);
      world.at(minutes(2), () => {
        world.serverKey = world.serverKey.map((byte) => byte ^ 0xff);
        world.restartServer(seconds(5));
      });
      world.run(minutes(60));
      if (client.control.state.phase !== 'key-changed') world.violate('scenario', `the client is ${client.control.state.phase}, not stopped with a question`);
      const connects = client.connects;
      if (connects > 10) world.violate('scenario', `the client connected ${connects} times to a server it may not trust`);
      if (client.control.view === undefined) world.violate('scenario', 'the last good view is gone');
      client.give({ kind: 'accept-server-key' });
      world.run(minutes(61));
      expectHealed(world);
      return { connects };
    },
  },
  {
    name: 'node-deleted',
    what: 'an administrator deletes the node: it registers once again, then a person is asked, once; approved, it is back',
    run(world, factory) {
      const client = signedIn(world, factory);
      world.at(minutes(2), () => {
        for (const { id, hostname } of world.server.nodes(world.instant)) if (hostname === client.name) world.server.deleteNode(id, world.instant);
        world.drainServer();
      });
      world.run(minutes(3));
      const { state } = client.control;
      const asked = state.phase === 'sign-in-needed' && state.signIn.why.kind === 'removed' ? state.signIn.url : undefined;
      if (asked === undefined) world.violate('scenario', `the client is ${state.phase}, and asks nobody`);
      world.run(minutes(30));
      const told = client.incidents.filter(({ kind }) => kind === 'began').length;
      if (told !== 1) world.violate('scenario', `it was told ${told} times`);
      const now = client.control.state;
      world.server.approve(now.phase === 'sign-in-needed' ? (now.signIn.url ?? '') : '', 'anna', world.instant);
      world.drainServer();
      world.run(minutes(33));
      expectHealed(world);
      return { told, registers: world.server.requests.get('/machine/register') ?? 0 };
    },
  },
  {
    name: 'fleet-power-return',
    what: `power returns to ${FLEET} computers and their server at once: requests a second stay what the server takes, all come back`,
    requestsPerSecond: 100,
    run: (world, factory) => fleet(world, FLEET, factory),
  },
];

/** Power returns to `count` clients that have signed in before, and to their server, which answers `requestsPerSecond`. */
function fleet(world: ControlWorld, count: number, factory?: ControlFactory): Readonly<Record<string, number>> {
  const rng = createSeededRng((world.seed ^ 0xf1ee7) >>> 0);
  for (let i = 0; i < count; i++) {
    const client = world.addClient(10 + 40 * rng.fraction(), factory);
    world.at((60_000 * i) / count, () => client.start(world.server.createPreAuthKey({ user: `user-${i}` })));
  }
  // Each sees its own devices, as in a large fleet.
  world.server.setPolicy([{ from: ['*'], to: [{ who: SELF, ports: [[0, 65_535]] }] }], world.instant);
  const outage = minutes(4);
  const power = minutes(10);
  world.at(outage, () => {
    for (const client of world.clients) client.setNetwork(false);
    world.restartServer(power - outage);
  });
  world.at(power, () => {
    for (const client of world.clients) client.setNetwork(true);
  });
  let allLiveAt = 0;
  for (let at = power; at < power + minutes(5); at += 500) {
    world.at(at, () => {
      if (world.clients.some(({ control }) => control.state.phase !== 'live')) allLiveAt = world.now - power + 500;
    });
  }
  const before = connects(world);
  world.run(power + minutes(6));
  const seconds5 = [...world.perSecond].filter(([second]) => second >= power / 1_000).map(([, n]) => n);
  for (const client of world.clients) if (client.control.state.phase !== 'live') world.violate('scenario', `${client.name} is ${client.control.state.phase}`);
  return { clients: count, peakPerSecond: Math.max(0, ...seconds5), requestsAfterPower: seconds5.reduce((sum, n) => sum + n, 0), allLiveAfterMs: allLiveAt, connectsPerClient: (connects(world) - before) / count };
}

const connects = (world: ControlWorld): number => world.clients.reduce((sum, client) => sum + client.connects, 0);

export function runControlScenario(name: string, seed: number, crypto: Crypto, naive = false): PlainReport | undefined {
  const scenario = CONTROL_SCENARIOS.find((candidate) => candidate.name === name);
  if (scenario === undefined) return undefined;
  const world = new ControlWorld({ seed, crypto, server: scenario.requestsPerSecond === undefined ? {} : { requestsPerSecond: scenario.requestsPerSecond } });
  const metrics = scenario.run(world, naive ? scenario.naive?.createControl : undefined);
  return reportOf(world, name, metrics, naive);
}

/** One fault of CONTROL_FAULTS alone, for tests. */
export function runOneFault(fault: string, seed: number, crypto: Crypto): PlainReport {
  const world = new ControlWorld({ seed, crypto });
  const client = signedIn(world, undefined);
  world.at(FAULTS_FROM, () => CONTROL_FAULTS[fault]?.(world, client, world.rng));
  world.run(FAULTS_FROM + minutes(2) + HEALING);
  expectHealed(world);
  return reportOf(world, fault, {}, false);
}

function reportOf(world: ControlWorld, scenario: string, metrics: PlainReport['metrics'], naive: boolean): PlainReport {
  const messages = world.clients.reduce((sum, { control }) => sum + control.counts.messages, 0);
  const refused = world.clients.reduce((sum, { control }) => sum + [...control.counts.refusals.values()].reduce((a, b) => a + b, 0), 0);
  return {
    scenario,
    seed: world.seed,
    naive,
    ok: world.violations.length === 0,
    virtualSeconds: world.now / 1_000,
    steps: world.clients.reduce((sum, client) => sum + client.steps, 0),
    traceHash: world.hash.digest(),
    violations: world.violations,
    metrics: {
      connects: connects(world),
      messages,
      refused,
      incidents: world.clients.reduce((sum, { incidents }) => sum + incidents.filter(({ kind }) => kind === 'began').length, 0),
      ...Object.fromEntries([...world.server.requests].map(([path, n]) => [path, n])),
      ...NO_FIGURES,
      teardowns: world.clients.reduce((sum, { control }) => sum + control.counts.teardowns, 0),
      ...metrics,
    },
  };
}
