/** Name servers of a network service as one text, for comparison alone. Callers: guard-hands.ts, darwin-system.ts. */
import type { ServiceDns } from './port.ts';

/** One form for one content, so that two can be compared; undefined: there is none. */
export function dnsText(dns: ServiceDns | undefined): string {
  if (dns === undefined) return 'absent';
  return JSON.stringify([dns.servers, dns.search, dns.match]);
}
