/**
 * The C library's system calls through koffi, with pointers as plain numbers (int64). No call allocates, except those
 * that take a string. A negative result means failure: `errno()` of ../system-error.ts right after it says which. Blocking calls block the
 * thread; only the packet worker may make them.
 */
import koffi from 'koffi';

export interface Libc {
  open(path: string, flags: number): number;
  close(fd: number): number;
  /** A command with a number. */
  fcntl(fd: number, command: number, argument: number): number;
  /** `onto` means what `from` means from now on; what it meant before is closed. */
  dup3(from: number, onto: number, flags: number): number;
  ioctl(fd: number, request: number, argument: number): number;
  read(fd: number, to: number, size: number): number;
  write(fd: number, from: number, size: number): number;
  /** `fds`: struct pollfd[count]. `timeoutMs` -1: no limit. */
  poll(fds: number, count: number, timeoutMs: number): number;
  /** The same in a thread of libuv's pool: `done` is called in the caller's thread. The memory must stay until then. */
  pollInBackground(fds: number, count: number, timeoutMs: number, done: (error: unknown, ready: number) => void): void;
  eventfd(initial: number, flags: number): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: number, length: number): number;
  getsockname(fd: number, address: number, lengthAt: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: number, lengthAt: number): number;
  /** `message`: struct msghdr. */
  sendmsg(fd: number, message: number, flags: number): number;
  recvmsg(fd: number, message: number, flags: number): number;
  /** `messages`: struct mmsghdr[count]. */
  sendmmsg(fd: number, messages: number, count: number, flags: number): number;
  recvmmsg(fd: number, messages: number, count: number, flags: number, timeout: number): number;
  if_nametoindex(name: string): number;
  /** `to`: struct timespec. */
  clock_gettime(clock: number, to: number): number;
}

let loaded: Libc | undefined;

/** The calls, bound once a thread. Throws where the C library lacks one of them: not a Linux system. */
export function libc(): Libc {
  if (loaded !== undefined) return loaded;
  const lib = koffi.load(null);
  const poll = lib.func('int poll(int64 fds, int64 count, int timeout)');
  loaded = {
    open: lib.func('int open(str path, int flags)'),
    close: lib.func('int close(int fd)'),
    fcntl: lib.func('int fcntl(int fd, int command, int argument)'),
    dup3: lib.func('int dup3(int from, int onto, int flags)'),
    ioctl: lib.func('int ioctl(int fd, int64 request, int64 argument)'),
    read: lib.func('int64 read(int fd, int64 to, int64 size)'),
    write: lib.func('int64 write(int fd, int64 from, int64 size)'),
    poll,
    pollInBackground: (fds, count, timeoutMs, done) => void poll.async(fds, count, timeoutMs, done),
    eventfd: lib.func('int eventfd(unsigned int initial, int flags)'),
    socket: lib.func('int socket(int domain, int type, int protocol)'),
    bind: lib.func('int bind(int fd, int64 address, uint32_t length)'),
    getsockname: lib.func('int getsockname(int fd, int64 address, int64 length)'),
    setsockopt: lib.func('int setsockopt(int fd, int level, int name, int64 value, uint32_t length)'),
    getsockopt: lib.func('int getsockopt(int fd, int level, int name, int64 value, int64 length)'),
    sendmsg: lib.func('int64 sendmsg(int fd, int64 message, int flags)'),
    recvmsg: lib.func('int64 recvmsg(int fd, int64 message, int flags)'),
    sendmmsg: lib.func('int sendmmsg(int fd, int64 messages, uint32_t count, int flags)'),
    recvmmsg: lib.func('int recvmmsg(int fd, int64 messages, uint32_t count, int flags, int64 timeout)'),
    if_nametoindex: lib.func('uint32_t if_nametoindex(str name)'),
    clock_gettime: lib.func('int clock_gettime(int clock, int64 to)'),
  };
  return loaded;
}
