/**
 * tailscaled as a contender: two stock clients on one cable, with a control server (headscale) and a relay (derper) of
 * their own at end a, under names and certificates that exist only here. Measured is the direct path.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIDES, UNDERLAY, type Pair, type Started } from './lab.ts';
import type { Product } from './products.ts';
import type { TailscalePrograms } from './programs.ts';

const DEVICE = 'tailscale0';
const CONTROL = 'hs.test';
const RELAY = 'derp.test';
const CONTROL_PORT = 8_443;
const SYSTEM_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

export function tailscaleProduct(programs: TailscalePrograms): Product {
  return {
    name: 'tailscaled',
    version: programs.tailscaled.version,
    async start(lab) {
      const pair = lab.pair();
      const home = join(lab.folder, 'tailscale');
      mkdirSync(home);
      for (const side of SIDES) writeFileSync(join(pair.etc(side), 'hosts'), `127.0.0.1 localhost\n${UNDERLAY.a} ${CONTROL} ${RELAY}\n`);
      const bundle = certificates(home, programs.openssl);
      await startRelay(pair, home, programs);
      const key = await startControl(pair, home, programs);
      const env = { SSL_CERT_FILE: bundle, TS_NO_LOGS_NO_SUPPORT: 'true' };
      const ends: Started[] = [];
      for (const side of SIDES) {
        const socket = join(home, `${side}.sock`);
        const end = pair.start(side, [programs.tailscaled.path, `--state=${join(home, `${side}.state`)}`, `--socket=${socket}`, '--port=41641', `--tun=${DEVICE}`], env);
        await end.until(() => existsSync(socket));
        const up = ['up', `--login-server=https://${CONTROL}:${CONTROL_PORT}`, `--authkey=${key}`, `--hostname=end-${side}`, '--accept-dns=false', '--timeout=60s'];
        await pair.run(side, 'env', `SSL_CERT_FILE=${bundle}`, programs.tailscale, `--socket=${socket}`, ...up);
        ends.push(end);
      }
      const to = (await pair.run('b', programs.tailscale, `--socket=${join(home, 'b.sock')}`, 'ip', '-4')).trim();
      // Ends with an error when ten answers came by the relay.
      await pair.run('a', programs.tailscale, `--socket=${join(home, 'a.sock')}`, 'ping', '--until-direct', '-c', '20', to);
      return { pair, device: { a: DEVICE, b: DEVICE }, to, pids: ends.map(({ pid }) => pid) };
    },
  };
}

/** A certificate authority of this run alone, and certificates for both names. Returns the bundle to trust. */
function certificates(home: string, openssl: string): string {
  const run = (...args: string[]): void => void execFileSync(openssl, args, { cwd: home, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  run('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=Bowline benchmark');
  for (const name of [CONTROL, RELAY]) {
    writeFileSync(join(home, `${name}.ext`), `subjectAltName=DNS:${name}\n`);
    run('req', ...key.slice(0, -2), '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    run('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`, '-out', `${name}.crt`);
  }
  const bundle = join(home, 'bundle.pem');
  if (existsSync(SYSTEM_CERTIFICATES)) copyFileSync(SYSTEM_CERTIFICATES, bundle);
  writeFileSync(bundle, `\n${readFileSync(join(home, 'ca.crt'), 'utf8')}`, { flag: 'a' });
  return bundle;
}

async function startRelay(pair: Pair, home: string, { derper }: TailscalePrograms): Promise<void> {
  const args = ['-a', ':443', '-c', join(home, 'derper.json'), '-certmode', 'manual', '-certdir', home, '-hostname', RELAY, '-http-port', '-1', '-stun'];
  const relay = pair.start('a', [derper, ...args]);
  await relay.until(async () => (await pair.run('a', 'ss', '-Hltn', 'sport', '=', ':443')).includes(':443'));
}

/** Returns a key with which clients may join. */
async function startControl(pair: Pair, home: string, { headscale }: TailscalePrograms): Promise<string> {
  const relays = join(home, 'derp.yaml');
  const region = `regionid: 900, regioncode: lab, regionname: Lab, nodes: [{name: 900a, regionid: 900, hostname: ${RELAY}, ipv4: ${UNDERLAY.a}, stunport: 3478, derpport: 443}]`;
  writeFileSync(relays, `regions: {900: {${region}}}\n`);
  const config = join(home, 'headscale.yaml');
  writeFileSync(
    config,
    [
      `server_url: https://${CONTROL}:${CONTROL_PORT}`,
      `listen_addr: 0.0.0.0:${CONTROL_PORT}`,
      'metrics_listen_addr: 127.0.0.1:9090',
      `noise: {private_key_path: ${join(home, 'noise.key')}}`,
      'prefixes: {v4: 100.64.0.0/10, v6: "fd7a:115c:a1e0::/48", allocation: sequential}',
      `derp: {server: {enabled: false}, urls: [], paths: [${relays}], auto_update_enabled: false, update_frequency: 24h}`,
      'disable_check_updates: true',
      `database: {type: sqlite, sqlite: {path: ${join(home, 'headscale.db')}}}`,
      `tls_cert_path: ${join(home, `${CONTROL}.crt`)}`,
      `tls_key_path: ${join(home, `${CONTROL}.key`)}`,
      'dns: {magic_dns: true, base_domain: tail.test, override_local_dns: false, nameservers: {global: []}}',
      `unix_socket: ${join(home, 'headscale.sock')}`,
      'unix_socket_permission: "0700"',
      'log: {level: warn, format: text}',
    ].join('\n'),
  );
  const server = pair.start('a', [headscale, '-c', config, 'serve']);
  await server.until(async () => (await pair.run('a', 'ss', '-Hltn', 'sport', '=', `:${CONTROL_PORT}`)).includes(String(CONTROL_PORT)));
  await pair.run('a', headscale, '-c', config, 'users', 'create', 'lab');
  const told = await pair.run('a', headscale, '-c', config, 'preauthkeys', 'create', '-u', '1', '--reusable', '-e', '24h');
  return told.trim().split(/\s+/).at(-1)!;
}
