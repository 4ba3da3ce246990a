/**
 * What the node says of paths and relays, as data: the part of `messages.ts` that a mesh adds. `relay` is a region's code;
 * `nextTryAt` null: with the next packet to that peer. `language/en/engine-ways.ts` and its neighbours have the words.
 */
import type { MappingCause, PortMapProtocol, PortMapRefusal } from '../portmap/types.ts';
import type { TroubleMessage } from './control-messages.ts';

/** Why a connection to a relay ended, or cannot be had. */
export type RelayTroubleMessage =
  | TroubleMessage
  | { readonly key: 'trouble.not-a-relay'; readonly host: string; readonly status: number | null }
  | { readonly key: 'trouble.relay-no-pong'; readonly relay: string; readonly afterMs: number }
  | { readonly key: 'trouble.relay-restarts'; readonly relay: string }
  | { readonly key: 'trouble.relay-map-changed'; readonly relay: string }
  | { readonly key: 'trouble.relay-key-changed'; readonly relay: string };

export type WhyRelayedMessage =
  | { readonly key: 'why.relay-trying'; readonly relay: string; readonly candidates: number }
  | { readonly key: 'why.relay-not-in-use'; readonly relay: string }
  | { readonly key: 'why.relay-udp-blocked'; readonly relay: string; readonly nextTryAt: number | null }
  | { readonly key: 'why.relay-no-disco'; readonly relay: string }
  | { readonly key: 'why.relay-no-candidates'; readonly relay: string; readonly nextTryAt: number | null }
  | { readonly key: 'why.relay-family-missing'; readonly relay: string; readonly family: 4 | 6 }
  | { readonly key: 'why.relay-data-lost'; readonly relay: string; readonly endpoint: string; readonly at: number; readonly nextTryAt: number | null }
  | { readonly key: 'why.relay-lossy'; readonly relay: string; readonly endpoint: string; readonly lost: number; readonly of: number }
  | { readonly key: 'why.relay-hard-nat'; readonly relay: string; readonly probed: number; readonly nextTryAt: number | null }
  | { readonly key: 'why.relay-no-answer'; readonly relay: string; readonly probed: number; readonly nextTryAt: number | null };

/** What the router does about a port of our own. `endpoint`: `ip:port` outside. */
export type PortMappingMessage =
  | { readonly key: 'port-mapping.mapped'; readonly protocol: PortMapProtocol; readonly endpoint: string }
  | { readonly key: 'port-mapping.another-nat'; readonly protocol: PortMapProtocol; readonly endpoint: string }
  | { readonly key: 'port-mapping.refused'; readonly protocol: PortMapProtocol; readonly why: PortMapRefusal }
  | { readonly key: 'port-mapping.absent' };

export type MeshMessage =
  | Exclude<RelayTroubleMessage, TroubleMessage>
  | WhyRelayedMessage
  | PortMappingMessage
  | { readonly key: 'why.direct-proved'; readonly endpoint: string }
  | { readonly key: 'why.none-no-way' }
  | { readonly key: 'why.none-trying'; readonly candidates: number }
  // the relay truth
  | { readonly key: 'truth.relay-off' }
  | { readonly key: 'truth.relay-choosing'; readonly total: number }
  | { readonly key: 'truth.relay-up'; readonly relay: string }
  | { readonly key: 'truth.relay-health'; readonly relay: string; readonly text: string }
  | { readonly key: 'truth.relay-checking'; readonly relay: string }
  | { readonly key: 'truth.relay-connecting'; readonly relay: string; readonly attempt: number }
  | { readonly key: 'truth.relay-waiting'; readonly relay: string; readonly trouble: RelayTroubleMessage; readonly nextTryAt: number }
  | { readonly key: 'truth.relay-no-network' }
  // causes
  | { readonly key: 'cause.relay'; readonly relay: string; readonly trouble: RelayTroubleMessage; readonly nextTryAt: number | null }
  | { readonly key: 'cause.udp-blocked' }
  | { readonly key: 'cause.captive-portal' }
  // history
  | { readonly key: 'history.cause.relay'; readonly relay: string; readonly trouble: RelayTroubleMessage }
  | { readonly key: 'history.cause.path-proved'; readonly peer: string; readonly to: string }
  | { readonly key: 'history.cause.path-faster'; readonly peer: string; readonly to: string }
  | { readonly key: 'history.cause.path-no-pong'; readonly peer: string; readonly from: string }
  | { readonly key: 'history.cause.path-data-lost'; readonly peer: string; readonly from: string }
  | { readonly key: 'history.cause.path-network-changed'; readonly peer: string; readonly from: string }
  | { readonly key: 'history.cause.path-relay-changed'; readonly peer: string; readonly to: string }
  | { readonly key: 'history.cause.path-peer-moved'; readonly peer: string; readonly to: string }
  | { readonly key: 'history.cause.port-mapping'; readonly protocol: PortMapProtocol; readonly because: Exclude<MappingCause, 'left'> }
  | { readonly key: 'history.action.relay-reconnect'; readonly attempts: number }
  | { readonly key: 'history.action.path-moved'; readonly to: string }
  | { readonly key: 'history.action.path-lost' }
  | { readonly key: 'history.action.port-told' }
  | { readonly key: 'history.action.port-asked-again' }
  | { readonly key: 'history.result.relay-up'; readonly relay: string }
  | { readonly key: 'history.result.relay-not-needed'; readonly relay: string }
  | { readonly key: 'history.result.path'; readonly peer: string; readonly to: string }
  | { readonly key: 'history.result.path-none'; readonly peer: string }
  | { readonly key: 'history.result.port-open'; readonly endpoint: string }
  | { readonly key: 'history.result.port-closed'; readonly endpoint: string };
