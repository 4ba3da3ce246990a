/** Numbers of the control machine. Those of the protocol or of stock clients keep their values; the rest are ours and say so. */
import { minutes, seconds, type Duration } from '../time/instant.ts';

/** No MapResponse for so long: the connection is dead, whatever the socket says. Stock clients use the same. */
export const WATCHDOG: Duration = seconds(120);
/** Ours. A watchdog that fires later than this was not running itself: what waits in the socket is read first. */
export const WATCHDOG_LATE: Duration = seconds(5);
/** Name, TCP, TLS, `/key`, upgrade and Noise together. As stock clients. */
export const CONNECT_WITHIN: Duration = seconds(10);
/** Ours: the same for the first attempt after a start, a wake or another network, which is a check and must end in words within 10 s. */
export const CHECK_WITHIN: Duration = seconds(8);
/** Ours: an answer to a registration that nobody has to approve, or to an update. */
export const ANSWER_WITHIN: Duration = seconds(30);
/** Ours: a registration that waits for a person is asked again over a new connection, as a dead one looks the same. */
export const FOLLOW_UP_WITHIN: Duration = seconds(120);
/** Ours: after this the keys are wiped, whatever the server did. */
export const SIGN_OUT_WITHIN: Duration = seconds(10);

/** n^2 times this, times 0.5 to 1.5, capped. As stock clients. */
export const BACKOFF_UNIT: Duration = 10;
export const BACKOFF_CAP: Duration = seconds(30);
/** Where the server says 429 and gives no usable Retry-After. */
export const BUSY_WAIT = { least: seconds(5), most: seconds(10) } as const;
/** A Retry-After above this is not believed. */
export const RETRY_AFTER_MOST: Duration = minutes(60);
/** Ours: a server that said no to a key it knew is asked again after so long, times 0.5 to 1.5. */
export const REFUSED_AGAIN: Duration = minutes(3);

/** Ours: connections at once, and ms for each further one. No storm, whatever happens outside. */
export const CONNECT_BURST = 8;
export const CONNECT_EVERY: Duration = seconds(6);

/** Ours: changes within this time go into one update; and the bucket of updates. */
export const UPDATE_SETTLE: Duration = 200;
export const UPDATE_BURST = 4;
export const UPDATE_EVERY: Duration = seconds(5);

/** Ours: a server may go on with keep-alives to a node that it has deleted (headscale does). When it has shown nothing else
 *  for so long, the last update is sent again: its status tells whether we are known. */
export const STANDING_EVERY: Duration = minutes(3);
/** Ours: not asked again within this, however many peers fall silent. */
export const STANDING_LEAST: Duration = seconds(10);

/** Ours: after a message that was refused, a whole new map is asked for; doubles while it happens again. */
export const RESYNC_FIRST: Duration = seconds(1);
export const RESYNC_CAP: Duration = minutes(5);
/** Without a refusal for so long, RESYNC_FIRST counts again. */
export const RESYNC_FORGET: Duration = minutes(10);

/** A past expiry (ms since 1970) that means: sign this node out. As stock clients: Unix time 123. */
export const SIGN_OUT_EXPIRY_TEXT = '1970-01-01T00:02:03Z';

/** Bytes of an answer to a registration that are read at all; characters kept of a server's sentence; distinct URLs remembered. */
export const ANSWER_LIMIT = 1_048_576;
export const SERVER_TEXT = 300;
export const URLS_REMEMBERED = 64;
export const URL_LIMIT = 2_048;
/** Ours: outputs between two polls. An input makes a handful. */
export const OUTPUTS_WAITING = 4_096;
