/** Times and limits of the relay machine. Where a published client has one, it is the same: docs of Tailscale's derp package. */
import type { Duration } from '../time/instant.ts';

/** TCP, TLS and the upgrade together. */
export const OPEN_WITHIN: Duration = 10_000;
/** From the upgrade to the relay's first frame, and from our name to its answer. */
export const GREET_WITHIN: Duration = 10_000;
/** Relays send a keepalive each 60 to 65 s. */
export const SILENT_AFTER: Duration = 120_000;
/** A doubted connection answers a ping within this. After sleep and on another network: sooner. */
export const PONG_WITHIN: Duration = 5_000;
export const PONG_WITHIN_ANEW: Duration = 3_000;
/** What was heard this long ago or less needs no doubt. */
export const FRESH: Duration = 1_000;
/** Ours. A frame that comes this long after a ping was not waiting in our system when we asked: the relay is there. */
export const LATE_PROOF: Duration = 1_000;
/** Ours. Packets that pass without asking are told of as late as this. */
export const TOLD_WITHIN: Duration = 1_000;
/** Ours. A deadline that is noticed this late was slept through: nobody read the socket meanwhile, so the relay is asked first. */
export const SLEPT_THROUGH: Duration = 2_000;
/** Ours. Who sends by a connection on which nothing came for this long asks whether it is alive. */
export const UNHEARD: Duration = 4_000;
/** A region that is not home closes after this long without a write. */
export const IDLE_AFTER: Duration = 60_000;
/**
 * Ours. A wait is this share of the time that a region has been in trouble, within these limits, spread over half to one and a
 * half: a relay that was away for 3 s is found within half a second of its return, one that was away for a minute within 7.5 s.
 */
export const RETRY_SHARE = 0.1;
export const RETRY_FIRST: Duration = 100;
/** The very first: most connections that end were ended by something that is over. */
export const RETRY_AT_ONCE: Duration = 10;
export const RETRY_CAP: Duration = 5_000;
/** A connection that stood this long was good: the next wait begins small. */
export const STABLE_AFTER: Duration = 10_000;
/** A relay that restarts is tried not later than this, whatever it says; and what it said holds this long. */
export const RESTART_AT_MOST: Duration = 60_000;
/** Clients of a relay that restarts come back spread over this much, or over the time it told if that is less. */
export const RESTART_SPREAD: Duration = 5_000;
/** Ours, per region: connections that may begin at once, then one in each. Above what back-off alone would do. */
export const CONNECT_BURST = 40;
export const CONNECT_EVERY: Duration = 2_000;
/** Ours, per region: connections that may be ended on suspicion alone (no pong, silence). */
export const TEARDOWN_BURST = 3;
export const TEARDOWN_EVERY: Duration = 30_000;
/** Regions whose budgets are remembered. */
export const BUDGETS_KEPT = 1_024;
/** Regions open at once besides home. A packet for one more is refused. */
export const OPEN_REGIONS = 64;
/** Bytes that wait for the system, per connection, beyond which packets are dropped. What is urgent has a reserve. */
export const WAITING_BYTES = 512 * 1_024;
export const RESERVE_BYTES = 64 * 1_024;
/** Bytes of a packet that may use the reserve. */
export const SMALL_PACKET = 512;
/** What waits while a region is being connected, per region; the oldest goes first. */
export const EARLY_PACKETS = 32;
export const EARLY_BYTES = 128 * 1_024;
/** A packet that waited longer is of no use: who sent it has tried again. */
export const EARLY_FOR: Duration = 5_000;
/** Characters of a relay's words about us. */
export const HEALTH_TEXT = 200;
/** Ours. Nodes whose last way to us is remembered, and for how long it is good for an answer. */
export const LEARNED_NODES = 1_024;
export const LEARNED_FOR: Duration = 60_000;
