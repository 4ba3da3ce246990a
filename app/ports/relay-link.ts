/**
 * The seam between `relay/` (pure: frames, regions, staleness, back-off) and what carries its bytes: in the host TCP, TLS
 * and the HTTP upgrade (`host/relay-link`), in the simulator a link to the relay machine. Types only; plain data both ways.
 *
 * A connection is named by its generation, a number that only grows, chosen by `relay/` and used once: an event of a
 * generation that was closed or lost is stale and must be ignored. The link never retries and never reconnects by itself.
 */
import type { Duration } from '../time/instant.ts';
import type { RelayNode } from '../wire/netmap/types.ts';

export type RelayLinkCommand =
  /** TCP, TLS, upgrade to DERP, to the first of `nodes` that answers. Answered by `opened` or `lost`. */
  | { readonly kind: 'open'; readonly generation: number; readonly region: number; readonly nodes: readonly RelayNode[]; readonly withinMs: Duration }
  /** Whole frames, in order. The bytes are the link's from now on. Answered by `written`, summed up. */
  | { readonly kind: 'write'; readonly generation: number; readonly bytes: Uint8Array }
  /** Packets for this region may go to this connection without asking, or no more. A link that moves no packets itself does nothing. */
  | { readonly kind: 'carry'; readonly generation: number; readonly on: boolean }
  | { readonly kind: 'close'; readonly generation: number };

/** Why a connection could not be had, or ended, as facts; `node/messages.ts` has the words. `host`: name or address tried last. */
export type RelayFailure =
  | { readonly kind: 'name-unknown'; readonly host: string }
  /** The name service gave no answer, and no address of an earlier time is known. */
  | { readonly kind: 'name-service'; readonly host: string; readonly code: string }
  /** The proxy of the environment did not let us through. `host`, `port`: the proxy's. `status` 407: it wants a sign-in. undefined: no HTTP came. */
  | { readonly kind: 'proxy'; readonly host: string; readonly port: number; readonly status: number | undefined }
  | { readonly kind: 'refused'; readonly host: string; readonly port: number }
  | { readonly kind: 'unreachable'; readonly host: string; readonly code: string }
  | { readonly kind: 'timed-out'; readonly host: string; readonly during: 'name' | 'connect' | 'proxy' | 'tls' | 'upgrade'; readonly afterMs: Duration }
  | { readonly kind: 'certificate'; readonly host: string; readonly code: string }
  /** It answered over HTTP, but not as a relay does. */
  | { readonly kind: 'not-a-relay'; readonly host: string; readonly status: number | undefined }
  /** The other side closed, or the network did (errno name). */
  | { readonly kind: 'closed'; readonly host: string; readonly code: string | undefined };

export type RelayLinkEvent =
  /** `node`: name of the node that answered. `localAddress`: ours of the connection, as text. */
  | { readonly kind: 'opened'; readonly generation: number; readonly node: string; readonly localAddress: string | undefined }
  /** Bytes of the stream, cut anywhere. Valid only during the call. */
  | { readonly kind: 'data'; readonly generation: number; readonly bytes: Uint8Array }
  /** So many bytes of `write` commands left for the system since the last one: what is not written yet waits in our memory. */
  | { readonly kind: 'written'; readonly generation: number; readonly bytes: number }
  /** Packets passed without asking since the last one: told once a second at most. `heard`: raw keys of nodes that some came from. */
  | { readonly kind: 'carried'; readonly generation: number; readonly sent: boolean; readonly heard: readonly Uint8Array[] }
  /** Once per generation, and its last event. Not sent for one that `close` ended. */
  | { readonly kind: 'lost'; readonly generation: number; readonly failure: RelayFailure };
