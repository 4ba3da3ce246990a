/**
 * The calls of iphlpapi.dll and kernel32.dll through koffi, with pointers and handles as plain numbers (int64). Those that
 * return a status give 0 for success and the error's number otherwise. 64-bit Windows only: there is one calling
 * convention.
 */
import koffi from 'koffi';
import { ACCESS_DENIED, ALREADY_EXISTS, INFINITE, INVALID_PARAMETER } from './headers/netioapi.ts';

export interface Calls {
  /** Status. `callback`: a function of the system or of C, called in a thread of the system. `handleAt`: HANDLE, out. */
  NotifyRouteChange2(family: number, callback: number, context: number, initial: number, handleAt: number): number;
  NotifyIpInterfaceChange(family: number, callback: number, context: number, initial: number, handleAt: number): number;
  NotifyUnicastIpAddressChange(family: number, callback: number, context: number, initial: number, handleAt: number): number;
  /** Status. Waits until a callback that runs has returned. */
  CancelMibChangeNotify2(handle: number): number;
  /** Status. `tableAt`: pointer, out; to be freed. */
  GetIpForwardTable2(family: number, tableAt: number): number;
  GetUnicastIpAddressTable(family: number, tableAt: number): number;
  GetIpInterfaceTable(family: number, tableAt: number): number;
  GetIfTable2(tableAt: number): number;
  FreeMibTable(table: number): void;
  /** 0: failed. */
  CreateEventA(security: number, isManual: number, isSet: number, name: number): number;
  SetEvent(event: number): number;
  CloseHandle(handle: number): number;
  WaitForSingleObject(handle: number, timeoutMs: number): number;
  /** In a thread of libuv's pool, without a limit of time. The memory must stay until `done`, which the caller's thread runs. */
  waitForAnyInBackground(count: number, handles: number, done: (error: unknown, which: number) => void): void;
  GetLastError(): number;
  RtlMoveMemory(to: number, from: number, size: number): void;
  GetModuleHandleA(name: string): number;
  GetProcAddress(module: number, name: string): number;
}

let loaded: Calls | undefined;

/** Bound once a thread. Throws where a library lacks one of them: not Windows. */
export function calls(): Calls {
  if (loaded !== undefined) return loaded;
  const ip = koffi.load('iphlpapi.dll');
  const kernel = koffi.load('kernel32.dll');
  const notify = (name: string) => ip.func(`uint32_t ${name}(uint16_t family, int64 callback, int64 context, uint8_t initial, int64 handleAt)`);
  const table = (name: string) => ip.func(`uint32_t ${name}(uint16_t family, int64 tableAt)`);
  const waitForAny = kernel.func('uint32_t WaitForMultipleObjects(uint32_t count, int64 handles, int all, uint32_t timeoutMs)');
  loaded = {
    NotifyRouteChange2: notify('NotifyRouteChange2'),
    NotifyIpInterfaceChange: notify('NotifyIpInterfaceChange'),
    NotifyUnicastIpAddressChange: notify('NotifyUnicastIpAddressChange'),
    CancelMibChangeNotify2: ip.func('uint32_t CancelMibChangeNotify2(int64 handle)'),
    GetIpForwardTable2: table('GetIpForwardTable2'),
    GetUnicastIpAddressTable: table('GetUnicastIpAddressTable'),
    GetIpInterfaceTable: table('GetIpInterfaceTable'),
    GetIfTable2: ip.func('uint32_t GetIfTable2(int64 tableAt)'),
    FreeMibTable: ip.func('void FreeMibTable(int64 table)'),
    CreateEventA: kernel.func('int64 CreateEventA(int64 security, int isManual, int isSet, int64 name)'),
    SetEvent: kernel.func('int SetEvent(int64 event)'),
    CloseHandle: kernel.func('int CloseHandle(int64 handle)'),
    WaitForSingleObject: kernel.func('uint32_t WaitForSingleObject(int64 handle, uint32_t timeoutMs)'),
    waitForAnyInBackground: (count, handles, done) => void waitForAny.async(count, handles, 0, INFINITE, done),
    GetLastError: kernel.func('uint32_t GetLastError()'),
    RtlMoveMemory: kernel.func('void RtlMoveMemory(int64 to, int64 from, int64 size)'),
    GetModuleHandleA: kernel.func('int64 GetModuleHandleA(str name)'),
    GetProcAddress: kernel.func('int64 GetProcAddress(int64 module, str name)'),
  };
  return loaded;
}

export interface ClockCalls {
  /** `to`: ULONGLONG, units of 100 ns. */
  QueryUnbiasedInterruptTime(to: number): number;
  /** Windows 10; undefined in Wine. */
  readonly QueryInterruptTime: ((to: number) => void) | undefined;
  GetTickCount64(): number | bigint;
}

/** Bound anew at each call. */
export function clockCalls(): ClockCalls {
  const kernel = koffi.load('kernel32.dll');
  return {
    QueryUnbiasedInterruptTime: kernel.func('int QueryUnbiasedInterruptTime(int64 to)'),
    QueryInterruptTime: queryInterruptTime(),
    GetTickCount64: kernel.func('uint64_t GetTickCount64()'),
  };
}

function queryInterruptTime(): ((to: number) => void) | undefined {
  const { GetModuleHandleA, GetProcAddress } = calls();
  if (GetProcAddress(GetModuleHandleA('kernelbase.dll'), 'QueryInterruptTime') === 0) return undefined;
  return koffi.load('kernelbase.dll').func('void QueryInterruptTime(int64 to)');
}

/** Names that other systems have for the same, by <winerror.h>; what answers "it is there already" must be known everywhere. */
const CODES: ReadonlyMap<number, string> = new Map([
  [ACCESS_DENIED, 'EACCES'],
  [ALREADY_EXISTS, 'EEXIST'],
  [INVALID_PARAMETER, 'EINVAL'],
]);

/** A call of Windows failed: which, on what, and the error's number (<winerror.h>). */
export class WindowsError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(call: string, object: string, status: number) {
    super(`${call} ${object}: Windows error ${status}`);
    this.name = 'WindowsError';
    this.status = status;
    this.code = CODES.get(status) ?? `WINDOWS_${status}`;
  }
}
