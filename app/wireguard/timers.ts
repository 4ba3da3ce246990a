/**
 * What a peer's timer means when it fires (whitepaper section 6). The hot path only notes instants and arms a timer that
 * is idle; here the instants are judged, so that a timer whose reason came again is moved instead of being moved for
 * every packet. Pure: `wireguard.ts` does what the verdict says.
 */
import { after, age, type Instant } from '../time/instant.ts';
import { KEEPALIVE_TIMEOUT, REKEY_ATTEMPT_TIME, UNANSWERED_AFTER } from './constants.ts';
import type { WgPeer, PeerTimer } from './peer.ts';

export type Verdict =
  | { readonly kind: 'nothing' }
  /** The reason came again since the timer was armed. */
  | { readonly kind: 'later'; readonly at: Instant }
  | { readonly kind: 'keepalive' }
  | { readonly kind: 'tell suspicion'; readonly since: Instant }
  | { readonly kind: 'initiate' }
  | { readonly kind: 'retransmit' }
  | { readonly kind: 'give up' }
  | { readonly kind: 'erase keys' };

const NOTHING: Verdict = { kind: 'nothing' };

export function judgeTimer(peer: WgPeer, timer: PeerTimer, now: Instant): Verdict {
  switch (timer) {
    case 'retransmit handshake':
      if (peer.attempt === undefined) return NOTHING;
      return age(peer.attempt.startedAt, now) >= REKEY_ATTEMPT_TIME ? { kind: 'give up' } : { kind: 'retransmit' };
    case 'passive keepalive':
      if (peer.keepaliveOwedSince === undefined) return NOTHING;
      return whenDue(after(peer.keepaliveOwedSince, KEEPALIVE_TIMEOUT), now, { kind: 'keepalive' });
    case 'suspect':
      if (peer.unansweredSince === undefined || peer.suspectTold) return NOTHING;
      return whenDue(after(peer.unansweredSince, peer.suspectAfter), now, { kind: 'tell suspicion', since: peer.unansweredSince });
    case 'unanswered data':
      if (peer.unansweredSince === undefined) return NOTHING;
      return whenDue(after(peer.unansweredSince, UNANSWERED_AFTER), now, { kind: 'initiate' });
    case 'persistent keepalive':
      if (peer.persistentKeepaliveMs === 0 || !peer.hasWay) return NOTHING;
      return whenDue(peer.lastTraversalAt === undefined ? now : after(peer.lastTraversalAt, peer.persistentKeepaliveMs), now, { kind: 'keepalive' });
    case 'erase keys':
      return peer.current === undefined && peer.next === undefined ? NOTHING : { kind: 'erase keys' };
    case 'asked too soon':
      // An answer meanwhile is what was asked for.
      if (peer.askedAt === undefined || (peer.lastAuthenticAt !== undefined && peer.lastAuthenticAt > peer.askedAt)) return NOTHING;
      return { kind: 'initiate' };
    default:
      return timer satisfies never;
  }
}

function whenDue(due: Instant, now: Instant, verdict: Verdict): Verdict {
  return due > now ? { kind: 'later', at: due } : verdict;
}
