/** Times and limits of the path machine. Where a published client has one, it is the same: docs of Tailscale's magicsock. */
import type { Duration } from '../time/instant.ts';

/** A pong is waited for this long. */
export const PONG_WITHIN: Duration = 5_000;
/** Ours. Questions asked within so long of each other are given up together: one wake-up for all. */
export const PONGS_GATHERED: Duration = 100;
/** Pings to one address are this far apart while a direct way works. A call-me-maybe or a person asks at once. */
export const PING_GAP: Duration = 5_000;
/** But for this: in a round, and to an address from which the peer just asked us, since that is the moment. */
export const PING_AGAIN: Duration = 1_000;
/** The way in use is asked so often while data goes. */
export const HEARTBEAT: Duration = 3_000;
/** A pong is missing after this (or three times its usual time): the way is asked again, and the relay gets a copy meanwhile. */
export const HEARTBEAT_MISSED: Duration = 1_000;
/** A pong is believed this long. */
export const TRUST: Duration = 6_500;
/** No data for this long: the peer is not in use, and nothing is asked. */
export const IDLE_AFTER: Duration = 45_000;
/** A better way is looked for so often though the one in use works. */
export const LOOK_EVERY: Duration = 60_000;
/** ms; nothing better is looked for. */
export const GOOD_ENOUGH: Duration = 5;
/** Our endpoints are told to peers only when they were confirmed this lately. */
export const ENDPOINTS_FRESH: Duration = 27_000;
/** What is not confirmed within this is told as it is. */
export const ENDPOINTS_WITHIN: Duration = 2_000;
/** Rounds of probes to a relayed peer: the gaps after the first ones, when packets may be lost or NATs just open, and then. */
export const FIRST_ROUNDS: readonly Duration[] = [800, 1_600, 3_000];
export const ROUND_GAP: Duration = 5_000;
export const ROUNDS_AT_GAP = 8;
export const ROUND_CAP: Duration = 30_000;
/** An echo inside the tunnel by a new way: the gaps after each try. */
export const CHECK_GAPS: readonly Duration[] = [300, 400, 600, 800, 1_000, 1_200];
/** A way on which probes pass and data does not is left alone: at first, and at most. */
export const BAD_FIRST: Duration = 15_000;
export const BAD_CAP: Duration = 1_800_000;
/** A candidate learned from a ping alone is forgotten after this long without another. */
export const PINGED_KEPT: Duration = 45_000;
/** Ours. Who calls from a new address is asked there: so many at once, and then one in each ms. Two NATs with a port for each destination show a new one with each answer, for ever. */
export const BACK_BURST = 16;
export const BACK_EVERY: Duration = 5_000;
/** Ours. Candidates learned from pings alone, per address without its port. */
export const PINGED_AT_ONE = 8;
/** Per peer. */
export const CANDIDATES_AT_MOST = 100;
export const PINGS_AT_MOST = 256;
export const PINGS_REMEMBERED = 64;
/** One question is answered at so many addresses: who replays it from others gains nothing. */
export const PING_ADDRESSES = 4;
/** Pongs to one peer: at once, and then one in each ms. */
export const PONG_BURST = 128;
export const PONG_EVERY: Duration = 20;
/** Calls heeded from one peer: at once, and then one in each ms. */
export const CALL_BURST = 5;
export const CALL_EVERY: Duration = 2_000;
/** Addresses in our call-me-maybe. */
export const ENDPOINTS_TOLD = 32;
