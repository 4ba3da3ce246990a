/** Numbers of the network monitor; ours unless a source is named. Milliseconds. */
import type { BackoffRule } from '../time/backoff.ts';
import type { Duration } from '../time/instant.ts';

/** A burst is over when nothing came for this long. */
export const SETTLED_AFTER: Duration = 100;
/** A burst that does not end is looked at this long after it began. */
export const SETTLES_WITHIN: Duration = 500;
/** Snapshots at once, and then one in so long: a storm of changes costs no more. 1 s: protocol facts 9.1. */
export const LOOKS_AT_ONCE = 5;
export const LOOKS_APART: Duration = 1_000;
/** A source that ended is subscribed to anew (fault 4). */
export const SUBSCRIBE: BackoffRule = { firstMs: 250, capMs: 30_000, factor: 2, jitter: 0.2 };
/** A source that lasted for this long was sound: its next end is a first one. */
export const SOUND_AFTER: Duration = 30_000;
/** A subscription, a snapshot or a new device that was asked for, and of which nothing was heard for so long, failed. */
export const ANSWER_WITHIN: Duration = 10_000;
export const NO_ANSWER = `no answer within ${ANSWER_WITHIN / 1_000} s`;
/** While no source tells, our own device is looked at this often: one look at one index. */
export const DEVICE_LOOKS_APART: Duration = 1_000;
/** A device that was deleted is opened at once, unless the one before did not last. */
export const OPEN: BackoffRule = { firstMs: 250, capMs: 30_000, factor: 2, jitter: 0.2 };
export const DEVICE_SOUND_AFTER: Duration = 10_000;
/** Ours, for any number of devices; stock clients send a handful. */
export const ADDRESSES_AT_MOST = 24;
export const IPV6_OF_ONE_SUBNET = 2;
/** Links, addresses and ways out that are remembered to know news from repetition; what is beyond counts as news. */
export const REMEMBERED_AT_MOST = 16_384;
