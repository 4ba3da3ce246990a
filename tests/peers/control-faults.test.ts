/**
 * Faults of the real Headscale and of the network between: each in a lab of its own with two Bowlines, all side by side,
 * because they wait for minutes. After each fault both are online again without a restart, and their tunnel carried every
 * ping meanwhile.
 */
import { describe, expect, it } from 'vitest';
import { isAskedOnce } from './asked-once.ts';
import { BowlineNode } from './bowline-node.ts';
import { HeadscaleLab, needHeadscale, SERVER_NAME } from './headscale-lab.ts';
import { missingAnswers } from './measure.ts';
import { pause, until, type Running } from './rooms.ts';

needHeadscale();

const AT_MOST = 420_000;
/** ms in which a fault is mended whose end can be noticed. */
const NOTICED = 5_000;
/** ms that joining takes once an attempt is made: connection, registration, map. */
const JOINING = 5_000;
/** The watchdog's limit, and what may be added to it; s. */
const WATCHDOG = [120, 130] as const;

interface Pair {
  readonly lab: HeadscaleLab;
  readonly nodes: readonly [BowlineNode, BowlineNode];
}

describe.concurrent('a fault of the server or of the way to it', () => {
  it('killed and started again at once: online within 5 s', { timeout: AT_MOST }, () =>
    withPair('killed', async ({ lab, nodes }) => {
      await lab.kill();
      await lab.start();
      const began = performance.now();
      await Promise.all(nodes.map((node) => onlineAgain(lab, node, NOTICED, began)));
    }),
  );

  it('killed and started 25 s later: noticed at once, online within one back-off step', { timeout: AT_MOST }, () =>
    withPair('away', async ({ lab, nodes }) => {
      await lab.kill();
      for (const node of nodes) {
        await until(async () => (await node.snapshot()).truths.control.state !== 'ok', `${node.name} notices`, 5_000);
      }
      await pause(25_000);
      const { truths, causes } = await nodes[0].status();
      expect(truths.control.detail).toContain(SERVER_NAME);
      expect(causes.join(' ')).toContain(SERVER_NAME);
      await lab.start();
      await onlineWithinOneStep(lab, nodes);
    }),
  );

  it('frozen for 3 minutes: the watchdog ends the wait at 120 to 130 s, and says so in the history', { timeout: AT_MOST }, () =>
    withPair('frozen', async ({ lab, nodes }) => {
      // A change for both, so that the server has just spoken.
      await lab.headscale('nodes', 'rename', '-i', (await lab.nodeOf(nodes[1].name)).id, 'frozen-other');
      await nodes[1].untilAccount(({ name }) => name === 'frozen-other', 'the new name is known');
      await until(async () => (await nodes[0].snapshot()).peers[0]?.name === 'frozen-other', 'the other knows it too');
      await pause(1_500);
      const before = await Promise.all(nodes.map((node) => node.snapshot()));
      const spoke = before.map(({ truths, now, wall }) => wall - (now - (truths.control.provedAt ?? NaN)));
      lab.freeze();
      const frozenAt = performance.now();
      await pause(110_000);
      for (const node of nodes) expect((await node.account()).phase, `${node.name} waits`).toBe('running');
      await Promise.all(
        nodes.map(async (node, at) => {
          await node.untilAccount(({ phase }) => phase !== 'running', `${node.name} gives the stream up`, 25_000);
          const after = (Date.now() - (spoke[at] ?? NaN)) / 1_000;
          const entry = (await node.history('control')).at(-1);
          console.log(`${node.name}: the watchdog ended the wait ${after.toFixed(1)} s after the server's last message: ${entry?.cause} -> ${entry?.action}`);
          expect(after).toBeGreaterThanOrEqual(WATCHDOG[0]);
          expect(after).toBeLessThanOrEqual(WATCHDOG[1]);
          expect(entry?.cause).toMatch(new RegExp(`No answer from ${SERVER_NAME} for 2\\sm`));
        }),
      );
      await pause(180_000 - (performance.now() - frozenAt));
      lab.thaw();
      await onlineWithinOneStep(lab, nodes);
    }),
  );

  it('its port blackholed for 150 s: noticed by silence, online within one back-off step', { timeout: AT_MOST }, () =>
    withPair('hole', async ({ lab, nodes }) => {
      await lab.blackhole();
      const began = performance.now();
      await Promise.all(nodes.map((node) => node.untilAccount(({ phase }) => phase !== 'running', `${node.name} notices`, 130_000)));
      console.log(`hole: both noticed ${Math.round((performance.now() - began) / 1_000)} s after the port went`);
      await pause(Math.max(0, 150_000 - (performance.now() - began)));
      expect((await nodes[0].status()).truths.control.detail).toMatch(new RegExp(`no answer.*${SERVER_NAME}|${SERVER_NAME}.*answer`, 'i'));
      await lab.endBlackhole();
      await onlineWithinOneStep(lab, nodes);
    }),
  );

  it('its name gone while it starts anew: online again at its last address, and a new node says what is missing', { timeout: AT_MOST }, () =>
    withPair('nameless', async ({ lab, nodes }) => {
      lab.nameIsGone();
      await lab.kill();
      await lab.start();
      await onlineWithinOneStep(lab, nodes);
      const stranger = new BowlineNode(lab, lab.room(2), 'nameless-cat');
      await stranger.start('--authkey', await lab.authKey());
      await stranger.untilAccount(({ phase }) => phase === 'backing-off', 'it waits for the name', 30_000);
      const { truths, causes } = await stranger.status();
      expect(truths.control.detail).toMatch(new RegExp(`${SERVER_NAME}: (?:no such name|the name service does not answer)`));
      expect(causes[0]).toContain(SERVER_NAME);
      await pause(15_000);
      lab.nameIsBack();
      await onlineWithinOneStep(lab, [stranger]);
    }),
  );

  it('one deleted while alone and quiet: asked once to sign in, although the server goes on with keep-alives', { timeout: AT_MOST }, async () => {
    const lab = await HeadscaleLab.open({ rooms: 1 });
    try {
      const node = new BowlineNode(lab, lab.room(0), 'deleted');
      await node.join(await lab.authKey());
      await until(() => lab.isOnline('deleted'), 'it is online');
      const before = (await node.history('control')).length;
      await lab.headscale('nodes', 'delete', '-i', (await lab.nodeOf('deleted')).id, '--force');
      const took = await node.untilPhase('sign-in', 260_000);
      console.log(`deleted: alone and quiet, it noticed ${Math.round(took / 1_000)} s later`);
      await lab.approve(await isAskedOnce(node, before, /removed|does not know/));
      await node.untilPhase('running');
      await until(() => lab.isOnline('deleted'), 'it is online again');
    } finally {
      await lab.close();
    }
  });

  it('the cable of one pulled for 10 s, then another address: online within 5 s each time', { timeout: AT_MOST }, () =>
    withPair(
      'cable',
      async ({ lab, nodes: [node] }) => {
        await node.room.ip('link set lan0 down');
        await pause(10_000);
        expect((await node.snapshot()).truths.control.state).not.toBe('ok');
        await node.room.ip('link set lan0 up');
        await node.room.ip(`-6 addr replace ${node.room.ipv6}/64 dev lan0 nodad`);
        await node.room.ip('route replace default via 192.0.2.1');
        await onlineAgain(lab, node, NOTICED, performance.now());
        await node.room.ip(`addr del ${node.room.ipv4}/24 dev lan0`);
        await node.room.ip('addr add 192.0.2.77/24 dev lan0');
        await node.room.ip('route replace default via 192.0.2.1');
        const moved = performance.now();
        await until(async () => (await lab.memoryOf(node.name)).Endpoints?.some((endpoint) => endpoint.startsWith('192.0.2.77:')) === true, 'the server knows its new address', NOTICED);
        await onlineAgain(lab, node, NOTICED, moved);
      },
      'loses the cable itself',
    ),
  );
});

