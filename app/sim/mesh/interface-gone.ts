/**
 * Fault 4, `interface-gone`: the tunnel's device is deleted, made anew by another program, renamed, or gone before anybody
 * watched; and the system's messages are lost, end, or cannot be had. Each case has its time of the run; after each, traffic
 * flows again within 2 s, and other devices are left alone. Callers: own-worlds.ts.
 */
import type { NetmonOutput } from '../../netmon/types.ts';
import { Netmon } from '../../netmon/netmon.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { seconds, type Duration } from '../../time/instant.ts';
import { createEngine } from '../engine.ts';
import type { OwnWorldScenario } from '../own-worlds.ts';
import { NO_FIGURES, type PlainReport } from '../plain-report.ts';
import { DEVICE } from '../os/guarded-system.ts';
import type { HostOs } from './host-os.ts';
import type { MeshFlow } from './mesh-flow.ts';
import { MeshWorld } from './mesh-world.ts';
import { EventsAreAll, HeardNetmon } from './naive-monitors.ts';
import { startInTurn } from './starting.ts';

const BACK_WITHIN: Duration = seconds(2);
const APART: Duration = seconds(40);
const FIRST: Duration = seconds(60);
const ECHO_EVERY: Duration = 100;
/** The resolution of a silence, and when traffic has begun. */
const LISTEN_EVERY: Duration = 20;
const LISTEN_FROM: Duration = seconds(15);

interface DeviceCase {
  readonly name: string;
  /** Whether the device has to be made anew. */
  readonly reopens: boolean;
  act(os: HostOs, later: (ms: Duration, run: () => void) => void): void;
}

const remove = ({ os, device }: HostOs): void => os.removeLink(device);

export const DEVICE_CASES: readonly DeviceCase[] = [
  { name: 'deleted', reopens: true, act: remove },
  {
    name: 'deleted and made anew under its name, with another index, and the messages lost',
    reopens: true,
    act: (host) => host.os.lose(() => {
      remove(host);
      host.os.addLink(DEVICE, 'tunnel');
    }),
  },
  { name: 'deleted, and the messages lost', reopens: true, act: (host) => host.os.lose(() => remove(host)) },
  {
    name: 'deleted while the source is gone and cannot be had',
    reopens: true,
    act: (host, later) => {
      host.os.refusesSource = 'EMFILE';
      host.os.endSource('closed');
      later(seconds(9), () => remove(host));
      later(seconds(15), () => (host.os.refusesSource = undefined));
    },
  },
  {
    name: 'deleted in the moment in which the source ends',
    reopens: true,
    act: (host) => {
      host.os.endSource('closed');
      remove(host);
    },
  },
  {
    name: 'deleted, and the first new one refused',
    reopens: true,
    act: (host, later) => {
      host.os.refusesDevice = 'EBUSY';
      remove(host);
      later(400, () => (host.os.refusesDevice = undefined));
    },
  },
  { name: 'renamed and back', reopens: false, act: ({ os, device }, later) => {
    os.setLink(device, { name: 'other0' });
    later(seconds(10), () => os.setLink(device, { name: DEVICE }));
  } },
  { name: 'another tunnel made, renamed to a name like ours, and deleted', reopens: false, act: ({ os }, later) => {
    const other = os.addLink('tun7', 'tunnel');
    later(100, () => os.setLink(other, { name: 'bowline1' }));
    later(200, () => os.removeLink(other));
  } },
  { name: 'a source that ends as soon as it stands', reopens: false, act: ({ os }, later) => {
    for (let ms = 0; ms < 5_000; ms += 10) later(ms, () => os.endSource('closed'));
  } },
];

export const interfaceGone: OwnWorldScenario = {
  name: 'interface-gone',
  what: `the tunnel's device goes in ${DEVICE_CASES.length + 1} ways, and the source that tells of it fails: traffic flows again within 2 s`,
  naive: { without: 'looks: events are taken for all that happens' },
  play: (seed, crypto, naive): PlainReport => play(seed, crypto, naive),
};

