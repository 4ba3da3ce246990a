/** `bowline up` and `down` on a real system, against Debian's wireguard-go. */
import { readFileSync, existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HERE, keyPair, Lab, needPrograms, PORT, THERE, until } from './lab.ts';

needPrograms();

describe('bowline up', () => {
  let lab: Lab;
  let before: string;
  beforeAll(async () => {
    lab = new Lab();
    await lab.startThere({ allowedIps: '10.7.0.1/32,fd07::1/128' });
    // Strict: what a default route must cope with.
    lab.run(HERE, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/bowl-here/rp_filter']);
    lab.ip(THERE, 'addr add 203.0.113.9/32 dev lo');
    lab.ip(THERE, 'addr add 2001:db8:9::9/128 dev lo');
    before = lab.picture();
  });
  afterAll(() => lab.close());
  afterEach(() => {
    lab.bowline('down');
    expect(lab.picture()).toBe(before);
  });

  it('carries IPv4 and IPv6 both ways, and says so', () => {
    expect(lab.up(lab.config({ interfaceLines: 'ListenPort = 51820' }))).toMatchObject({ status: 0, out: 'wg0 is up: 10.7.0.1/24, fd07::1/64, MTU 1420, UDP port 51820, 1 peer.\n', error: '' });
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    expect(lab.ping(HERE, 'fd07::2')).toBe(3);
    expect(lab.ping(THERE, '10.7.0.1')).toBe(3);
    expect(lab.ping(THERE, 'fd07::1')).toBe(3);
    const status = JSON.parse(lab.bowline('status', '--json').out) as { state: string; peers: { name: string }[] };
    expect(status).toMatchObject({ state: 'connected', truths: { os: { state: 'ok', detail: 'Network device wg0 is set up, with 2 routes' } }, peers: [{ name: 'bee', path: { kind: 'direct', via: `192.0.2.2:${PORT}` } }] });
    expect(lab.bowline('ping', 'bee', '--count', '1').out).toContain('1 of 1 answered');
    expect(lab.bowline('ui').out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=/);
    expect(lab.bowline('down')).toMatchObject({ status: 0, out: 'Bowline is down.\n' });
    expect(lab.picture()).toBe(before);
    expect(lab.bowline('down')).toMatchObject({ status: 1, error: expect.stringContaining('No Bowline is running') });
  });

  it('prints one JSON object, and calls the device as it is told', () => {
    const { status, out } = lab.up(lab.config(), '--json', '--tun', 'bowl7');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ device: 'bowl7', mtu: 1_420, addresses: ['10.7.0.1/24', 'fd07::1/64'], peers: 1, warnings: [] });
    expect(lab.ip(HERE, '-br link').out).toContain('bowl7');
  });

  it('reaches a peer over IPv6', () => {
    expect(lab.up(lab.config({ endpoint: `[2001:db8::2]:${PORT}` })).status).toBe(0);
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    expect(lab.bowline('peers', '--json').out).toContain(`[2001:db8::2]:${PORT}`);
  });

  it.each([['fast', []], ['plain', ['--plain']]])('takes a default route without a loop, with strict reverse path filters and its own name servers, on the %s path', (_, flags) => {
    expect(lab.up(lab.config({ allowedIps: '0.0.0.0/0, ::/0', interfaceLines: 'DNS = 10.7.0.2, tunnel.example' }), ...flags)).toMatchObject({ status: 0 });
    expect(lab.ip(HERE, 'route get 203.0.113.9').out).toContain('dev wg0');
    expect(lab.ip(HERE, 'route get 203.0.113.9 mark 51820').out).toContain('dev bowl-here');
    expect(lab.ip(HERE, '-6 route get 2001:db8:9::9').out).toContain('dev wg0');
    // What is on our own cable stays there.
    expect(lab.ip(HERE, 'route get 192.0.2.2').out).toContain('dev bowl-here');
    const sent = (): number => Number(lab.run(HERE, ['cat', '/sys/class/net/bowl-here/statistics/tx_bytes']).out);
    expect(lab.ping(HERE, '203.0.113.9', 1)).toBe(1);
    const start = sent();
    expect(lab.ping(HERE, '203.0.113.9')).toBe(3);
    expect(lab.ping(HERE, '2001:db8:9::9')).toBe(3);
    expect(lab.ping(HERE, '192.0.2.2')).toBe(3);
    expect(sent() - start).toBeLessThan(4_000);
    expect(lab.run(HERE, ['cat', '/etc/resolv.conf']).out.split('\n').slice(1)).toEqual(['nameserver 10.7.0.2', 'search tunnel.example', 'options timeout:1 attempts:1', '']);
    expect(lab.run(HERE, ['cat', '/proc/sys/net/ipv4/conf/all/rp_filter']).out).toBe('2\n');
  });

  it('does not connect with a wrong key or a wrong preshared key, and says that nothing answers', async () => {
    for (const config of [lab.config({ privateKey: keyPair().secret }), lab.config({ peerLines: `PresharedKey = ${keyPair().secret}` })]) {
      expect(lab.up(config).status).toBe(0);
      expect(lab.ping(HERE, '10.7.0.2', 2)).toBe(0);
      const peer = (): unknown => (JSON.parse(lab.bowline('peers', '--json').out) as { peers: unknown[] }).peers[0];
      await until(() => JSON.stringify(peer()).includes('has never answered'), 'the peer is said to be silent');
      expect(peer()).toMatchObject({ path: { kind: 'none' }, handshakeAgeSeconds: null, rxBytes: 0 });
      expect(lab.bowline('down').status).toBe(0);
    }
  });

  it('changes nothing for a wrong file, and names every line', () => {
    const wrong = lab.config({ interfaceLines: 'MTU = 12\nPostUp = touch /tmp/x', endpoint: 'somewhere' });
    const { status, out, error } = lab.up(wrong);
    expect(status).toBe(1);
    expect(out).toBe('');
    expect(error.trim().split('\n').map((line) => line.replace(/, expected.*/, ''))).toEqual([
      'bowline: wg0.conf:4: MTU: found "12"',
      'bowline: wg0.conf:5: PostUp: found a command',
      'bowline: wg0.conf:9: Endpoint: found "somewhere"',
    ]);
    expect(error).not.toContain(lab.hereKey.secret);
    expect(lab.picture()).toBe(before);
    expect(lab.bowline('up', '--config', '/nowhere.conf')).toMatchObject({ status: 1, error: 'bowline: There is no file /nowhere.conf.\n' });
    expect(lab.up(lab.config({ privateKey: lab.thereKey.secret })).error).toContain("the public key of this computer's own PrivateKey");
  });

  it('changes nothing when a port, a route or a device name is taken, and says which', async () => {
    lab.ip(HERE, 'link add wg0 type veth peer name bowl-other');
    const device = lab.up(lab.config());
    lab.ip(HERE, 'link del wg0');
    expect(device).toMatchObject({ status: 1, error: expect.stringContaining('There is a network device wg0 already.') });
    lab.ip(HERE, 'route add 10.7.0.2/32 via 192.0.2.2');
    const taken = lab.picture();
    const route = lab.up(lab.config());
    const after = lab.picture();
    lab.ip(HERE, 'route del 10.7.0.2/32');
    expect(route).toMatchObject({ status: 1, error: expect.stringContaining('The system refused to route 10.7.0.2/32 to wg0') });
    expect(after).toBe(taken);
    const { child, ended } = await lab.upInForeground(lab.config({ interfaceLines: 'ListenPort = 4711' }));
    const other = lab.file('wg1.conf', lab.config({ interfaceLines: 'ListenPort = 4711' }));
    expect(lab.bowlineIn(`${lab.state}2`, 'up', '--config', other)).toMatchObject({ status: 1, error: expect.stringContaining('UDP port 4711 is used by another program') });
    expect(lab.bowline('up', '--config', other)).toMatchObject({ status: 1, error: expect.stringContaining('Bowline is already running at') });
    expect(lab.bowline('up', '--config', other, '--socket', `${lab.folder}/other.sock`)).toMatchObject({ status: 1, error: expect.stringContaining('Another Bowline uses the state folder') });
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('takes everything back at %s', async (signal) => {
    const { child, ended } = await lab.upInForeground(lab.config({ allowedIps: '0.0.0.0/0, ::/0', interfaceLines: 'DNS = 10.7.0.2' }));
    expect(lab.picture()).not.toBe(before);
    child.kill(signal);
    expect(await ended).toBe(0);
    expect(lab.picture()).toBe(before);
    expect(existsSync(`${lab.state}/system-journal`)).toBe(false);
  });

  it.each(['up', 'down'] as const)('leaves nothing of a killed one after the next %s', async (verb) => {
    const config = lab.config({ allowedIps: '0.0.0.0/0, ::/0', interfaceLines: 'DNS = 10.7.0.2' });
    expect(lab.up(config).status).toBe(0);
    const pid = lab.pid();
    process.kill(pid, 'SIGKILL');
    await until(() => !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '), 'the killed one ends');
    await until(() => !lab.ip(HERE, '-br link').out.includes('wg0'), 'its device goes');
    expect(lab.picture()).not.toBe(before);
    if (verb === 'up') {
      expect(lab.up(lab.config()).status).toBe(0);
      expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
      expect(lab.ip(HERE, 'rule').out).not.toContain('51820');
    }
    expect(lab.bowline('down').status).toBe(0);
    expect(lab.picture()).toBe(before);
  });

  it.each([['fast', []], ['plain', ['--plain']]])('goes on when the %s packet worker crashes, on the same port and the same device', async (_, flags) => {
    expect(lab.up(lab.config({ interfaceLines: 'ListenPort = 51820' }), ...flags)).toMatchObject({ status: 0, out: expect.stringContaining('UDP port 51820') });
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    const device = lab.ip(HERE, '-o link show wg0').out;
    await lab.crashPackets();
    await until(() => lab.ping(HERE, '10.7.0.2', 1) === 1, 'data flows again', 10_000);
    expect(lab.ip(HERE, '-o link show wg0').out).toBe(device);
    expect(lab.run(HERE, ['ss', '-Hulpn', 'sport = :51820']).out.trim().split('\n')).toHaveLength(2);
    expect(lab.bowline('history').out).toContain('PACKET_THREAD_ENDED');
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
  });

  it('refuses an endpoint that lies inside AllowedIPs', () => {
    expect(lab.up(lab.config({ allowedIps: '203.0.113.0/24', endpoint: '203.0.113.9:51820' }))).toMatchObject({ status: 1, error: expect.stringContaining('The endpoint 203.0.113.9 lies inside AllowedIPs') });
  });

  it('follows a name whose address changes while the peer is silent', async () => {
    lab.hosts('192.0.2.2 bee.test');
    try {
      expect(lab.up(lab.config({ endpoint: `bee.test:${PORT}` })).status).toBe(0);
      expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
      lab.ip(THERE, 'addr del 192.0.2.2/24 dev bowl-there');
      lab.ip(THERE, 'addr add 192.0.2.77/24 dev bowl-there');
      lab.hosts('192.0.2.77 bee.test');
      await until(() => lab.ping(HERE, '10.7.0.2', 1) === 1, 'the peer answers at its new address', 90_000);
      expect(lab.bowline('peers', '--json').out).toContain(`192.0.2.77:${PORT}`);
    } finally {
      lab.ip(THERE, 'addr del 192.0.2.77/24 dev bowl-there');
      lab.ip(THERE, 'addr add 192.0.2.2/24 dev bowl-there');
      lab.hosts('');
    }
  });

  it('comes up with a name that has no address yet, and finds it later', async () => {
    expect(lab.up(lab.config({ endpoint: `late.test:${PORT}` }))).toMatchObject({ status: 0, error: expect.stringContaining('late.test has no address yet') });
    lab.hosts('192.0.2.2 late.test');
    try {
      await until(() => lab.ping(HERE, '10.7.0.2', 1) === 1, 'the peer answers', 60_000);
    } finally {
      lab.hosts('');
    }
  });
});
