/** <linux/if_tun.h> and <net/if.h> on Linux: numbers and struct offsets as data. Calls nothing. */

// <net/if.h>
/** Bytes of an interface name, the ending zero included. */
export const IFNAMSIZ = 16;
/** struct ifreq, <net/if.h>; `flags` is the short of its union. */
export const IFREQ = { size: 40, name: 0, flags: 16 } as const;

// <linux/if_tun.h>
export const TUNSETIFF = 0x4004_54ca;
export const TUNSETOFFLOAD = 0x4004_54d0;
export const IFF_TUN = 0x0001;
export const IFF_NO_PI = 0x1000;
export const IFF_VNET_HDR = 0x4000;
export const TUN_F_CSUM = 0x01;
export const TUN_F_TSO4 = 0x02;
export const TUN_F_TSO6 = 0x04;
/** Linux 6.2 and later. */
export const TUN_F_USO4 = 0x20;
export const TUN_F_USO6 = 0x40;
