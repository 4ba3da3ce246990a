/** The Internet checksum (RFC 1071). `start` is a partial sum, such as that of a pseudo-header. 0 over data that contains a right checksum. */
export function internetChecksum(bytes: Uint8Array, at: number, length: number, start: number): number {
  let sum = start;
  const even = at + (length & ~1);
  for (let i = at; i < even; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  if (length & 1) sum += bytes[even]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
