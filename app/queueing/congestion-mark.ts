/**
 * Marks a packet "congestion experienced" (RFC 3168) where its ends understand that, so that nothing need be dropped. The
 * IPv4 header checksum is kept right (RFC 1624). Pure; works in place.
 */

const ECN = 3;
const CE = 3;
const IP4 = { header: 20, trafficClass: 1, checksum: 10 } as const;
const IP6_HEADER = 40;

/** True when the packet at [at, at + length) carries the mark now; false when its ends do not take part. */
export function markCongestion(view: DataView, at: number, length: number): boolean {
  if (length < IP4.header) return false;
  const version = view.getUint8(at) >>> 4;
  if (version === 4) {
    const before = view.getUint16(at);
    if ((before & ECN) === 0) return false;
    const after = before | CE;
    // HC' = ~(~HC + ~m + m')
    const sum = (~view.getUint16(at + IP4.checksum) & 0xffff) + (~before & 0xffff) + after;
    const folded = (sum & 0xffff) + (sum >>> 16);
    view.setUint16(at, after);
    view.setUint16(at + IP4.checksum, ~((folded & 0xffff) + (folded >>> 16)) & 0xffff);
    return true;
  }
  if (version !== 6 || length < IP6_HEADER) return false;
  const word = view.getUint16(at);
  if (((word >>> 4) & ECN) === 0) return false;
  view.setUint16(at, word | (CE << 4));
  return true;
}
