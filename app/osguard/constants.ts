/** Numbers of the guard's own rules, all ours, in milliseconds unless named otherwise. The sum of the first group is what
 *  holds "right again within a second of the last foreign write". */
import type { BackoffRule } from '../time/backoff.ts';
import type { Duration } from '../time/instant.ts';

/** From a foreign change, or from a repair that did not last, to the next look. It begins anew when nothing foreign happened
 *  for CALM. However long somebody goes on, the wait stays under a second with room for the look and the repair,
 *  and a repair in 617 ms or more is little work. */
export const PACE: BackoffRule = { firstMs: 20, capMs: 650, factor: 2, jitter: 0.05 };
export const CALM: Duration = 5_000;
/** After a repair that stands: looks whose event may have been lost. */
export const LOOK_AGAIN: readonly Duration[] = [300, 500];
/** While nobody tells of changes. */
export const BLIND_EVERY: Duration = 500;

/** Verification for ever, when nothing happens: the first wait, and the longest. */
export const VERIFY: BackoffRule = { firstMs: 60_000, capMs: 600_000, factor: 2, jitter: 0.1 };
/** What the system itself refuses, with nothing foreign going on: asked again so often and no more. */
export const REFUSED: BackoffRule = { firstMs: 1_000, capMs: 60_000, factor: 2, jitter: 0.2 };

/** Restored and untouched for this long: the entry of the history ends. */
export const STAYS: Duration = 2_000;
/** A fight: undone so often, over at least this long, within the window. It is over when nothing was undone for FIGHT_OVER. */
export const FIGHT_UNDONE = 3;
export const FIGHT_LASTS: Duration = 5_000;
export const FIGHT_WINDOW: Duration = 60_000;
export const FIGHT_OVER: Duration = 30_000;
/** In a fight a look reads what was touched alone, and all of it this often. */
export const WHOLE_EVERY: Duration = 5_000;
/** Times of undoing that are remembered: more than fit into FIGHT_LASTS. */
export const UNDONE_KEPT = 64;

/** An answer of the host that is this late is taken for none. */
export const ANSWER_WITHIN: Duration = 30_000;
/** Programs that are remembered as suspects. */
export const SUSPECTS_AT_MOST = 16;
/** Destinations that are asked for in one proof, and items that a state names. */
export const PROOFS_AT_MOST = 16;
export const NAMED_AT_MOST = 8;
