/**
 * <sys/kern_control.h>, <sys/sys_domain.h>, <net/if_utun.h> and <sys/ioccom.h> of Darwin (xnu): numbers and struct offsets as
 * data, little-endian, both 64-bit processors. Calls nothing.
 */

// <sys/socket.h>, <sys/sys_domain.h>
export const PF_SYSTEM = 32;
export const AF_SYS_CONTROL = 2;
export const SYSPROTO_CONTROL = 2;
export const SOCK_DGRAM = 2;

/** struct ctl_info, <sys/kern_control.h>: u_int32_t ctl_id, char ctl_name[MAX_KCTL_NAME = 96]. */
export const CTL_INFO = { size: 100, id: 0, name: 4, nameSize: 96 } as const;
/** _IOWR('N', 3, struct ctl_info), <sys/kern_control.h> with <sys/ioccom.h>: in and out, 13 bits of size, group, number. */
export const CTLIOCGINFO = 0xc000_0000 + (CTL_INFO.size & 0x1fff) * 0x1_0000 + 'N'.charCodeAt(0) * 0x100 + 3;
/** struct sockaddr_ctl, <sys/kern_control.h>: u_char sc_len, sc_family, u_int16_t ss_sysaddr, u_int32_t sc_id, sc_unit, sc_reserved[5]. */
export const SOCKADDR_CTL = { size: 32, length: 0, family: 1, system: 2, id: 4, unit: 8 } as const;

/** UTUN_CONTROL_NAME and UTUN_OPT_IFNAME, <net/if_utun.h>. The unit N + 1 is utunN; 0: the next free one. */
export const UTUN_CONTROL = 'com.apple.net.utun_control';
export const UTUN_OPT_IFNAME = 2;
export const IFNAMSIZ = 16;
/** Before each packet: its address family as a u_int32_t in network order. */
export const UTUN_HEADER = 4;
