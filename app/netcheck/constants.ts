/** Times and limits of netcheck. Where a published client has one, it is the same: docs of Tailscale's netcheck package. */
import type { Duration } from '../time/instant.ts';

/** A whole check, at most. */
export const CHECK_WITHIN: Duration = 5_000;
/** Its probes over UDP. */
export const STUN_WITHIN: Duration = 3_000;
/** Where we are seen, for a call-me-maybe that waits. */
export const ENDPOINTS_WITHIN: Duration = 1_500;
export const FULL_EVERY: Duration = 300_000;
/** While peers are in use, where we are seen is kept fresh: a NAT forgets what is idle for 30 s. */
export const REFRESH_FIRST: Duration = 20_000;
export const REFRESH_SPREAD: Duration = 6_000;
/** Whatever happens, checks begin this far apart. */
export const CHECKS_APART: Duration = 1_000;
export const TRY_GAP: Duration = 100;
export const FIRST_GUESS: Duration = 200;
/** Answers of so many regions are enough for a full check. */
export const ENOUGH_REGIONS = 3;
/** How long a measured latency counts for the choice of a home. */
export const LATENCY_KEPT: Duration = 305_000;
/** A home that was heard this lately is alive, whatever the probes say. */
export const HOME_HEARD: Duration = 8_000;
/** Another region must be this much faster to become home: in ms, and as a share. */
export const BETTER_BY: Duration = 10;
export const BETTER_SHARE = 2 / 3;
/** Regions asked over HTTPS when UDP is silent. */
export const WEB_REGIONS = 3;
export const PORTAL_WITHIN: Duration = 3_000;
/** An address of a name serves this long. */
export const NAME_KEPT: Duration = 300_000;
/** How long a packet to our own outside address may take to come back. */
export const HAIRPIN_WITHIN: Duration = 100;
/** Ours: probes of one check, and so those that wait for an answer. A map may name any number of regions. */
export const PROBES_AT_MOST = 512;
