/**
 * What goes into the relay server of the simulator and the sandbox, and what comes out. Plain data: a simulated stream or a
 * socket behind the HTTP upgrade carries it. Types only.
 */

/** `connection`: chosen by who carries it, never used twice. */
export type RelayServerInput =
  /** The upgrade is done; DERP begins, and the server speaks first. */
  | { readonly kind: 'connected'; readonly connection: number }
  /** Bytes of the stream, cut anywhere. Valid only during the call. */
  | { readonly kind: 'data'; readonly connection: number; readonly bytes: Uint8Array }
  /** So many bytes of `write` were taken by the system since the last one. A carrier that never tells makes every client slow. */
  | { readonly kind: 'written'; readonly connection: number; readonly bytes: number }
  | { readonly kind: 'closed'; readonly connection: number };

export type RelayServerOutput =
  /** Whole frames. The bytes are the carrier's from now on. */
  | { readonly kind: 'write'; readonly connection: number; readonly bytes: Uint8Array }
  /** After all that was written. `closed` does not follow. */
  | { readonly kind: 'close'; readonly connection: number };

/** How it errs, for tests of clients. Each can be taken back. */
export type RelayMisbehaviour =
  | { readonly kind: 'none' }
  /** Takes connections and bytes, and says nothing. Who spoke meanwhile is cut off when it ends: what was said is lost. */
  | { readonly kind: 'silent' }
  /** Names this sender for every packet that it forwards. */
  | { readonly kind: 'lies'; readonly source: Uint8Array }
  /** Never answers a ping; all else as it should. */
  | { readonly kind: 'never-pongs' }
  /** Closes each connection when it hears who it is, as a server does that does not know the node. */
  | { readonly kind: 'refuses' };
