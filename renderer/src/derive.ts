/**
 * What a state looks like: the tone (shape and colour) and the honest reading of a snapshot at a moment. Pure. The one
 * place that may answer 'ok': only with authentic data inside its limit at `now`, whatever the last message said.
 */
import type { CauseView, HistoryView, OverallState, PeerView, Snapshot, TruthName, TruthState, TruthView } from '../../app/api/schema.ts';
import { isReconnect } from '../../app/api/reconnects.ts';
import type { Message } from '../../app/node/messages.ts';

export type Tone = 'ok' | 'checking' | 'stale' | 'down' | 'off';
/** A peer's health as it may be shown now. */
export type PeerState = 'proved' | 'quiet' | 'checking' | 'silent' | 'never';

export const TRUTHS = ['control', 'relay', 'path', 'os'] as const satisfies readonly TruthName[];

export function peerState(peer: PeerView, now: number, provedForMs: number): PeerState {
  if (peer.health !== 'proved') return peer.health;
  return peer.lastDataAt !== null && now - peer.lastDataAt <= provedForMs ? 'proved' : 'quiet';
}

const PEER_TONES: Readonly<Record<PeerState, Tone>> = { proved: 'ok', quiet: 'off', checking: 'checking', silent: 'down', never: 'off' };
export const peerTone = (state: PeerState): Tone => PEER_TONES[state];

/** The truths as they may be shown now: never 'ok' without an age, nor with peer data older than its limit. */
export function truthState(name: TruthName, truth: TruthView, now: number, provedForMs: number): TruthState {
  if (truth.state !== 'ok') return truth.state;
  if (truth.provedAt === null) return 'off';
  return name === 'path' && now - truth.provedAt > provedForMs ? 'off' : 'ok';
}

export type Overall = { readonly state: OverallState; readonly tone: Tone; readonly sentence: Message };

const OVERALL_TONES: Readonly<Record<OverallState, Tone>> = { connected: 'ok', idle: 'off', checking: 'checking', attention: 'stale', offline: 'down', stopped: 'off' };

/** The state sentence; 'connected' without one proved peer reads as idle. */
export function overall(snapshot: Snapshot, now: number): Overall {
  const { state, sentence } = snapshot.overall;
  if (state !== 'connected') return { state, tone: OVERALL_TONES[state], sentence };
  if (sentence.key === 'overall.connected' && snapshot.peers.some((peer) => peerState(peer, now, snapshot.provedForMs) === 'proved')) {
    return { state, tone: 'ok', sentence };
  }
  if (sentence.key !== 'overall.connected') return { state: 'idle', tone: 'off', sentence };
  return { state: 'idle', tone: 'off', sentence: { key: 'overall.quiet', total: snapshot.peers.length } };
}

export const causeTone = (severity: CauseView['severity']): Tone => (severity === 'info' ? 'off' : severity);

/** Ages in ms of the newest and the oldest data among peers that are proved now. */
export function dataAges(snapshot: Snapshot, now: number): { readonly newest: number; readonly oldest: number } | null {
  let newest = Infinity;
  let oldest = -Infinity;
  for (const peer of snapshot.peers) {
    if (peer.lastDataAt === null || peerState(peer, now, snapshot.provedForMs) !== 'proved') continue;
    const age = Math.max(0, now - peer.lastDataAt);
    newest = Math.min(newest, age);
    oldest = Math.max(oldest, age);
  }
  return newest === Infinity ? null : { newest, oldest };
}

/** The newest entry that tells of a reconnect. */
export function lastReconnect(history: readonly HistoryView[]): HistoryView | undefined {
  return history.findLast(isReconnect);
}