function play(seed: number, crypto: Crypto, naive: boolean): PlainReport {
  const changes: NetmonOutput[] = [];
  let linkChanges = 0;
  const world = new MeshWorld({
    seed,
    crypto,
    createEngine: (init) =>
      createEngine({
        ...init,
        createNetmon: (rng) => {
          const netmon = new Netmon({ rng });
          return new HeardNetmon(naive ? new EventsAreAll(netmon) : netmon, (output) => {
            if (output.kind === 'network') linkChanges++;
            if (output.kind === 'device') changes.push(output);
          });
        },
      }),
  });
  const host = world.addHost('anna');
  const other = world.addHost('bert');
  const os = world.giveSystem(host, 'linux');
  const later = (ms: Duration, run: () => void): void => world.at(world.now + ms, () => world.tell(host, run));
  // Gone between its creation and our subscription.
  os.os.removeLink(os.device);
  startInTurn(world, world.hosts);
  world.flow(host, other, { everyMs: ECHO_EVERY, fromMs: seconds(10) });
  world.flow(other, host, { everyMs: ECHO_EVERY, fromMs: seconds(10) });
  let worst = 0;
  // The world excuses a host without a device, which is the very fault here: the silence is measured beside it.
  const silences = new Map<MeshFlow, { answers: number; since: number; longest: Duration }>();
  const listen = (): void => {
    world.at(world.now + LISTEN_EVERY, listen);
    for (const flow of world.flows) {
      const heard = silences.get(flow);
      if (heard === undefined) silences.set(flow, { answers: flow.received, since: world.now, longest: 0 });
      else {
        heard.longest = Math.max(heard.longest, world.now - heard.since);
        if (flow.received !== heard.answers) Object.assign(heard, { answers: flow.received, since: world.now });
      }
    }
  };
  world.at(LISTEN_FROM, listen);
  const judge = (name: string, reopens: boolean, atMs: number, before: number): void => {
    for (const [flow, heard] of silences) {
      worst = Math.max(worst, heard.longest);
      if (heard.longest > BACK_WITHIN) world.watcher.violate('scenario', `${name}: ${flow.from.name} had no answer for ${heard.longest / 1_000} s`);
      if (flow.lastReplyAt === undefined || atMs - flow.lastReplyAt > BACK_WITHIN) world.watcher.violate('scenario', `${name}: nothing flows from ${flow.from.name}`);
      heard.longest = 0;
    }
    const opened = os.os.opened - before;
    if (opened !== (reopens ? 1 : 0)) world.watcher.violate('scenario', `${name}: ${opened} devices were opened`);
  };
  world.at(FIRST - 1, () => judge('gone before it was watched', true, FIRST - 1, 0));
  for (const [i, { name, reopens, act }] of DEVICE_CASES.entries()) {
    const at = FIRST + i * APART;
    let before = 0;
    world.at(at, () => {
      before = os.os.opened;
      world.tell(host, () => act(os, later));
    });
    world.at(at + APART - 1, () => judge(name, reopens, at + APART - 1, before));
  }
  world.run(FIRST + DEVICE_CASES.length * APART);
  const { watcher } = world;
  if (linkChanges !== 0) watcher.violate('scenario', `${linkChanges} changes of the network came of our own device`);
  return {
    scenario: 'interface-gone',
    seed,
    naive,
    ok: watcher.violations.length === 0,
    virtualSeconds: world.now / 1_000,
    steps: watcher.tally.steps,
    traceHash: watcher.hash.digest(),
    violations: watcher.violations,
    metrics: {
      ...NO_FIGURES,
      linkChanges,
      secondsBlind: worst / 1_000,
      secondsToReconnect: worst / 1_000,
      teardowns: world.hosts.reduce((sum, { sim }) => sum + (sim.engine?.node.teardowns ?? 0), 0),
      devicesOpened: os.os.opened,
      snapshots: os.os.snapshots,
    },
  };
}
