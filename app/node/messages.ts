/**
 * Everything the node says to a person, as data: a key and typed arguments, never a sentence. `api/speaker.ts` turns them
 * into a language, with the texts of `language/`. `...At` arguments are Instants in ms, so that ages can tick; `...Ms` are
 * durations; the rest are names and counts. Adding a message: add a member here, the catalogue then fails to compile.
 */
import type { ControlMessage } from './control-messages.ts';
import type { DeviceMessage } from './device-messages.ts';
import type { MeshMessage } from './mesh-messages.ts';
import type { OsMessage } from './os-messages.ts';

export type Message =
  | ControlMessage
  | DeviceMessage
  | MeshMessage
  | OsMessage
  // overall sentence
  | { readonly key: 'overall.stopped' }
  | { readonly key: 'overall.no-peers' }
  | { readonly key: 'overall.connected'; readonly answering: number; readonly total: number }
  | { readonly key: 'overall.quiet'; readonly total: number }
  | { readonly key: 'overall.checking'; readonly waiting: number; readonly total: number }
  | { readonly key: 'overall.woke'; readonly sleptMs: number; readonly total: number }
  | { readonly key: 'overall.some-silent'; readonly silent: number; readonly total: number }
  | { readonly key: 'overall.none-answer'; readonly total: number }
  // causes
  | { readonly key: 'cause.all-silent'; readonly total: number; readonly sinceAt: number }
  | { readonly key: 'cause.peer-silent'; readonly peer: string; readonly sinceAt: number; readonly endpoint: string; readonly attempts: number }
  | { readonly key: 'cause.peer-checking'; readonly peer: string; readonly sinceAt: number; readonly endpoint: string }
  | { readonly key: 'cause.peer-never'; readonly peer: string; readonly endpoint: string; readonly attempts: number }
  | { readonly key: 'cause.peer-no-endpoint'; readonly peer: string }
  | { readonly key: 'cause.underlay'; readonly code: string }
  | { readonly key: 'cause.woke'; readonly sleptMs: number }
  // truths
  | { readonly key: 'truth.control-none' }
  | { readonly key: 'truth.relay-none' }
  | { readonly key: 'truth.path'; readonly direct: number; readonly relayed: number; readonly checking: number; readonly quiet: number; readonly silent: number }
  | { readonly key: 'truth.path-none' }
  | { readonly key: 'truth.os-memory' }
  /** In a tailnet, before the map and after a sign-out. */
  | { readonly key: 'truth.os-bare' }
  | { readonly key: 'truth.os-set'; readonly device: string; readonly routes: number }
  | { readonly key: 'truth.os-refused'; readonly device: string; readonly why: string }
  // why a peer has the path it has
  | { readonly key: 'why.direct-configured'; readonly endpoint: string }
  | { readonly key: 'why.direct-followed'; readonly endpoint: string }
  | { readonly key: 'why.none-no-endpoint' }
  | { readonly key: 'why.none-never-answered'; readonly endpoint: string }
  | { readonly key: 'why.none-silent'; readonly endpoint: string; readonly sinceAt: number }
  // what the packet filter does with a new flow; `only`: the family that passes, where the other does not
  | { readonly key: 'filter.in-off'; readonly peer: string; readonly protocol: number | 'icmp'; readonly port: number }
  | { readonly key: 'filter.in-between-nodes'; readonly peer: string; readonly protocol: number | 'icmp'; readonly port: number }
  | { readonly key: 'filter.out'; readonly peer: string; readonly protocol: number | 'icmp'; readonly port: number }
  | { readonly key: 'filter.in-allowed'; readonly peer: string; readonly protocol: number | 'icmp'; readonly port: number; readonly rule: string; readonly only: 4 | 6 | null }
  | {
      readonly key: 'filter.in-denied';
      readonly peer: string;
      readonly protocol: number | 'icmp';
      readonly port: number;
      readonly because: 'no-rules-received' | 'not-this-computer' | 'shields-up' | 'jailed' | 'no-rule' | 'no-shared-address';
    }
  | {
      readonly key: 'filter.out-refused';
      readonly peer: string;
      readonly protocol: number | 'icmp';
      readonly port: number;
      readonly reason: 'rules' | 'shields-up' | 'forwarding-off' | 'host-firewall' | 'unknown-destination' | 'unknown';
      readonly at: number;
    }
  // history: causes
  | { readonly key: 'history.cause.peer-silent'; readonly peer: string; readonly silentMs: number }
  | { readonly key: 'history.cause.all-silent'; readonly total: number; readonly silentMs: number }
  | { readonly key: 'history.cause.moved'; readonly peer: string; readonly from: string; readonly to: string }
  | { readonly key: 'history.cause.slept'; readonly sleptMs: number }
  | { readonly key: 'history.cause.started' }
  | { readonly key: 'history.cause.underlay-failed'; readonly code: string }
  | { readonly key: 'history.cause.peer-restarted'; readonly peer: string }
  | { readonly key: 'history.cause.peer-restarted-handshake'; readonly peer: string }
  // history: actions, smallest first
  | { readonly key: 'history.action.kept-trying' }
  | { readonly key: 'history.action.handshake'; readonly attempts: number }
  | { readonly key: 'history.action.rebind'; readonly attempts: number }
  | { readonly key: 'history.action.followed' }
  | { readonly key: 'history.action.checked-all'; readonly total: number }
  | { readonly key: 'history.action.first-handshakes'; readonly total: number }
  | { readonly key: 'history.action.accepted-session' }
  // history: results
  | { readonly key: 'history.result.same-session'; readonly peer: string }
  | { readonly key: 'history.result.lost-session'; readonly peer: string }
  | { readonly key: 'history.result.new-session'; readonly peer: string }
  | { readonly key: 'history.result.data-again'; readonly peer: string }
  | { readonly key: 'history.result.all-again'; readonly answered: number; readonly total: number }
  | { readonly key: 'history.result.some-again'; readonly answered: number; readonly total: number }
  | { readonly key: 'history.result.bound'; readonly port: number }
  | { readonly key: 'history.result.part-of-all' }
  | { readonly key: 'history.result.overtaken' }
  | { readonly key: 'history.result.stopped' };

export type MessageKey = Message['key'];
export type MessageOf<K extends MessageKey> = Extract<Message, { readonly key: K }>;
