/**
 * <netioapi.h>, <ws2ipdef.h>, <ifdef.h>, <nldef.h> and <ipifcons.h> of 64-bit Windows: numbers and struct offsets as data.
 * Calls nothing; read by the codec app/wire/mib-rows.ts and by the calls beside it.
 */

// <winsock2.h>
export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 23;

/** SOCKADDR_INET, <ws2ipdef.h>: a union of sockaddr_in and sockaddr_in6. Port and address in network order. */
export const SOCKADDR_INET = { size: 28, family: 0, ipv4: 4, ipv6: 8, scope: 24 } as const;
/** IP_ADDRESS_PREFIX, <netioapi.h>: a SOCKADDR_INET, then its length in bits (UINT8). */
export const IP_ADDRESS_PREFIX = { size: 32, bits: 28 } as const;
/** Every MIB_*_TABLE begins with ULONG NumEntries; its rows are aligned to 8 bytes. */
export const MIB_TABLE = { count: 0, rows: 8 } as const;
/** MIB_IPFORWARD_ROW2, <netioapi.h>. */
export const MIB_IPFORWARD_ROW2 = { size: 104, luid: 0, index: 8, destination: 12, nextHop: 44, metric: 84, protocol: 88, loopback: 92, origin: 100 } as const;
/** MIB_UNICASTIPADDRESS_ROW, <netioapi.h>. */
export const MIB_UNICASTIPADDRESS_ROW = { size: 80, address: 0, luid: 32, index: 40, suffixOrigin: 48, bits: 60, dadState: 64 } as const;
/** MIB_IPINTERFACE_ROW, <netioapi.h>. BOOLEANs are a byte. */
export const MIB_IPINTERFACE_ROW = { size: 168, family: 0, luid: 8, index: 16, automaticMetric: 44, managedAddress: 46, otherStateful: 47, routerDiscovery: 52, dadTransmits: 56, sitePrefix: 144, metric: 148, mtu: 152 } as const;
/** MIB_IF_ROW2, <netioapi.h>. Alias is WCHAR[257]; flags is a byte of bits, the lowest first: hardware, filter. */
export const MIB_IF_ROW2 = { size: 1_352, luid: 0, index: 8, alias: 28, aliasUnits: 257, mtu: 1_124, type: 1_128, flags: 1_152, operStatus: 1_156, adminStatus: 1_160 } as const;

export const IF_FLAG = { hardware: 1, filter: 2 } as const;
/** IfOperStatusUp (IF_OPER_STATUS) and NET_IF_ADMIN_STATUS_UP, <ifdef.h>. */
export const IF_OPER_STATUS_UP = 1;
export const IF_ADMIN_STATUS_UP = 1;
/** IF_TYPE_*, <ipifcons.h>. Wintun's devices are propVirtual. */
export const IF_TYPE = { ethernet: 6, ppp: 23, loopback: 24, propVirtual: 53, wifi: 71, tunnel: 131, mobile: 243, mobile2: 244 } as const;
/** RouterDiscoveryDisabled of NL_ROUTER_DISCOVERY_BEHAVIOR, <nldef.h>. */
export const ROUTER_DISCOVERY_DISABLED = 0;
/** MIB_IPPROTO_NETMGMT of NL_ROUTE_PROTOCOL, <nldef.h>: a static route, which is what a program adds. */
export const ROUTE_PROTOCOL_NETMGMT = 3;
/**
 * DNS_INTERFACE_SETTINGS, <netioapi.h> of Windows 10 2004 and later (newer than MinGW's): ULONG Version, ULONG64 Flags, three
 * PWSTR, four ULONG, one PWSTR.
 */
export const DNS_INTERFACE_SETTINGS = { size: 64, version: 0, flags: 8, domain: 16, nameServer: 24, searchList: 32, profileNameServer: 56 } as const;
export const DNS_INTERFACE_SETTINGS_VERSION1 = 1;
/** DNS_SETTING_*: which members count; ipv6: of IPv6, else of IPv4. */
export const DNS_SETTING = { ipv6: 1, nameServer: 2, searchList: 4 } as const;
export const GUID_SIZE = 16;
/** NL_DAD_STATE, <nldef.h>. */
export const DAD_STATE = { tentative: 1, duplicate: 2, deprecated: 3, preferred: 4 } as const;
/** IpSuffixOriginRandom of NL_SUFFIX_ORIGIN, <nldef.h>: a privacy address. */
export const SUFFIX_ORIGIN_RANDOM = 5;

/** <synchapi.h>, <winbase.h>. */
export const INFINITE = 0xffff_ffff;
export const WAIT_OBJECT_0 = 0;
export const WAIT_FAILED = 0xffff_ffff;

/** <winerror.h>. */
export const ACCESS_DENIED = 5;
export const INVALID_PARAMETER = 87;
/** ERROR_OBJECT_ALREADY_EXISTS. */
export const ALREADY_EXISTS = 5_010;
/** ERROR_FILE_NOT_FOUND, of an interface; ERROR_NOT_FOUND, of an entry. */
export const NOT_THERE: ReadonlySet<number> = new Set([2, 1_168]);
/** No route, or none that is up: ERROR_NOT_FOUND, ERROR_NETWORK_UNREACHABLE, ERROR_HOST_UNREACHABLE. */
export const NO_WAY: ReadonlySet<number> = new Set([1_168, 1_231, 1_232]);
