/** Tells, before anything is touched, what a real tunnel would lack on this machine. Changes nothing. */
import { accessSync, constants, readFileSync } from 'node:fs';

const CAP_NET_ADMIN = 12;
const DEVICE = '/dev/net/tun';

/** system, processor: this program has no tunnel for them. rights: to change the network. file: /dev/net/tun. */
export interface Lack {
  readonly lack: 'system' | 'processor' | 'rights' | 'file';
  /** For who started it on a command line. */
  readonly sentence: string;
}

/** Undefined when all is there. */
export function lackForTunnel(): Lack | undefined {
  if (process.platform !== 'linux') return { lack: 'system', sentence: `Fast tunnels need Linux; this is ${process.platform}.` };
  if (process.arch !== 'x64' && process.arch !== 'arm64') return { lack: 'processor', sentence: `Fast tunnels need a 64-bit x86 or ARM processor; this is ${process.arch}.` };
  return missing(readFileSync('/proc/self/status', 'utf8'), deviceProblem());
}

/** One plain sentence about what is missing; undefined when all is there. */
export const missingForTunnel = (): string | undefined => lackForTunnel()?.sentence;

/** `status`: the text of /proc/self/status. `device`: errno name of opening the TUN device, if it cannot be had. */
export function missing(status: string, device: string | undefined): Lack | undefined {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  if (((effective >> BigInt(CAP_NET_ADMIN)) & 1n) === 0n) {
    return { lack: 'rights', sentence: 'A tunnel device needs the right to change the network (CAP_NET_ADMIN): run as root, or grant it with "setcap cap_net_admin+ep" on the node program.' };
  }
  if (device === 'ENOENT') return { lack: 'file', sentence: `${DEVICE} does not exist: load the kernel's tun module ("modprobe tun"), or give the container this device.` };
  if (device !== undefined) return { lack: 'file', sentence: `${DEVICE} cannot be opened (${device}): this user needs to read and write it.` };
  return undefined;
}

function deviceProblem(): string | undefined {
  try {
    accessSync(DEVICE, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'not readable';
  }
}