/** Two that are joined and reach each other; closed in any case. `tunnel`: every ping must arrive, unless its own cable is what fails. */
async function withPair(name: string, then: (pair: Pair) => Promise<void>, tunnel: 'carries everything' | 'loses the cable itself' = 'carries everything'): Promise<void> {
  const lab = await HeadscaleLab.open({ rooms: 3 });
  try {
    const nodes = [new BowlineNode(lab, lab.room(0), `${name}-ant`), new BowlineNode(lab, lab.room(1), `${name}-bee`)] as const;
    const key = await lab.authKey();
    await Promise.all(nodes.map((node) => node.join(key)));
    await until(async () => (await Promise.all(nodes.map((node) => lab.isOnline(node.name)))).every(Boolean), 'both are online');
    const other = (await lab.nodeOf(nodes[1].name)).ipAddresses.find((address) => address.includes('.')) ?? '';
    await until(async () => (await nodes[0].room.pings(other, 1)) === 1, 'the one reaches the other');
    const pids = nodes.map((node) => node.pid);
    const pings = nodes[0].room.start(['ping', '-i', '0.2', other]);
    await then({ lab, nodes });
    expect(nodes.map((node) => node.pid)).toEqual(pids);
    if (tunnel === 'carries everything') await everyPingCame(name, pings);
    else await until(async () => (await nodes[0].room.pings(other, 1)) === 1, 'the one reaches the other again', NOTICED);
  } finally {
    await lab.close();
  }
}

async function everyPingCame(name: string, pings: Running): Promise<void> {
  const sent = Math.max(0, ...[...pings.out().matchAll(/icmp_seq=(\d+) ttl=/g)].map((found) => Number(found[1])));
  await pause(1_000);
  pings.child.kill('SIGINT');
  await pings.ended;
  const missing = missingAnswers(pings.out(), sent);
  console.log(`${name}: ${sent - missing.length} of ${sent} pings through the tunnel were answered meanwhile`);
  expect(sent).toBeGreaterThan(5);
  expect(missing).toEqual([]);
}

/** Within the wait that was running when the fault ended, and what joining takes. */
async function onlineWithinOneStep(lab: HeadscaleLab, nodes: readonly BowlineNode[]): Promise<void> {
  const began = performance.now();
  await Promise.all(
    nodes.map(async (node) => {
      const { account, now } = await node.snapshot();
      const step = Math.max(0, (account?.nextTryAt ?? now) - now);
      // An attempt that was made just before the end fails on its own time; the next step follows.
      const dialling = account?.phase === 'connecting' ? 10_000 : 0;
      console.log(`${node.name}: the fault ended in phase ${account?.phase}, attempt ${account?.attempt}, ${Math.round(step)} ms before the next`);
      expect(step).toBeLessThanOrEqual(45_000);
      await onlineAgain(lab, node, step + dialling + JOINING, began);
    }),
  );
}

/** On both sides: the server says so too. */
async function onlineAgain(lab: HeadscaleLab, node: BowlineNode, withinMs: number, since: number): Promise<void> {
  await node.untilAccount(({ phase }) => phase === 'running', `${node.name} is online again`, withinMs);
  await until(async () => (await node.snapshot()).truths.control.state === 'ok', `${node.name} says that it is online`, 2_000);
  const took = performance.now() - since;
  await until(async () => (await lab.nodes()).some(({ name, online }) => name === node.name && online), `the server says that ${node.name} is online`, NOTICED);
  console.log(`${node.name}: online again ${Math.round(took)} ms after the end of the fault`);
}
