/** Looking for a direct way, as a screen tells it: whether it can be asked for, and what came of it. Pure. */
import type { PeerView } from '../../app/api/schema.ts';

/** ms that an address has to answer a probe. */
const ANSWERS_WITHIN = 5_000;

/** A way through a relay, or none although addresses are known. A peer of a file has one address and nothing else to try. */
export function canTryDirect({ path }: PeerView): boolean {
  return path.kind === 'relay' || (path.kind === 'none' && path.candidates.length > 0);
}

export type TryOutcome =
  | { readonly kind: 'direct'; readonly afterMs: number }
  | { readonly kind: 'trying'; readonly addresses: number; readonly forMs: number }
  | { readonly kind: 'asked' }
  | { readonly kind: 'not-found'; readonly afterMs: number };

/** `askedAt`, `now`: engine time in ms. */
export function tryOutcome({ path }: PeerView, askedAt: number, now: number, withinMs: number): TryOutcome {
  const forMs = Math.max(0, now - askedAt);
  if (path.kind === 'direct') return { kind: 'direct', afterMs: Math.max(0, (path.sinceAt ?? askedAt) - askedAt) };
  const { key } = path.why;
  if (forMs >= withinMs) return { kind: 'not-found', afterMs: withinMs };
  if (key === 'why.relay-trying' || key === 'why.none-trying') return { kind: 'trying', addresses: path.candidates.length, forMs };
  return forMs < ANSWERS_WITHIN ? { kind: 'asked' } : { kind: 'not-found', afterMs: forMs };
}
