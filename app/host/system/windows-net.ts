/**
 * Windows' addresses, routes, interfaces and names, each change as one call of the IP helper with a row that Windows made
 * ready and app/wire/mib-rows.ts fills in. It remembers nothing and decides nothing. Caller: windows-system.ts.
 */
import { parseIp, type IpAddress, type IpPrefix } from '../../base/ip.ts';
import { interfaceMtu, writeAddress, writeInterfaceKey, writeOwnAddress, writeOwnInterface, writeRoute, type Luid } from '../../wire/mib-rows.ts';
import { createNativeMemory, putPointer, type NativeMemory } from '../../../native-bindings/memory.ts';
import { netCalls, WindowsError, type Guid, type NetCalls } from '../../../native-bindings/windows/index.ts';
import { ALREADY_EXISTS, DNS_INTERFACE_SETTINGS, DNS_INTERFACE_SETTINGS_VERSION1, DNS_SETTING, MIB_IPFORWARD_ROW2, MIB_IPINTERFACE_ROW, MIB_UNICASTIPADDRESS_ROW, NOT_THERE, NO_WAY } from '../../../native-bindings/windows/headers/netioapi.ts';
import type { DnsWanted } from './resolv-conf.ts';

/** UTF-16 units of a list of servers or domains. */
const TEXT_AT_MOST = 4_096;
const ROW = 0;
const SMALL = 1_024;
const TEXT = 2_048;
const SECOND_TEXT = TEXT + 2 * TEXT_AT_MOST;

type RowCall = { [K in keyof NetCalls]: NetCalls[K] extends (row: number) => number ? K : never }[keyof NetCalls];

export class WindowsNet {
  readonly #call: NetCalls;
  readonly #memory: NativeMemory = createNativeMemory(SECOND_TEXT + 2 * TEXT_AT_MOST);

  constructor(call: NetCalls = netCalls()) {
    this.#call = call;
  }

  /** For reading tables. */
  get calls(): NetCalls {
    return this.#call;
  }

  /** Throws WindowsError where there is no such interface. */
  luid(index: number): Luid {
    const { base, view } = this.#memory;
    this.#done('ConvertInterfaceIndexToLuid', `interface ${index}`, this.#call.ConvertInterfaceIndexToLuid(index, base + SMALL));
    return view.getBigUint64(SMALL, true);
  }

  addAddress(index: number, address: IpAddress, bits: number): void {
    const row = this.#addressRow(index, address, bits);
    this.#done('CreateUnicastIpAddressEntry', 'address', this.#call.CreateUnicastIpAddressEntry(row));
  }

  /** This and the other `remove`: false when there was none. */
  removeAddress(index: number, address: IpAddress, bits: number): boolean {
    return this.#remove('DeleteUnicastIpAddressEntry', 'address', () => this.#addressRow(index, address, bits));
  }

  addRoute(index: number, destination: IpPrefix): void {
    const row = this.#routeRow(index, destination);
    this.#done('CreateIpForwardEntry2', 'route', this.#call.CreateIpForwardEntry2(row));
  }

  removeRoute(index: number, destination: IpPrefix): boolean {
    return this.#remove('DeleteIpForwardEntry2', 'route', () => this.#routeRow(index, destination));
  }

