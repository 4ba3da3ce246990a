/**
 * Scenarios of whole nodes that know each other only from a control server: they register, take their peers, addresses and
 * rules from the map, and echo each other, while the server and the network change under them. Listed by scenarios.ts.
 */
import { formatIp } from '../base/ip.ts';
import { minutes, seconds, type Duration } from '../time/instant.ts';
import type { NodeView } from '../node/types.ts';
import { ALLOW_ALL } from './control-server/policy.ts';
import type { NodeId } from '../wire/netmap/types.ts';
import type { Flow } from './oracle.ts';
import type { Scenario } from './scenarios.ts';
import type { SimHost } from './sim-host.ts';
import type { World } from './world.ts';

const NAMES = ['anna', 'bert', 'carl', 'dora'];

export const TAILNET_SCENARIOS: readonly Scenario[] = [
  {
    name: 'tailnet-join',
    what: 'three nodes join by key and echo each other on addresses of the map; a fourth joins, then is removed by the administrator',
    build(world) {
      const hosts = members(world, 4);
      startInTurn(world, hosts.slice(0, 3));
      everyPair(world, hosts.slice(0, 3));
      const [anna, , , dora] = hosts as [SimHost, SimHost, SimHost, SimHost];
      const late = world.flow(anna, dora, { everyMs: seconds(1) });
      const lateBack = world.flow(dora, anna, { everyMs: seconds(1), kind: 'ping', family: 6 });
      world.at(seconds(60), () => world.start(dora));
      world.at(seconds(150), () => {
        must(world, 'dora answers anna', late.received > 60 && lateBack.received > 60);
        late.allowed = false;
        lateBack.allowed = false;
        world.tailnet.server.deleteNode(nodeOf(world, dora), world.tailnet.instant);
        world.tailnet.changed();
      });
      world.at(seconds(160), () => {
        const before = late.received;
        world.at(seconds(200), () => must(world, 'a removed node answers nobody', late.received === before));
      });
      return seconds(200);
    },
    judge(world) {
      const [anna, bert, carl] = world.hosts as [SimHost, SimHost, SimHost];
      const wrong: string[] = [];
      for (const host of [anna, bert, carl]) {
        const view = viewOf(host);
        if (view?.peers.length !== 2) wrong.push(`${host.name} lists ${view?.peers.map((peer) => peer.name).join(', ')}`);
        if (view?.truths.control.state !== 'ok') wrong.push(`${host.name} says of the server: ${view?.truths.control.state}`);
        if (view?.self.addresses.join() !== host.addresses.map(formatIp).join()) wrong.push(`${host.name} has ${view?.self.addresses.join()}`);
      }
      return [...wrong, ...flowing(world)];
    },
  },
  {
    name: 'tailnet-rules',
    what: 'the administrator forbids and allows again while echoes run; a key expires and is prolonged: the rest goes on',
    build(world) {
      const [anna, bert, carl] = members(world, 3) as [SimHost, SimHost, SimHost];
      startInTurn(world, [anna, bert, carl]);
      const toBert = world.flow(anna, bert, { everyMs: seconds(1) });
      const toCarl = world.flow(anna, carl, { everyMs: seconds(1) });
      const back = world.flow(carl, anna, { everyMs: seconds(1), kind: 'ping' });
      const { server } = world.tailnet;
      forbid(world, seconds(60), seconds(100), [toCarl, back], () => {
        server.setPolicy([{ from: ['anna'], to: [{ who: 'bert', ports: [[0, 65_535]] }] }], world.tailnet.instant);
      });
      allowAgain(world, seconds(100), [toCarl, back], () => server.setPolicy(ALLOW_ALL, world.tailnet.instant));
      forbid(world, seconds(150), seconds(190), [toCarl, back], () => server.expireNode(nodeOf(world, carl), -1_000, world.tailnet.instant));
      world.at(seconds(180), () => {
        const why = viewOf(anna)?.peers.find((peer) => peer.name === 'carl')?.path.why.key;
        must(world, `anna says why nothing goes to carl (${why})`, why === 'why.none-expired');
        must(world, 'carl asks for a sign-in', viewOf(carl)?.account?.phase === 'sign-in');
      });
      allowAgain(world, seconds(190), [toCarl, back], () => server.expireNode(nodeOf(world, carl), undefined, world.tailnet.instant));
      world.at(seconds(191), () => {
        carl.input({ kind: 'retry-server' });
        carl.input({ kind: 'network', state: 'changed' });
      });
      world.at(seconds(200), () => must(world, 'bert never noticed', toBert.received > 190));
      return seconds(200);
    },
    judge: (world) => flowing(world).filter((text) => text.includes('bert')),
  },
  {
    name: 'tailnet-server-restart',
    what: 'the server restarts, is away for minutes, and hosts move, restart and sleep meanwhile: the tunnel does not care',
    build(world) {
      const hosts = members(world, 3);
      startInTurn(world, hosts);
      everyPair(world, hosts);
      world.at(seconds(60), () => world.tailnet.restart(seconds(2)));
      world.at(seconds(120), () => world.tailnet.restart(minutes(4)));
      world.at(seconds(200), () => {
        const view = viewOf(hosts[0]!);
        must(world, `anna is connected without the server (${view?.overall.state})`, view?.overall.state === 'connected');
        must(world, `anna says that the server is away (${view?.truths.control.state})`, view?.truths.control.state === 'down' || view?.truths.control.state === 'checking');
      });
      world.script([
        { atMs: seconds(450), fault: { kind: 'restart', host: 1, downMs: seconds(2) } },
        { atMs: seconds(500), fault: { kind: 'roam', host: 2, address: 'new', deadMs: 0 } },
        { atMs: seconds(560), fault: { kind: 'suspend', host: 0, forMs: seconds(40) } },
      ]);
      return seconds(680);
    },
    judge(world) {
      const entries = viewOf(world.hosts[1]!)?.history.filter((entry) => entry.truth === 'control') ?? [];
      const open = world.hosts.flatMap((host) => (viewOf(host)?.history ?? []).filter((entry) => entry.result === null).map((entry) => `${host.name}: ${entry.cause.key} never ended`));
      const told = (viewOf(world.hosts[0]!)?.history ?? []).some((entry) => entry.truth === 'control' && entry.result?.key === 'history.result.control-live');
      return [...flowing(world), ...open, ...(told ? [] : ['anna tells nothing of the restart']), ...(entries.length > 20 ? ['the history is a flood'] : [])];
    },
  },
];

