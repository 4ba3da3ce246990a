/**
 * What goes into the netcheck machine, what comes out, and its report. Types only. node/ owns one: it sends the probes from
 * WireGuard's own socket, so that what is measured is the NAT that packets really pass.
 */
import type { IpAddress, IpEndpoint } from '../base/ip.ts';
import type { Duration, Instant } from '../time/instant.ts';
import type { RelayMap } from '../wire/netmap/types.ts';

export type NetcheckInput =
  | { readonly kind: 'map'; readonly map: RelayMap }
  /** Families that have a route to the internet; a family without one is never probed (fault 1). */
  | { readonly kind: 'families'; readonly ipv4: boolean; readonly ipv6: boolean; readonly localPort: number | undefined }
  /** Measure now. full: as at start, all regions. endpoints: only where we are seen, soon (a call-me-maybe waits). */
  | { readonly kind: 'check'; readonly form: 'full' | 'incremental' | 'endpoints' }
  /** Peers are in use: where we are seen is kept fresh (every 20 to 26 s). */
  | { readonly kind: 'in-use'; readonly on: boolean }
  /** A STUN response. */
  | { readonly kind: 'datagram'; readonly from: IpEndpoint; readonly bytes: Uint8Array }
  | { readonly kind: 'resolved'; readonly host: string; readonly addresses: readonly IpAddress[] }
  /** The answer to `web-probe`. latencyMs undefined: none. */
  | { readonly kind: 'web-answered'; readonly id: number; readonly latencyMs: number | undefined; readonly portal: boolean }
  /** A frame of this region's relay was heard: it is alive, whatever the probes say. */
  | { readonly kind: 'relay-heard'; readonly region: number }
  | { readonly kind: 'network'; readonly now: 'up' | 'down' | 'changed' }
  | { readonly kind: 'slept'; readonly forMs: Duration };

export type NetcheckOutput =
  | { readonly kind: 'send'; readonly to: IpEndpoint; readonly bytes: Uint8Array }
  | { readonly kind: 'resolve'; readonly host: string }
  /** latency: HTTPS round trip to a relay, when no UDP answers. portal: plain HTTP that a captive portal would answer. */
  | { readonly kind: 'web-probe'; readonly id: number; readonly form: 'latency' | 'portal'; readonly host: string; readonly address: IpAddress | undefined; readonly port: number; readonly withinMs: Duration }
  /** Where we are seen changed, or was confirmed. */
  | { readonly kind: 'endpoints'; readonly endpoints: readonly IpEndpoint[]; readonly confirmedAt: Instant }
  /** A check ended. */
  | { readonly kind: 'report'; readonly report: NetcheckReport }
  /** The home relay is another one now. */
  | { readonly kind: 'home'; readonly region: number };

export interface NetcheckReport {
  readonly at: Instant;
  readonly form: 'full' | 'incremental' | 'endpoints';
  /** Undefined: not known. */
  readonly udp: boolean | undefined;
  readonly ipv4: boolean | undefined;
  readonly ipv6: boolean | undefined;
  /** RFC 4787 section 4.1: undefined with less than two answers. */
  readonly mappingVariesByDestination: boolean | undefined;
  readonly hairpin: boolean | undefined;
  readonly captivePortal: boolean | undefined;
  readonly globalV4: IpEndpoint | undefined;
  readonly globalV6: IpEndpoint | undefined;
  /** By region, best of this report, ms. */
  readonly latency: ReadonlyMap<number, { readonly v4: number | undefined; readonly v6: number | undefined; readonly web: number | undefined }>;
  readonly homeRelay: number | undefined;
}
