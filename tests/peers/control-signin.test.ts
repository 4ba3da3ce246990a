/** Signing in at the real Headscale: by key, by a person's approval, again after a restart, and what an administrator or a person undoes. */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADDRESS, asksInPlainWords, isAskedOnce, LOOK_ON } from './asked-once.ts';
import { BowlineNode, overlayAddresses } from './bowline-node.ts';
import { DOMAIN, HeadscaleLab, needHeadscale, SERVER_URL } from './headscale-lab.ts';
import { pause, until } from './rooms.ts';

needHeadscale();

describe('signing in at the real Headscale', () => {
  let lab: HeadscaleLab;
  let node: BowlineNode;
  let number = 0;
  beforeAll(async () => {
    lab = await HeadscaleLab.open({ rooms: 1 });
  });
  afterAll(() => lab.close());
  afterEach(async () => {
    await node.kill();
  });

  /** A Bowline that was never here. */
  const fresh = (): BowlineNode => (node = new BowlineNode(lab, lab.room(0), `bee-${++number}`));
  const online = (name = node.name): Promise<number> => until(() => lab.isOnline(name), `${name} is online`);

  it('takes a key, is online with its name and system, and says so', async () => {
    const took = await fresh().join(await lab.authKey());
    console.log(`joined by key ${Math.round(took)} ms after the start of the program`);
    await online();
    const [there, memory, status] = [await lab.nodeOf(node.name), await lab.memoryOf(node.name), await node.status()];
    expect(there).toMatchObject({ name: node.name, online: true, expiry: null });
    expect(memory.Hostinfo).toMatchObject({ OS: 'linux', Hostname: node.name });
    expect(memory.Hostinfo.OSVersion).toContain(release());
    expect(memory.DiscoKey).not.toMatch(/:0*$/);
    await until(async () => (await lab.memoryOf(node.name)).Endpoints?.some((endpoint) => endpoint.startsWith(`${node.room.ipv4}:`)) === true, 'the server knows where it is');
    expect(overlayAddresses(status)).toEqual([...there.ipAddresses].toSorted());
    expect(status.truths.control.state).toBe('ok');
    expect(await node.account()).toMatchObject({ server: SERVER_URL, phase: 'running', name: node.name, user: 'lab', signInUrl: null, lastError: null });
    expect((await node.room.ip('addr show dev bowl0')).match(/inet6? (?:100\.64\.|fd7a:)\S+/g)).toHaveLength(2);
    for (const { path, mode } of node.files()) if (!path.endsWith('.log')) expect(`${mode} ${path}`).toBe(`600 ${path}`);
  });

  it('is the same node after a restart, without a key', async () => {
    await fresh().join(await lab.authKey('--expiration', '24h'));
    const before = await lab.nodeOf(node.name);
    expect((await node.stop()).status).toBe(0);
    await until(async () => !(await lab.isOnline(node.name)), 'the server sees it go', 30_000);
    await node.start();
    await node.untilPhase('running');
    await online();
    const { id, nodeKey, machineKey, ipAddresses } = await lab.nodeOf(node.name);
    expect({ id, nodeKey, machineKey, ipAddresses }).toEqual({ id: before.id, nodeKey: before.nodeKey, machineKey: before.machineKey, ipAddresses: before.ipAddresses });
  });

  it('says what the server says to a wrong key, and does not ask again and again', async () => {
    const key = `hskey-auth-000000000000-${'0'.repeat(64)}`;
    await fresh().start('--authkey', key);
    await node.untilAccount(({ phase, lastError }) => phase === 'refused' || (phase === 'sign-in' && lastError !== null), 'the key is refused');
    const status = await node.status();
    expect(status.causes.join(' ')).toMatch(/key/i);
    expect(JSON.stringify(status) + node.log()).not.toContain('0'.repeat(64));
    const asked = (): number => lab.log().match(/machine\/register/g)?.length ?? 0;
    const before = asked();
    await pause(LOOK_ON);
    expect(asked() - before).toBeLessThan(3);
  });

  it('shows an address, and joins as soon as the administrator approves it', async () => {
    await fresh().start();
    const address = await node.signInAddress();
    expect(address).toMatch(ADDRESS);
    asksInPlainWords(await node.status());
    expect(await lab.node(node.name)).toBeUndefined();
    await lab.approve(address);
    const took = await node.untilPhase('running');
    console.log(`running ${Math.round(took)} ms after the approval`);
    expect(took).toBeLessThan(5_000);
    await online();
    expect((await node.account()).signInUrl).toBeNull();
  });

  it('goes on with the same sign-in after it was killed in the middle of it', async () => {
    await fresh().start();
    const address = await node.signInAddress();
    await node.kill();
    await node.start();
    expect(await node.signInAddress()).toBe(address);
    await lab.approve(address);
    await node.untilPhase('running');
    await online();
  });

  it('joins at its start when the approval came while it did not run', async () => {
    await fresh().start();
    const address = await node.signInAddress();
    await node.kill();
    await lab.approve(address);
    await node.start();
    await node.untilPhase('running');
    await online();
  });

  it('replaces the address when the server has forgotten it', async () => {
    await fresh().start();
    const address = await node.signInAddress();
    await lab.kill();
    await lab.start();
    const other = await node.signInAddress(address);
    await lab.approve(other);
    await node.untilPhase('running');
    await online();
  });

  it('has another name and tags as soon as the administrator gives them', async () => {
    await fresh().join(await lab.authKey());
    await online();
    const { id } = await lab.nodeOf(node.name);
    await lab.headscale('nodes', 'rename', '-i', id, 'renamed');
    const named = await node.untilAccount(({ name }) => name === 'renamed', 'the new name is known', 5_000);
    expect((await node.status()).self.name).toBe('renamed');
    await lab.headscale('nodes', 'tag', '-i', id, '-t', 'tag:server');
    const tagged = await node.untilAccount(({ tags }) => tags.includes('tag:server'), 'the tag is known', 5_000);
    console.log(`a new name was known after ${Math.round(named)} ms, a tag after ${Math.round(tagged)} ms`);
    await until(async () => (await lab.nodeOf('renamed')).tags.includes('tag:server') && (await lab.isOnline('renamed')), 'it is online with its tag');
    expect((await node.account()).phase).toBe('running');
    expect(JSON.stringify(await node.snapshot())).not.toContain(`renamed.${DOMAIN}.`);
  });

  it('asks once to sign in when the administrator ends its key, and goes on as the same node', async () => {
    await fresh().join(await lab.authKey());
    await online();
    const [{ id, ipAddresses }, before] = [await lab.nodeOf(node.name), (await node.history('control')).length];
    await lab.headscale('nodes', 'expire', '-i', id);
    const address = await isAskedOnce(node, before, /expired/);
    await lab.approve(address);
    await node.untilPhase('running');
    await online();
    const after = await lab.nodeOf(node.name);
    expect({ id: after.id, ipAddresses: after.ipAddresses }).toEqual({ id, ipAddresses });
  });

  it('leaves at `logout`, keeps no key, asks once to sign in, and joins again by `login`', async () => {
    await fresh().join(await lab.authKey());
    await online();
    const { nodeKey } = await lab.nodeOf(node.name);
    await node.must('logout');
    await node.untilPhase('signed-out');
    await until(async () => Date.parse((await lab.nodeOf(node.name)).expiry ?? '2999-01-01') <= Date.now() + 1_000, 'the server ends its key');
    await pause(LOOK_ON);
    asksInPlainWords(await node.status());
    expect(await node.room.ip('addr')).not.toContain('100.64.');
    const kept = node.files().map(({ path }) => (path.endsWith('.sock') ? '' : readFileSync(path, 'latin1'))).join('\n');
    expect(kept).not.toMatch(/"(?:nodeKey|machineKey)":\s*"(?:privkey:)?[0-9A-Za-z+/=]{40,}/);
    expect((await node.must('accounts', '--json')).out).toContain('signed-out');
    await node.must('login', '--authkey', await lab.authKey());
    await node.untilPhase('running');
    await until(async () => (await lab.nodes()).some((there) => there.online && there.nodeKey !== nodeKey), 'it is back, with a key of its own');
  });
});
