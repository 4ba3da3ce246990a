/**
 * Waking beside the real Headscale. Bowline's process is stopped, its clocks jump ahead by ten minutes as a suspend makes them
 * jump (jumping-clock.ts), the network goes away without a word meanwhile, and what was open stays dead for good, as behind a
 * router that forgot it: no RST ever comes. Then it goes on, with the network back at once, back later by its cable, or back later
 * while the cable seemed well.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../app/api/schema.ts';
import { BowlineNode } from './bowline-node.ts';
import { HeadscaleLab, needHeadscale, relayMap } from './headscale-lab.ts';
import { JumpingClock } from './jumping-clock.ts';
import { needDebian } from './real-programs.ts';
import { RealRelay, RELAY_PORT } from './real-relay.ts';
import { pause, until } from './rooms.ts';

needHeadscale();
needDebian({ gcc: 'gcc' });

/** s that the clocks jump. */
const ASLEEP = 600;
/** ms that its process stands still for it. */
const STOPPED = 5_000;
/** ms from the moment that the network answers to a live control stream. */
const LIVE_WITHIN = 3_000;
/** ms until each truth is ok or names its cause: 10 s, from the moment that the process notices, at most a second later. */
const NAMED_WITHIN = 11_000;
/** ms until a process that goes on says that nothing is proved; it looks at its clocks once a second. */
const DOUBTED_WITHIN = 2_000;
const TRUTHS = ['control', 'relay', 'path', 'os'] as const;

let lab: HeadscaleLab;
let sleeper: BowlineNode;
let other: BowlineNode;
let clock: JumpingClock;
let otherAddress: string;

beforeAll(async () => {
  lab = await HeadscaleLab.open({ rooms: 3, relays: relayMap('192.0.2.13', RELAY_PORT) });
  await new RealRelay(lab, lab.room(2)).start();
  clock = await JumpingClock.make(lab.segment, 'sleeper');
  sleeper = new BowlineNode(lab, lab.room(0), 'sleeper', 'authority', clock.environment);
  other = new BowlineNode(lab, lab.room(1), 'waker');
  const key = await lab.authKey();
  await Promise.all([sleeper.join(key), other.join(key)]);
  await until(async () => (await sleeper.snapshot()).peers.length === 1, 'it knows the other');
  otherAddress = (await lab.nodeOf(other.name)).ipAddresses.find((text) => text.includes('.')) ?? '';
  // A peer in use: what is used must be proved again.
  sleeper.room.start(['ping', '-i', '0.5', otherAddress]);
  await until(async () => (await sleeper.snapshot()).truths.path.state === 'ok', 'data goes');
}, 120_000);

afterEach(async () => {
  await lab.endBlackhole().catch(() => undefined);
});

afterAll(async () => {
  await lab?.close();
});

