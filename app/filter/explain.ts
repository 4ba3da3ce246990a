/**
 * Says for a new flow from a peer to us whether the filter lets it in, and by which rule: the same decision as filter.ts,
 * read rule by rule, slow and for people. Pure; it needs what the packet thread was told and no packet. Callers: the node.
 */
import type { IpAddress } from '../base/ip.ts';
import { prefixContains } from '../base/ip.ts';
import type { FilterSetup } from '../ports/dataplane.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../wire/icmp-echo.ts';
import type { FilterDestination, FilterRule } from '../wire/netmap/types.ts';
import { PROTOCOL_TSMP } from '../wire/tsmp.ts';
import { hasPorts, inRange } from './rule-table.ts';

export interface NewFlow {
  readonly from: IpAddress;
  /** Of the sending peer. */
  readonly jailed: boolean;
  readonly capabilities: readonly string[];
  readonly to: IpAddress;
  readonly protocol: number;
  /** Of the destination; without meaning where the protocol has no ports. */
  readonly port: number;
}

export type Explanation =
  /** `because`: no filter is used, or messages between nodes always pass. */
  | { readonly kind: 'passes'; readonly because: 'filter-off' | 'between-nodes' }
  | { readonly kind: 'allowed'; readonly rule: FilterRule }
  /** `no-shared-address`: for callers that have no pair of addresses to ask about; never said here. */
  | { readonly kind: 'denied'; readonly because: 'no-rules-received' | 'not-this-computer' | 'shields-up' | 'jailed' | 'no-rule' | 'no-shared-address' };

export function explain(setup: FilterSetup, flow: NewFlow): Explanation {
  switch (setup.kind) {
    case 'off':
      return { kind: 'passes', because: 'filter-off' };
    case 'block-all':
      return { kind: 'denied', because: 'no-rules-received' };
    case 'rules': {
      if (!setup.local.some((prefix) => prefixContains(prefix, flow.to))) return { kind: 'denied', because: 'not-this-computer' };
      if (flow.protocol === PROTOCOL_TSMP) return { kind: 'passes', because: 'between-nodes' };
      if (setup.shieldsUp) return { kind: 'denied', because: 'shields-up' };
      if (flow.jailed) return { kind: 'denied', because: 'jailed' };
      for (const { rules } of setup.rules) for (const rule of rules) if (allows(rule, flow)) return { kind: 'allowed', rule };
      return { kind: 'denied', because: 'no-rule' };
    }
    default:
      return setup satisfies never;
  }
}

function allows(rule: FilterRule, flow: NewFlow): boolean {
  const fromThere = rule.sources.some((source) => (source.kind === 'range' ? inRange(source.range, flow.from) : flow.capabilities.includes(source.name)));
  return fromThere && (isIcmp(flow) || rule.protocols.includes(flow.protocol)) && rule.destinations.some((there) => inRange(there.range, flow.to) && portFits(there, flow));
}

function portFits({ firstPort, lastPort }: FilterDestination, flow: NewFlow): boolean {
  if (isIcmp(flow)) return true;
  if (!hasPorts(flow.protocol)) return firstPort === 0 && lastPort === 65_535;
  return firstPort <= flow.port && flow.port <= lastPort;
}

function isIcmp({ protocol, to }: NewFlow): boolean {
  return protocol === (to.family === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6);
}
