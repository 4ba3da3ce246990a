/**
 * The one face of Bowline: what tray icon, tooltip, menu, notifications and window say of the whole at a moment, and when
 * that would change without any message. Pure: the same snapshot and the same `now` give the same face, however they came
 * about. Every face derives its state, its sentence and its causes from here and from nothing else; the words are said by
 * whoever shows it.
 */
import { hostOf, keyLife, needOf, WARN_AT, type KeyLife } from './account-state.ts';
import { lastReconnect, peerState } from './aging.ts';
import type { CauseView, HistoryView, OverallState, Snapshot } from './schema.ts';
import type { Message } from '../node/messages.ts';

export type Tone = 'ok' | 'checking' | 'stale' | 'down' | 'off';
/** 'starting': there is no engine yet. 'lost': it does not answer any more; nothing that it said before counts. */
export type FaceState = OverallState | 'starting' | 'lost';

/** What is known of the engine. `doubtUpTo`: data up to this engine time proves nothing, as the computer slept since. */
export type Seen =
  | { readonly kind: 'starting' }
  | { readonly kind: 'live'; readonly snapshot: Snapshot; readonly doubtUpTo: number | null }
  | { readonly kind: 'lost'; readonly snapshot: Snapshot };

/** What a person is asked for. */
export type FaceNeed =
  | { readonly kind: 'sign-in'; readonly host: string; /** The page can be opened now. */ readonly ready: boolean }
  | { readonly kind: 'sign-in-again'; readonly host: string }
  | { readonly kind: 'answer'; readonly host: string }
  /** A new key waits for a sign-in, and the old one still works. */
  | { readonly kind: 'renewal'; readonly host: string };

export interface Face {
  readonly state: FaceState;
  readonly tone: Tone;
  /** Null while there is nothing but the state to tell: 'starting', 'lost'. */
  readonly sentence: Message | null;
  /** Worst first, the older first. */
  readonly causes: readonly CauseView[];
  readonly need: FaceNeed | null;
  /** Null: no account, or nothing is known of its key. */
  readonly key: KeyLife | null;
  /** This device's own, to copy. */
  readonly address: string | null;
  readonly lastReconnect: HistoryView | null;
  /** Null: a network without a server. */
  readonly account: { readonly network: string; readonly user: string | null; readonly host: string } | null;
  /** Of the peers that are proved now. */
  readonly devices: { readonly total: number; readonly direct: number; readonly relayed: number };
  /** Ages in ms of the newest and the oldest data among peers that are proved now. */
  readonly ages: { readonly newest: number; readonly oldest: number } | null;
  /** The first engine time at which another face would be right without a message; null: never. */
  readonly changesAt: number | null;
}

const TONES: Readonly<Record<FaceState, Tone>> = {
  connected: 'ok',
  idle: 'off',
  checking: 'checking',
  attention: 'stale',
  offline: 'down',
  stopped: 'off',
  starting: 'checking',
  lost: 'down',
};

const RANK: Readonly<Record<CauseView['severity'], number>> = { down: 0, stale: 1, checking: 2, info: 3 };

const NOTHING = {
  sentence: null,
  causes: [],
  need: null,
  key: null,
  address: null,
  lastReconnect: null,
  account: null,
  devices: { total: 0, direct: 0, relayed: 0 },
  ages: null,
  changesAt: null,
} as const satisfies Omit<Face, 'state' | 'tone'>;

/** `now`: engine time of the snapshot's clock. */
export function face(seen: Seen, now: number): Face {
  switch (seen.kind) {
    case 'starting':
      return { state: 'starting', tone: TONES.starting, ...NOTHING };
    case 'lost':
      return { state: 'lost', tone: TONES.lost, ...NOTHING, address: seen.snapshot.self.addresses[0] ?? null };
    case 'live':
      return liveFace(seen.snapshot, seen.doubtUpTo ?? -Infinity, now);
  }
}

/** The face of an engine that answers. */
export const faceOf = (snapshot: Snapshot, now: number): Face => face({ kind: 'live', snapshot, doubtUpTo: null }, now);

/** State and sentence alone, as the face has them: for a face that is made of text, asked once. */
export const overallAt = (snapshot: Snapshot, now: number): { readonly state: OverallState; readonly sentence: Message } => agedOverall(snapshot, countProofs(snapshot, -Infinity, now));

