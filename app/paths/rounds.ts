/** When the next round of probes to a relayed peer is. Pure. Caller: peer-path.ts. */
import { FIRST_ROUNDS, ROUND_CAP, ROUND_GAP, ROUNDS_AT_GAP } from './constants.ts';

/** ms from round number `rounds` to the next. */
export function gapAfter(rounds: number): number {
  return FIRST_ROUNDS[rounds - 1] ?? Math.min(ROUND_CAP, ROUND_GAP * 2 ** Math.max(0, rounds - ROUNDS_AT_GAP));
}
