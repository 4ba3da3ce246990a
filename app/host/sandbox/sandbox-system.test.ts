/** The sandbox's system: packets leave by our device while routes and rules stand; others may take them, and the engine's answers are kept. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatIp, parseIp, parsePrefix } from '../../base/ip.ts';
import type { OverlayState } from '../../ports/effects.ts';
import type { DesiredOs, GuardTold } from '../../ports/os-state.ts';
import type { OsTold } from '../../ports/os-watch.ts';
import { instant } from '../../time/instant.ts';
import { MiniStack } from '../../sim/mini-stack.ts';
import { SandboxSystem } from './sandbox-system.ts';
import { throughSystem } from './system-tun.ts';

const PEER = parseIp('100.64.0.3')!;
const CONTAINER = parseIp('10.10.10.196')!;
const overlay: OverlayState = { addresses: [parsePrefix('100.64.0.2/32')!], mtu: 1_280, routes: [parsePrefix('100.64.0.0/10')!], dns: null };

let told: OsTold[];
let answers: GuardTold[];
let set: { readonly routes: number; readonly desired: DesiredOs }[];
let system: SandboxSystem;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  answers = [];
  set = [];
  system = new SandboxSystem({ told: (more) => void told.push(...more), guardTold: (one) => void answers.push(one), set: (_, routes, desired) => void set.push({ routes, desired }), addressed: () => undefined });
  system.want(overlay);
  vi.runAllTimers();
});
afterEach(() => {
  system.close();
  vi.useRealTimers();
});

const subscribe = (): void => {
  system.begin();
  system.obey({ kind: 'subscribe' });
  vi.runAllTimers();
};

describe('the system of the sandbox', () => {
  it('sends to peers through our device, and to containers never', () => {
    expect([system.carries(PEER), system.carries(CONTAINER), system.carries(parseIp('203.0.113.9')!)]).toEqual([true, false, false]);
    expect(set).toMatchObject([{ routes: 1, desired: { device: { name: 'sandbox0' } } }]);
  });

  it('sends nothing there once another program wiped our routes, tells of it, and knows who it was; a repair brings them back', () => {
    subscribe();
    system.wipe();
    vi.runAllTimers();
    expect(system.carries(PEER)).toBe(false);
    const removed = told.flatMap((one) => (one.kind === 'event' && one.event.kind === 'route' && one.event.action === 'removed' ? [one.event.by] : []));
    expect(removed).toHaveLength(2);
    system.answer({ kind: 'who', by: removed[0]! });
    for (const [id, item] of set[0]!.desired.items.entries()) system.answer({ kind: 'repair', id, item });
    vi.runAllTimers();
    expect(answers[0]).toMatchObject({ kind: 'named', program: 'sandbox-networkd' });
    expect(answers.slice(1).every((one) => one.kind === 'repaired' && one.result.ok)).toBe(true);
    expect(system.carries(PEER)).toBe(true);
  });

  it('without its device carries nothing; a new one has another index, and is set up', () => {
    subscribe();
    const before = set[0]!.desired.device.index;
    system.deleteDevice();
    expect([system.hasDevice, system.carries(PEER)]).toEqual([false, false]);
    system.obey({ kind: 'open-device', name: 'sandbox0' });
    vi.runAllTimers();
    expect([system.hasDevice, system.carries(PEER)]).toEqual([true, true]);
    expect(told.find((one) => one.kind === 'device-opened')).toEqual({ kind: 'device-opened', device: { index: before + 1, name: 'sandbox0' } });
    expect(set.at(-1)?.desired.device.index).toBe(before + 1);
  });

  it('counts how often it was looked at, and tells misses to who watches alone', () => {
    system.miss(5);
    expect(told).toEqual([]);
    subscribe();
    system.miss(5);
    system.obey({ kind: 'take-snapshot' });
    vi.runAllTimers();
    expect(told.filter((one) => one.kind === 'event' && one.event.kind === 'miss')).toHaveLength(5);
    expect(system.looks).toBe(1);
  });

  it('takes everything of ours back when nothing is wanted', () => {
    system.want(null);
    vi.runAllTimers();
    expect([system.carries(PEER), set.length]).toEqual([false, 1]);
  });
});

describe('packets through it', () => {
  it('pass to where our routes lead, and into this computer while there is a device', () => {
    const sent: string[] = [];
    let arrive: (packet: Uint8Array) => void = () => undefined;
    const stack = new MiniStack({ addresses: overlay.addresses.map(({ address }) => address) });
    const tun = throughSystem({ mtu: 1_280, send: (packet) => sent.push(formatIp(PEER)) > 0 && packet.length > 0, onPacket: (callback) => void (arrive = callback), close: () => undefined }, system);
    const got: Uint8Array[] = [];
    tun.onPacket((packet) => got.push(packet));
    const packet = stack.ping(PEER, 1, instant(0));
    expect(tun.send(packet)).toBe(true);
    arrive(packet);
    system.deleteDevice();
    expect(tun.send(packet)).toBe(false);
    expect(tun.send(Uint8Array.of(1, 2, 3))).toBe(false);
    arrive(packet);
    expect([sent.length, got.length]).toEqual([1, 1]);
  });
});
