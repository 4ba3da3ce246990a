/**
 * The contenders of the tunnel benchmark that need a cable alone: Bowline, wireguard-go, and the bare cable. Each brings
 * its own pair of namespaces up and says how to reach the far end and which processes carry the packets.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../../app/host/version.ts';
import { keyPair } from '../key-pair.ts';
import { CABLE, SIDES, UNDERLAY, type Lab, type Pair, type Side, type Started } from './lab.ts';
import type { Program } from './programs.ts';

export const BOWLINE = fileURLToPath(new URL('../../app/cli/bowline.js', import.meta.url));
const DEVICE = 'bowl0';
const PORT = 51_820;
const OVERLAY: Readonly<Record<Side, string>> = { a: '10.77.0.1', b: '10.77.0.2' };

export interface Running {
  readonly pair: Pair;
  /** What carries the traffic at each end. */
  readonly device: Readonly<Record<Side, string>>;
  /** Address of b inside the tunnel. */
  readonly to: string;
  /** Processes of both ends; none for the kernel. */
  readonly pids: readonly number[];
}

export interface Product {
  readonly name: string;
  readonly version: string;
  start(lab: Lab): Promise<Running>;
}

export function bareCable(): Product {
  return {
    name: 'bare veth',
    version: 'the kernel',
    start: (lab) => Promise.resolve({ pair: lab.pair(), device: { a: CABLE, b: CABLE }, to: UNDERLAY.b, pids: [] }),
  };
}

/** `bowline up` at both ends. */
export function bowline(mtu: number, mover: 'fast' | 'plain' = 'fast'): Product {
  return {
    name: `Bowline, MTU ${mtu}${mover === 'plain' ? ', plain' : ''}`,
    version: VERSION,
    async start(lab) {
      const pair = lab.pair();
      const keys = { a: keyPair(), b: keyPair() };
      const ends: Started[] = [];
      for (const side of SIDES) {
        const far = other(side);
        const config = [
          '[Interface]',
          `PrivateKey = ${keys[side].privateKey}`,
          `Address = ${OVERLAY[side]}/24`,
          `ListenPort = ${PORT}`,
          `MTU = ${mtu}`,
          '[Peer]',
          `PublicKey = ${keys[far].publicKey}`,
          `AllowedIPs = ${OVERLAY[far]}/32`,
          `Endpoint = ${UNDERLAY[far]}:${PORT}`,
        ].join('\n');
        const { end } = await bowlineUp(lab, pair, side, config, { more: mover === 'plain' ? ['--plain'] : [] });
        ends.push(end);
      }
      return { pair, device: { a: DEVICE, b: DEVICE }, to: OVERLAY.b, pids: ends.map(({ pid }) => pid) };
    },
  };
}

export interface UpOptions {
  /** More arguments of `up`. */
  readonly more?: readonly string[];
  /** Of Node itself. */
  readonly node?: readonly string[];
  /** Several at one end need other names. */
  readonly device?: string;
  /** Hears all that the process says. */
  readonly said?: (text: string) => void;
}

export interface Up {
  readonly end: Started;
  /** Runs a verb and gives what it prints. */
  readonly ask: (...verb: readonly string[]) => Promise<string>;
  /** Its control socket. */
  readonly socket: string;
}

/** `bowline up` at one end, with the text of its configuration. Resolves when it is up. */
export async function bowlineUp(lab: Lab, pair: Pair, side: Side, config: string, { more = [], node = [], device = DEVICE, said }: UpOptions = {}): Promise<Up> {
  const name = `${pair.name(side)}-${device}`;
  const state = join(lab.folder, name);
  const socket = join(state, 'socket');
  mkdirSync(state, { mode: 0o700 });
  const command = (...verb: readonly string[]): string[] => [process.execPath, ...node, BOWLINE, ...verb, '--json', '--state', state, '--socket', socket];
  const end = pair.start(side, command('up', '--foreground', '--config', lab.file(`${name}.conf`, config), '--tun', device, ...more), { LOG_LEVEL: 'error' });
  if (said !== undefined) end.hear(said);
  await end.until(() => end.hasSaid(`"device":"${device}"`));
  return { end, ask: (...verb) => pair.run(side, ...command(...verb)), socket };
}

export function wireguardGoProduct({ path, version }: Program, mtu: number): Product {
  return {
    name: 'wireguard-go',
    version,
    async start(lab) {
      const pair = lab.pair();
      const keys = { a: keyPair(), b: keyPair() };
      // Its control sockets lie in one folder for all namespaces.
      const device = { a: `bowla${process.pid}`, b: `bowlb${process.pid}` };
      const ends: Started[] = [];
      for (const side of SIDES) {
        const socket = `/var/run/wireguard/${device[side]}.sock`;
        lab.removeAtEnd(socket);
        const end = pair.start(side, [path, '-f', device[side]], { LOG_LEVEL: 'error' });
        await end.until(() => existsSync(socket));
        ends.push(end);
        const far = other(side);
        const secret = lab.file(`${device[side]}.key`, keys[side].privateKey);
        const peer = ['peer', keys[far].publicKey, 'allowed-ips', `${OVERLAY[far]}/32`, 'endpoint', `${UNDERLAY[far]}:${PORT}`];
        await pair.run(side, 'wg', 'set', device[side], 'private-key', secret, 'listen-port', String(PORT), ...peer);
        await pair.ip(side, 'addr', 'add', `${OVERLAY[side]}/24`, 'dev', device[side]);
        await pair.ip(side, 'link', 'set', device[side], 'mtu', String(mtu), 'up');
      }
      return { pair, device, to: OVERLAY.b, pids: ends.map(({ pid }) => pid) };
    },
  };
}

export const other = (side: Side): Side => (side === 'a' ? 'b' : 'a');
