/**
 * Opens a utun device: a control socket of the kernel that stands for a network device as long as it is open. Sets no address,
 * no MTU and no link state, and reads no packet. Needs root. Each packet has four bytes before it, its address family.
 */
import { constants } from 'node:fs';
import { createNativeMemory } from '../memory.ts';
import { check, errno, SystemError } from '../system-error.ts';
import { F_GETFL, F_SETFD, F_SETFL, FD_CLOEXEC } from './headers/socket.ts';
import { AF_SYS_CONTROL, CTL_INFO, CTLIOCGINFO, IFNAMSIZ, PF_SYSTEM, SOCK_DGRAM, SOCKADDR_CTL, SYSPROTO_CONTROL, UTUN_CONTROL, UTUN_OPT_IFNAME } from './headers/utun.ts';
import { posix, type Posix } from './libc.ts';

export interface UtunDevice {
  readonly fd: number;
  /** As the kernel named it: utun and a number. */
  readonly name: string;
  readonly ifindex: number;
}

export type UtunCalls = Pick<Posix, 'socket' | 'close' | 'ioctl' | 'connect' | 'getsockopt' | 'fcntl' | 'if_nametoindex' | 'dup2'>;

/** `utun7`: that one, EBUSY where it is taken. Any other name: the next free one. */
export function unitOf(name: string): number {
  const number = /^utun(0|[1-9]\d{0,3})$/.exec(name)?.[1];
  return number === undefined ? 0 : Number(number) + 1;
}

/** Reads never block. Throws SystemError, and leaves nothing open then. `calls`: a test brings its own. */
export function openUtun(name: string, calls: UtunCalls = posix()): UtunDevice {
  const { socket, close, ioctl, connect, getsockopt, fcntl, if_nametoindex } = calls;
  const { bytes, view, base } = createNativeMemory(256);
  const fd = check(socket(PF_SYSTEM, SOCK_DGRAM, SYSPROTO_CONTROL), 'socket', 'utun');
  try {
    for (let i = 0; i < UTUN_CONTROL.length; i++) bytes[CTL_INFO.name + i] = UTUN_CONTROL.charCodeAt(i);
    check(ioctl(fd, CTLIOCGINFO, base), 'ioctl CTLIOCGINFO', UTUN_CONTROL);
    const id = view.getUint32(CTL_INFO.id, true);
    bytes.fill(0, 0, SOCKADDR_CTL.size);
    view.setUint8(SOCKADDR_CTL.length, SOCKADDR_CTL.size);
    view.setUint8(SOCKADDR_CTL.family, PF_SYSTEM);
    view.setUint16(SOCKADDR_CTL.system, AF_SYS_CONTROL, true);
    view.setUint32(SOCKADDR_CTL.id, id, true);
    view.setUint32(SOCKADDR_CTL.unit, unitOf(name), true);
    check(connect(fd, base, SOCKADDR_CTL.size), 'connect', name);
    bytes.fill(0, 0, IFNAMSIZ);
    view.setUint32(IFNAMSIZ, IFNAMSIZ, true);
    check(getsockopt(fd, SYSPROTO_CONTROL, UTUN_OPT_IFNAME, base, base + IFNAMSIZ), 'getsockopt UTUN_OPT_IFNAME', name);
    const end = bytes.subarray(0, IFNAMSIZ).indexOf(0);
    const named = String.fromCharCode(...bytes.subarray(0, end < 0 ? IFNAMSIZ : end));
    check(fcntl(fd, F_SETFL, check(fcntl(fd, F_GETFL, 0), 'fcntl', 'F_GETFL') | constants.O_NONBLOCK), 'fcntl', 'O_NONBLOCK');
    check(fcntl(fd, F_SETFD, FD_CLOEXEC), 'fcntl', 'FD_CLOEXEC');
    const ifindex = if_nametoindex(base);
    if (ifindex === 0) throw new SystemError('if_nametoindex', named, errno());
    return { fd, name: named, ifindex };
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** A new device behind the descriptor of the one that is gone, so that whoever reads it goes on. Throws SystemError. */
export function reopenUtun(gone: Pick<UtunDevice, 'fd'>, name: string, calls: UtunCalls = posix()): UtunDevice {
  const opened = openUtun(name, calls);
  try {
    check(calls.dup2(opened.fd, gone.fd), 'dup2', opened.name);
    check(calls.fcntl(gone.fd, F_SETFD, FD_CLOEXEC), 'fcntl', 'FD_CLOEXEC');
  } finally {
    calls.close(opened.fd);
  }
  return { ...opened, fd: gone.fd };
}
