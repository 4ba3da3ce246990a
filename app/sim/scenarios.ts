/**
 * The scenarios that have names: each builds a World, says how long to run it, and what must be true at the end beside
 * the rules that always hold. Adding one: add it to SCENARIOS; it is listed, run and tested from there.
 */
import type { IpPrefix } from '../base/ip.ts';
import type { Crypto } from '../ports/crypto.ts';
import { minutes, seconds, type Duration } from '../time/instant.ts';
import { encodeTsmpPacket } from '../wire/tsmp.ts';
import type { EngineFactory } from './engine.ts';
import { HOSTILE_ACTS, type Fault } from './faults.ts';
import { PERFECT_LINK, type LinkShape } from './link.ts';
import { encodeUdp, UDP_ECHO_PORT } from './mini-stack.ts';
import type { Flow } from './oracle.ts';
import { buildRandom } from './random-scenario.ts';
import { measure, reportOf, type Metrics, type SimReport } from './report.ts';
import type { SimHost } from './sim-host.ts';
import { TAILNET_SCENARIOS } from './tailnet-scenarios.ts';
import { World } from './world.ts';

export interface Scenario {
  readonly name: string;
  /** One line for `--list`. */
  readonly what: string;
  /** Underlay of this run; IPv4 unless told. */
  family?(seed: number): 4 | 6;
  /** What hosts run when the one rule is switched off that the scenario is about: it must then fail. `without`: that rule, in a few words. */
  readonly naive?: { readonly without: string; readonly createEngine: EngineFactory };
  /** Builds and starts; returns how long to run, in virtual ms. */
  build(world: World): Duration;
  /** What is wrong at the end, as sentences. */
  judge?(world: World, metrics: Metrics): string[];
}

const DAY = minutes(24 * 60);
const HOSTILE_PER_SECOND = 50;
/** More than UNDER_LOAD_PER_SECOND, so that cookies are asked for. */
const FLOOD_PER_SECOND = 400;
const QUIET_PEERS = 100;
const KNOCKS = 60;

