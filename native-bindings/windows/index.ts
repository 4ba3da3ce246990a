/**
 * Windows through koffi: what the host calls, and nothing that decides.
 *
 *   calls.ts          functions of iphlpapi.dll and kernel32.dll; WindowsError
 *   net-calls.ts      functions of iphlpapi.dll that change addresses, routes, interfaces and names
 *   notifications.ts  be told that routes, interfaces or addresses changed
 *   tables.ts         rows of the system's tables (their meaning: app/wire/mib-rows.ts)
 *   headers/          numbers and struct offsets; layouts.test.ts holds each to its header
 *
 * 64-bit Windows. How far it ran: docs/PLATFORMS.md.
 */
export { WindowsError } from './calls.ts';
export { netCalls, PROC_NOT_FOUND, type Guid, type NetCalls } from './net-calls.ts';
export { watchChanges, type Changed, type Watch } from './notifications.ts';
export { NOT_SUPPORTED, readRows } from './tables.ts';
