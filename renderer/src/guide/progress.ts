/**
 * How far a newcomer has got, from the snapshot alone, so that a page that is closed, reloaded or rebuilt goes on where things
 * stand. Pure. It decides no truth of its own: phases are the engine's, proof is app/api/aging.ts.
 */
import type { AccountView, PeerView, Snapshot, TunnelLack } from '../../../app/api/schema.ts';
import { hostOf, joinedBefore } from '../account.ts';
import { peerState } from '../derive.ts';

export type Stage =
  /** No server is known. */
  | { readonly kind: 'server' }
  /** A server was chosen, and the engine has not told of it yet. */
  | { readonly kind: 'starting'; readonly host: string }
  /** On the way to the first map of the network, or waiting for a person on that way. */
  | { readonly kind: 'joining'; readonly account: AccountView }
  /** In the network, and no program of this computer reaches it. */
  | { readonly kind: 'blocked'; readonly why: TunnelLack; readonly server: string | null }
  | { readonly kind: 'alone' }
  | { readonly kind: 'first-data'; readonly peers: readonly PeerView[] }
  | { readonly kind: 'connected'; readonly peers: readonly PeerView[]; readonly total: number };

export const STEPS = ['server', 'account', 'device', 'computers'] as const;
export type Step = (typeof STEPS)[number];

/** A host without a configuration has neither a server nor an address of its own. */
export const isFirstRun = (snapshot: Snapshot): boolean =>
  snapshot.account === null && snapshot.accounts.length === 0 && snapshot.self.addresses.length === 0 && snapshot.peers.length === 0;

/** Never joined: a device that starts again, or signs in again, is known there by its user, and gets no guide. */
export function isNewcomer(snapshot: Snapshot): boolean {
  if (isFirstRun(snapshot)) return true;
  const chosen = snapshot.accounts.find(({ active }) => active);
  return !joinedBefore(snapshot) && chosen?.state === 'signing-in' && chosen.user === null;
}

export function stageOf(snapshot: Snapshot, now: number): Stage {
  const { account, accounts, peers, tunnelLack, provedForMs } = snapshot;
  if (account === null && !joinedBefore(snapshot)) {
    const chosen = accounts.find(({ active, state }) => active && state === 'signing-in');
    return chosen === undefined ? { kind: 'server' } : { kind: 'starting', host: hostOf(chosen.server) };
  }
  if (account !== null && account.phase !== 'off' && !joinedBefore(snapshot)) return { kind: 'joining', account };
  if (tunnelLack !== undefined) return { kind: 'blocked', why: tunnelLack, server: account?.server ?? null };
  if (peers.length === 0) return { kind: 'alone' };
  const proved = peers.filter((peer) => peerState(peer, now, provedForMs) === 'proved');
  return proved.length === 0 ? { kind: 'first-data', peers } : { kind: 'connected', peers: proved, total: peers.length };
}

/** The step that a stage is part of; null: all are done. */
export function stepOf(stage: Stage): Step | null {
  switch (stage.kind) {
    case 'server':
      return 'server';
    case 'starting':
    case 'joining':
      return 'account';
    case 'blocked':
      return 'device';
    case 'alone':
    case 'first-data':
      return 'computers';
    case 'connected':
      return null;
  }
}
