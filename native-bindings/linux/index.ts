/**
 * Linux through koffi: what the host calls, and nothing that decides.
 *
 *   libc.ts          system calls; memory with a known address and errors are ../memory.ts and ../system-error.ts
 *   tun.ts udp.ts    open a TUN device and the UDP sockets, with the offloads that this kernel has
 *   event.ts         wake a thread that blocks in poll
 *   netlink.ts       carry rtnetlink messages (their meaning: app/wire/rtnetlink.ts)
 *   capabilities.ts  what is missing, in a sentence
 *   headers/         numbers and struct offsets, one file a header family; layouts.test.ts holds each to its header
 *
 * Layouts are those of 64-bit little-endian Linux (x86-64 and arm64 agree on all of them).
 */
export { type Lack, lackForTunnel, missing, missingForTunnel } from './capabilities.ts';
export { Bell, openEvent } from './event.ts';
export { libc, type Libc } from './libc.ts';
export { check, errno, errnoName, SystemError } from '../system-error.ts';
export { addressOf, createNativeMemory, putPointer, type NativeMemory } from '../memory.ts';
export { RTMGRP } from './headers/netlink.ts';
export { NetlinkSocket } from './netlink.ts';
export { openTun, type TunDevice, type TunOffload } from './tun.ts';
export { closeUdp, openUdp, type UdpOptions, type UdpPair, type UdpSocket } from './udp.ts';
