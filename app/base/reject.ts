/**
 * The value a parser or a machine returns for bytes it refuses. Peer bytes never throw: they end here, with a
 * reason that is counted. One object per reason, made once, so that refusing a flood allocates nothing.
 */
export interface Reject<Reason extends string = string> {
  readonly refused: Reason;
}

const made = new Map<string, Reject>();

/** The one Reject object of this reason. Call it at module level or in a cold path; compare by identity or `.refused`. */
export function reject<Reason extends string>(reason: Reason): Reject<Reason> {
  let value = made.get(reason);
  if (value === undefined) {
    value = Object.freeze({ refused: reason });
    made.set(reason, value);
  }
  return value as Reject<Reason>;
}

export function isReject(value: unknown): value is Reject {
  return typeof value === 'object' && value !== null && 'refused' in value;
}
