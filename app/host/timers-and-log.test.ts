/** Small parts of the host: the deadline timer, wake-up counts, the log, keys on their way to the worker. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import { instant } from '../time/instant.ts';
import { DeadlineTimer, LONGEST_TIMER } from './deadline-timer.ts';
import { createStderrLog } from './log.ts';
import { WakeUps } from './wake-ups.ts';
import { withKeysToTransfer } from './worker/key-transfer.ts';

describe('DeadlineTimer', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('wakes at the deadline and counts why', () => {
    const wakeUps = new WakeUps();
    let due = 0;
    const timer = new DeadlineTimer(wakeUps, () => due++);
    timer.arm({ at: instant(1_000), why: 'peer: keepalive' }, instant(0));
    timer.arm({ at: instant(1_000), why: 'peer: keepalive' }, instant(500));
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(999);
    expect(due).toBe(0);
    vi.advanceTimersByTime(2);
    expect(due).toBe(1);
    expect(wakeUps.all()).toEqual({ 'peer: keepalive': 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('moves with the deadline and rests without one', () => {
    let due = 0;
    const timer = new DeadlineTimer(new WakeUps(), () => due++);
    timer.arm({ at: instant(1_000), why: 'a' }, instant(0));
    timer.arm({ at: instant(9_000), why: 'b' }, instant(0));
    vi.advanceTimersByTime(5_000);
    expect(due).toBe(0);
    timer.arm(undefined, instant(5_000));
    timer.arm({ at: instant(Infinity), why: 'never' }, instant(5_000));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is over when it was ended, whoever arms it then', () => {
    let due = 0;
    const timer = new DeadlineTimer(new WakeUps(), () => due++);
    timer.arm({ at: instant(1_000), why: 'a' }, instant(0));
    timer.end();
    timer.arm({ at: instant(2_000), why: 'b' }, instant(0));
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(5_000);
    expect(due).toBe(0);
  });

  it('does not fire at once for a deadline further away than Node can wait', () => {
    let due = 0;
    const timer = new DeadlineTimer(new WakeUps(), () => due++);
    timer.arm({ at: instant(LONGEST_TIMER * 3), why: 'far' }, instant(0));
    vi.advanceTimersByTime(60_000);
    expect(due).toBe(0);
  });
});

describe('WakeUps', () => {
  it('are read by another thread that learned their names', () => {
    const memory = WakeUps.shared();
    const reader = new WakeUps(memory);
    const writer = new WakeUps(memory, (why, slot) => reader.learn(why, slot));
    writer.count('a');
    writer.count('b');
    writer.count('a');
    expect(reader.all()).toEqual({ a: 2, b: 1 });
  });

  it('stay bounded', () => {
    const wakeUps = new WakeUps();
    for (let i = 0; i < 1_000; i++) wakeUps.count(`reason ${i}`);
    const all = wakeUps.all();
    expect(Object.keys(all).length).toBeLessThanOrEqual(64);
    expect(Object.values(all).reduce((sum, n) => sum + n, 0)).toBe(1_000);
  });
});

describe('the log on standard error', () => {
  it('writes one line an entry, of its level and graver ones', () => {
    const lines: string[] = [];
    const log = createStderrLog('info', (line) => lines.push(line));
    log.write('debug', 'node', 'hidden');
    log.write('info', 'node', 'two\nlines');
    log.write('error', 'packets', 'grave');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z info node: two \| lines\n$/);
  });
});

describe('keys on their way to the worker', () => {
  it('are copies in buffers of their own; the original stays', () => {
    const privateKey = new Uint8Array(32).fill(1);
    const presharedKey = new Uint8Array(32).fill(2);
    const peer = { id: 0 as PeerId, publicKey: new Uint8Array(32), presharedKey, allowedIps: [], persistentKeepaliveMs: 0, roaming: 'follow' } as const;
    const { commands, transfer } = withKeysToTransfer([{ kind: 'identity', privateKey, addresses: [], mtu: 1_420 }, { kind: 'put-peer', peer }, { kind: 'initiate', peer: peer.id }]);
    expect(transfer).toHaveLength(2);
    const arrived = structuredClone(commands, { transfer });
    expect(arrived[0]).toMatchObject({ privateKey });
    expect(arrived[1]).toMatchObject({ peer: { presharedKey } });
    expect(transfer.every((buffer) => buffer.byteLength === 0)).toBe(true);
    expect(privateKey[0]).toBe(1);
  });
});
