/**
 * tailscaled as a contender: two stock clients on one cable, with a control server (headscale) and a relay (derper) of
 * their own at end a (tailnet-servers.ts). Measured is the direct path.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SIDES, UNDERLAY, type Lab, type Namespace, type Started } from './lab.ts';
import type { Product } from './products.ts';
import type { TailscalePrograms } from './programs.ts';
import { startServers, type TailnetServers } from './tailnet-servers.ts';

export const TAILSCALE_DEVICE = 'tailscale0';

export function tailscaleProduct(programs: TailscalePrograms): Product {
  return {
    name: 'tailscaled',
    version: programs.tailscaled.version,
    async start(lab) {
      const pair = lab.pair();
      const servers = await startServers(lab, pair.ends.a, UNDERLAY.a, programs);
      const ends: Started[] = [];
      for (const side of SIDES) ends.push(await tailscaleUp(lab, pair.ends[side], servers, programs, UNDERLAY.a));
      const { b } = pair.ends;
      const to = (await b.run(programs.tailscale, `--socket=${socketOf(lab, b)}`, 'ip', '-4')).trim();
      // Ends with an error when ten answers came by the relay.
      await pair.run('a', programs.tailscale, `--socket=${socketOf(lab, pair.ends.a)}`, 'ping', '--until-direct', '-c', '20', to);
      return { pair, device: { a: TAILSCALE_DEVICE, b: TAILSCALE_DEVICE }, to, pids: ends.map(({ pid }) => pid) };
    },
  };
}

/** tailscaled in a namespace, signed in. `serversAt`: address of the servers as seen from there. */
export async function tailscaleUp(lab: Lab, where: Namespace, servers: TailnetServers, programs: TailscalePrograms, serversAt: string): Promise<Started> {
  servers.nameIn(where, serversAt);
  const socket = socketOf(lab, where);
  const env = { SSL_CERT_FILE: servers.bundle, TS_NO_LOGS_NO_SUPPORT: 'true' };
  const end = where.start([programs.tailscaled.path, `--state=${join(lab.folder, `${where.name}.state`)}`, `--socket=${socket}`, '--port=41641', `--tun=${TAILSCALE_DEVICE}`], env);
  await end.until(() => existsSync(socket));
  const up = ['up', `--login-server=${servers.url}`, `--authkey=${servers.authKey}`, `--hostname=${where.name}`, '--accept-dns=false', '--timeout=60s'];
  await where.run('env', `SSL_CERT_FILE=${servers.bundle}`, programs.tailscale, `--socket=${socket}`, ...up);
  return end;
}

export function socketOf(lab: Lab, where: Namespace): string {
  return join(lab.folder, `${where.name}.sock`);
}
