/**
 * Sees every data datagram that leaves a host and knows whether its nonce was used before: per engine and receiver index
 * a transport counter may appear once. Exact, and small as long as counters are used without large gaps. A restart makes
 * new keys, so the engine's generation is part of the name. Callers: the Watcher.
 */

const DATA = 4;
const DATA_HEADER = 16;
/** Counters left out that are remembered per session. More is reported: no engine skips that many. */
const GAPS = 4_096;

interface Session {
  next: number;
  readonly skipped: Set<number>;
}

export class NonceWatch {
  readonly #sessions = new Map<string, Session>();

  /** What is wrong with this datagram, or undefined. `author` names the engine that sent it. */
  check(author: string, bytes: Uint8Array): string | undefined {
    if (bytes[0] !== DATA || bytes.length < DATA_HEADER) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const name = `${author} > ${view.getUint32(4, true).toString(16)}`;
    const counter = view.getUint32(8, true) + view.getUint32(12, true) * 0x1_0000_0000;
    let session = this.#sessions.get(name);
    if (session === undefined) {
      session = { next: 0, skipped: new Set() };
      this.#sessions.set(name, session);
    }
    if (counter < session.next) return session.skipped.delete(counter) ? undefined : `counter ${counter} of session ${name} was used twice`;
    if (counter - session.next + session.skipped.size > GAPS) return `counter of session ${name} jumped from ${session.next} to ${counter}`;
    for (let missing = session.next; missing < counter; missing++) session.skipped.add(missing);
    session.next = counter + 1;
    return undefined;
  }
}
