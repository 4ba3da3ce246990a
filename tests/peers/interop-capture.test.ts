/** What is on the wire and what comes out of the tunnel: no plaintext outside, no wrong checksum inside. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { judgeChecksums } from './checksums.ts';
import { HERE, Lab, needPrograms, realPeers, THERE, until, type Running, type Side } from './lab.ts';
import { carried } from './measure.ts';

needPrograms('iperf3', 'tcpdump');

/** 16 bytes, as ping's pattern and as text. */
const MARKER = 'bowline-seen-it!';
const PATTERN = Buffer.from(MARKER).toString('hex');

describe('a capture', () => {
  let lab: Lab;
  afterEach(() => lab.close());

  async function capture(side: Side, device: string, ...more: readonly string[]): Promise<{ readonly file: string; readonly running: Running }> {
    const file = join(lab.folder, `${side}-${device}.pcap`);
    const running = lab.start(side, ['tcpdump', '-U', '-Z', 'root', '-ni', device, '-w', file, ...more]);
    await until(() => running.printed().includes('listening'), `tcpdump listens on ${device}`);
    return { file, running };
  }

  async function ended(captured: { readonly file: string; readonly running: Running }): Promise<Buffer> {
    await new Promise((resolve) => setTimeout(resolve, 300));
    captured.running.child.kill('SIGINT');
    await captured.running.ended;
    return readFileSync(captured.file);
  }

  it('of the cable shows no plaintext of either direction, and one of the tunnel does', async () => {
    lab = new Lab();
    await lab.startThere();
    expect(lab.up(lab.config()).status).toBe(0);
    const cable = await capture(HERE, 'bowl-here');
    const tunnel = await capture(HERE, 'wg0');
    for (const [side, to] of [[HERE, '10.7.0.2'], [THERE, 'fd07::1']] as const) lab.run(side, ['ping', '-q', '-p', PATTERN, '-s', '600', '-c', '5', '-i', '0.1', to]);
    const [outside, inside] = [await ended(cable), await ended(tunnel)];
    expect(inside.includes(MARKER)).toBe(true);
    expect(outside.length).toBeGreaterThan(10 * 600);
    // The pattern may begin anywhere in a packet, and a part of it would be enough to tell.
    for (let at = 0; at + 8 <= MARKER.length; at++) expect(outside.includes(MARKER.slice(at, at + 8))).toBe(false);
  });

  // Debian's wireguard-go hands one packet at a time to its system, with its checksum as it was on the wire: nothing is left to offload.
  it.each(['10.7.0.2', 'fd07::2'])('behind the other end shows right checksums only, of streams to %s', async (server) => {
    lab = new Lab();
    await lab.startThere();
    expect(lab.up(lab.config()).status).toBe(0);
    lab.start(THERE, ['iperf3', '-s']);
    await until(() => carried(lab, server, ['-n', '1K']) > 0, 'iperf3 serves');
    const from = server.includes(':') ? 'fd07::1' : '10.7.0.1';
    const tunnel = await capture(THERE, lab.thereDevice, 'src', from);
    expect(carried(lab, server, ['-n', '4M'])).toBeGreaterThan(262_144);
    expect(carried(lab, server, ['-u', '-b', '20M', '-t', '1', '-l', '1100'])).toBeGreaterThan(250_000);
    expect(carried(lab, server, ['-n', '4M', '-R'])).toBeGreaterThan(262_144);
    await ended(tunnel);
    const { out } = lab.run(THERE, ['sh', '-c', `tcpdump -vvnr ${tunnel.file} > ${lab.folder}/read; grep -c "cksum.*correct" ${lab.folder}/read; grep -ciE "incorrect|bad (udp )?cksum" ${lab.folder}/read; true`]);
    const [right, wrong] = out.trim().split('\n').map(Number);
    expect(wrong).toBe(0);
    expect(right).toBeGreaterThan(1_000);
  });

  it.each(['10.7.0.2', 'fd07::2'])('of our own end shows no wrong checksum, of streams from %s', async (server) => {
    lab = new Lab({ program: realPeers().at(-1)?.program ?? 'wireguard-go' });
    await lab.startThere();
    expect(lab.up(lab.config()).status).toBe(0);
    lab.start(THERE, ['iperf3', '-s']);
    await until(() => carried(lab, server, ['-n', '1K']) > 0, 'iperf3 serves');
    const tunnel = await capture(HERE, 'wg0', 'src', server);
    expect(carried(lab, server, ['-n', '4M', '-R'])).toBeGreaterThan(262_144);
    expect(carried(lab, server, ['-u', '-b', '20M', '-t', '1', '-l', '1100', '-R'])).toBeGreaterThan(250_000);
    const { right, wrong } = judgeChecksums(await ended(tunnel));
    expect(wrong).toBe(0);
    expect(right).toBeGreaterThan(10);
  });
});
