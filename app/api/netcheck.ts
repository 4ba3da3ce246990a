/** The JSON of `bowline netcheck` out of a snapshot. Pure. Its field names are the contract. */
import type { Netcheck, Snapshot } from './schema.ts';
import { say } from './words.ts';

export function toNetcheck({ netcheck, now, relays }: Snapshot): Netcheck {
  const byLatency = relays.toSorted((a, b) => (a.latencyMs ?? Infinity) - (b.latencyMs ?? Infinity) || a.region - b.region);
  return {
    udp: netcheck?.udp ?? null,
    ipv4: netcheck?.ipv4 ?? null,
    ipv6: netcheck?.ipv6 ?? null,
    mappingVariesByDestination: netcheck?.mappingVariesByDestination ?? null,
    globalV4: netcheck?.globalV4 ?? null,
    globalV6: netcheck?.globalV6 ?? null,
    homeRelay: relays.find(({ home }) => home)?.code ?? null,
    relays: byLatency.map(({ code, latencyMs }) => ({ region: code, latencyMs })),
    portMapping: netcheck === null || netcheck.portMapping === null ? null : say(netcheck.portMapping, now),
  };
}
