/** Two packet loops in one process over loopback UDP: real sockets, real cryptography, TUNs in memory. */
import { afterEach, describe, expect, it } from 'vitest';
import { commandsOf, configOf, createIdentity, TEST_MTU, until, type Identity } from '../../tests/doubles/test-net.ts';
import { EndpointTable } from '../base/endpoints.ts';
import type { IpAddress } from '../base/ip.ts';
import { Counters } from '../ports/counters.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import { MiniStack } from '../sim/mini-stack.ts';
import { HANDSHAKE_INITIATION_RATE } from '../wireguard/constants.ts';
import { HostClock } from './clock.ts';
import { createOsRng } from './crypto/os-rng.ts';
import { createSodiumCrypto } from './crypto/sodium-crypto.ts';
import { PacketLoop } from './packet-loop.ts';
import { RelayRing } from '../ports/relay-ring.ts';
import { createMemoryTun } from './portable/memory-tun.ts';
import type { TunFarEnd } from './portable/tun-end.ts';
import { udpDatagrams } from './portable/udp-datagrams.ts';
import { WakeUps } from './wake-ups.ts';

const crypto = createSodiumCrypto();
const one = createIdentity(crypto, 1);
const two = createIdentity(crypto, 2);

interface Host {
  readonly loop: PacketLoop;
  readonly far: TunFarEnd;
  readonly stack: MiniStack;
  readonly facts: DataplaneFact[];
  readonly counters: Counters;
  readonly wakeUps: WakeUps;
  readonly clock: HostClock;
  port(): number;
  configure(peer: Identity, port?: number): void;
  /** Sends so many UDP echoes of `size` and pings, in groups that fit the queues. */
  echo(to: IpAddress, count: number, size?: number): Promise<void>;
}

const open: Host[] = [];
afterEach(() => open.splice(0).forEach((host) => host.loop.close()));
let sequence = 1;

async function host(own: Identity, port = 0): Promise<Host> {
  const counters = new Counters(4);
  const wakeUps = new WakeUps();
  const clock = new HostClock();
  const endpoints = new EndpointTable();
  const { near, far } = createMemoryTun(TEST_MTU, counters);
  const facts: DataplaneFact[] = [];
  const stack = new MiniStack({ addresses: own.addresses });
  const loop = await PacketLoop.open(
    { crypto, rng: createOsRng(), clock, counters, wakeUps, endpoints, datagrams: udpDatagrams(endpoints, counters), relays: { toRelays: new RelayRing(), fromRelays: new RelayRing() }, onRelayed: () => {}, tun: near, onFacts: (list) => facts.push(...list), onSlept: () => {} },
    port,
  );
  far.onPacket((packet) => stack.handlePacket(packet, clock.now()).forEach((answer) => far.send(answer)));
  const ports = (): number[] => facts.flatMap((fact) => (fact.kind === 'underlay' && fact.state.kind === 'bound' ? [fact.state.port] : []));
  await until(() => ports().length > 0);
  const self: Host = {
    loop, far, stack, facts, counters, wakeUps, clock,
    port: () => ports().at(-1)!,
    configure: (peer, at) => {
      loop.command({ kind: 'wall-clock', at: clock.now(), wall: clock.wall() });
      for (const command of commandsOf(configOf(own, [{ identity: peer, ...(at === undefined ? {} : { port: at }) }]))) loop.command(command);
    },
    echo: async (to, count, size = 100) => {
      for (let sent = 0; sent < count; ) {
        const before = stack.stats.received;
        const group = Math.min(30, count - sent);
        for (let i = 0; i < group; i++) {
          far.send(sequence % 2 === 0 ? stack.ping(to, sequence, clock.now(), new Uint8Array(size)) : stack.udpEcho(to, sequence, clock.now(), new Uint8Array(size)));
          sequence++;
        }
        sent += group;
        await until(() => stack.stats.received === before + group);
      }
    },
  };
  open.push(self);
  return self;
}

/** A knows where B is; B learns where A is. */
async function pair(): Promise<[Host, Host]> {
  const [a, b] = [await host(one), await host(two)];
  b.configure(one);
  a.configure(two, b.port());
  return [a, b];
}

