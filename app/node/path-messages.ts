/** Which way a peer's packets go and why, in the terms that people are told. Pure. Callers: mesh-history.ts, view.ts. */
import { formatEndpoint } from '../base/ip.ts';
import type { Via } from '../base/via.ts';
import type { PathReport } from '../paths/types.ts';
import type { RelayMap } from '../wire/netmap/types.ts';
import type { Message } from './messages.ts';
import { relayName } from './relay-messages.ts';

/** `ip:port`, or the code of a relay region. */
export function viaText(via: Via, map: RelayMap): string {
  return via.kind === 'direct' ? formatEndpoint(via.endpoint) : relayName(via.region, map);
}

/** As in a sentence: `192.0.2.1:41641`, `relay lab`. */
export function viaWords(via: Via, map: RelayMap): string {
  return via.kind === 'direct' ? formatEndpoint(via.endpoint) : `relay ${relayName(via.region, map)}`;
}

export function whyMessage({ via, because, nextTryAt: next }: PathReport, map: RelayMap): Message {
  if (via?.kind === 'direct' && because === undefined) return { key: 'why.direct-proved', endpoint: formatEndpoint(via.endpoint) };
  if (via?.kind !== 'relay') return because?.kind === 'trying' ? { key: 'why.none-trying', candidates: because.candidates } : { key: 'why.none-no-way' };
  const relay = relayName(via.region, map);
  const nextTryAt = next ?? null;
  switch (because?.kind) {
    case 'trying':
      return { key: 'why.relay-trying', relay, candidates: because.candidates };
    case undefined:
    case 'not-in-use':
      return { key: 'why.relay-not-in-use', relay };
    case 'udp-blocked-here':
      return { key: 'why.relay-udp-blocked', relay, nextTryAt };
    case 'no-disco':
      return { key: 'why.relay-no-disco', relay };
    case 'no-path-at-all':
    case 'no-candidates':
      return { key: 'why.relay-no-candidates', relay, nextTryAt };
    case 'family-missing':
      return { key: 'why.relay-family-missing', relay, family: because.family };
    case 'data-lost':
      return { key: 'why.relay-data-lost', relay, endpoint: formatEndpoint(because.endpoint), at: because.at, nextTryAt };
    case 'lossy':
      return { key: 'why.relay-lossy', relay, endpoint: formatEndpoint(because.endpoint), lost: because.lost, of: because.of };
    case 'hard-nat':
      return { key: 'why.relay-hard-nat', relay, probed: because.probed, nextTryAt };
    case 'no-answer':
      return { key: 'why.relay-no-answer', relay, probed: because.probed, nextTryAt };
    default:
      return because satisfies never;
  }
}
