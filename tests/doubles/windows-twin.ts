/**
 * A model of Windows' tables of interfaces, addresses, routes and names behind the functions of iphlpapi.dll, on real memory of
 * this process: what calls it is the code that calls Windows, row for row. It refuses what Windows refuses: rows that were not
 * initialized, entries that stand already, a site prefix of IPv4. `onStep` is called before and after each change.
 */
import koffi from 'koffi';
import { fromBytes, maskIp, prefixContains, type IpAddress, type IpPrefix } from '../../app/base/ip.ts';
import { addressOf } from '../../native-bindings/memory.ts';
import type { Guid, NetCalls } from '../../native-bindings/windows/net-calls.ts';
import { AF_INET, AF_INET6, ALREADY_EXISTS, DNS_INTERFACE_SETTINGS, DNS_SETTING, IF_ADMIN_STATUS_UP, IF_OPER_STATUS_UP, IF_TYPE, INVALID_PARAMETER, IP_ADDRESS_PREFIX, MIB_IF_ROW2, MIB_IPFORWARD_ROW2, MIB_IPINTERFACE_ROW, MIB_TABLE, MIB_UNICASTIPADDRESS_ROW, SOCKADDR_INET } from '../../native-bindings/windows/headers/netioapi.ts';

const NOT_FOUND = 1_168;
const FILE_NOT_FOUND = 2;
/** Of the rows' lifetimes, which only the Initialize calls set: <netioapi.h>. */
const ROUTE_LIFETIME = 76;
const ADDRESS_LIFETIME = 52;
const FOR_EVER = 0xffff_ffff;
const LOCAL = 2;

export interface TwinInterface {
  readonly index: number;
  readonly luid: bigint;
  readonly alias: string;
  readonly type: number;
  readonly ip: Map<4 | 6, Uint8Array>;
  readonly dns: Map<4 | 6, { servers: string; search: string }>;
}

export class WindowsTwin implements NetCalls {
  interfaces: TwinInterface[] = [];
  /** MIB_UNICASTIPADDRESS_ROW and MIB_IPFORWARD_ROW2 each. */
  addresses: Uint8Array[] = [];
  routes: Uint8Array[] = [];
  onStep: () => void = () => {};
  /** Memory that was given out and not yet freed, by its address. */
  readonly #lent = new Map<number, Uint8Array>();
  readonly #move = koffi.load('libc.so.6').func('void memmove(int64 to, int64 from, size_t size)') as (to: number, from: number, size: number) => void;
  #nextIndex = 1;

  addInterface(alias: string, type: number = IF_TYPE.ethernet, metric = 25): TwinInterface {
    const index = this.#nextIndex++;
    const luid = (BigInt(type) << 48n) | (BigInt(index) << 24n);
    const ip = new Map(([4, 6] as const).map((family) => {
      const row = new Uint8Array(MIB_IPINTERFACE_ROW.size);
      const view = viewOf(row);
      view.setUint16(MIB_IPINTERFACE_ROW.family, family === 4 ? AF_INET : AF_INET6, true);
      view.setBigUint64(MIB_IPINTERFACE_ROW.luid, luid, true);
      view.setUint32(MIB_IPINTERFACE_ROW.index, index, true);
      row[MIB_IPINTERFACE_ROW.automaticMetric] = 1;
      // As Windows gives it, and does not take it back.
      view.setUint32(MIB_IPINTERFACE_ROW.sitePrefix, 64, true);
      view.setUint32(MIB_IPINTERFACE_ROW.metric, metric, true);
      view.setUint32(MIB_IPINTERFACE_ROW.mtu, type === IF_TYPE.propVirtual ? 65_535 : 1_500, true);
      return [family, row] as const;
    }));
    const made: TwinInterface = { index, luid, alias, type, ip, dns: new Map() };
    this.interfaces.push(made);
    return made;
  }

  /** What Windows does when the process that holds an adapter ends. */
  dropInterface(index: number): void {
    this.interfaces = this.interfaces.filter((each) => each.index !== index);
    this.addresses = this.addresses.filter((row) => viewOf(row).getUint32(MIB_UNICASTIPADDRESS_ROW.index, true) !== index);
    this.routes = this.routes.filter((row) => viewOf(row).getUint32(MIB_IPFORWARD_ROW2.index, true) !== index);
  }

