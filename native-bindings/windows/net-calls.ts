/**
 * The calls of iphlpapi.dll that change addresses, routes, interfaces and names, and those that read them back. Pointers are
 * plain numbers. Each gives a status, 0 for success; a function that this Windows lacks gives PROC_NOT_FOUND, so that one
 * that is missing (names: before Windows 10 2004; most in Wine 8) is an error like any other. Decides nothing.
 *
 * Only a whole table of functions is asked for, so that a model of Windows (tests/doubles/windows-twin.ts) can stand here.
 */
import koffi from 'koffi';
import { calls, type Calls } from './calls.ts';

/** ERROR_PROC_NOT_FOUND, <winerror.h>. */
export const PROC_NOT_FOUND = 127;

type Tables = Pick<Calls, 'GetIpForwardTable2' | 'GetUnicastIpAddressTable' | 'GetIpInterfaceTable' | 'GetIfTable2' | 'FreeMibTable' | 'RtlMoveMemory'>;

export interface NetCalls extends Tables {
  /** `row` of this and the others: a pointer. Fills in what a new row has. */
  InitializeUnicastIpAddressEntry(row: number): void;
  CreateUnicastIpAddressEntry(row: number): number;
  DeleteUnicastIpAddressEntry(row: number): number;
  InitializeIpForwardEntry(row: number): void;
  CreateIpForwardEntry2(row: number): number;
  DeleteIpForwardEntry2(row: number): number;
  InitializeIpInterfaceEntry(row: number): void;
  GetIpInterfaceEntry(row: number): number;
  SetIpInterfaceEntry(row: number): number;
  /** `luid` 0: of any interface. `bestRoute`: MIB_IPFORWARD_ROW2, `bestSource`: SOCKADDR_INET, both out. */
  GetBestRoute2(luid: number, index: number, source: number, destination: number, options: number, bestRoute: number, bestSource: number): number;
  /** Both are pointers to 8, 4 or 16 bytes. */
  ConvertInterfaceLuidToIndex(luid: number, index: number): number;
  ConvertInterfaceIndexToLuid(index: number, luid: number): number;
  ConvertInterfaceLuidToGuid(luid: number, guid: number): number;
  /** `units`: of UTF-16, the zero counted. */
  ConvertInterfaceLuidToAlias(luid: number, alias: number, units: number): number;
  /** `settings`: DNS_INTERFACE_SETTINGS. What was got is to be freed. */
  SetInterfaceDnsSettings(guid: Guid, settings: number): number;
  GetInterfaceDnsSettings(guid: Guid, settings: number): number;
  FreeInterfaceDnsSettings(settings: number): void;
}

/** A GUID's 16 bytes as two numbers, lowest byte first: it goes by value, which is different on each machine. */
export interface Guid {
  readonly low: bigint;
  readonly high: bigint;
}

type CType = Parameters<typeof koffi.sizeof>[0];

let loaded: NetCalls | undefined;

/** Bound once a thread. Throws where there is no iphlpapi.dll: not Windows. */
export function netCalls(): NetCalls {
  if (loaded !== undefined) return loaded;
  const tables = calls();
  const ip = koffi.load('iphlpapi.dll');
  const module = tables.GetModuleHandleA('iphlpapi.dll');
  const bind = <T extends unknown[]>(name: string, result: string, args: readonly CType[]): ((...of: T) => number) =>
    tables.GetProcAddress(module, name) === 0 ? () => PROC_NOT_FOUND : ip.func(name, result, [...args]);
  const guid = koffi.struct({ low: 'uint64_t', high: 'uint64_t' });
  const row = (name: string) => bind<[row: number]>(name, 'uint32_t', ['int64']);
  const initialize = (name: string) => bind<[row: number]>(name, 'void', ['int64']);
  const pair = (name: string) => bind<[from: number, to: number]>(name, 'uint32_t', ['int64', 'int64']);
  loaded = {
    ...tables,
    InitializeUnicastIpAddressEntry: initialize('InitializeUnicastIpAddressEntry'),
    CreateUnicastIpAddressEntry: row('CreateUnicastIpAddressEntry'),
    DeleteUnicastIpAddressEntry: row('DeleteUnicastIpAddressEntry'),
    InitializeIpForwardEntry: initialize('InitializeIpForwardEntry'),
    CreateIpForwardEntry2: row('CreateIpForwardEntry2'),
    DeleteIpForwardEntry2: row('DeleteIpForwardEntry2'),
    InitializeIpInterfaceEntry: initialize('InitializeIpInterfaceEntry'),
    GetIpInterfaceEntry: row('GetIpInterfaceEntry'),
    SetIpInterfaceEntry: row('SetIpInterfaceEntry'),
    GetBestRoute2: bind('GetBestRoute2', 'uint32_t', ['int64', 'uint32_t', 'int64', 'int64', 'uint32_t', 'int64', 'int64']),
    ConvertInterfaceLuidToIndex: pair('ConvertInterfaceLuidToIndex'),
    ConvertInterfaceIndexToLuid: bind('ConvertInterfaceIndexToLuid', 'uint32_t', ['uint32_t', 'int64']),
    ConvertInterfaceLuidToGuid: pair('ConvertInterfaceLuidToGuid'),
    ConvertInterfaceLuidToAlias: bind('ConvertInterfaceLuidToAlias', 'uint32_t', ['int64', 'int64', 'size_t']),
    SetInterfaceDnsSettings: bind('SetInterfaceDnsSettings', 'uint32_t', [guid, 'int64']),
    GetInterfaceDnsSettings: bind('GetInterfaceDnsSettings', 'uint32_t', [guid, 'int64']),
    FreeInterfaceDnsSettings: initialize('FreeInterfaceDnsSettings'),
  };
  return loaded;
}
