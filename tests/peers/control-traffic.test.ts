/** Two Bowlines that know each other only from the real Headscale: pings over WireGuard, and its rules on live traffic. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Arrivals } from './arrivals.ts';
import { isAskedOnce } from './asked-once.ts';
import { BowlineNode } from './bowline-node.ts';
import { HeadscaleLab, needHeadscale, OPEN_POLICY } from './headscale-lab.ts';
import { pause, until } from './rooms.ts';

needHeadscale();

const TRAFFIC = fileURLToPath(new URL('../../dist/tests/peers/live-traffic.js', import.meta.url));
const PORT = '7000';
/** ms: the promise. */
const EFFECT_WITHIN = 2_000;
/** ms that nothing may arrive after a rule was taken away. */
const SILENCE = 3_000;

describe('two Bowlines in a tailnet of the real Headscale', () => {
  let lab: HeadscaleLab;
  let ant: BowlineNode;
  let bee: BowlineNode;
  let antAt: { readonly ipv4: string; readonly ipv6: string };
  let beeAt: { readonly ipv4: string; readonly ipv6: string };
  const addressesOf = async (name: string): Promise<{ readonly ipv4: string; readonly ipv6: string }> => {
    const [ipv4 = '', ipv6 = ''] = (await lab.nodeOf(name)).ipAddresses.toSorted();
    return { ipv4, ipv6 };
  };
  beforeAll(async () => {
    lab = await HeadscaleLab.open();
    [ant, bee] = [new BowlineNode(lab, lab.room(0), 'ant'), new BowlineNode(lab, lab.room(1), 'bee')];
    const key = await lab.authKey();
    await Promise.all([ant.join(key), bee.join(key)]);
    [antAt, beeAt] = [await addressesOf('ant'), await addressesOf('bee')];
  });
  afterAll(() => lab.close());

  it('ping each other over WireGuard at the addresses of the map, IPv4 and IPv6', async () => {
    const took = await until(async () => (await ant.room.pings(beeAt.ipv4, 1)) === 1, 'the first answer');
    console.log(`the first answer came ${Math.round(took)} ms after both had joined`);
    for (const [from, to] of [[ant, beeAt], [bee, antAt]] as const) {
      expect(await from.room.pings(to.ipv4, 10)).toBe(10);
      expect(await from.room.pings(to.ipv6, 10)).toBe(10);
    }
    const status = await ant.status();
    expect(status).toMatchObject({ state: 'connected', peers: [{ name: 'bee', path: { kind: 'direct' } }] });
    expect(status.peers[0]?.path.via).toMatch(/^(?:192\.0\.2\.12:|\[2001:db8::12\]:)\d+$/);
    expect(status.peers[0]?.handshakeAgeSeconds).toBeLessThan(60);
    expect((await ant.must('ping', 'bee', '--count', '1')).out).toContain('1 of 1 answered');
  });

  it('carry plain text of nobody: the cable has WireGuard alone', async () => {
    const dump = bee.room.start(['tcpdump', '-i', 'lan0', '-n', '-l', 'net 100.64.0.0/10 or net fd7a:115c:a1e0::/48']);
    await until(() => dump.error().includes('listening'), 'tcpdump listens');
    expect(await ant.room.pings(beeAt.ipv4, 5)).toBe(5);
    await pause(500);
    dump.child.kill('SIGTERM');
    expect((await dump.ended).out.trim()).toBe('');
  });

  it('obey a rule that is taken away and given back, within 2 s, for TCP, UDP and ICMP', async () => {
    const answering = bee.room.start([process.execPath, TRAFFIC, 'answer', PORT]);
    await until(() => answering.out().includes('listening'), 'somebody listens');
    const sending = ant.room.start([process.execPath, TRAFFIC, 'send', beeAt.ipv4, PORT]);
    const pinging = ant.room.start(['ping', '-i', '0.1', beeAt.ipv4]);
    const kinds = { tcp: new Arrivals(sending, 'tcp'), udp: new Arrivals(answering, 'udp'), icmp: new Arrivals(pinging, 'bytes from') };
    const start = performance.now();
    await until(() => Object.values(kinds).every((kind) => kind.count(start) > 5), 'everything arrives');
    // The other way stays open, so that the two still see each other.
    const closed = { ...OPEN_POLICY, acls: [{ action: 'accept', src: [beeAt.ipv4], dst: [`${antAt.ipv4}:*`] }] };
    for (let round = 1; round <= 3; round++) {
      await lab.setPolicy(closed);
      const closedAt = performance.now();
      await pause(EFFECT_WITHIN + SILENCE);
      for (const [name, kind] of Object.entries(kinds)) {
        console.log(`round ${round}: ${name} ended ${Math.round(kind.lastAfter(closedAt))} ms after the rule was taken away`);
        expect(kind.count(closedAt + EFFECT_WITHIN), name).toBe(0);
      }
      await lab.setPolicy(OPEN_POLICY);
      const openedAt = performance.now();
      await pause(EFFECT_WITHIN);
      for (const [name, kind] of Object.entries(kinds)) {
        console.log(`round ${round}: ${name} was back ${Math.round(kind.firstAfter(openedAt) ?? NaN)} ms after the rule was given back`);
        expect(kind.firstAfter(openedAt), name).toBeLessThan(EFFECT_WITHIN);
      }
    }
  });

  it('see each other go, come back and be renamed', async () => {
    const peerNames = async (): Promise<string> => (await ant.snapshot()).peers.map(({ name }) => name).join();
    await lab.headscale('nodes', 'rename', '-i', (await lab.nodeOf('bee')).id, 'wasp');
    await until(async () => (await peerNames()) === 'wasp', 'the peer has its new name', 5_000);
    await lab.headscale('nodes', 'rename', '-i', (await lab.nodeOf('wasp')).id, 'bee');
    await until(async () => (await peerNames()) === 'bee', 'the peer has its old name', 5_000);
    expect(await ant.room.pings(beeAt.ipv4)).toBe(3);
    await bee.stop();
    await until(async () => /offline/i.test((await ant.status()).peers[0]?.path.why ?? '') || (await ant.snapshot()).peers[0]?.health !== 'proved', 'the peer is known to be away', 40_000);
    await bee.start();
    await until(async () => (await ant.room.pings(beeAt.ipv4, 1)) === 1, 'the peer is back', 30_000);
  });

  it('notice that one was deleted: the other drops it at once, and it asks once to sign in as soon as nobody answers it', async () => {
    const [before, { id }] = [(await bee.history('control')).length, await lab.nodeOf('bee')];
    bee.room.start(['ping', '-i', '0.5', antAt.ipv4]);
    await lab.headscale('nodes', 'delete', '-i', id, '--force');
    const began = performance.now();
    await until(async () => (await ant.snapshot()).peers.length === 0, 'the peer is gone', 5_000);
    expect(await ant.room.pings(beeAt.ipv4)).toBe(0);
    expect((await ant.status()).truths.control.state).toBe('ok');
    await bee.untilPhase('sign-in', 60_000);
    console.log(`a node with traffic noticed ${Math.round((performance.now() - began) / 1_000)} s after it was deleted`);
    await lab.approve(await isAskedOnce(bee, before, /removed|does not know/));
    await bee.untilPhase('running');
    await until(async () => (await ant.snapshot()).peers.length === 1, 'the peer is back', 10_000);
  });
});
