/**
 * Which programs the tunnel benchmark can use on this machine. Nothing is fetched but the current wireguard-go, by Go's own
 * `go install`, where Go is present.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = { ip: 'iproute2', ping: 'iputils-ping', iperf3: 'iperf3', wg: 'wireguard-tools' } as const;
const MODULE = 'golang.zx2c4.com/wireguard';
const BUILD_WITHIN = 300_000;

export interface Program {
  readonly path: string;
  readonly version: string;
}

/** One sentence when this machine cannot run it. */
export function missing(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces and devices';
  const packages = Object.entries(PACKAGES).flatMap(([program, from]) => (onPath(program) === undefined ? [from] : []));
  return packages.length === 0 ? undefined : `it needs programs that are not here: apt-get install ${packages.join(' ')}`;
}

/** The current wireguard-go where Go is present, else the distribution's, which the version tells apart. */
export function wireguardGo(): Program | undefined {
  const go = onPath('go') ?? ['/usr/local/go/bin/go'].find(isProgram);
  if (go !== undefined) {
    const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'bowline-bench');
    const path = join(folder, 'wireguard');
    const built = spawnSync(go, ['install', `${MODULE}@latest`], { env: { ...process.env, GOBIN: folder }, stdio: 'ignore', timeout: BUILD_WITHIN });
    if (built.status === 0 || existsSync(path)) {
      const told = /\bmod\s+\S+\s+(\S+)/.exec(execFileSync(go, ['version', '-m', path], { encoding: 'utf8' }))?.[1] ?? 'unknown';
      return { path, version: day(told) };
    }
  }
  const path = onPath('wireguard-go');
  if (path === undefined) return undefined;
  return { path, version: `${/v\S+/.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout)?.[0] ?? 'unknown'} of this system; the current one needs Go` };
}

export interface TailscalePrograms {
  readonly tailscaled: Program;
  readonly tailscale: string;
  readonly headscale: string;
  readonly derper: string;
  readonly openssl: string;
}

/** On PATH, then in $BOWLINE_PEERS, then beside the project in ../shared/peers. Else the names of what is not there. */
export function tailscalePrograms(): TailscalePrograms | readonly string[] {
  const names = ['tailscaled', 'tailscale', 'headscale', 'derper', 'openssl'];
  let unpacked: string | undefined;
  const found = names.map((name) => onPath(name) ?? inFolder(process.env['BOWLINE_PEERS'], name) ?? inFolder((unpacked ??= unpackPeers() ?? ''), name));
  const [tailscaled, tailscale, headscale, derper, openssl] = found;
  if (tailscaled === undefined || tailscale === undefined || headscale === undefined || derper === undefined || openssl === undefined) return names.filter((_name, i) => found[i] === undefined);
  const version = /^[\d.]+/.exec(spawnSync(tailscaled, ['--version'], { encoding: 'utf8' }).stdout)?.[0] ?? 'unknown';
  return { tailscaled: { path: tailscaled, version }, tailscale, headscale, derper, openssl };
}

function unpackPeers(): string | undefined {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
  const install = join(root, '../shared/peers/install');
  return isProgram(install) ? execFileSync(install, { encoding: 'utf8' }).trim() : undefined;
}

function onPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '').split(':').map((folder) => inFolder(folder, program)).find((path) => path !== undefined);
}

function inFolder(folder: string | undefined, program: string): string | undefined {
  if (folder === undefined || folder === '') return undefined;
  const path = join(folder, program);
  return isProgram(path) ? path : undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A Go version of a commit holds its time: v0.0.0-20260522210424-ecfc5a8d5446. */
function day(version: string): string {
  const at = /-(\d{4})(\d\d)(\d\d)\d{6}-([0-9a-f]{7})/.exec(version);
  return at === null ? version : `${at[1]}-${at[2]}-${at[3]}, ${at[4]}`;
}
