/**
 * The seam between `control/` (pure: register, map, watchdog, back-off) and what carries its requests: in the host TLS,
 * Noise and HTTP/2 (`host/control-link`), in the simulator a link to the control machine. Types only; plain data both
 * ways, so a recorder can keep it. Secrets travel only downwards.
 *
 * A connection has a generation, a number that only grows, chosen by `control/`: an event of an earlier generation or of
 * an id that is not open any more is stale and must be ignored. The link never retries and never reconnects by itself,
 * and it times out only what it is told to (`withinMs`); silence of a stream is the watchdog's affair.
 */
import type { Duration } from '../time/instant.ts';

export type ControlLinkCommand =
  /** `/key`, upgrade, Noise handshake. Ends the connection before it. Answered by `connected` or `lost`. */
  | {
      readonly kind: 'connect';
      readonly generation: number;
      /** `https://hs.example.org` or `http://127.0.0.1:8080`; no path. */
      readonly url: string;
      readonly machineKey: Uint8Array;
      /** Raw public key seen at first use; undefined: take the server's word, this once. */
      readonly pinnedKey: Uint8Array | undefined;
      readonly withinMs: Duration;
    }
  /** One POST with a JSON body over the connection. `id` is never used twice. `form` 'whole': one `response` with the body.
   *  'stream': `stream-began`, then one `message` for each length-prefixed payload, uncompressed, until `stream-ended`. */
  | { readonly kind: 'request'; readonly generation: number; readonly id: number; readonly path: string; readonly body: string; readonly form: 'whole' | 'stream' }
  /** The answer to a ping of the server (`PingRequest`), outside the Noise connection unless `overNoise`. Not answered. */
  | { readonly kind: 'answer-ping'; readonly generation: number; readonly url: string; readonly overNoise: boolean }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'disconnect' };

/** Why a connection or a stream ended, as facts; `node/messages.ts` has the words. `host`: name or address that was tried. */
export type ControlFailure =
  /** The name service knows no such name. */
  | { readonly kind: 'name-unknown'; readonly host: string }
  /** The name service gave no answer, and no address of an earlier time is known. `code`: its errno name. */
  | { readonly kind: 'name-service'; readonly host: string; readonly code: string }
  /** The proxy of the environment did not let us through. `host`, `port`: the proxy's. `status` 407: it wants a sign-in. undefined: no HTTP came. */
  | { readonly kind: 'proxy'; readonly host: string; readonly port: number; readonly status: number | undefined }
  | { readonly kind: 'refused'; readonly host: string; readonly port: number }
  | { readonly kind: 'unreachable'; readonly host: string; readonly code: string }
  | { readonly kind: 'timed-out'; readonly host: string; readonly during: 'name' | 'connect' | 'proxy' | 'tls' | 'key' | 'upgrade' | 'noise'; readonly afterMs: Duration }
  /** `expiredAt`: ms since 1970, when that was the reason. */
  | { readonly kind: 'certificate'; readonly host: string; readonly code: string; readonly expiredAt: number | undefined }
  /** The server answered over HTTP, but not as a control server does. */
  | { readonly kind: 'not-a-control-server'; readonly host: string; readonly status: number | undefined; readonly what: string }
  /** 101, then the end without a Noise response: it may refuse this client's version (protocol-facts 1.6). */
  | { readonly kind: 'version-refused'; readonly host: string }
  /** Neither key is secret. The connection is not used. */
  | { readonly kind: 'key-changed'; readonly host: string; readonly pinned: Uint8Array; readonly offered: Uint8Array }
  /** Bytes that break the protocol: wrong tag, oversized frame, garbage. `what` is a short fixed phrase. */
  | { readonly kind: 'protocol'; readonly host: string; readonly what: string }
  /** More than is ever needed. `limit` in bytes. */
  | { readonly kind: 'too-large'; readonly host: string; readonly what: string; readonly limit: number }
  /** The other side closed, or the network did (errno name). */
  | { readonly kind: 'closed'; readonly host: string; readonly code: string | undefined };

export type ControlLinkEvent =
  /** The handshake proved the server to own this key. */
  | { readonly kind: 'connected'; readonly generation: number; readonly serverKey: Uint8Array; readonly zstd: boolean }
  /** Once per generation, and the last event of it: it could not be had, or it is no more. Its requests ended with it, unsaid.
   *  Not sent for a generation that a later `connect` or `disconnect` ended. */
  | { readonly kind: 'lost'; readonly generation: number; readonly failure: ControlFailure }
  /** Of form 'whole'. `retryAfterMs`: from Retry-After, seconds or date, when it was there and understood. */
  | { readonly kind: 'response'; readonly id: number; readonly status: number; readonly retryAfterMs: Duration | undefined; readonly body: string }
  /** A status other than 200: no `message` follows, whatever the body holds, only `stream-ended`. `retryAfterMs`: as of `response`. */
  | { readonly kind: 'stream-began'; readonly id: number; readonly status: number; readonly retryAfterMs: Duration | undefined }
  | { readonly kind: 'message'; readonly id: number; readonly text: string }
  /** Of form 'stream' after any status, or of form 'whole' that broke. `failure` undefined: the server ended it in good order. */
  | { readonly kind: 'stream-ended'; readonly id: number; readonly failure: ControlFailure | undefined };
