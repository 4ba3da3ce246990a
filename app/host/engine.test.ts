/** The engine with its packet worker, as it ships: from the build. A peer in this thread answers inside the tunnel. */
import fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { configOf, createIdentity, TEST_MTU, until, type Identity } from '../../tests/doubles/test-net.ts';
import { applyPatch } from '../api/patch.ts';
import { check, Patch, Snapshot, Status, WhyAnswer } from '../api/schema.ts';
import type { StaticNodeConfig } from '../node/types.ts';
import type { Log } from '../ports/log.ts';
import { MiniStack } from '../sim/mini-stack.ts';
import { HostClock } from './clock.ts';
import { createSodiumCrypto } from './crypto/sodium-crypto.ts';
import { startEngine as startFromSource, type Engine, type EngineOptions } from './engine.ts';
import { createPortTun } from './portable/port-tun.ts';

const BUILT = new URL('../../dist/app/host/engine.js', import.meta.url);
if (!fs.existsSync(BUILT)) throw new Error('dist/ is missing: the packet worker runs from the build. Run `npm run build:node` first; `npm test` does.');
const { startEngine: startBuilt } = (await import(/* @vite-ignore */ BUILT.href)) as { startEngine: typeof startFromSource };

const crypto = createSodiumCrypto();
const one = createIdentity(crypto, 1);
const two = createIdentity(crypto, 2);
const logged: string[] = [];
const log: Log = { write: (level, area, text) => logged.push(`${level} ${area}: ${text}`) };
const running: Engine[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((engine) => engine.stop()));
  expect(logged.splice(0).filter((line) => line.startsWith('error'))).toEqual([]);
});

async function start(own: Identity, config: StaticNodeConfig, packetThread: EngineOptions['packetThread'], over: Partial<EngineOptions> = {}) {
  const tun = createPortTun(TEST_MTU);
  const stack = new MiniStack({ addresses: own.addresses });
  const clock = over.clock ?? new HostClock();
  tun.onPacket((packet) => stack.handlePacket(packet, clock.now()).forEach((answer) => tun.send(answer)));
  const engine = await (packetThread === 'worker' ? startBuilt : startFromSource)({ config, listenPort: 0, tun, log, clock, packetThread, version: '0.0.0', ...over });
  running.push(engine);
  await until(() => engine.snapshot().self.port !== null);
  return { engine, tun, stack, clock };
}

/** An engine with a worker, and the peer it knows. */
async function pair() {
  const peer = await start(two, configOf(two, [{ identity: one }]), 'same-thread');
  const own = await start(one, configOf(one, [{ identity: two, port: peer.engine.snapshot().self.port! }]), 'worker');
  return { own, peer };
}