  /** By somebody else. `gateway` undefined: on link. */
  addForeignRoute(index: number, prefix: IpPrefix, metric = 256, gateway?: IpAddress): void {
    const of = this.#byIndex(index)!;
    const row = new Uint8Array(MIB_IPFORWARD_ROW2.size);
    const view = viewOf(row);
    view.setBigUint64(MIB_IPFORWARD_ROW2.luid, of.luid, true);
    view.setUint32(MIB_IPFORWARD_ROW2.index, index, true);
    putAddress(row, MIB_IPFORWARD_ROW2.destination, prefix.address);
    row[MIB_IPFORWARD_ROW2.destination + IP_ADDRESS_PREFIX.bits] = prefix.bits;
    putAddress(row, MIB_IPFORWARD_ROW2.nextHop, gateway ?? { ...prefix.address, w0: 0, w1: 0, w2: 0, w3: 0 });
    view.setUint32(MIB_IPFORWARD_ROW2.metric, metric, true);
    view.setUint32(MIB_IPFORWARD_ROW2.protocol, gateway === undefined ? LOCAL : 3, true);
    this.routes.push(row);
  }

  addForeignAddress(index: number, address: IpAddress, bits: number): void {
    const row = new Uint8Array(MIB_UNICASTIPADDRESS_ROW.size);
    putAddress(row, MIB_UNICASTIPADDRESS_ROW.address, address);
    viewOf(row).setBigUint64(MIB_UNICASTIPADDRESS_ROW.luid, this.#byIndex(index)!.luid, true);
    viewOf(row).setUint32(MIB_UNICASTIPADDRESS_ROW.index, index, true);
    row[MIB_UNICASTIPADDRESS_ROW.bits] = bits;
    viewOf(row).setUint32(MIB_UNICASTIPADDRESS_ROW.dadState, 4, true);
    this.addresses.push(row);
  }

  /** Everything that can be seen, for comparison. */
  picture(): object {
    const hex = (rows: readonly Uint8Array[]): string[] => rows.map((row) => Buffer.from(row).toString('hex')).toSorted();
    return { interfaces: this.interfaces.map(({ alias, index, ip, dns }) => ({ alias, index, ip: hex([...ip.values()]), dns: [...dns].filter(([, { servers, search }]) => servers !== '' || search !== '') })), addresses: hex(this.addresses), routes: hex(this.routes) };
  }

  /** Tables that were read and not freed. */
  get unfreed(): number {
    return this.#lent.size;
  }

  RtlMoveMemory(to: number, from: number, size: number): void {
    this.#move(to, from, size);
  }

  FreeMibTable(table: number): void {
    if (!this.#lent.delete(table)) throw new Error('freed what was not lent');
  }

  GetIfTable2(tableAt: number): number {
    return this.#table(tableAt, this.interfaces.map(linkRow), MIB_IF_ROW2.size);
  }

  GetUnicastIpAddressTable(_: number, tableAt: number): number {
    return this.#table(tableAt, this.addresses, MIB_UNICASTIPADDRESS_ROW.size);
  }

  GetIpForwardTable2(_: number, tableAt: number): number {
    return this.#table(tableAt, this.routes, MIB_IPFORWARD_ROW2.size);
  }

  GetIpInterfaceTable(_: number, tableAt: number): number {
    return this.#table(tableAt, this.interfaces.flatMap(({ ip }) => [...ip.values()]), MIB_IPINTERFACE_ROW.size);
  }

  InitializeUnicastIpAddressEntry(at: number): void {
    const row = new Uint8Array(MIB_UNICASTIPADDRESS_ROW.size);
    viewOf(row).setUint32(ADDRESS_LIFETIME, FOR_EVER, true);
    viewOf(row).setUint32(ADDRESS_LIFETIME + 4, FOR_EVER, true);
    this.#write(at, row);
  }

  InitializeIpForwardEntry(at: number): void {
    const row = new Uint8Array(MIB_IPFORWARD_ROW2.size);
    viewOf(row).setUint32(ROUTE_LIFETIME, FOR_EVER, true);
    viewOf(row).setUint32(ROUTE_LIFETIME + 4, FOR_EVER, true);
    viewOf(row).setUint32(MIB_IPFORWARD_ROW2.metric, FOR_EVER, true);
    this.#write(at, row);
  }

  InitializeIpInterfaceEntry(at: number): void {
    this.#write(at, new Uint8Array(MIB_IPINTERFACE_ROW.size));
  }

  CreateUnicastIpAddressEntry(at: number): number {
    const row = this.#read(at, MIB_UNICASTIPADDRESS_ROW.size);
    const of = this.#byLuid(viewOf(row).getBigUint64(MIB_UNICASTIPADDRESS_ROW.luid, true));
    if (of === undefined) return NOT_FOUND;
    if (viewOf(row).getUint32(ADDRESS_LIFETIME, true) === 0) return INVALID_PARAMETER;
    viewOf(row).setUint32(MIB_UNICASTIPADDRESS_ROW.index, of.index, true);
    if (this.addresses.some((each) => sameAddress(each, row))) return ALREADY_EXISTS;
    return this.#step(() => void this.addresses.push(row));
  }

  DeleteUnicastIpAddressEntry(at: number): number {
    const row = this.#read(at, MIB_UNICASTIPADDRESS_ROW.size);
    const found = this.addresses.find((each) => sameAddress(each, row));
    return found === undefined ? NOT_FOUND : this.#step(() => void (this.addresses = this.addresses.filter((each) => each !== found)));
  }

  CreateIpForwardEntry2(at: number): number {
    const row = this.#read(at, MIB_IPFORWARD_ROW2.size);
    const of = this.#byLuid(viewOf(row).getBigUint64(MIB_IPFORWARD_ROW2.luid, true));
    if (of === undefined) return FILE_NOT_FOUND;
    if (viewOf(row).getUint32(ROUTE_LIFETIME, true) === 0 || viewOf(row).getUint32(MIB_IPFORWARD_ROW2.metric, true) === FOR_EVER) return INVALID_PARAMETER;
    viewOf(row).setUint32(MIB_IPFORWARD_ROW2.index, of.index, true);
    if (this.routes.some((each) => sameRoute(each, row))) return ALREADY_EXISTS;
    return this.#step(() => void this.routes.push(row));
  }

  DeleteIpForwardEntry2(at: number): number {
    const row = this.#read(at, MIB_IPFORWARD_ROW2.size);
    const found = this.routes.find((each) => sameRoute(each, row));
    return found === undefined ? NOT_FOUND : this.#step(() => void (this.routes = this.routes.filter((each) => each !== found)));
  }

  GetIpInterfaceEntry(at: number): number {
    const found = this.#ip(this.#read(at, MIB_IPINTERFACE_ROW.size));
    if (found === undefined) return NOT_FOUND;
    this.#write(at, found);
    return 0;
  }

  SetIpInterfaceEntry(at: number): number {
    const row = this.#read(at, MIB_IPINTERFACE_ROW.size);
    const found = this.#ip(row);
    if (found === undefined) return NOT_FOUND;
    const view = viewOf(row);
    if (view.getUint16(MIB_IPINTERFACE_ROW.family, true) === AF_INET && view.getUint32(MIB_IPINTERFACE_ROW.sitePrefix, true) !== 0) return INVALID_PARAMETER;
    return this.#step(() => found.set(row));
  }

  GetBestRoute2(_luid: number, _index: number, _source: number, destination: number, _options: number, bestRoute: number): number {
    const to = addressAt(this.#read(destination, SOCKADDR_INET.size), 0);
    if (to === undefined) return INVALID_PARAMETER;
    const cost = (row: Uint8Array): number => {
      const of = this.#byIndex(viewOf(row).getUint32(MIB_IPFORWARD_ROW2.index, true));
      return viewOf(row).getUint32(MIB_IPFORWARD_ROW2.metric, true) + (of === undefined ? 0 : viewOf(of.ip.get(to.family)!).getUint32(MIB_IPINTERFACE_ROW.metric, true));
    };
    const fits = this.routes.map((row) => [row, prefixOf(row)] as const).filter(([, prefix]) => prefixContains(prefix, to));
    const best = fits.toSorted(([a, pa], [b, pb]) => pb.bits - pa.bits || cost(a) - cost(b))[0];
    if (best === undefined) return 1_231;
    this.#write(bestRoute, best[0]);
    return 0;
  }

  ConvertInterfaceLuidToIndex(luid: number, index: number): number {
    const of = this.#byLuid(viewOf(this.#read(luid, 8)).getBigUint64(0, true));
    if (of === undefined) return INVALID_PARAMETER;
    this.#write(index, words(of.index));
    return 0;
  }

  ConvertInterfaceIndexToLuid(index: number, luid: number): number {
    const of = this.#byIndex(index);
    if (of === undefined) return FILE_NOT_FOUND;
    this.#write(luid, long(of.luid));
    return 0;
  }

  ConvertInterfaceLuidToGuid(luid: number, guid: number): number {
    const of = this.#byLuid(viewOf(this.#read(luid, 8)).getBigUint64(0, true));
    if (of === undefined) return INVALID_PARAMETER;
    this.#write(guid, long(of.luid));
    this.#write(guid + 8, long(7n));
    return 0;
  }

  ConvertInterfaceLuidToAlias(luid: number, alias: number, units: number): number {
    const of = this.#byLuid(viewOf(this.#read(luid, 8)).getBigUint64(0, true));
    if (of === undefined || of.alias.length >= units) return INVALID_PARAMETER;
    this.#write(alias, wide(of.alias));
    return 0;
  }

  SetInterfaceDnsSettings(guid: Guid, settings: number): number {
    const of = this.#byGuid(guid);
    if (of === undefined) return FILE_NOT_FOUND;
    const view = viewOf(this.#read(settings, DNS_INTERFACE_SETTINGS.size));
    if (view.getUint32(DNS_INTERFACE_SETTINGS.version, true) !== 1) return INVALID_PARAMETER;
    const flags = Number(view.getBigUint64(DNS_INTERFACE_SETTINGS.flags, true));
    const family = (flags & DNS_SETTING.ipv6) === 0 ? 4 : 6;
    const had = of.dns.get(family) ?? { servers: '', search: '' };
    const servers = (flags & DNS_SETTING.nameServer) === 0 ? had.servers : this.#wideAt(view.getBigUint64(DNS_INTERFACE_SETTINGS.nameServer, true));
    const search = (flags & DNS_SETTING.searchList) === 0 ? had.search : this.#wideAt(view.getBigUint64(DNS_INTERFACE_SETTINGS.searchList, true));
    if (servers.split(',').some((server) => server !== '' && server.includes(':') !== (family === 6))) return INVALID_PARAMETER;
    return this.#step(() => void of.dns.set(family, { servers, search }));
  }

  GetInterfaceDnsSettings(guid: Guid, settings: number): number {
    const of = this.#byGuid(guid);
    if (of === undefined) return FILE_NOT_FOUND;
    const asked = this.#read(settings, DNS_INTERFACE_SETTINGS.size);
    const family = (Number(viewOf(asked).getBigUint64(DNS_INTERFACE_SETTINGS.flags, true)) & DNS_SETTING.ipv6) === 0 ? 4 : 6;
    const { servers, search } = of.dns.get(family) ?? { servers: '', search: '' };
    for (const [at, text] of [[DNS_INTERFACE_SETTINGS.nameServer, servers], [DNS_INTERFACE_SETTINGS.searchList, search]] as const) {
      viewOf(asked).setBigUint64(at, text === '' ? 0n : BigInt(this.#lend(wide(text))), true);
    }
    this.#write(settings, asked);
    return 0;
  }

  FreeInterfaceDnsSettings(settings: number): void {
    const view = viewOf(this.#read(settings, DNS_INTERFACE_SETTINGS.size));
    for (const at of [DNS_INTERFACE_SETTINGS.nameServer, DNS_INTERFACE_SETTINGS.searchList]) this.#lent.delete(Number(view.getBigUint64(at, true)));
  }

  #byIndex(index: number): TwinInterface | undefined {
    return this.interfaces.find((each) => each.index === index);
  }

  #byLuid(luid: bigint): TwinInterface | undefined {
    return this.interfaces.find((each) => each.luid === luid);
  }

  #byGuid({ low, high }: Guid): TwinInterface | undefined {
    return BigInt(high) === 7n ? this.#byLuid(BigInt(low)) : undefined;
  }

  #ip(row: Uint8Array): Uint8Array | undefined {
    const family = viewOf(row).getUint16(MIB_IPINTERFACE_ROW.family, true);
    return this.#byLuid(viewOf(row).getBigUint64(MIB_IPINTERFACE_ROW.luid, true))?.ip.get(family === AF_INET ? 4 : 6);
  }

  #table(tableAt: number, rows: readonly Uint8Array[], size: number): number {
    const table = new Uint8Array(Math.max(64, MIB_TABLE.rows + rows.length * size));
    viewOf(table).setUint32(MIB_TABLE.count, rows.length, true);
    rows.forEach((row, i) => table.set(row, MIB_TABLE.rows + i * size));
    this.#write(tableAt, long(BigInt(this.#lend(table))));
    return 0;
  }

  #lend(bytes: Uint8Array): number {
    const kept = new Uint8Array(Math.max(128, bytes.length));
    kept.set(bytes);
    const at = addressOf(kept);
    this.#lent.set(at, kept);
    return at;
  }

  #read(at: number, size: number): Uint8Array {
    const room = new Uint8Array(Math.max(128, size));
    this.#move(addressOf(room), at, size);
    return room.slice(0, size);
  }

