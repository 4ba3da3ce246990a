/** A flood of handshakes from strangers while data flows: each side demands cookies of the other, and gets them. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HERE, Lab, needPrograms, PORT, realPeers, THERE, until, type Running, type Side } from './lab.ts';
import { missingAnswers, pingCommand, refusals } from './measure.ts';

needPrograms('tcpdump');

const FLOOD = fileURLToPath(new URL('../../dist/tests/peers/flood.js', import.meta.url));
const COOKIE_LENGTH = 64;

describe.each(realPeers())('a handshake flood between Bowline and $name', ({ program }) => {
  let lab: Lab;
  beforeEach(async () => {
    lab = new Lab({ program });
    await lab.startThere({ peerWords: `endpoint 192.0.2.1:${PORT}` });
    expect(lab.up(lab.config({ interfaceLines: `ListenPort = ${PORT}` }))).toMatchObject({ status: 0 });
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
  });
  afterEach(() => lab.close());

  const flood = (from: Side, to: string, key: string, perBurst: number): Running => lab.start(from, [process.execPath, FLOOD, to, String(PORT), key, String(perBurst), '100']);

  async function endOf(flooding: Running): Promise<{ readonly sent: number; readonly back: Readonly<Record<string, number>> }> {
    flooding.child.kill('SIGTERM');
    return JSON.parse((await flooding.ended).out) as { sent: number; back: Record<string, number> };
  }

  it('at Bowline: data goes on, strangers get cookies, and a new session is made by the cookie', async () => {
    const flooding = flood(THERE, '192.0.2.1', lab.hereKey.open, 100);
    await until(() => (refusals(lab)['handshake: under load, cookie sent'] ?? 0) > 100, 'cookies are sent');
    expect(missingAnswers(lab.run(THERE, pingCommand('10.7.0.1', 50)).out, 50)).toEqual([]);
    // It forgets the session and has to ask anew: first without a cookie, then with the one that it got.
    lab.wgSet(`peer ${lab.hereKey.open} remove`);
    lab.wgSet(`peer ${lab.hereKey.open} endpoint 192.0.2.1:${PORT} allowed-ips 10.7.0.1/32,fd07::1/128`);
    await until(() => lab.ping(THERE, '10.7.0.1', 1) === 1, 'a new session under load');
    expect(Number(lab.wgShow('latest-handshakes').split('\t')[1])).toBeGreaterThan(0);
    const { sent, back } = await endOf(flooding);
    expect(sent).toBeGreaterThan(1_000);
    expect(back['3']).toBeGreaterThan(100);
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
  });

  it('at the other one: Bowline takes the cookie and makes a new session by it', async () => {
    const cookies = lab.start(HERE, ['tcpdump', '-lnni', 'bowl-here', '-c', '1', `udp and dst host 192.0.2.1 and udp[8] = 3 and udp[4:2] = ${8 + COOKIE_LENGTH}`]);
    await until(() => cookies.printed().includes('listening'), 'tcpdump listens');
    const flooding = flood(THERE, '127.0.0.1', lab.thereKey.open, 1_500);
    let tries = 0;
    // A new start calls at once; whether it is asked for a cookie depends on how full the queue of the other one is.
    for (; cookies.child.exitCode === null && tries < 10; tries++) {
      lab.bowline('down');
      expect(lab.up(lab.config({ interfaceLines: `ListenPort = ${PORT}` })).status).toBe(0);
      await until(() => lab.ping(HERE, '10.7.0.2', 1) === 1, 'a session while the other one is flooded', 20_000);
    }
    expect((await endOf(flooding)).sent).toBeGreaterThan(1_000);
    expect(cookies.printed()).toContain('192.0.2.2.51820 > 192.0.2.1.51820');
  });
});
