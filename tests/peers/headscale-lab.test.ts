/** The lab itself, proved with the stock client: where this passes and another test fails, the fault is Bowline's. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeadscaleLab, needHeadscale, SERVER_URL } from './headscale-lab.ts';
import { findProgram, realProgram } from './real-programs.ts';
import { until } from './rooms.ts';
import { StockNode } from './stock-node.ts';

needHeadscale();
realProgram('tailscaled');

describe('the lab with the real Headscale', () => {
  let lab: HeadscaleLab;
  beforeAll(async () => {
    lab = await HeadscaleLab.open();
  });
  afterAll(() => lab.close());

  it('takes two stock clients by key, shows them online, and they reach each other', async () => {
    const [one, two] = [new StockNode(lab, lab.room(0)), new StockNode(lab, lab.room(1))];
    await Promise.all([one.up('stock-one'), two.up('stock-two')]);
    await until(async () => (await lab.isOnline('stock-one')) && (await lab.isOnline('stock-two')), 'both are online');
    const nodes = await lab.nodes();
    expect(nodes.map((node) => node.name).toSorted()).toEqual(['stock-one', 'stock-two']);
    expect((await lab.memoryOf('stock-one')).Hostinfo).toMatchObject({ OS: 'linux', Hostname: 'stock-one' });
    const address = (await lab.nodeOf('stock-two')).ipAddresses[0] ?? '';
    await until(async () => (await one.room.pings(address, 1)) === 1, 'the one reaches the other');
  });

  it('loses its port, its name and its process, and has them back', async () => {
    const answers = async (): Promise<boolean> => (await lab.room(0).tryRun(['curl', '-s', '-m', '2', '--cacert', lab.trust.NODE_EXTRA_CA_CERTS, `${SERVER_URL}/health`])).status === 0;
    expect(await answers()).toBe(true);
    await lab.blackhole();
    expect(await answers()).toBe(false);
    await lab.endBlackhole();
    expect(await answers()).toBe(true);
    lab.nameIsGone();
    expect(await answers()).toBe(false);
    lab.nameIsBack();
    expect(await answers()).toBe(true);
    lab.freeze();
    expect(await answers()).toBe(false);
    lab.thaw();
    expect(await answers()).toBe(true);
    await lab.kill();
    expect(await answers()).toBe(false);
    await lab.start();
    expect(await answers()).toBe(true);
    await until(async () => (await lab.isOnline('stock-one')) && (await lab.isOnline('stock-two')), 'the stock clients are back', 60_000);
  });

  it('leaves nothing behind', async () => {
    const other = await HeadscaleLab.open({ rooms: 1 });
    const { id, folder } = other.segment;
    const left = (): string => spawnSync('sh', ['-c', `ip netns | grep ${id}; ls /etc/netns | grep ${id}; ls -d ${folder}; pgrep -af ${folder}`], { encoding: 'utf8' }).stdout;
    expect(left()).not.toBe('');
    await other.close();
    expect(left().replaceAll(/^.*\bsh -c .*$/gm, '').trim()).toBe('');
  });
});

describe('a real program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bowl-find-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is found on PATH, then in the folder that is named, then by unpacking', () => {
    const packed = join(folder, 'packed');
    spawnSync('mkdir', ['-p', join(folder, 'path'), join(folder, 'named'), packed, join(folder, 'unpacked')]);
    for (const place of ['path', 'named', 'unpacked']) writeFileSync(join(folder, place, 'server'), '');
    writeFileSync(join(packed, 'install'), `echo ${join(folder, 'unpacked')}`);
    const places = { path: join(folder, 'path'), folder: join(folder, 'named'), packed };
    expect(findProgram('server', places)).toBe(join(folder, 'path', 'server'));
    expect(findProgram('server', { ...places, path: '' })).toBe(join(folder, 'named', 'server'));
    expect(findProgram('server', { ...places, path: '', folder: undefined })).toBe(join(folder, 'unpacked', 'server'));
  });

  it('that is nowhere fails with what to do', () => {
    expect(() => findProgram('server', { path: '', folder: undefined, packed: join(folder, 'nowhere') })).toThrow(/need server: put it on PATH or in a folder that BOWLINE_PEERS names/);
  });
});
