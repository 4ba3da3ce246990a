/** Windows' tables of links, addresses, interfaces and routes, both families, as their rows' bytes. Reads only. */
import { addressOf, createNativeMemory, type NativeMemory } from '../memory.ts';
import { calls, WindowsError, type Calls } from './calls.ts';
import { AF_UNSPEC, MIB_IF_ROW2, MIB_IPFORWARD_ROW2, MIB_IPINTERFACE_ROW, MIB_TABLE, MIB_UNICASTIPADDRESS_ROW } from './headers/netioapi.ts';

const TABLES = {
  links: ['GetIfTable2', MIB_IF_ROW2.size],
  addresses: ['GetUnicastIpAddressTable', MIB_UNICASTIPADDRESS_ROW.size],
  interfaces: ['GetIpInterfaceTable', MIB_IPINTERFACE_ROW.size],
  routes: ['GetIpForwardTable2', MIB_IPFORWARD_ROW2.size],
} as const;
/** A table of more rows is refused. */
const MOST_ROWS = 200_000;
/** ERROR_NOT_SUPPORTED and ERROR_NOT_FOUND, <winerror.h>. */
export const NOT_SUPPORTED = 50;
const NOT_FOUND = 1_168;

/** For what a call gives back beside its status. */
let kept: NativeMemory | undefined;

/** Throws WindowsError, and RangeError for a table beyond 200,000 rows. */
export function readRows(which: keyof typeof TABLES, call: Pick<Calls, (typeof TABLES)[keyof typeof TABLES][0] | 'RtlMoveMemory' | 'FreeMibTable'> = calls()): Uint8Array {
  const [name, size] = TABLES[which];
  const small = (kept ??= createNativeMemory(2 * MIB_TABLE.rows));
  const status = name === 'GetIfTable2' ? call.GetIfTable2(small.base) : call[name](AF_UNSPEC, small.base);
  // No entry of a family that is switched off.
  if (status === NOT_FOUND) return new Uint8Array(0);
  if (status !== 0) throw new WindowsError(name, which, status);
  const table = Number(small.view.getBigUint64(0, true));
  try {
    call.RtlMoveMemory(small.base, table + MIB_TABLE.count, 4);
    const count = small.view.getUint32(0, true);
    if (count > MOST_ROWS) throw new RangeError(`${name} gave ${count} rows`);
    if (count === 0) return new Uint8Array(0);
    const rows = new Uint8Array(count * size);
    call.RtlMoveMemory(addressOf(rows), table + MIB_TABLE.rows, rows.length);
    return rows;
  } finally {
    call.FreeMibTable(table);
  }
}
