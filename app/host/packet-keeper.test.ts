/** The keeper of the packet thread: what a crash costs, and what it does not. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ipv4 } from '../base/ip.ts';
import type { PeerId } from '../base/brand.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import type { DataplaneCommand, DataplaneFact } from '../ports/dataplane.ts';
import { instant, wallTime } from '../time/instant.ts';
import { HostClock } from './clock.ts';
import { PacketKeeper, PACKET_THREAD_ENDED } from './packet-keeper.ts';
import { StartError, type PacketThreadEvents } from './packet-thread.ts';

interface FakeThread {
  readonly port: number;
  readonly got: DataplaneCommand[];
  readonly events: PacketThreadEvents;
}

const endpoint = { address: ipv4(0x0a000001), port: 1 };
const moved = { address: ipv4(0x0a000002), port: 2 };
const peer = { id: 0 as PeerId, publicKey: new Uint8Array(32), allowedIps: [], persistentKeepaliveMs: 0, roaming: 'follow', endpoint } as const;
const configured: DataplaneCommand[] = [
  { kind: 'wall-clock', at: instant(0), wall: wallTime(1) },
  { kind: 'identity', privateKey: new Uint8Array(32), addresses: [], mtu: 1_420 },
  { kind: 'put-peer', peer },
];

function scene(refuse: (port: number, attempt: number) => string | undefined = () => undefined) {
  const threads: FakeThread[] = [];
  const facts: DataplaneFact[] = [];
  const log: string[] = [];
  let recreated = 0;
  let lost = 0;
  let attempts = 0;
  const keeper = new PacketKeeper({
    start: (port, events) => {
      const code = refuse(port, attempts++);
      if (code !== undefined) return Promise.reject(new StartError(code, port));
      const thread: FakeThread = { port, got: [], events };
      threads.push(thread);
      return Promise.resolve({ send: (commands) => void thread.got.push(...commands), clockMoved: () => {}, relayedWaits: () => {}, deviceReplaced: () => {}, stop: () => Promise.resolve() });
    },
    clock: new HostClock(),
    rng: createSeededRng(1),
    log: { write: (level, _, text) => log.push(`${level} ${text}`) },
    events: { facts: (list) => facts.push(...list), slept: () => {}, relayedWaits: () => {}, lane: () => {} },
    lost: () => lost++,
    recreated: () => recreated++,
  });
  return { keeper, threads, facts, log, recreated: () => recreated, lost: () => lost };
}

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

describe('PacketKeeper', () => {
  it('starts the next thread with the whole configuration, on the same port, and asks to prove everyone anew', async () => {
    const s = scene();
    await s.keeper.start(0);
    s.keeper.send([...configured, { kind: 'initiate', peer: peer.id }]);
    s.threads[0]!.events.facts([
      { kind: 'underlay', at: instant(1), state: { kind: 'bound', port: 51_820 } },
      { kind: 'endpoint', peer: peer.id, at: instant(2), endpoint: moved, previous: endpoint, silentForMs: 0 },
    ]);
    s.threads[0]!.events.ended('a bug');
    expect(s.facts.at(-1)).toMatchObject({ kind: 'underlay', state: { kind: 'failed', ...PACKET_THREAD_ENDED } });
    expect(s.log[0]).toContain('a bug');
    await vi.runAllTimersAsync();
    expect(s.threads).toHaveLength(2);
    expect(s.threads[1]!.port).toBe(51_820);
    expect(s.threads[1]!.got).toEqual([configured[0], configured[1], { kind: 'put-peer', peer: { ...peer, endpoint: moved } }]);
    expect(s.recreated()).toBe(1);
    expect(s.lost()).toBe(1);
  });

  it('tells of removals that an ended thread did not tell of, and of those made while there is none', async () => {
    const s = scene();
    const removed = (): number[] => s.facts.flatMap((fact) => (fact.kind === 'peer-removed' ? [fact.peer] : []));
    await s.keeper.start(0);
    s.keeper.send([1, 2, 3].map((id) => ({ kind: 'remove-peer', peer: id as PeerId })));
    s.threads[0]!.events.facts([{ kind: 'peer-removed', peer: 1 as PeerId, at: instant(1) }]);
    s.threads[0]!.events.ended('a bug');
    expect(removed()).toEqual([1, 2, 3]);
    s.keeper.send([{ kind: 'remove-peer', peer: 4 as PeerId }]);
    await vi.runAllTimersAsync();
    expect(removed()).toEqual([1, 2, 3, 4]);
    expect(s.threads[1]!.got).toEqual([]);
  });

  it('takes another port when the old one is gone', async () => {
    const s = scene((port) => (port === 51_820 ? 'EADDRINUSE' : undefined));
    await s.keeper.start(0);
    s.threads[0]!.events.facts([{ kind: 'underlay', at: instant(1), state: { kind: 'bound', port: 51_820 } }]);
    s.threads[0]!.events.ended('a bug');
    await vi.runAllTimersAsync();
    expect(s.threads.map((t) => t.port)).toEqual([0, 0]);
  });

  it('gives up after some ends in a row, and tries again when someone asks', async () => {
    const s = scene();
    await s.keeper.start(0);
    for (let i = 0; i < 20; i++) {
      s.threads.at(-1)!.events.ended('again');
      await vi.runAllTimersAsync();
      if (s.threads.length !== i + 2) break;
    }
    expect(s.threads).toHaveLength(9);
    expect(s.log.at(-1)).toMatch(/not started again until someone asks/);
    s.keeper.revive();
    await vi.runAllTimersAsync();
    expect(s.threads).toHaveLength(10);
  });

  it('rejects the first start with a sentence that says what to do', async () => {
    const s = scene(() => 'EADDRINUSE');
    await expect(s.keeper.start(51_820)).rejects.toThrow('UDP port 51820 is used by another program. Stop that program, or choose another port.');
  });

  it('starts nothing after stop', async () => {
    const s = scene();
    await s.keeper.start(0);
    s.threads[0]!.events.ended('a bug');
    await s.keeper.stop();
    await vi.runAllTimersAsync();
    expect(s.threads).toHaveLength(1);
  });
});

describe('the port of last time', () => {
  it('is taken where it is free, and is no reason not to start where it is not', async () => {
    const free = scene();
    await free.keeper.start(41_641, true);
    expect(free.threads.map(({ port }) => port)).toEqual([41_641]);
    const taken = scene((port) => (port === 41_641 ? 'EADDRINUSE' : undefined));
    await taken.keeper.start(41_641, true);
    expect(taken.threads.map(({ port }) => port)).toEqual([0]);
    await expect(scene((port) => (port === 41_641 ? 'EADDRINUSE' : undefined)).keeper.start(41_641)).rejects.toThrow(/41641/);
  });
});