export const SCENARIOS: readonly Scenario[] = [
  { name: 'random', what: 'two to five hosts, random links, traffic and faults, all from the seed', family: (seed) => (seed % 4 === 3 ? 6 : 4), build: buildRandom },
  {
    name: 'quiet-day',
    what: '24 hours of a pair that talks once every four hours: few wake-ups, nothing lost',
    build(world) {
      const [a, b] = pair(world);
      world.flow(a, b, { everyMs: DAY / 6, fromMs: seconds(1) });
      world.startAll();
      return DAY;
    },
    judge: (_world, m) => [...noLoss(m), ...atMost('wake-ups per host and hour', m.wakeUps.perHostHour, 5), ...atMost('handshakes', m.handshakesSent, 20)],
  },
  {
    name: 'busy-day',
    what: '24 hours of a pair with a packet each way every few seconds: a new key every two minutes, nothing lost',
    build(world) {
      const [a, b] = pair(world);
      world.flow(a, b, { everyMs: seconds(5), filler: 1_000 });
      world.flow(b, a, { everyMs: seconds(7), kind: 'ping', family: 6 });
      world.startAll();
      return DAY;
    },
    judge: (_world, m) => [...noLoss(m), ...atMost('handshakes', m.handshakesSent, 760), ...atLeast('handshakes', m.handshakesSent, 690), ...atMost('history entries', m.history, 2)],
  },
  {
    name: 'cut-cable',
    what: 'the cable between two hosts is cut for 20 s, for 5 minutes, and one way for a minute; traffic flows again',
    build(world) {
      talkingPair(world);
      world.startAll();
      const cut = (forMs: Duration, direction: 'both' | 'a-to-b' = 'both'): Fault => ({ kind: 'cut', a: 0, b: 1, direction, forMs });
      world.script([
        { atMs: seconds(30), fault: cut(seconds(20)) },
        { atMs: seconds(120), fault: cut(minutes(5)) },
        { atMs: seconds(500), fault: cut(minutes(1), 'a-to-b') },
      ]);
      return seconds(600);
    },
    judge: (world) => allFlowing(world),
  },
  {
    name: 'peer-restart',
    what: 'hosts restart and lose every session, one after the other and both at once; a third one only listens',
    build(world) {
      const [a] = talkingPair(world);
      const c = world.addHost({ name: 'carl' });
      world.connect(a, c);
      world.flow(a, c, { everyMs: seconds(1) });
      world.startAll();
      const restart = (host: number): Fault => ({ kind: 'restart', host, downMs: seconds(2) });
      world.script([
        { atMs: seconds(30), fault: restart(1) },
        { atMs: seconds(70), fault: restart(0) },
        { atMs: seconds(110), fault: restart(2) },
        { atMs: seconds(150), fault: restart(0) },
        { atMs: seconds(150), fault: restart(1) },
      ]);
      return seconds(200);
    },
    judge: (world) => allFlowing(world),
  },
  {
    name: 'peer-moves',
    what: 'a host changes its port, then its address, then falls into a dead spot and comes out elsewhere',
    build(world) {
      talkingPair(world);
      world.startAll();
      world.script([
        { atMs: seconds(30), fault: { kind: 'roam', host: 1, address: 'same', deadMs: 0 } },
        { atMs: seconds(60), fault: { kind: 'roam', host: 1, address: 'new', deadMs: 0 } },
        { atMs: seconds(90), fault: { kind: 'roam', host: 0, address: 'new', deadMs: seconds(8) } },
      ]);
      return seconds(140);
    },
    judge: (world) => allFlowing(world),
  },
  {
    name: 'suspend',
    what: 'a host sleeps for 5 s, 3 minutes and an hour; its sessions are old when it wakes',
    build(world) {
      talkingPair(world);
      world.startAll();
      const sleep = (forMs: Duration): Fault => ({ kind: 'suspend', host: 0, forMs });
      world.script([
        { atMs: seconds(30), fault: sleep(seconds(5)) },
        { atMs: seconds(70), fault: sleep(minutes(3)) },
        { atMs: seconds(300), fault: sleep(minutes(60)) },
      ]);
      return minutes(66);
    },
    judge: (world) => allFlowing(world),
  },
  {
    name: 'lossy',
    what: '20 % loss, jitter, copies and wrong order for 10 minutes: traffic goes on',
    build(world) {
      talkingPair(world, { ...PERFECT_LINK, delayMs: 60, jitterMs: 80, loss: 0.2, duplicate: 0.1, reorder: 0.2 });
      world.startAll();
      return minutes(10);
    },
    judge: (world, m) => [...allFlowing(world), ...atLeast('answered share of echoes in percent', Math.round((100 * m.echo.received) / m.echo.sent), 50)],
  },
  {
    name: 'hostile',
    what: 'a stranger sends noise, changed and old datagrams, forged answers and floods; a peer lies about who it is',
    build(world) {
      const [a, b] = talkingPair(world);
      const c = world.addHost({ name: 'carl' });
      world.connect(a, c);
      world.connect(b, c);
      world.flow(c, b, { everyMs: seconds(1) });
      world.startAll();
      HOSTILE_ACTS.forEach((act, i) => {
        for (const victim of [0, 1]) {
          const perSecond = act === 'flood' ? FLOOD_PER_SECOND : HOSTILE_PER_SECOND;
          world.script([{ atMs: seconds(10 + 30 * i + 10 * victim), fault: { kind: 'hostile', act, victim, perSecond, forMs: seconds(20) } }]);
        }
      });
      world.script([20, 60, 200].map((at) => ({ atMs: seconds(at), fault: { kind: 'spoof-inner', host: 2, packets: 20 } })));
      return seconds(260);
    },
    judge: (world, m) => [...allFlowing(world), ...atMost('lost echoes', m.echo.lost, 0), ...atLeast('refusals for a wrong inner source', m.refusals['inner: source not allowed'] ?? 0, 1)],
  },
  {
    name: 'flood',
    what: 'a host restarts while its peer drowns in initiations from everywhere: it comes back by way of a cookie',
    build(world) {
      talkingPair(world);
      world.startAll();
      world.script([
        { atMs: seconds(10), fault: { kind: 'hostile', act: 'flood', victim: 0, perSecond: FLOOD_PER_SECOND, forMs: seconds(60) } },
        { atMs: seconds(30), fault: { kind: 'restart', host: 1, downMs: seconds(1) } },
      ]);
      return seconds(90);
    },
    judge: (world, m) => [...allFlowing(world), ...atLeast('cookies sent', m.refusals['handshake: under load, cookie sent'] ?? 0, 1_000)],
  },
  {
    name: 'filter',
    what: 'a control server filters: one service is open to a peer, the rest is knocked at in vain; a third host has its shields up, and restarts',
    build(world) {
      const [a, b] = pair(world);
      const c = world.addHost({ name: 'carl' });
      world.connect(b, c);
      const local = (host: SimHost): IpPrefix[] => host.addresses.map((address) => ({ address, bits: address.family === 4 ? 32 : 128 }));
      const [of, to] = [b, a].map((host) => ({ first: host.addresses[0]!, last: host.addresses[0]! }));
      const rules = [{ sources: [{ kind: 'range', range: of! }], destinations: [{ range: to!, firstPort: UDP_ECHO_PORT, lastPort: UDP_ECHO_PORT }], protocols: [17], text: 'bert -> anna:7 (udp)' }] as const;
      a.filter = { kind: 'rules', rules: [{ name: 'base', rules }], shieldsUp: false, local: local(a) };
      c.filter = { kind: 'rules', rules: [], shieldsUp: true, local: local(c) };
      world.flow(b, a, { everyMs: seconds(1) });
      world.flow(a, b, { everyMs: seconds(1), family: 6 });
      world.flow(c, b, { everyMs: seconds(2), kind: 'ping' });
      world.startAll();
      for (let i = 0; i < KNOCKS; i++) {
        for (const host of [a, c]) {
          const [v4, v6] = host.addresses;
          const knock = i % 2 === 0 ? encodeUdp(b.addresses[0]!, v4!, 40_000, 8 + i, world.watcher.canary) : encodeUdp(b.addresses[1]!, v6!, 40_000, UDP_ECHO_PORT, world.watcher.canary);
          world.at(seconds(5 + i), () => b.sendOverlay(knock));
        }
        world.at(seconds(5 + i), () => b.sendOverlay(encodeTsmpPacket(b.addresses[0]!, a.addresses[0]!, { kind: 'ping', data: new Uint8Array(8) })));
      }
      world.script([{ atMs: seconds(50), fault: { kind: 'restart', host: 2, downMs: seconds(2) } }]);
      return seconds(5 + KNOCKS + 20);
    },
    judge: (world, m) => [
      ...allFlowing(world),
      ...atLeast('knocks that no rule allows', m.refusals['filter: no rule allows it'] ?? 0, KNOCKS - 2),
      ...atLeast('knocks at shields', m.refusals['filter: shields up'] ?? 0, 10),
    ],
  },
  {
    name: 'many-peers',
    what: `one host with ${QUIET_PEERS} quiet peers, half of them with a keepalive, for half an hour`,
    build(world) {
      const hub = world.addHost({ name: 'hub' });
      for (let i = 0; i < QUIET_PEERS; i++) {
        const peer = world.addHost();
        world.connect(hub, peer, { keepaliveMs: i % 2 === 0 ? seconds(25) : 0 });
        world.flow(hub, peer, { everyMs: minutes(12) });
      }
      world.startAll();
      return minutes(30);
    },
    judge: (_world, m) => [...noLoss(m), ...atMost('history entries', m.history, QUIET_PEERS + 1)],
  },
  ...TAILNET_SCENARIOS,
];

