/** Can the world call this address? Pure. Caller: port-map.ts. */
import { parsePrefix, prefixContains, type IpAddress } from '../base/ip.ts';

/** Networks that end at some NAT, and what is no address of a host. RFC 1918, RFC 6598, RFC 3927, RFC 6890. */
const NOT_OUTSIDE = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.168.0.0/16', '224.0.0.0/3'].map((text) => parsePrefix(text)!);

/** IPv4 alone: what this machine asks for. */
export function isOutside(address: IpAddress): boolean {
  return address.family === 4 && !NOT_OUTSIDE.some((prefix) => prefixContains(prefix, address));
}