describe('it wakes after ten minutes', () => {
  it('and the network answers: control lives within 3 s, every truth is proved anew or named within 10 s', { timeout: 120_000 }, async () => {
    await sleep();
    await lab.endBlackhole();
    const woke = wake();
    const doubted = await allDoubted(woke.wall);
    const live = await liveAfter(woke.at, woke.wall);
    console.log(`woke into a network that answers: doubted after ${Math.round(doubted)} ms, control lives after ${Math.round(live)} ms`);
    expect(live).toBeLessThanOrEqual(LIVE_WITHIN);
    await allNamed(woke);
    expect((await sleeper.history()).map(({ cause }) => cause).join('\n')).toMatch(/sleep|slept/i);
    await until(async () => (await sleeper.room.pings(otherAddress, 1)) === 1, 'data goes', NAMED_WITHIN);
  });

  it('and its cable is out for 8 s more: it waits, and lives within 3 s of the network', { timeout: 120_000 }, async () => {
    const { room } = sleeper;
    await sleep();
    await room.ip('link set lan0 down');
    await lab.endBlackhole();
    const woke = wake();
    await allDoubted(woke.wall);
    await allNamed(woke);
    await pause(Math.max(0, 8_000 - (performance.now() - woke.at)));
    const waiting = await sleeper.snapshot();
    expect(waiting.truths.control.state).not.toBe('ok');
    await room.ip('link set lan0 up');
    await room.ip(`-6 addr replace ${room.ipv6}/64 dev lan0 nodad`);
    await room.ip('route replace default via 192.0.2.1');
    const back = performance.now();
    const live = await liveAfter(back, waiting.wall);
    console.log(`its cable came back 8 s later: control lives ${Math.round(live)} ms after that`);
    expect(live).toBeLessThanOrEqual(LIVE_WITHIN);
    await allNamed({ at: back });
  });

  it('and nothing answers for 8 s more, on a cable that seems well: it lives within 3 s of the first answer', { timeout: 120_000 }, async () => {
    await sleep();
    const woke = wake();
    await allDoubted(woke.wall);
    await allNamed(woke);
    await pause(Math.max(0, 8_000 - (performance.now() - woke.at)));
    const waiting = await sleeper.snapshot();
    expect(waiting.truths.control.state).not.toBe('ok');
    await lab.endBlackhole();
    const back = performance.now();
    const live = await liveAfter(back, waiting.wall);
    console.log(`nothing answered for 8 s (phase then: ${waiting.account?.phase}, attempt ${waiting.account?.attempt}): control lives ${Math.round(live)} ms after that`);
    expect(live).toBeLessThanOrEqual(LIVE_WITHIN);
  });
});

/** It stands still, its network is away, what is open now never carries anything again, and its clocks are ahead. */
async function sleep(): Promise<void> {
  await until(async () => (await sleeper.snapshot()).truths.control.state === 'ok', 'it is live before');
  await lab.blackhole();
  await lab.forgetConnections(sleeper.room);
  process.kill(sleeper.pid ?? NaN, 'SIGSTOP');
  await pause(STOPPED);
  clock.jump(ASLEEP);
}

/** `wall`: of its own clock, ms. */
function wake(): { readonly at: number; readonly wall: number } {
  process.kill(sleeper.pid ?? NaN, 'SIGCONT');
  return { at: performance.now(), wall: Date.now() + clock.ahead * 1_000 };
}

/** ms until nothing that was proved before the wake is called so. */
function allDoubted(since: number): Promise<number> {
  return until(async () => nothingIsProved(await sleeper.snapshot(), since), 'nothing is called proved', DOUBTED_WITHIN);
}

function nothingIsProved({ truths, now, wall }: Snapshot, since: number): boolean {
  return TRUTHS.every((truth) => truths[truth].state !== 'ok' || wall - (now - (truths[truth].provedAt ?? now)) >= since);
}

/** ms after `at`: the server's map is there by a connection that was made since. */
async function liveAfter(at: number, wallSince: number): Promise<number> {
  await until(async () => {
    const { truths, now, wall, account } = await sleeper.snapshot();
    return account?.phase === 'running' && truths.control.state === 'ok' && wall - (now - (truths.control.provedAt ?? -Infinity)) > wallSince;
  }, 'control lives', 30_000);
  return performance.now() - at;
}

/** "checking" is over: each truth is ok, or says what is wrong. */
async function allNamed({ at }: { readonly at: number }): Promise<void> {
  const open = async (): Promise<readonly string[]> => {
    const { truths } = await sleeper.snapshot();
    return TRUTHS.filter((truth) => truths[truth].state === 'checking');
  };
  await until(async () => (await open()).length === 0, 'every truth is ok or names its cause', NAMED_WITHIN - (performance.now() - at));
  const took = performance.now() - at;
  const { truths } = await sleeper.status();
  console.log(`named ${Math.round(took)} ms after that: ${TRUTHS.map((truth) => `${truth} ${truths[truth].state} (${truths[truth].detail})`).join('; ')}`);
}