function liveFace(snapshot: Snapshot, doubtUpTo: number, now: number): Face {
  const proofs = countProofs(snapshot, doubtUpTo, now);
  const { state, sentence } = agedOverall(snapshot, proofs);
  const { account } = snapshot;
  const wall = snapshot.wall + now - snapshot.now;
  const key = account === null ? null : keyOf(account.phase === 'running', account.keyExpiresAt, wall);
  return {
    state,
    tone: TONES[state],
    sentence,
    causes: [...snapshot.overall.causes].sort((a, b) => RANK[a.severity] - RANK[b.severity] || a.sinceAt - b.sinceAt || (a.id < b.id ? -1 : 1)),
    need: account === null ? null : needFace(account),
    key,
    address: snapshot.self.addresses[0] ?? null,
    lastReconnect: lastReconnect(snapshot.history) ?? null,
    account: account === null ? null : { network: account.tailnet ?? hostOf(account.server), user: account.user, host: hostOf(account.server) },
    devices: { total: snapshot.peers.length, direct: proofs.direct, relayed: proofs.relayed },
    ages: proofs.proved === 0 ? null : { newest: proofs.newest, oldest: proofs.oldest },
    changesAt: earliest(proofs.endsAt, keyChangesAt(key, (account?.keyExpiresAt ?? 0) - snapshot.wall + snapshot.now)),
  };
}

interface Proofs {
  readonly proved: number;
  readonly direct: number;
  readonly relayed: number;
  readonly checking: number;
  readonly newest: number;
  readonly oldest: number;
  /** When the first of them is over. */
  readonly endsAt: number | null;
}

function countProofs(snapshot: Snapshot, doubtUpTo: number, now: number): Proofs {
  let [proved, relayed, checking, doubted] = [0, 0, 0, 0];
  let [newestAt, oldestAt] = [-Infinity, Infinity];
  for (const peer of snapshot.peers) {
    const state = peerState(peer, now, snapshot.provedForMs);
    if (state === 'checking') checking += 1;
    if (state !== 'proved' || peer.lastDataAt === null) continue;
    if (peer.lastDataAt <= doubtUpTo) {
      doubted += 1;
      continue;
    }
    proved += 1;
    if (peer.path.kind === 'relay') relayed += 1;
    newestAt = Math.max(newestAt, peer.lastDataAt);
    oldestAt = Math.min(oldestAt, peer.lastDataAt);
  }
  return {
    proved,
    relayed,
    direct: proved - relayed,
    checking: checking + doubted,
    newest: Math.max(0, now - newestAt),
    oldest: Math.max(0, now - oldestAt),
    // At the limit it still counts, so the change is the next representable moment after it: one millisecond serves.
    endsAt: proved === 0 ? null : oldestAt + snapshot.provedForMs + 1,
  };
}

/** The engine's own sentence, made true for now. It gets worse by age, never better. */
function agedOverall({ overall, peers }: Snapshot, { proved, checking }: Proofs): { readonly state: OverallState; readonly sentence: Message } {
  const { state, sentence } = overall;
  const total = peers.length;
  switch (state) {
    case 'connected':
      if (sentence.key === 'overall.connected' && proved > 0) {
        const answering = Math.min(proved, sentence.answering);
        const aged: Message = { key: 'overall.connected', answering, total: sentence.total };
        // Data passes, and yet something of this computer is cut off: an icon alone must not say that all is well.
        return { state: overall.causes.some(({ severity }) => severity === 'down') ? 'attention' : 'connected', sentence: aged };
      }
      if (checking > 0) return { state: 'checking', sentence: { key: 'overall.checking', waiting: checking, total } };
      return { state: 'idle', sentence: sentence.key === 'overall.connected' ? { key: 'overall.quiet', total } : sentence };
    case 'attention':
      if (sentence.key !== 'overall.some-silent' || proved > 0) return { state, sentence };
      if (checking > 0) return { state: 'checking', sentence: { key: 'overall.checking', waiting: checking, total } };
      return { state: 'offline', sentence: { key: 'overall.none-answer', total } };
    case 'idle':
    case 'checking':
    case 'offline':
    case 'stopped':
      return { state, sentence };
  }
}

function needFace(account: NonNullable<Snapshot['account']>): FaceNeed | null {
  const host = hostOf(account.server);
  const need = needOf(account);
  switch (need) {
    case 'sign-in':
      return { kind: need, host, ready: account.signInUrl !== null };
    case 'sign-in-again':
    case 'answer':
      return { kind: need, host };
    case 'none':
    case 'time':
      return account.phase === 'running' && account.signInUrl !== null ? { kind: 'renewal', host } : null;
  }
}

/** A key without an end is only told where the server has answered: before that it is not known. */
function keyOf(running: boolean, expiresAt: number | null, wall: number): KeyLife | null {
  return expiresAt === null && !running ? null : keyLife(expiresAt, wall, null);
}

/** `endsAt`: engine time at which the key ends. */
function keyChangesAt(key: KeyLife | null, endsAt: number): number | null {
  if (key?.kind !== 'lasts') return null;
  return key.warn ? endsAt : endsAt - WARN_AT;
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}
