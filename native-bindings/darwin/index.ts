/**
 * Darwin through koffi: what the host calls, and nothing that decides.
 *
 *   libc.ts          system calls; memory with a known address and errors are ../memory.ts and ../system-error.ts
 *   route-socket.ts  carry routing messages (their meaning: app/wire/route-messages)
 *   utun.ts          open a network device of our own
 *   bound-udp.ts     open UDP sockets that leave by one link
 *   tables.ts        links, addresses and routes as the kernel lists them
 *   headers/         numbers and struct offsets; layouts.test.ts holds each to its header
 *
 * Layouts are those of 64-bit Darwin on both processors. No machine of the project's runs it: see docs/PLATFORMS.md.
 */
export { openRouteSocket, readDatagrams, type Reader } from './route-socket.ts';
export { openBoundUdp } from './bound-udp.ts';
export { posix } from './libc.ts';
export { openUtun, reopenUtun, type UtunDevice } from './utun.ts';
export { linkName, readTable } from './tables.ts';
