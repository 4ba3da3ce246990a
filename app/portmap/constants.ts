/** Times and limits of port mapping. Those of RFC 6886 and RFC 6887 say so; the others are ours. */
import type { Duration } from '../time/instant.ts';

/** Asked for, and believed at most, however long the router promises. As RFC 6886 section 3.3 recommends. s. */
export const LIFETIME_S = 7_200;
/** A mapping for less is not worth telling anybody. s. */
export const SHORTEST_LIFETIME_S = 60;
/** Between the transmissions of one question; after the last it is unanswered. RFC 6886 section 3.1, which goes on longer: most routers never answer. */
export const TRANSMIT_GAPS: readonly Duration[] = [250, 500, 1_000, 2_000];
/** How long an answer of NAT-PMP waits for one of PCP, asked at the same moment. */
export const PCP_FIRST: Duration = 250;
/** The first renewal is due at half of the lifetime and up to an eighth of it later (RFC 6887 section 11.2.1). */
export const RENEW_AT = 1 / 2;
export const RENEW_SPREAD = 1 / 8;
/** Later renewals: after half of what is left, but never sooner. */
export const RENEW_APART: Duration = 15_000;
/** A router that spoke this lately is not asked whether it restarted. */
export const CHECK_APART: Duration = 5_000;
/** Where nobody answered, a check asks again after so long; one that a person asked for, sooner. */
export const ABSENT_FOR: Duration = 600_000;
export const ABSENT_FOR_A_PERSON: Duration = 30_000;
/** After a refusal. A router names its own time, within these. */
export const REFUSED_FIRST: Duration = 20_000;
export const REFUSED_MOST: Duration = 1_800_000;
/** Attempts may begin in a burst, as when a network comes up, then one in each interval. */
export const BEGINS_BURST = 4;
export const BEGINS_EVERY: Duration = 5_000;