describe('an engine with its packet worker', () => {
  it('pings a peer by name, address and key, and its packets go both ways', async () => {
    const { own, peer } = await pair();
    for (const [seq, name] of [two.name, '100.64.0.2', two.publicKey.toString()].entries()) {
      const answer = await own.engine.ping(name, seq);
      expect(answer).toMatchObject({ ok: true, value: { peer: two.name, reply: { seq, path: { kind: 'direct' } } } });
    }
    for (let seq = 0; seq < 50; seq++) own.tun.send(own.stack.udpEcho(two.addresses[1], seq, own.clock.now()));
    await until(() => own.stack.stats.received === 50);
    expect(peer.stack.stats.answered).toBeGreaterThanOrEqual(50);
  });

  it('says so when no peer has that name', async () => {
    const { own } = await pair();
    for (const answer of [await own.engine.ping('nobody', 0), own.engine.check('nobody')]) expect(answer).toMatchObject({ ok: false, error: { code: 'unknown-peer' } });
    expect(own.engine.check(null)).toEqual({ ok: true, value: { asked: 1 } });
  });

  it('says why a flow passes in a network without a filter, and why the path is what it is', async () => {
    const { own } = await pair();
    expect(own.engine.why(two.name, undefined)).toMatchObject({ ok: true, value: { peer: two.name, path: expect.stringContaining('127.0.0.1'), filter: null } });
    const answer = own.engine.why(two.name, { protocol: 'tcp', port: 22 });
    expect(answer).toMatchObject({ ok: true, value: { filter: { in: { allowed: true, rule: null, sentence: expect.stringContaining('no filter is used') } } } });
    expect(check(WhyAnswer, answer.ok ? answer.value : answer, 'why')).toMatchObject({ ok: true });
    expect(own.engine.why('nobody', undefined)).toMatchObject({ ok: false, error: { code: 'unknown-peer' } });
  });

  it('gives snapshots and statuses that the schema takes, with refusals and wake-ups of both threads', async () => {
    const { own } = await pair();
    await own.engine.ping(two.name, 0);
    expect(check(Snapshot, own.engine.snapshot(), 'snapshot')).toMatchObject({ ok: true });
    own.tun.send(new Uint8Array(20));
    await until(() => (own.engine.status(true).verbose?.refusals['outbound: not IP'] ?? 0) === 1);
    const status = own.engine.status(true);
    expect(check(Status, status, 'status')).toMatchObject({ ok: true });
    expect(Object.keys(status.verbose!.wakeups).some((why) => why.startsWith('packets: underlay readable'))).toBe(true);
    expect(Object.keys(status.verbose!.wakeups).some((why) => why.startsWith('event: '))).toBe(true);
    expect(status.verbose!.memoryBytes).toBeGreaterThan(1e6);
    expect(own.engine.status(false).verbose).toBeUndefined();
    expect(own.engine.history().entries.length).toBeGreaterThan(0);
    // The summary begins anew when a person looked, not when a program did.
    expect(own.engine.history().summary.since).toBeNull();
    expect(own.engine.history(undefined, true).summary.since).toBeNull();
    expect(own.engine.history().summary.since).not.toBeNull();
  });

  it('feeds a screen patches that join its snapshot, until it leaves', async () => {
    const { own } = await pair();
    const problems: string[] = [];
    let shown = own.engine.snapshot();
    let patches = 0;
    const leave = own.engine.subscribe((patch) => {
      patches++;
      const checked = check(Patch, structuredClone(patch), 'patch');
      if (!checked.ok) problems.push(checked.error.message);
      const after = applyPatch(shown, patch);
      if (after === 'gap') problems.push(`gap at ${patch.from}`);
      else shown = after;
    });
    await own.engine.ping(two.name, 0);
    await until(() => shown.peers[0]!.health === 'proved' && shown.peers[0]!.latency.length >= 2);
    leave();
    expect(problems).toEqual([]);
    const before = patches;
    await own.engine.ping(two.name, 1);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(patches).toBe(before);
  });

  it('proves everyone again after a sleep, and tells it', async () => {
    const { own } = await pair();
    await own.engine.ping(two.name, 0);
    own.engine.simulateSleep(180_000);
    await until(() => own.engine.history().entries.some((entry) => entry.truth === 'os' && entry.cause.includes('sleep') && entry.result !== null));
    expect(await own.engine.ping(two.name, 1)).toMatchObject({ ok: true, value: { reply: { seq: 1 } } });
  });

  it('proves everyone again when the system says that it woke, once', async () => {
    const { own } = await pair();
    await own.engine.ping(two.name, 0);
    own.engine.power('suspend');
    own.engine.power('resume');
    const wakes = (): number => own.engine.history().entries.filter((entry) => entry.truth === 'os' && entry.cause.includes('sleep')).length;
    await until(() => wakes() === 1);
    own.engine.power('resume');
    own.engine.power('unlock');
    await own.engine.ping(two.name, 1);
    expect(wakes()).toBe(1);
  });

  it('does not start on a port that is taken, and says what to do', async () => {
    const { own } = await pair();
    const listenPort = own.engine.snapshot().self.port!;
    const options = { config: configOf(one, []), listenPort, tun: createPortTun(TEST_MTU), log, clock: new HostClock(), packetThread: 'worker', version: '0' } as const;
    await expect(startBuilt(options)).rejects.toThrow(`UDP port ${listenPort} is used by another program. Stop that program, or choose another port.`);
  });

  it('stops once, answers what waits, and frees its port', async () => {
    const { own } = await pair();
    const listenPort = own.engine.snapshot().self.port!;
    const waiting = own.engine.ping(two.name, 0);
    await Promise.all([own.engine.stop(), own.engine.stop()]);
    expect(await waiting).toMatchObject({ ok: true });
    const next = await start(one, configOf(one, []), 'worker', { listenPort });
    expect(next.engine.snapshot().self.port).toBe(listenPort);
  });
});