  #write(at: number, bytes: Uint8Array): void {
    const room = new Uint8Array(Math.max(128, bytes.length));
    room.set(bytes);
    this.#move(at, addressOf(room), bytes.length);
  }

  #wideAt(pointer: bigint): string {
    if (pointer === 0n) return '';
    let text = '';
    for (let at = Number(pointer); ; at += 2) {
      const unit = viewOf(this.#read(at, 2)).getUint16(0, true);
      if (unit === 0) return text;
      text += String.fromCharCode(unit);
    }
  }

  #step(change: () => void): number {
    this.onStep();
    change();
    this.onStep();
    return 0;
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function words(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
}

function long(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, value, true);
  return bytes;
}

const wide = (text: string): Uint8Array => new Uint8Array(Buffer.from(`${text}\0`, 'utf16le'));

function linkRow({ index, luid, alias, type }: TwinInterface): Uint8Array {
  const row = new Uint8Array(MIB_IF_ROW2.size);
  const view = viewOf(row);
  view.setBigUint64(MIB_IF_ROW2.luid, luid, true);
  view.setUint32(MIB_IF_ROW2.index, index, true);
  row.set(wide(alias), MIB_IF_ROW2.alias);
  view.setUint32(MIB_IF_ROW2.mtu, 65_535, true);
  view.setUint32(MIB_IF_ROW2.type, type, true);
  view.setUint32(MIB_IF_ROW2.operStatus, IF_OPER_STATUS_UP, true);
  view.setUint32(MIB_IF_ROW2.adminStatus, IF_ADMIN_STATUS_UP, true);
  return row;
}

