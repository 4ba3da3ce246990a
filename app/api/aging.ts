/**
 * What may be shown as proved at a moment, whatever the last message said: data grows old without any message. Pure. With
 * face.ts the one place that may answer 'proved' or 'ok'. Callers: face.ts, and the page for single peers and truths.
 */
import type { HistoryView, PeerView, TruthName, TruthState, TruthView } from './schema.ts';
import { isReconnect } from './reconnects.ts';

/** A peer's health as it may be shown now. */
export type PeerState = 'proved' | 'quiet' | 'checking' | 'silent' | 'never';

export function peerState(peer: PeerView, now: number, provedForMs: number): PeerState {
  if (peer.health !== 'proved') return peer.health;
  return peer.lastDataAt !== null && now - peer.lastDataAt <= provedForMs ? 'proved' : 'quiet';
}

/** The truths as they may be shown now: never 'ok' without an age, nor with peer data older than its limit. */
export function truthState(name: TruthName, truth: TruthView, now: number, provedForMs: number): TruthState {
  if (truth.state !== 'ok') return truth.state;
  if (truth.provedAt === null) return 'off';
  return name === 'path' && now - truth.provedAt > provedForMs ? 'off' : 'ok';
}

/** The newest entry that tells of a reconnect. */
export function lastReconnect(history: readonly HistoryView[]): HistoryView | undefined {
  return history.findLast(isReconnect);
}
