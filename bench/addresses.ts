/** Overlay addresses of benchmark nodes. */
import { ipv4, type IpPrefix } from '../app/base/ip.ts';

/** The host prefix of node `n`: 100.64.0.0 upwards. */
export function prefixOf(n: number): IpPrefix {
  return { address: ipv4(0x6440_0001 + n), bits: 32 };
}
