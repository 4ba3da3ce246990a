/**
 * Opens a TUN device with as much offload as the kernel grants. Sets no address, no MTU and no link state (that is
 * netlink's), and reads no packet. Needs CAP_NET_ADMIN. The device goes when its descriptor is closed.
 */
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from './headers/poll.ts';
import { IFF_NO_PI, IFF_TUN, IFF_VNET_HDR, IFNAMSIZ, IFREQ, TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6, TUN_F_USO4, TUN_F_USO6, TUNSETIFF, TUNSETOFFLOAD } from './headers/tun.ts';
import { libc } from './libc.ts';
import { check, errno, SystemError } from '../system-error.ts';
import { createNativeMemory } from '../memory.ts';

/** What the kernel leaves to us. none: packets come whole and finished, still behind a virtio header of zeros. */
export type TunOffload = 'tcp and udp' | 'tcp' | 'none';

export interface TunDevice {
  readonly fd: number;
  /** As the kernel named it. */
  readonly name: string;
  readonly ifindex: number;
  readonly offload: TunOffload;
}

const DEVICE = '/dev/net/tun';
const LEVELS: readonly (readonly [TunOffload, number])[] = [
  ['tcp and udp', TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_USO4 | TUN_F_USO6],
  ['tcp', TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6],
  ['none', 0],
];

/** `name` may hold `%d` (the kernel counts). Reads and writes carry a 10-byte virtio header; reads never block. Throws SystemError. */
export function openTun(name: string, levels: readonly TunOffload[] = ['tcp and udp', 'tcp', 'none']): TunDevice {
  if (!/^[!-.0-~]{1,15}$/.test(name)) throw new Error(`a device name has 1 to ${IFNAMSIZ - 1} visible characters and no slash: "${name}"`);
  const { open, close, ioctl, if_nametoindex: indexOf } = libc();
  const { bytes, view, base } = createNativeMemory(IFREQ.size);
  const fd = check(open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC), 'open', DEVICE);
  try {
    for (let i = 0; i < name.length; i++) bytes[IFREQ.name + i] = name.charCodeAt(i);
    view.setUint16(IFREQ.flags, IFF_TUN | IFF_NO_PI | IFF_VNET_HDR, true);
    check(ioctl(fd, TUNSETIFF, base), 'ioctl TUNSETIFF', name);
    const named = String.fromCharCode(...bytes.subarray(IFREQ.name, bytes.indexOf(0, IFREQ.name)));
    const granted = LEVELS.find(([level, flags]) => levels.includes(level) && ioctl(fd, TUNSETOFFLOAD, flags) >= 0);
    if (granted === undefined) throw new SystemError('ioctl TUNSETOFFLOAD', named, errno());
    const ifindex = indexOf(named);
    if (ifindex === 0) throw new SystemError('if_nametoindex', named, errno());
    return { fd, name: named, ifindex, offload: granted[0] };
  } catch (error) {
    close(fd);
    throw error;
  }
}