describe('two packet loops', () => {
  it('carry pings and UDP echoes, both families, both ways', async () => {
    const [a, b] = await pair();
    for (const family of [0, 1] as const) {
      await a.echo(two.addresses[family], 20);
      await b.echo(one.addresses[family], 20);
    }
    expect(a.stack.stats).toMatchObject({ sent: 40, received: 40, ignored: 0 });
    expect(b.stack.stats).toMatchObject({ sent: 40, received: 40, ignored: 0 });
    expect(a.facts.filter((fact) => fact.kind === 'session')).toMatchObject([{ role: 'initiator', replaced: 'none' }]);
    expect(b.facts.filter((fact) => fact.kind === 'session')).toMatchObject([{ role: 'responder' }]);
    expect(a.counters.refusals()).toEqual({});
    expect(b.counters.refusals()).toEqual({});
  });

  it('carry thousands of packets of full size', async () => {
    const [a] = await pair();
    await a.echo(two.addresses[0], 3_000, 1_300);
    expect(a.stack.stats.received).toBe(3_000);
  });

  it('keep data flowing over a rebind, which takes a new port and gives the old one back', async () => {
    const [a, b] = await pair();
    await a.echo(two.addresses[0], 5);
    const before = a.port();
    a.loop.command({ kind: 'rebind' });
    a.loop.command({ kind: 'rebind' });
    await until(() => a.port() !== before);
    await a.echo(two.addresses[0], 20);
    await b.echo(one.addresses[0], 20);
    expect(b.facts.findLast((fact) => fact.kind === 'endpoint')).toMatchObject({ endpoint: { port: a.port() } });
    expect(a.facts.filter((fact) => fact.kind === 'underlay')).toHaveLength(2);
    const again = await host(one, before);
    expect(again.port()).toBe(before);
  });

  it('keep a port that somebody chose over a rebind: others know it', async () => {
    const free = await host(two);
    const chosen = free.port();
    free.loop.close();
    const [a, b] = [await host(one, chosen), await host(two)];
    a.configure(two, b.port());
    b.configure(one, chosen);
    await b.echo(one.addresses[0], 5);
    a.loop.command({ kind: 'rebind' });
    await until(() => a.facts.filter((fact) => fact.kind === 'underlay').length === 2);
    expect(a.port()).toBe(chosen);
    await b.echo(one.addresses[0], 20);
    expect(b.facts.filter((fact) => fact.kind === 'endpoint')).toEqual([]);
  });

  it('reply again after the machine slept past every session', async () => {
    const [a, b] = await pair();
    await a.echo(two.addresses[0], 3);
    // The peer's clock does not jump: it refuses a second initiation within HANDSHAKE_INITIATION_RATE.
    await new Promise((resolve) => setTimeout(resolve, HANDSHAKE_INITIATION_RATE * 2));
    a.clock.simulateSleep(600_000);
    a.loop.clockMoved();
    await a.echo(two.addresses[0], 3);
    expect(a.facts.filter((fact) => fact.kind === 'session')).toHaveLength(2);
    await b.echo(one.addresses[0], 3);
  });

  it('sleep while nothing happens, and give the reason of each wake-up', async () => {
    const [a, b] = await pair();
    await a.echo(two.addresses[0], 3);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = { ...a.wakeUps.all() };
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(a.wakeUps.all()).toEqual(before);
    expect(Object.keys({ ...before, ...b.wakeUps.all() }).every((why) => /^(command|underlay readable|overlay readable|underlay state|[a-z ]+: .+)$/.test(why))).toBe(true);
  });

  it('say that the port is taken, and by whom it is asked', async () => {
    const a = await host(one);
    await expect(host(two, a.port())).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('forget sessions when told to, then close', async () => {
    const [a, b] = await pair();
    await a.echo(two.addresses[0], 1);
    a.loop.command({ kind: 'forget-sessions' });
    a.loop.close();
    a.loop.close();
    expect(a.far.send(new Uint8Array(20))).toBe(false);
    expect(b.counters.refusals()).toEqual({});
  });
});
