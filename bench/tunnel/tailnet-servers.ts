/**
 * What a tailnet needs besides its nodes: a control server (headscale) and a relay with STUN (derper) in one namespace, under
 * names and certificates that exist only here. For benchmarks.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab, Namespace, Started } from './lab.ts';
import type { TailscalePrograms } from './programs.ts';

const CONTROL = 'hs.test';
const RELAY = 'derp.test';
const CONTROL_PORT = 8_443;
const SYSTEM_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

export interface TailnetServers {
  readonly url: string;
  /** Reusable. */
  readonly authKey: string;
  /** PEM files: the system's authorities and the one of this run; the latter alone. */
  readonly bundle: string;
  readonly authority: string;
  readonly relayPid: number;
  /** Tells a namespace where the servers are, as seen from there. */
  nameIn(where: Namespace, address: string): void;
}

/** `address`: of the namespace, as the relay map names it. */
export async function startServers(lab: Lab, where: Namespace, address: string, programs: TailscalePrograms): Promise<TailnetServers> {
  const home = join(lab.folder, 'tailnet');
  mkdirSync(home);
  const nameIn = (place: Namespace, at: string): void => writeFileSync(join(place.etc, 'hosts'), `127.0.0.1 localhost\n${at} ${CONTROL} ${RELAY}\n`);
  nameIn(where, address);
  const bundle = certificates(home, programs.openssl);
  const relay = await startRelay(where, home, programs);
  const authKey = await startControl(where, address, home, programs);
  return { url: `https://${CONTROL}:${CONTROL_PORT}`, authKey, bundle, authority: join(home, 'ca.crt'), relayPid: relay.pid, nameIn };
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

async function startRelay(where: Namespace, home: string, { derper }: TailscalePrograms): Promise<Started> {
  const args = ['-a', ':443', '-c', join(home, 'derper.json'), '-certmode', 'manual', '-certdir', home, '-hostname', RELAY, '-http-port', '-1', '-stun'];
  const relay = where.start([derper, ...args]);
  await relay.until(async () => (await where.run('ss', '-Hltn', 'sport', '=', ':443')).includes(':443'));
  return relay;
}

/** Returns a key with which clients may join. */
async function startControl(where: Namespace, address: string, home: string, { headscale }: TailscalePrograms): Promise<string> {
  const relays = join(home, 'derp.yaml');
  const region = `regionid: 900, regioncode: lab, regionname: Lab, nodes: [{name: 900a, regionid: 900, hostname: ${RELAY}, ipv4: ${address}, stunport: 3478, derpport: 443}]`;
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
  const server = where.start([headscale, '-c', config, 'serve']);
  await server.until(async () => (await where.run('ss', '-Hltn', 'sport', '=', `:${CONTROL_PORT}`)).includes(String(CONTROL_PORT)));
  await where.run(headscale, '-c', config, 'users', 'create', 'lab');
  const told = await where.run(headscale, '-c', config, 'preauthkeys', 'create', '-u', '1', '--reusable', '-e', '24h');
  return told.trim().split(/\s+/).at(-1)!;
}