  /** Of each family that the interface has, with all that our interface is beside (see writeOwnInterface). */
  ownInterface(index: number, mtu: number): void {
    const luid = this.luid(index);
    const statuses = ([4, 6] as const).map((family) => {
      const row = this.#interfaceRow(luid, family);
      const status = this.#call.GetIpInterfaceEntry(row);
      if (status !== 0) return status;
      writeOwnInterface(this.#bytes(MIB_IPINTERFACE_ROW.size), mtu);
      this.#done('SetIpInterfaceEntry', `IPv${family}`, this.#call.SetIpInterfaceEntry(row));
      return 0;
    });
    // One family may be switched off.
    if (!statuses.includes(0)) throw new WindowsError('GetIpInterfaceEntry', `interface ${index}`, statuses[0]!);
  }

  /** Bytes, the smaller of both families; undefined: it has none. */
  mtu(index: number): number | undefined {
    const luid = this.luid(index);
    const mtus = ([4, 6] as const).flatMap((family) => (this.#call.GetIpInterfaceEntry(this.#interfaceRow(luid, family)) === 0 ? [interfaceMtu(this.#bytes(MIB_IPINTERFACE_ROW.size))] : []));
    return mtus.length === 0 ? undefined : Math.min(...mtus);
  }

  /** Index of the interface that Windows would take; undefined: none. */
  linkTo(to: IpAddress): number | undefined {
    const { base, bytes, view } = this.#memory;
    bytes.fill(0, 0, TEXT);
    writeAddress(bytes, SMALL, to);
    const status = this.#call.GetBestRoute2(0, 0, 0, base + SMALL, 0, base + ROW, base + SMALL + 64);
    if (NO_WAY.has(status)) return undefined;
    this.#done('GetBestRoute2', 'route', status);
    return view.getUint32(ROW + MIB_IPFORWARD_ROW2.index, true);
  }

  /** Servers of each family, and the domains with both. Empty lists take back what was set. */
  setDns(index: number, { servers, searchDomains }: DnsWanted): void {
    const guid = this.#guid(index);
    for (const family of [4, 6] as const) {
      const { base, bytes, view } = this.#memory;
      bytes.fill(0, 0, SMALL);
      view.setUint32(DNS_INTERFACE_SETTINGS.version, DNS_INTERFACE_SETTINGS_VERSION1, true);
      view.setBigUint64(DNS_INTERFACE_SETTINGS.flags, BigInt(DNS_SETTING.nameServer | DNS_SETTING.searchList | (family === 6 ? DNS_SETTING.ipv6 : 0)), true);
      this.#putText(TEXT, servers.filter((server) => parseIp(server)?.family === family).join(','));
      this.#putText(SECOND_TEXT, searchDomains.join(','));
      putPointer(view, DNS_INTERFACE_SETTINGS.nameServer, base + TEXT);
      putPointer(view, DNS_INTERFACE_SETTINGS.searchList, base + SECOND_TEXT);
      const status = this.#call.SetInterfaceDnsSettings(guid, base);
      // A family that is switched off has nothing to set.
      if (!(family === 6 && NOT_THERE.has(status))) this.#done('SetInterfaceDnsSettings', `IPv${family}`, status);
    }
  }

  dns(index: number): DnsWanted {
    const guid = this.#guid(index);
    const found = ([4, 6] as const).map((family) => this.#dnsOf(guid, family));
    return { servers: found.flatMap(({ servers }) => servers), searchDomains: [...new Set(found.flatMap(({ searchDomains }) => searchDomains))] };
  }

  #dnsOf(guid: Guid, family: 4 | 6): DnsWanted {
    const { base, bytes, view } = this.#memory;
    bytes.fill(0, 0, SMALL);
    view.setUint32(DNS_INTERFACE_SETTINGS.version, DNS_INTERFACE_SETTINGS_VERSION1, true);
    view.setBigUint64(DNS_INTERFACE_SETTINGS.flags, BigInt(family === 6 ? DNS_SETTING.ipv6 : 0), true);
    const status = this.#call.GetInterfaceDnsSettings(guid, base);
    if (family === 6 && NOT_THERE.has(status)) return { servers: [], searchDomains: [] };
    this.#done('GetInterfaceDnsSettings', `IPv${family}`, status);
    const [servers, domains] = [DNS_INTERFACE_SETTINGS.nameServer, DNS_INTERFACE_SETTINGS.searchList].map((at) => this.#text(Number(view.getBigUint64(at, true))));
    this.#call.FreeInterfaceDnsSettings(base);
    return { servers: words(servers!), searchDomains: words(domains!) };
  }

  #guid(index: number): Guid {
    const luid = this.luid(index);
    const { base, view } = this.#memory;
    view.setBigUint64(SMALL, luid, true);
    this.#done('ConvertInterfaceLuidToGuid', `interface ${index}`, this.#call.ConvertInterfaceLuidToGuid(base + SMALL, base + SMALL + 8));
    return { low: view.getBigUint64(SMALL + 8, true), high: view.getBigUint64(SMALL + 16, true) };
  }

  #addressRow(index: number, address: IpAddress, bits: number): number {
    const luid = this.luid(index);
    const row = this.#fresh('InitializeUnicastIpAddressEntry', MIB_UNICASTIPADDRESS_ROW.size);
    writeOwnAddress(this.#bytes(MIB_UNICASTIPADDRESS_ROW.size), luid, address, bits);
    return row;
  }

  #routeRow(index: number, destination: IpPrefix): number {
    const luid = this.luid(index);
    const row = this.#fresh('InitializeIpForwardEntry', MIB_IPFORWARD_ROW2.size);
    writeRoute(this.#bytes(MIB_IPFORWARD_ROW2.size), luid, destination);
    return row;
  }

  #interfaceRow(luid: Luid, family: 4 | 6): number {
    const row = this.#fresh('InitializeIpInterfaceEntry', MIB_IPINTERFACE_ROW.size);
    writeInterfaceKey(this.#bytes(MIB_IPINTERFACE_ROW.size), luid, family);
    return row;
  }

  #fresh(initialize: 'InitializeUnicastIpAddressEntry' | 'InitializeIpForwardEntry' | 'InitializeIpInterfaceEntry', size: number): number {
    const { base, bytes } = this.#memory;
    bytes.fill(0, ROW, ROW + size);
    this.#call[initialize](base + ROW);
    return base + ROW;
  }

  #bytes(size: number): Uint8Array {
    return this.#memory.bytes.subarray(ROW, ROW + size);
  }

  #remove(name: RowCall, object: string, row: () => number): boolean {
    try {
      const status = this.#call[name](row());
      if (NOT_THERE.has(status)) return false;
      this.#done(name, object, status);
      return true;
    } catch (error) {
      // The interface itself is gone.
      if (error instanceof WindowsError && NOT_THERE.has(error.status)) return false;
      throw error;
    }
  }

  #putText(at: number, text: string): void {
    const units = Math.min(text.length, TEXT_AT_MOST - 1);
    for (let i = 0; i < units; i++) this.#memory.view.setUint16(at + 2 * i, text.charCodeAt(i), true);
    this.#memory.view.setUint16(at + 2 * units, 0, true);
  }

  /** UTF-16 of the system's own memory, up to its zero. */
  #text(pointer: number): string {
    if (pointer === 0) return '';
    const { base, view } = this.#memory;
    let text = '';
    for (let i = 0; i < TEXT_AT_MOST; i++) {
      this.#call.RtlMoveMemory(base + TEXT, pointer + 2 * i, 2);
      const unit = view.getUint16(TEXT, true);
      if (unit === 0) break;
      text += String.fromCharCode(unit);
    }
    return text;
  }

  #done(name: string, object: string, status: number): void {
    if (status !== 0) throw new WindowsError(name, object, status);
  }
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

/** ERROR_OBJECT_ALREADY_EXISTS of a refusal. */
export const standsAlready = (error: unknown): boolean => error instanceof WindowsError && error.status === ALREADY_EXISTS;
