/** Times and limits of the relay machine. Where a published client has one, it is the same: docs of Tailscale's derp package. */
import type { Duration } from '../time/instant.ts';

/** TCP, TLS and the upgrade together. */
export const OPEN_WITHIN: Duration = 10_000;
/** From the upgrade to the relay's first frame. */
export const GREET_WITHIN: Duration = 10_000;
/** Relays send a keepalive each 60 to 65 s. */
export const SILENT_AFTER: Duration = 120_000;
/** A doubted connection answers a ping within this. After sleep and on another network: sooner. */
export const PONG_WITHIN: Duration = 5_000;
export const PONG_WITHIN_ANEW: Duration = 3_000;
/** What was heard this long ago or less needs no doubt. */
export const FRESH: Duration = 1_000;
/** A region that is not home closes after this long without a write. */
export const IDLE_AFTER: Duration = 60_000;
/** Waits grow with the square of attempts up to this; each is spread over half to one and a half. */
export const RETRY_STEP: Duration = 10;
export const RETRY_CAP: Duration = 5_000;
/** A connection that stood this long was good: the next wait begins small. */
export const STABLE_AFTER: Duration = 10_000;
/** A relay that restarts is tried not later than this, whatever it says. */
export const RESTART_AT_MOST: Duration = 60_000;
/** Bytes that wait for the system, per connection, beyond which packets are dropped. Small ones (disco) have a reserve. */
export const WAITING_BYTES = 512 * 1_024;
export const RESERVE_BYTES = 64 * 1_024;
/** Bytes of a packet that may use the reserve. */
export const SMALL_PACKET = 512;
/** Packets that wait while a region is being connected; the oldest goes first. */
export const WAITING_PACKETS = 32;
/** Characters of a relay's words about us. */
export const HEALTH_TEXT = 200;
