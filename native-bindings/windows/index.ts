/**
 * Windows through koffi: what the host calls, and nothing that decides.
 *
 *   calls.ts          functions of iphlpapi.dll and kernel32.dll; WindowsError
 *   net-calls.ts      functions of iphlpapi.dll that change addresses, routes, interfaces and names
 *   notifications.ts  be told that routes, interfaces or addresses changed
 *   handle-wait.ts    sleep until one of many events of the system is set
 *   sockets.ts        UDP sockets of Winsock
 *   wintun.ts         the adapter's packets, by wintun.dll
 *   tables.ts         rows of the system's tables (their meaning: app/wire/mib-rows.ts)
 *   headers/          numbers and struct offsets; layouts.test.ts holds each to its header
 *
 * 64-bit Windows. How far it ran: docs/PLATFORMS.md.
 */
export { calls, WindowsError } from './calls.ts';
export { isElevated } from './elevation.ts';
export { HandleWait, handleWait, newEvent } from './handle-wait.ts';
export { netCalls, PROC_NOT_FOUND, type Guid, type NetCalls } from './net-calls.ts';
export { signalRoutes, watchChanges, type Changed, type Watch } from './notifications.ts';
export { NOT_SUPPORTED, readRows } from './tables.ts';
export { socketCalls, type SocketCalls } from './sockets.ts';
export { ADAPTER_GONE, loadWintun, WINTUN_RING, type Wintun } from './wintun.ts';
