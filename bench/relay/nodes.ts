/**
 * Pairs of nodes in one tailnet, of Bowline and of tailscaled, each end on a cable of its own to the hub; and whether what one
 * says reaches the other by a relay or straight. For benchmarks.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../../app/host/version.ts';
import { Pair, SIDES, type Lab, type Namespace } from '../tunnel/lab.ts';
import { BOWLINE, type Running } from '../tunnel/products.ts';
import type { TailscalePrograms } from '../tunnel/programs.ts';
import { socketOf, TAILSCALE_DEVICE, tailscaleUp } from '../tunnel/tailscale.ts';
import type { TailnetServers } from '../tunnel/tailnet-servers.ts';
import { HUB_ADDRESS, type Hub } from './hub.ts';

const DEVICE = 'bowl0';
/** ms until a new pair has found its way. */
const FOUND_WITHIN = 60_000;

export interface PairMaker {
  readonly name: string;
  readonly version: string;
  /** Answers come from the other end when this resolves. */
  start(): Promise<Running>;
  /** How packets of this pair go now. */
  way(running: Running): Promise<'direct' | 'relay'>;
}

/** Bowline first. */
export function pairMakers(lab: Lab, hub: Hub, servers: TailnetServers, programs: TailscalePrograms): readonly PairMaker[] {
  return [
    {
      name: 'Bowline',
      version: VERSION,
      start: () => startPair(hub, DEVICE, (where) => bowlineUp(lab, where, servers)),
      way: async ({ pair }) => {
        const told = await pair.run('a', process.execPath, BOWLINE, 'status', '--json', '--state', stateOf(lab, pair.ends.a));
        const { peers } = JSON.parse(told) as { peers: readonly { name: string; path: { kind: string } }[] };
        return peers.find(({ name }) => name.startsWith(pair.name('b')))?.path.kind === 'direct' ? 'direct' : 'relay';
      },
    },
    {
      name: 'tailscaled',
      version: programs.tailscaled.version,
      start: () => startPair(hub, TAILSCALE_DEVICE, async (where) => (await tailscaleUp(lab, where, servers, programs, HUB_ADDRESS)).pid),
      way: async ({ pair, to }) => ((await pair.run('a', programs.tailscale, `--socket=${socketOf(lab, pair.ends.a)}`, 'ping', '--until-direct=false', '-c', '1', to)).includes('via DERP') ? 'relay' : 'direct'),
    },
  ];
}

function stateOf(lab: Lab, where: Namespace): string {
  return join(lab.folder, where.name);
}

/** `bowline up` in a namespace, signed in. Its process id. */
async function bowlineUp(lab: Lab, where: Namespace, servers: TailnetServers): Promise<number> {
  servers.nameIn(where, HUB_ADDRESS);
  const state = stateOf(lab, where);
  mkdirSync(state, { mode: 0o700 });
  const words = ['up', '--server', servers.url, '--authkey', servers.authKey, '--hostname', where.name, '--foreground', '--json', '--state', state, '--tun', DEVICE];
  const end = where.start([process.execPath, BOWLINE, ...words], { LOG_LEVEL: 'error', NODE_EXTRA_CA_CERTS: servers.authority });
  await end.until(async () => (await addressOf(where, DEVICE)) !== undefined, FOUND_WITHIN);
  return end.pid;
}

/** IPv4 of a node's device. */
async function addressOf(where: Namespace, device: string): Promise<string | undefined> {
  const shown = await where.run('ip', '-4', '-o', 'addr', 'show', 'dev', device).catch(() => '');
  return /inet ([\d.]+)/.exec(shown)?.[1];
}

async function startPair(hub: Hub, device: string, up: (where: Namespace) => Promise<number>): Promise<Running> {
  const pair = new Pair(hub.end(), hub.end());
  const pids: number[] = [];
  for (const side of SIDES) pids.push(await up(pair.ends[side]));
  const to = await addressOf(pair.ends.b, device);
  if (to === undefined) throw new Error(`${device} has no address`);
  for (const end = Date.now() + FOUND_WITHIN; !(await answers(pair, to)); ) if (Date.now() > end) throw new Error(`no answer comes through the relay within ${FOUND_WITHIN / 1_000} s`);
  return { pair, device: { a: device, b: device }, to, pids };
}

async function answers(pair: Pair, to: string): Promise<boolean> {
  return pair.run('a', 'ping', '-n', '-c', '1', '-W', '1', to).then(
    () => true,
    () => false,
  );
}

