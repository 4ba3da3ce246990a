/** Where things lie in IPv4, IPv6, TCP and UDP headers (RFC 791, 8200, 9293, 768), for segment.ts and coalesce.ts. */

export const TCP = 6;
export const UDP = 17;
export const IP4 = { header: 20, totalLength: 2, id: 4, fragment: 6, ttl: 8, protocol: 9, checksum: 10, source: 12 } as const;
/** More-fragments and the fragment offset; and don't-fragment. */
export const IP4_FRAGMENTED = 0x3fff;
export const IP4_DONT_FRAGMENT = 0x4000;
export const IP6 = { header: 40, payloadLength: 4, nextHeader: 6, source: 8 } as const;
export const TCP_AT = { sequence: 4, acknowledgement: 8, dataOffset: 12, flags: 13, window: 14, checksum: 16, urgent: 18, header: 20 } as const;
export const FIN = 0x01;
export const PSH = 0x08;
export const ACK = 0x10;
export const CWR = 0x80;
export const UDP_AT = { length: 4, checksum: 6, header: 8 } as const;
