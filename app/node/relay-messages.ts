/**
 * A relay's state in the terms that people are told: its troubles, and the relay truth. Pure. Callers: mesh-history.ts, view.ts.
 */
import type { RelayFailure } from '../ports/relay-link.ts';
import type { RelayRegionState, RelayStale } from '../relay/types.ts';
import type { Instant } from '../time/instant.ts';
import type { RelayMap } from '../wire/netmap/types.ts';
import { failureMessage } from './control-history.ts';
import type { RelayTroubleMessage } from './mesh-messages.ts';
import type { TruthView } from './types.ts';

/** Of a region: its code, or its number where the map has none. */
export function relayName(region: number, map: RelayMap): string {
  const code = map.regions.get(region)?.code ?? '';
  return code === '' ? String(region) : code;
}

export function relayTrouble(stale: RelayStale, relay: string): RelayTroubleMessage {
  switch (stale.kind) {
    case 'lost':
      return relayFailureMessage(stale.failure);
    case 'silent':
      return { key: 'trouble.silent', host: `relay ${relay}`, silentMs: stale.forMs };
    case 'no-pong':
      return { key: 'trouble.relay-no-pong', relay, afterMs: stale.afterMs };
    case 'protocol':
      return { key: 'trouble.protocol', host: `Relay ${relay}`, what: stale.what };
    case 'restarting':
      return { key: 'trouble.relay-restarts', relay };
    case 'map-changed':
      return { key: 'trouble.relay-map-changed', relay };
    case 'key-changed':
      return { key: 'trouble.relay-key-changed', relay };
    default:
      return stale satisfies never;
  }
}

function relayFailureMessage(failure: RelayFailure): RelayTroubleMessage {
  switch (failure.kind) {
    case 'not-a-relay':
      return { key: 'trouble.not-a-relay', host: failure.host, status: failure.status ?? null };
    case 'certificate':
      return failureMessage({ ...failure, expiredAt: undefined });
    default:
      return failureMessage(failure);
  }
}

/** `home` undefined: none was chosen yet. */
export function relayTruth(home: number | undefined, state: RelayRegionState, map: RelayMap): TruthView {
  if (map.regions.size === 0) return { state: 'off', provedAt: null, detail: { key: 'truth.relay-off' } };
  if (home === undefined) return { state: 'checking', provedAt: null, detail: { key: 'truth.relay-choosing', total: map.regions.size } };
  const relay = relayName(home, map);
  switch (state.kind) {
    case 'up':
      if (state.health !== undefined) return { state: 'stale', provedAt: state.heardAt, detail: { key: 'truth.relay-health', relay, text: state.health } };
      return { state: 'ok', provedAt: state.heardAt, detail: { key: 'truth.relay-up', relay } };
    case 'checking':
      return { state: 'checking', provedAt: state.heardAt, detail: { key: 'truth.relay-checking', relay } };
    case 'idle':
    case 'connecting':
      return { state: 'checking', provedAt: null, detail: { key: 'truth.relay-connecting', relay, attempt: state.kind === 'idle' ? 1 : state.attempt } };
    case 'backing-off':
      return { state: 'down', provedAt: null, detail: { key: 'truth.relay-waiting', relay, trouble: relayTrouble(state.last, relay), nextTryAt: state.until } };
    case 'waiting-for-network':
      return { state: 'down', provedAt: null, detail: { key: 'truth.relay-no-network' } };
    default:
      return state satisfies never;
  }
}

/** Since when the home relay has been away, and why; undefined: it is not. */
export function relayAway(state: RelayRegionState): { readonly since: Instant; readonly last: RelayStale; readonly nextTryAt: Instant | null } | undefined {
  if (state.kind === 'backing-off') return { since: state.since, last: state.last, nextTryAt: state.until };
  if (state.kind === 'connecting' && state.last !== undefined) return { since: state.since, last: state.last, nextTryAt: null };
  return undefined;
}
