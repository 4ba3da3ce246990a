/**
 * <net/route.h>, <net/if.h>, <net/if_var.h> and <net/if_dl.h> of Darwin (xnu, bsd/net): numbers and struct offsets as
 * data, for both 64-bit processors, little-endian. `int` and `u_int32_t` are 4 bytes, `u_short` 2. Calls nothing; read by
 * the codec of app/wire/route-messages and by the calls beside it.
 */

/** The first four bytes of every message: u_short length of all of it, u_char version, u_char type. */
export const MESSAGE = { size: 4, length: 0, version: 2, type: 3 } as const;
export const RTM_VERSION = 5;

/** RTM_*, <net/route.h>. 0x11 is not used. */
export const RTM = {
  add: 0x1,
  delete: 0x2,
  change: 0x3,
  get: 0x4,
  losing: 0x5,
  redirect: 0x6,
  miss: 0x7,
  lock: 0x8,
  oldAdd: 0x9,
  oldDelete: 0xa,
  resolve: 0xb,
  newAddress: 0xc,
  deleteAddress: 0xd,
  interface: 0xe,
  newGroup: 0xf,
  deleteGroup: 0x10,
  interface2: 0x12,
  newGroup2: 0x13,
  get2: 0x14,
} as const;

/** struct rt_msghdr: u_short index at 4 (two bytes of padding), then int flags, addrs, pid, seq, errno, use, u_int32_t inits, struct rt_metrics (56). */
export const RT_MSGHDR = { size: 92, index: 4, flags: 8, addresses: 12, pid: 16, sequence: 20, errno: 24, use: 28, inits: 32, metrics: 36 } as const;
/** struct rt_msghdr2, in dumps: as rt_msghdr, with refcnt, parentflags and reserved in place of pid, seq and errno. */
export const RT_MSGHDR2 = { size: 92, index: 4, flags: 8, addresses: 12 } as const;
/** struct if_msghdr, <net/if.h>: int addrs, flags, u_short index (two bytes of padding), struct if_data (96), of which ifi_type is the first byte and ifi_mtu a u_int32_t at 8. */
export const IF_MSGHDR = { size: 112, addresses: 4, flags: 8, index: 12, linkType: 16, mtu: 24 } as const;
/** struct if_msghdr2, in dumps: four int between index and struct if_data64 (128), which begins as if_data does. */
export const IF_MSGHDR2 = { size: 160, addresses: 4, flags: 8, index: 12, linkType: 32, mtu: 40 } as const;
/** struct ifa_msghdr, <net/if.h>. */
export const IFA_MSGHDR = { size: 20, addresses: 4, flags: 8, index: 12, metric: 16 } as const;
/** struct ifma_msghdr, <net/if.h>. In dumps (ifma_msghdr2) an int more. */
export const IFMA_MSGHDR = { size: 16, addresses: 4, flags: 8, index: 12 } as const;

/** RTAX_*: which sockaddr follows, in the order of the bits of `addrs` (RTA_*: 1 << RTAX_*). */
export const RTAX = { destination: 0, gateway: 1, netmask: 2, genmask: 3, interface: 4, interfaceAddress: 5, author: 6, broadcast: 7, count: 8 } as const;

/** RTF_*, <net/route.h>. */
export const RTF = {
  up: 0x1,
  gateway: 0x2,
  host: 0x4,
  reject: 0x8,
  linkLayer: 0x400,
  static: 0x800,
  blackhole: 0x1000,
  wasCloned: 0x2_0000,
  local: 0x20_0000,
  broadcast: 0x40_0000,
  multicast: 0x80_0000,
  scoped: 0x100_0000,
} as const;

/** IFF_*, <net/if.h>. */
export const IFF = { up: 0x1, loopback: 0x8, pointToPoint: 0x10, running: 0x40 } as const;

/** struct sockaddr_dl, <net/if_dl.h>: u_char len, family, u_short index, u_char type, name length, address length, selector length, then name and address in one. */
export const SOCKADDR_DL = { size: 20, family: 1, index: 2, nameLength: 5, addressLength: 6, data: 8 } as const;
