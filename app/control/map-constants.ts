/** Limits of what one map session holds. Ours, none published. MAX_PEERS is in ports/counters.ts. */

/** Estimated bytes of all that deltas can add to: peers, users, filters. 10,000 peers take about 25 million. */
export const MAX_SESSION_WEIGHT = 512 * 1024 * 1024;
/** Sentences about health; the sorted first of them are kept. */
export const MAX_HEALTH = 100;
