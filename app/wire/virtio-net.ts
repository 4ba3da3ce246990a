/**
 * struct virtio_net_hdr of <linux/virtio_net.h>: the 10 little-endian bytes in front of each packet of a TUN device that
 * was opened with IFF_VNET_HDR. Offsets and numbers only; what they mean for packets is offload's.
 */

export const VIRTIO_HEADER = 10;
export const VIRTIO = { flags: 0, gsoType: 1, headerLength: 2, gsoSize: 4, checksumStart: 6, checksumOffset: 8 } as const;

/** VIRTIO_NET_HDR_F_NEEDS_CSUM: the checksum field holds the pseudo-header's sum; the rest is to be added. */
export const NEEDS_CHECKSUM = 1;
/** VIRTIO_NET_HDR_GSO_*. */
export const GSO = { none: 0, tcpV4: 1, udpFragments: 3, tcpV6: 4, udp: 5, ecn: 0x80 } as const;