function members(world: World, count: number): SimHost[] {
  const hosts = NAMES.slice(0, count).map((name) => world.addHost({ name, tailnet: true }));
  hosts.forEach((a, i) => {
    for (const b of hosts.slice(i + 1)) world.wire(a, b);
  });
  return hosts;
}

/** The server gives addresses in the order in which they come. */
function startInTurn(world: World, hosts: readonly SimHost[]): void {
  hosts.forEach((host, i) => world.at(seconds(1 + i), () => world.start(host)));
}

function everyPair(world: World, hosts: readonly SimHost[]): void {
  for (const from of hosts) for (const to of hosts) if (from !== to) world.flow(from, to, { everyMs: seconds(2), kind: from.index < to.index ? 'udp' : 'ping', family: from.index < to.index ? 4 : 6 });
}

/** From then on nothing may pass in these flows; what is on its way has SETTLED to end. */
function forbid(world: World, fromMs: number, untilMs: number, flows: readonly Flow[], act: () => void): void {
  world.at(fromMs, () => {
    for (const flow of flows) flow.allowed = false;
    act();
    world.tailnet.changed();
    world.at(fromMs + SETTLED, () => {
      const before = flows.map((flow) => flow.received);
      world.at(untilMs, () => must(world, 'nothing passes while it is forbidden', flows.every((flow, i) => flow.received === before[i])));
    });
  });
}

function allowAgain(world: World, atMs: number, flows: readonly Flow[], act: () => void): void {
  world.at(atMs, () => {
    act();
    world.tailnet.changed();
    world.at(atMs + ALLOWED_WITHIN, () => {
      for (const flow of flows) flow.allowed = true;
    });
  });
}

/** A batch of the server and the way. */
const SETTLED: Duration = seconds(2);
const ALLOWED_WITHIN: Duration = seconds(40);

function must(world: World, what: string, holds: boolean): void {
  if (!holds) world.watcher.violate('scenario', `not so: ${what}`);
}

function nodeOf(world: World, host: SimHost): NodeId {
  const found = world.tailnet.server.nodes(world.tailnet.instant).find((node) => node.name === host.name);
  if (found === undefined) throw new Error(`${host.name} is not registered`);
  return found.id;
}

function viewOf(host: SimHost): NodeView | undefined {
  return host.engine?.node.view(host.now());
}

function flowing(world: World): string[] {
  const still = (flow: Flow): boolean => !flow.allowed || (flow.lastReplyAt !== undefined && world.now - flow.lastReplyAt < seconds(10) + flow.everyMs);
  return world.oracle.flows.filter((flow) => !still(flow)).map((flow) => `echoes from ${flow.from.name} to ${flow.to.name} do not flow at the end`);
}
