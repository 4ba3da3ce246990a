/**
 * All sessions by local index, and the three slots of each peer (whitepaper 6.1: current, previous, next): which session
 * a packet may arrive on, which one is sent on, and when an old one is wiped and its index freed. It knows no timers.
 *
 * Where both sides renew at once, two new sessions take the slots while packets of the one before are still on their way: it is
 * kept in a fourth, `late`, to receive on and for nothing else, until the next handshake.
 */
import type { Instant } from '../time/instant.ts';
import type { WgPeer } from './peer.ts';
import type { Session } from './session.ts';

export class SessionTable {
  readonly #byIndex = new Map<number, Session>();
  /** The one found last: packets come in runs. */
  #latest: Session | undefined;

  get size(): number {
    return this.#byIndex.size;
  }

  byIndex(localIndex: number): Session | undefined {
    if (this.#latest?.localIndex === localIndex) return this.#latest;
    const found = this.#byIndex.get(localIndex);
    if (found !== undefined) this.#latest = found;
    return found;
  }

  /** We answered an initiation. The session waits in `next`: the current one stays until the initiator proves the new one. */
  answered(peer: WgPeer, session: Session): void {
    this.#drop(peer.next);
    if (peer.previous !== undefined) {
      this.#drop(peer.late);
      peer.late = peer.previous;
      peer.previous = undefined;
    }
    peer.next = session;
    this.#byIndex.set(session.localIndex, session);
  }

  /** Our initiation was answered: the session is current at once. */
  completed(peer: WgPeer, session: Session): void {
    this.#drop(peer.previous);
    this.#drop(peer.late);
    peer.late = undefined;
    if (peer.next === undefined) {
      peer.previous = peer.current;
    } else {
      // Both sides began at once: the one we answered may still carry the other side's first packets.
      peer.late = peer.current;
      peer.previous = peer.next;
      peer.next = undefined;
    }
    peer.current = session;
    this.#byIndex.set(session.localIndex, session);
  }

  /** The first packet on `next` arrived: we may send on it. */
  confirmed(peer: WgPeer): void {
    this.#drop(peer.previous);
    peer.previous = peer.current;
    peer.current = peer.next;
    peer.next = undefined;
  }

  dropAll(peer: WgPeer): void {
    this.#drop(peer.current);
    this.#drop(peer.previous);
    this.#drop(peer.next);
    this.#drop(peer.late);
    peer.late = undefined;
    peer.current = undefined;
    peer.previous = undefined;
    peer.next = undefined;
  }

  #drop(session: Session | undefined): void {
    if (session === undefined) return;
    this.#byIndex.delete(session.localIndex);
    if (this.#latest === session) this.#latest = undefined;
    session.wipe();
  }
}

/** What a new session finds in its place. */
export function replacedBy(peer: WgPeer, now: Instant): 'none' | 'live' | 'expired' {
  if (peer.current === undefined) return 'none';
  return peer.current.isAlive(now) ? 'live' : 'expired';
}