function addressAt(row: Uint8Array, at: number): IpAddress | undefined {
  const family = viewOf(row).getUint16(at, true);
  if (family === AF_INET) return fromBytes(row.subarray(at + SOCKADDR_INET.ipv4, at + SOCKADDR_INET.ipv4 + 4));
  return family === AF_INET6 ? fromBytes(row.subarray(at + SOCKADDR_INET.ipv6, at + SOCKADDR_INET.ipv6 + 16)) : undefined;
}

function putAddress(row: Uint8Array, at: number, { family, w0, w1, w2, w3 }: IpAddress): void {
  const view = viewOf(row);
  view.setUint16(at, family === 4 ? AF_INET : AF_INET6, true);
  if (family === 4) view.setUint32(at + SOCKADDR_INET.ipv4, w3);
  else [w0, w1, w2, w3].forEach((word, i) => view.setUint32(at + SOCKADDR_INET.ipv6 + 4 * i, word));
}

function prefixOf(row: Uint8Array): IpPrefix {
  const bits = row[MIB_IPFORWARD_ROW2.destination + IP_ADDRESS_PREFIX.bits]!;
  return { address: maskIp(addressAt(row, MIB_IPFORWARD_ROW2.destination)!, bits), bits };
}

/** What Windows tells rows apart by. */
const sameRoute = (a: Uint8Array, b: Uint8Array): boolean =>
  Buffer.compare(a.subarray(0, 8), b.subarray(0, 8)) === 0 && Buffer.compare(a.subarray(MIB_IPFORWARD_ROW2.destination, 41), b.subarray(MIB_IPFORWARD_ROW2.destination, 41)) === 0 && Buffer.compare(a.subarray(MIB_IPFORWARD_ROW2.nextHop, 68), b.subarray(MIB_IPFORWARD_ROW2.nextHop, 68)) === 0;
const sameAddress = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a.subarray(0, 24), b.subarray(0, 24)) === 0 && Buffer.compare(a.subarray(32, 40), b.subarray(32, 40)) === 0;
