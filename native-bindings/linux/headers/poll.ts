/** <poll.h>, <fcntl.h> and <sys/eventfd.h> on Linux: numbers and struct offsets as data. Calls nothing. */

// <fcntl.h>, the generic values of x86-64 and arm64.
export const O_RDWR = 2;
export const O_NONBLOCK = 0x800;
export const O_CLOEXEC = 0x8_0000;
export const F_DUPFD_CLOEXEC = 1_030;

// <sys/eventfd.h>
export const EFD_NONBLOCK = 0x800;
export const EFD_CLOEXEC = 0x8_0000;

// <poll.h>
export const POLLIN = 0x1;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;
export const POLLNVAL = 0x20;
/** struct pollfd, <poll.h>. */
export const POLLFD = { size: 8, fd: 0, events: 4, revents: 6 } as const;
