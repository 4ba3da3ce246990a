/**
 * The C library of Darwin through koffi, with pointers as plain numbers (int64). The calls of `posix` are the same on
 * every Unix, and their twin test runs them on each; those of `darwin` exist there only. A negative result means failure:
 * `errno()` of ../system-error.ts right after it says which.
 */
import koffi from 'koffi';

export interface Posix {
  socket(domain: number, type: number, protocol: number): number;
  /** `pair`: int[2]. */
  socketpair(domain: number, type: number, protocol: number, pair: number): number;
  /** `ends`: int[2], first the one to read. */
  pipe(ends: number): number;
  close(fd: number): number;
  read(fd: number, to: number, size: number): number;
  write(fd: number, from: number, size: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  dup2(from: number, to: number): number;
  /** `at`: address of what the request reads and writes. */
  ioctl(fd: number, request: number, at: number): number;
  connect(fd: number, address: number, size: number): number;
  bind(fd: number, address: number, size: number): number;
  /** `size`: of a socklen_t, in and out. */
  getsockname(fd: number, address: number, size: number): number;
  getsockopt(fd: number, level: number, name: number, to: number, size: number): number;
  setsockopt(fd: number, level: number, name: number, from: number, size: number): number;
  /** 0: there is no such link. */
  if_nametoindex(name: number): number;
  /** In a thread of libuv's pool, without a limit of time. The memory must stay until `done`, which the caller's thread runs. */
  pollInBackground(fds: number, count: number, done: (error: unknown, ready: number) => void): void;
  /** `to`: 16 bytes. 0: there is no such link. */
  if_indextoname(index: number, to: number): number;
}

export interface Darwin {
  /** `name`: int[count]; `lengthAt`: size_t, in and out. */
  sysctl(name: number, count: number, to: number, lengthAt: number, from: number, size: number): number;
  /** Ticks; exact up to 2^53 of them. */
  mach_absolute_time(): number | bigint;
  mach_continuous_time(): number | bigint;
  /** `to`: two uint32, numerator and denominator of nanoseconds a tick. */
  mach_timebase_info(to: number): number;
}

let loadedPosix: Posix | undefined;
let loadedDarwin: Darwin | undefined;

/** Bound once a thread. */
export function posix(): Posix {
  if (loadedPosix !== undefined) return loadedPosix;
  const lib = koffi.load(null);
  const poll = lib.func('int poll(int64 fds, uint32_t count, int timeout)');
  // Declared with their dots: Apple's ARM convention passes what stands for them on the stack.
  const fcntl = lib.func('int fcntl(int fd, int command, ...)');
  const ioctl = lib.func('int ioctl(int fd, uint64_t request, ...)');
  loadedPosix = {
    socket: lib.func('int socket(int domain, int type, int protocol)'),
    socketpair: lib.func('int socketpair(int domain, int type, int protocol, int64 pair)'),
    pipe: lib.func('int pipe(int64 ends)'),
    close: lib.func('int close(int fd)'),
    read: lib.func('int64 read(int fd, int64 to, int64 size)'),
    write: lib.func('int64 write(int fd, int64 from, int64 size)'),
    fcntl: (fd, command, argument) => fcntl(fd, command, 'int', argument) as number,
    dup2: lib.func('int dup2(int from, int to)'),
    ioctl: (fd, request, at) => ioctl(fd, request, 'int64', at) as number,
    connect: lib.func('int connect(int fd, int64 address, uint32_t size)'),
    bind: lib.func('int bind(int fd, int64 address, uint32_t size)'),
    getsockname: lib.func('int getsockname(int fd, int64 address, int64 size)'),
    getsockopt: lib.func('int getsockopt(int fd, int level, int name, int64 to, int64 size)'),
    setsockopt: lib.func('int setsockopt(int fd, int level, int name, int64 from, uint32_t size)'),
    if_nametoindex: lib.func('uint32_t if_nametoindex(int64 name)'),
    pollInBackground: (fds, count, done) => void poll.async(fds, count, -1, done),
    if_indextoname: lib.func('int64 if_indextoname(uint32_t index, int64 to)'),
  };
  return loadedPosix;
}

/** Bound once a thread. Throws where the C library lacks one of them: not Darwin. */
export function darwin(): Darwin {
  if (loadedDarwin !== undefined) return loadedDarwin;
  const lib = koffi.load(null);
  loadedDarwin = {
    sysctl: lib.func('int sysctl(int64 name, uint32_t count, int64 to, int64 lengthAt, int64 from, int64 size)'),
    mach_absolute_time: lib.func('uint64_t mach_absolute_time()'),
    mach_continuous_time: lib.func('uint64_t mach_continuous_time()'),
    mach_timebase_info: lib.func('int mach_timebase_info(int64 to)'),
  };
  return loadedDarwin;
}
