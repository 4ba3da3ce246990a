/** Ordinary traffic with real WireGuard programs: pings and streams both ways, roaming, a restart, wrong keys. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HERE, keyPair, Lab, needPrograms, PORT, realPeers, THERE, until, type Side } from './lab.ts';
import { carried, entries, peerStatus, refusals } from './measure.ts';

needPrograms('iperf3');

/** Bowline listens on a fixed port, so that the other side may call it. */
const LISTEN = { interfaceLines: `ListenPort = ${PORT}` };
const THERE_CALLS = { peerWords: `endpoint 192.0.2.1:${PORT}` };

describe.each(realPeers())('Bowline and $name', ({ program }) => {
  let lab: Lab;
  beforeAll(() => {
    lab = new Lab({ program });
    // A first address that goes does not take the others along.
    for (const side of [HERE, THERE]) lab.run(side, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/all/promote_secondaries']);
  });
  afterAll(() => lab.close());
  afterEach(async () => {
    lab.bowline('down');
    await lab.killThere();
  });

  it('answer each other over IPv4 and IPv6, whoever calls first', async () => {
    await lab.startThere(THERE_CALLS);
    for (const first of [HERE, THERE]) {
      expect(lab.up(lab.config(LISTEN))).toMatchObject({ status: 0 });
      const order: readonly Side[] = first === HERE ? [HERE, THERE] : [THERE, HERE];
      for (const side of order) {
        expect(lab.ping(side, side === HERE ? '10.7.0.2' : '10.7.0.1')).toBe(3);
        expect(lab.ping(side, side === HERE ? 'fd07::2' : 'fd07::1')).toBe(3);
      }
      expect(lab.bowline('down').status).toBe(0);
    }
  });

  it.each(['10.7.0.2', 'fd07::2'])('carry TCP and UDP both ways to %s', async (server) => {
    await lab.startThere(THERE_CALLS);
    expect(lab.up(lab.config(LISTEN))).toMatchObject({ status: 0 });
    lab.start(THERE, ['iperf3', '-s', '-B', server]);
    await until(() => carried(lab, server, ['-n', '1K']) > 0, 'iperf3 serves');
    // By time, not by bytes: of what is called sent, megabytes may still wait in the sender's system at the end.
    for (const direction of [[], ['-R']]) {
      expect(carried(lab, server, ['-t', '1', ...direction])).toBeGreaterThan(4 * 1_048_576);
      expect(carried(lab, server, ['-u', '-b', '20M', '-t', '1', ...direction])).toBeGreaterThan(500_000);
    }
    expect(carried(lab, server, ['-P', '4', '-t', '1'])).toBeGreaterThan(4 * 1_048_576);
  });

  it('go on when the other one changes its port and its address', async () => {
    await lab.startThere(THERE_CALLS);
    expect(lab.up(lab.config(LISTEN))).toMatchObject({ status: 0 });
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    const pings = lab.start(THERE, ['ping', '-q', '-c', '30', '-i', '0.1', '-W', '1', '10.7.0.1']);
    const answers = (endpoint: string) => (): boolean => peerStatus(lab).path.via === endpoint;
    lab.wgSet('listen-port 51999');
    await until(answers('192.0.2.2:51999'), 'Bowline follows to the other port', 5_000);
    lab.ip(THERE, 'addr add 192.0.2.3/24 dev bowl-there');
    lab.ip(THERE, 'addr del 192.0.2.2/24 dev bowl-there');
    try {
      // Debian's wireguard-go sends from the address that it used first until it opens its socket anew.
      lab.wgSet('listen-port 51998');
      await until(answers('192.0.2.3:51998'), 'Bowline follows to the other address', 5_000);
      expect(Number(/(\d+) received/.exec((await pings.ended).out)?.[1])).toBeGreaterThanOrEqual(28);
      expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
      // A packet may leave the new address before the new port is open.
      const moves = entries(lab).map((entry) => entry.cause);
      const inOne = 'bee moved from 192.0.2.2:51999 to 192.0.2.3:51998';
      expect(moves).toEqual(expect.arrayContaining([`bee moved from port ${PORT} to port 51999`, ...(moves.includes(inOne) ? [inOne] : ['bee moved from 192.0.2.2:51999 to 192.0.2.3:51999', 'bee moved from port 51999 to port 51998'])]));
    } finally {
      lab.ip(THERE, 'addr add 192.0.2.2/24 dev bowl-there');
      lab.ip(THERE, 'addr del 192.0.2.3/24 dev bowl-there');
    }
  });

  it('go on when our own address changes, and when we come back on another port', async () => {
    await lab.startThere();
    expect(lab.up(lab.config(LISTEN))).toMatchObject({ status: 0 });
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    const pings = lab.start(HERE, ['ping', '-q', '-c', '20', '-i', '0.1', '-W', '1', '10.7.0.2']);
    lab.ip(HERE, 'addr add 192.0.2.11/24 dev bowl-here');
    lab.ip(HERE, 'addr del 192.0.2.1/24 dev bowl-here');
    try {
      await until(() => lab.wgShow('endpoints').includes(`192.0.2.11:${PORT}`), 'the other one follows', 5_000);
      expect(Number(/(\d+) received/.exec((await pings.ended).out)?.[1])).toBeGreaterThanOrEqual(18);
      expect(lab.ping(THERE, '10.7.0.1')).toBe(3);
      expect(lab.bowline('down').status).toBe(0);
      expect(lab.up(lab.config({ interfaceLines: 'ListenPort = 51998' }))).toMatchObject({ status: 0 });
      expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
      expect(lab.wgShow('endpoints')).toContain('192.0.2.11:51998');
    } finally {
      lab.ip(HERE, 'addr add 192.0.2.1/24 dev bowl-here');
      lab.ip(HERE, 'addr del 192.0.2.11/24 dev bowl-here');
    }
  });

  it('exchange data within 10 s after the other one was killed and started again, and the history tells it', async () => {
    await lab.startThere();
    expect(lab.up(lab.config(LISTEN))).toMatchObject({ status: 0 });
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    const traffic = lab.start(HERE, ['ping', '-q', '-i', '0.2', '10.7.0.2']);
    await lab.killThere();
    await lab.startThere();
    await until(() => lab.ping(HERE, '10.7.0.2', 1) === 1, 'data again', 10_000);
    traffic.child.kill('SIGINT');
    const told = (): unknown => entries(lab).at(-1);
    await until(() => JSON.stringify(told()).includes('lost the session'), 'the history tells it', 5_000);
    expect(told()).toMatchObject({ peer: 'bee', truth: 'path', cause: expect.stringMatching(/^bee: no data for /), result: 'bee had lost the session, a new one is in use' });
  });

  it('refuse each other with a wrong preshared key, count it and say what to compare', async () => {
    await lab.startThere({ ...THERE_CALLS, presharedKey: keyPair().secret });
    expect(lab.up(lab.config({ ...LISTEN, peerLines: `PresharedKey = ${keyPair().secret}` }))).toMatchObject({ status: 0 });
    expect(lab.ping(HERE, '10.7.0.2', 2)).toBe(0);
    expect(lab.ping(THERE, '10.7.0.1', 2)).toBe(0);
    await expectRefused('handshake: wrong preshared key');
  });

  it('refuse a stranger and a call to another key, count it and say what to compare', async () => {
    await lab.startThere({ ...THERE_CALLS, privateKey: keyPair().secret });
    expect(lab.up(lab.config(LISTEN))).toMatchObject({ status: 0 });
    expect(lab.ping(THERE, '10.7.0.1', 2)).toBe(0);
    await expectRefused('handshake: unknown peer');
    expect(lab.bowline('down').status).toBe(0);
    expect(lab.up(lab.config({ ...LISTEN, privateKey: keyPair().secret }))).toMatchObject({ status: 0 });
    lab.start(THERE, ['ping', '-q', '-c', '40', '-i', '0.2', '10.7.0.1']);
    await expectRefused('handshake: wrong mac1');
  });

  async function expectRefused(reason: string): Promise<void> {
    await until(() => (refusals(lab)[reason] ?? 0) > 0, `refused: ${reason}`);
    expect(peerStatus(lab)).toMatchObject({ rxBytes: 0, handshakeAgeSeconds: null, path: { kind: 'none' } });
    expect(lab.bowline('status', '--json').out).toContain('compare its key and address with the configuration');
  }
});