/** Runs one scenario to its end. Undefined when there is none of this name. */
export function runScenario(name: string, seed: number, crypto: Crypto, naive = false): SimReport | undefined {
  const scenario = SCENARIOS.find((candidate) => candidate.name === name);
  if (scenario === undefined) return undefined;
  const engine = naive ? scenario.naive?.createEngine : undefined;
  const world = new World({ seed, crypto, family: scenario.family?.(seed) ?? 4, ...(engine === undefined ? {} : { createEngine: engine }) });
  world.run(scenario.build(world));
  for (const complaint of scenario.judge?.(world, measure(world)) ?? []) world.watcher.violate('scenario', complaint);
  return reportOf(world, name, naive);
}

/** A busy pair for this long: what `npm run bench -- simulate` times. Returns the steps taken. */
export function simulateBench(crypto: Crypto, virtualSeconds: number, seed = 1): number {
  const world = new World({ seed, crypto });
  talkingPair(world);
  world.startAll();
  world.run(seconds(virtualSeconds));
  return world.watcher.tally.steps;
}

function pair(world: World, link?: LinkShape): [SimHost, SimHost] {
  const a = world.addHost({ name: 'anna' });
  const b = world.addHost({ name: 'bert' });
  world.connect(a, b, link === undefined ? {} : { link });
  return [a, b];
}

/** Two hosts that echo each other every second. */
function talkingPair(world: World, link?: LinkShape): [SimHost, SimHost] {
  const [a, b] = pair(world, link);
  world.flow(a, b, { everyMs: seconds(1), filler: 300 });
  world.flow(b, a, { everyMs: seconds(1), kind: 'ping', family: 6 });
  return [a, b];
}

/** Every flow had an answer in its last moments. */
function allFlowing(world: World): string[] {
  const still = (flow: Flow): boolean => flow.lastReplyAt !== undefined && world.now - flow.lastReplyAt < seconds(10) + flow.everyMs;
  return world.oracle.flows.filter((flow) => !still(flow)).map((flow) => `echoes from ${flow.from.name} to ${flow.to.name} do not flow at the end`);
}

function noLoss(m: Metrics): string[] {
  return m.echo.lost === 0 ? [] : [`${m.echo.lost} of ${m.echo.sent} echoes were lost on a perfect link`];
}

function atMost(what: string, value: number, limit: number): string[] {
  return value <= limit ? [] : [`${what}: ${value}, at most ${limit} expected`];
}

function atLeast(what: string, value: number, limit: number): string[] {
  return value >= limit ? [] : [`${what}: ${value}, at least ${limit} expected`];
}
