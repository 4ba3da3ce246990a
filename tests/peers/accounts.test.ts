/** `bowline up --server`, `login`, `logout` and `accounts` against the real Headscale, as a person uses them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HeadscaleLab, needHeadscale, SERVER_URL } from './headscale-lab.ts';
import { until, type Room, type Running } from './rooms.ts';

needHeadscale();

const COMMAND = fileURLToPath(new URL('../../dist/app/cli/bowline.js', import.meta.url));

/** One Bowline in a room, with a state folder of its own. */
class Bowline {
  readonly room: Room;
  readonly state = mkdtempSync(join(tmpdir(), 'bowline-peer-'));
  readonly #lab: HeadscaleLab;

  constructor(lab: HeadscaleLab, at: number) {
    this.#lab = lab;
    this.room = lab.room(at);
  }

  run(...args: readonly string[]) {
    return this.room.tryRun(this.#command(args), this.#lab.trust);
  }

  start(...args: readonly string[]): Running {
    return this.room.start(this.#command(args), this.#lab.trust);
  }

  async json(...args: readonly string[]): Promise<unknown> {
    const ran = await this.run(...args, '--json');
    expect(ran.out, `${args.join(' ')}: status ${ran.status} ${ran.error}`).not.toBe('');
    return JSON.parse(ran.out) as unknown;
  }

  /** As `up` does it for scripts. */
  async up(key: string, name: string): Promise<void> {
    const ran = await this.room.tryRun(this.#command(['up', '--server', SERVER_URL, '--hostname', name, '--timeout', '30', '--json']), { ...this.#lab.trust, BOWLINE_AUTHKEY: key });
    expect(ran).toMatchObject({ status: 0 });
    expect(JSON.parse(ran.out)).toMatchObject({ account: 'hs.test', server: SERVER_URL, name });
  }

  /** What of the system Bowline may change. */
  async picture(): Promise<string> {
    return (await Promise.all(['-br addr', 'route show table all', '-6 route show table all', 'rule', '-6 rule'].map((what) => this.room.ip(what)))).join('\n').replaceAll(/expires \d+sec/g, '');
  }

  onDisk(): string {
    return readdirSync(this.state).filter((name) => !name.endsWith('.sock')).map((name) => readFileSync(join(this.state, name), 'latin1')).join('\n');
  }

  /** As a crash does. */
  kill(): void {
    process.kill(Number(readFileSync(join(this.state, 'bowline.sock.pid'), 'utf8')), 'SIGKILL');
  }

  async close(): Promise<void> {
    await this.run('down');
    rmSync(this.state, { recursive: true });
  }

  #command(args: readonly string[]): string[] {
    return [process.execPath, COMMAND, ...args, '--state', this.state];
  }
}

describe('a tailnet of the real Headscale', () => {
  let lab: HeadscaleLab;
  let here: Bowline;
  let there: Bowline;
  let before: string;
  beforeAll(async () => {
    lab = await HeadscaleLab.open();
    here = new Bowline(lab, 0);
    there = new Bowline(lab, 1);
    before = await here.picture();
  });
  afterAll(async () => {
    await Promise.all([here.close(), there.close()]);
    await lab.close();
  });
  afterEach(async () => {
    await here.run('down');
    expect(await here.picture()).toBe(before);
  });

  it('is joined by key; the server has the right name and system; two reach each other; down leaves nothing', async () => {
    const key = await lab.authKey();
    await Promise.all([here.up(key, 'ada'), there.up(key, 'bee')]);
    await until(async () => (await lab.isOnline('ada')) && (await lab.isOnline('bee')), 'both are online');
    expect((await lab.memoryOf('ada')).Hostinfo).toMatchObject({ OS: 'linux', Hostname: 'ada', IPNVersion: expect.stringMatching(/^bowline-/), GoArch: expect.stringMatching(/^(amd64|arm64)$/) });
    expect((await lab.memoryOf('ada')).Endpoints?.some((endpoint) => endpoint.startsWith(`${here.room.ipv4}:`))).toBe(true);
    const address = (await lab.nodeOf('bee')).ipAddresses[0] ?? '';
    await until(async () => (await here.room.pings(address, 1)) === 1, 'the one reaches the other');
    expect(here.onDisk()).not.toContain(key);
    expect(await here.run('down')).toMatchObject({ status: 0 });
    expect(await here.picture()).toBe(before);
  });

  it('is joined again after kill -9, as the same node under the same name, and nothing is left meanwhile', async () => {
    expect(await here.json('up', '--timeout', '30')).toMatchObject({ name: 'ada' });
    const { id } = await lab.nodeOf('ada');
    here.kill();
    await until(async () => (await here.picture()) === before, 'the system is as before');
    expect(await here.json('accounts')).toMatchObject({ accounts: [{ id: 'hs.test', state: 'signed-in', user: 'lab' }] });
    expect(await here.json('up', '--timeout', '30')).toMatchObject({ name: 'ada' });
    expect((await lab.nodeOf('ada')).id).toBe(id);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('is left by %s, and the system is as before', async (signal) => {
    const running = here.start('up', '--foreground');
    await until(() => running.out().includes('Joined'), 'it is joined');
    // The program that started it is `ip netns exec`, which became it.
    running.child.kill(signal);
    expect((await running.ended).status).toBe(0);
    expect(await here.picture()).toBe(before);
  });

  it('a second account of one server signs in by an address that survives a restart in the middle; switching loses none', async () => {
    expect(await here.run('up', '--timeout', '30')).toMatchObject({ status: 0 });
    const asked = await here.run('login', '--another', '--timeout', '3');
    const address = /https:\/\/\S+\/register\/\S+/.exec(asked.error)?.[0] ?? '';
    expect(asked.status).toBe(1);
    here.kill();
    const again = here.start('up', '--hostname', 'ada-two');
    await until(() => again.error().includes('/register/'), 'the address is shown');
    expect(again.error()).toContain(address);
    await lab.approve(address);
    expect((await again.ended).status).toBe(0);
    expect(await here.json('accounts')).toMatchObject({ accounts: [{ id: 'hs.test', active: false, state: 'signed-in' }, { id: 'hs.test-2', active: true, state: 'signed-in' }] });
    await here.run('accounts', 'switch', 'hs.test');
    await until(async () => (await lab.isOnline('ada')) && !(await lab.isOnline('ada-two')), 'the first is online again, and it alone', 30_000);
    expect(await here.run('accounts', 'remove', 'hs.test-2')).toMatchObject({ status: 0 });
    expect(await here.json('accounts')).toMatchObject({ accounts: [{ id: 'hs.test', active: true, state: 'signed-in' }] });
  });

  it('an address that another device has is refused in words, and taken when it is free', async () => {
    const [address = ''] = (await lab.nodeOf('ada')).ipAddresses;
    await here.room.ip(`addr add ${address}/32 dev lo`);
    const up = await here.run('up', '--timeout', '30');
    await here.room.ip(`addr del ${address}/32 dev lo`);
    expect(up).toMatchObject({ status: 1, error: expect.stringContaining(`The address ${address}, which the server gave this computer, is in use by its network device lo`) });
    await until(async () => (await here.room.ip('-br addr show dev bowline0')).includes(address), 'it has its address');
  });

  it('a changed address of this computer is told to the server within 2 s', async () => {
    expect(await here.run('up', '--timeout', '30')).toMatchObject({ status: 0 });
    await here.room.ip('addr add 192.0.2.77/24 dev lan0');
    try {
      await until(async () => (await lab.memoryOf('ada')).Endpoints?.some((endpoint) => endpoint.startsWith('192.0.2.77:')) === true, 'the server knows it', 2_000);
    } finally {
      await here.room.ip('addr del 192.0.2.77/24 dev lan0');
    }
  });

  it('a bad key is refused in the words of the server', async () => {
    const other = new Bowline(lab, 1);
    await there.run('down');
    const ran = await other.room.tryRun([process.execPath, COMMAND, 'up', '--server', SERVER_URL, '--authkey', 'hskey-auth-no-key', '--timeout', '20', '--state', other.state], lab.trust);
    expect(ran).toMatchObject({ status: 1, error: expect.stringContaining('says no') });
    await other.close();
  });

  it('is left for good by logout: the server says expired, and no key is on the disk', async () => {
    expect(await here.run('up', '--timeout', '30')).toMatchObject({ status: 0 });
    expect(await here.run('logout')).toMatchObject({ status: 0, out: 'Signed out of hs.test. Its keys are erased.\n' });
    expect(here.onDisk()).not.toContain('privkey:');
    expect(Date.parse((await lab.nodeOf('ada')).expiry ?? '')).toBeLessThanOrEqual(Date.now() + 5_000);
  });
});
