/**
 * What the node says of its control server and of peers that come from one, as data: the part of `messages.ts` that a
 * tailnet adds. `trouble.*` messages name what is wrong and stand alone, so that a truth, a cause, an account and the
 * history can all carry the same one. `language/en/engine-troubles.ts` and its neighbours have the words.
 */
export type TroubleMessage =
  | { readonly key: 'trouble.name-unknown'; readonly host: string }
  | { readonly key: 'trouble.name-service'; readonly host: string; readonly code: string }
  | { readonly key: 'trouble.proxy'; readonly host: string; readonly port: number; readonly status: number | null }
  | { readonly key: 'trouble.refused'; readonly host: string; readonly port: number }
  | { readonly key: 'trouble.unreachable'; readonly host: string; readonly code: string }
  | { readonly key: 'trouble.timed-out'; readonly host: string; readonly during: string; readonly afterMs: number }
  /** `expiredAt`: wall time in ms, null when that is not the reason. */
  | { readonly key: 'trouble.certificate'; readonly host: string; readonly code: string; readonly expiredAt: number | null }
  | { readonly key: 'trouble.not-a-control-server'; readonly host: string; readonly status: number | null; readonly what: string }
  | { readonly key: 'trouble.version-refused'; readonly host: string }
  | { readonly key: 'trouble.key-changed'; readonly host: string }
  | { readonly key: 'trouble.protocol'; readonly host: string; readonly what: string }
  | { readonly key: 'trouble.too-large'; readonly host: string; readonly what: string; readonly limit: number }
  | { readonly key: 'trouble.closed'; readonly host: string; readonly code: string | null }
  | { readonly key: 'trouble.silent'; readonly host: string; readonly silentMs: number }
  | { readonly key: 'trouble.no-answer'; readonly host: string; readonly during: string; readonly afterMs: number }
  | { readonly key: 'trouble.busy'; readonly host: string; readonly waitMs: number }
  | { readonly key: 'trouble.http'; readonly host: string; readonly status: number; readonly text: string }
  | { readonly key: 'trouble.says-no'; readonly host: string; readonly text: string }
  | { readonly key: 'trouble.garbage'; readonly host: string; readonly what: string }
  | { readonly key: 'trouble.stream-closed'; readonly host: string }
  | { readonly key: 'trouble.node-unknown'; readonly host: string }
  | { readonly key: 'trouble.key-expired'; readonly host: string }
  | { readonly key: 'trouble.asked-for-silence'; readonly host: string; readonly forMs: number }
  | { readonly key: 'trouble.slept'; readonly sleptMs: number }
  | { readonly key: 'trouble.network-changed' }
  | { readonly key: 'trouble.network-down' };

export type ControlMessage =
  | TroubleMessage
  // overall sentence
  | { readonly key: 'overall.joining'; readonly host: string }
  | { readonly key: 'overall.sign-in'; readonly host: string }
  | { readonly key: 'overall.no-network' }
  | { readonly key: 'overall.server-unreachable'; readonly host: string }
  | { readonly key: 'overall.server-refuses'; readonly host: string }
  | { readonly key: 'overall.server-key-changed'; readonly host: string }
  | { readonly key: 'overall.signed-out'; readonly host: string }
  | { readonly key: 'overall.alone'; readonly host: string }
  // causes
  | { readonly key: 'cause.sign-in-first'; readonly host: string; readonly ready: boolean }
  | { readonly key: 'cause.sign-in-asked'; readonly host: string; readonly ready: boolean }
  | { readonly key: 'cause.sign-in-expired'; readonly host: string; readonly ready: boolean }
  | { readonly key: 'cause.sign-in-removed'; readonly host: string; readonly ready: boolean }
  | { readonly key: 'cause.renewal-waits'; readonly host: string }
  | { readonly key: 'cause.server-key-changed'; readonly host: string; readonly pinned: string; readonly offered: string }
  | { readonly key: 'cause.server-refuses'; readonly host: string; readonly text: string }
  | { readonly key: 'cause.server-trouble'; readonly trouble: TroubleMessage; readonly nextTryAt: number | null; readonly tunnelWorks: boolean }
  | { readonly key: 'cause.server-quiet'; readonly host: string; readonly sinceAt: number }
  | { readonly key: 'cause.no-network' }
  | { readonly key: 'cause.signed-out'; readonly host: string; readonly serverKnows: boolean }
  | { readonly key: 'cause.key-expires'; readonly host: string; readonly expiresAt: number }
  /** The server's own sentence about this node. */
  | { readonly key: 'cause.server-health'; readonly host: string; readonly text: string }
  | { readonly key: 'cause.too-many-peers'; readonly left: number; readonly limit: number }
  // the control truth
  | { readonly key: 'truth.control-ok'; readonly host: string }
  | { readonly key: 'truth.control-quiet'; readonly host: string; readonly sinceAt: number }
  | { readonly key: 'truth.control-connecting'; readonly host: string }
  | { readonly key: 'truth.control-registering'; readonly host: string }
  | { readonly key: 'truth.control-fetching'; readonly host: string }
  | { readonly key: 'truth.control-reconnecting'; readonly trouble: TroubleMessage; readonly attempt: number }
  | { readonly key: 'truth.control-waiting'; readonly trouble: TroubleMessage; readonly nextTryAt: number }
  | { readonly key: 'truth.control-no-network'; readonly host: string }
  | { readonly key: 'truth.control-sign-in'; readonly host: string }
  | { readonly key: 'truth.control-key-changed'; readonly host: string }
  | { readonly key: 'truth.control-refused'; readonly host: string; readonly text: string }
  | { readonly key: 'truth.control-signing-out'; readonly host: string }
  | { readonly key: 'truth.control-signed-out'; readonly host: string }
  // why a peer of a map has no path
  | { readonly key: 'why.none-not-asked'; readonly total: number }
  | { readonly key: 'why.none-map-no-address' }
  | { readonly key: 'why.none-offline'; readonly sinceAt: number | null }
  | { readonly key: 'why.none-expired' }
  // history
  | { readonly key: 'history.cause.first-map'; readonly host: string }
  | { readonly key: 'history.action.reconnected'; readonly attempts: number }
  | { readonly key: 'history.action.waited-for-network' }
  | { readonly key: 'history.action.registered-again' }
  | { readonly key: 'history.action.asked-person' }
  | { readonly key: 'history.result.control-live'; readonly host: string }
  | { readonly key: 'history.result.control-sign-in'; readonly host: string }
  | { readonly key: 'history.result.control-key-changed'; readonly host: string }
  | { readonly key: 'history.result.control-refused'; readonly host: string }
  | { readonly key: 'history.result.control-signed-out'; readonly host: string }
  | { readonly key: 'history.result.peer-removed'; readonly peer: string }
  | { readonly key: 'history.result.peer-new-key'; readonly peer: string }
  | { readonly key: 'history.result.peer-expired'; readonly peer: string };
