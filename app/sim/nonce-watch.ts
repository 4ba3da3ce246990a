/**
 * Sees every data datagram that leaves a host, by a link or by a relay, and knows whether its nonce was used before: per engine
 * and receiver index a transport counter may appear once, and once more by the other way if it is the very same datagram. Exact
 * for the newest counters, and small as long as they are used without large gaps. A restart makes new keys, so the engine's
 * generation is part of the name. Callers: the Watcher.
 */

const DATA = 4;
const DATA_HEADER = 16;
/** Counters left out that are remembered per session. More is reported: no engine skips that many. */
const GAPS = 4_096;
/** Datagrams of a session whose copy by the other way is known as one. A copy goes out in the same step. */
const COPIES = 256;

export type LeftBy = 'link' | 'relay';

interface Session {
  next: number;
  readonly skipped: Set<number>;
  /** By counter, the oldest first. */
  readonly newest: Map<number, { readonly tag: number; readonly by: LeftBy | 'both' }>;
}

export class NonceWatch {
  readonly #sessions = new Map<string, Session>();

  /** What is wrong with this datagram, or undefined. `author` names the engine that sent it. */
  check(author: string, bytes: Uint8Array, by: LeftBy): string | undefined {
    if (bytes[0] !== DATA || bytes.length < DATA_HEADER) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const name = `${author} > ${view.getUint32(4, true).toString(16)}`;
    const counter = view.getUint32(8, true) + view.getUint32(12, true) * 0x1_0000_0000;
    // The end of the authentication tag: two datagrams that differ anywhere differ here.
    const tag = view.getUint32(bytes.length - 4, true);
    let session = this.#sessions.get(name);
    if (session === undefined) {
      session = { next: 0, skipped: new Set(), newest: new Map() };
      this.#sessions.set(name, session);
    }
    const copyOf = session.newest.get(counter);
    if (copyOf !== undefined) {
      if (copyOf.tag !== tag) return `counter ${counter} of session ${name} sealed two packets`;
      if (copyOf.by === by || copyOf.by === 'both') return `counter ${counter} of session ${name} was used twice`;
      session.newest.set(counter, { tag, by: 'both' });
      return undefined;
    }
    if (counter < session.next && !session.skipped.delete(counter)) return `counter ${counter} of session ${name} was used twice`;
    if (counter - session.next + session.skipped.size > GAPS) return `counter of session ${name} jumped from ${session.next} to ${counter}`;
    for (let missing = session.next; missing < counter; missing++) session.skipped.add(missing);
    session.next = Math.max(session.next, counter + 1);
    session.newest.set(counter, { tag, by });
    if (session.newest.size > COPIES) session.newest.delete(session.newest.keys().next().value!);
    return undefined;
  }
}
