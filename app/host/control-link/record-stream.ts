/**
 * The byte stream inside sealed records as a Node stream, for `node:http2`: writes are sealed onto the socket, what the
 * socket brings is opened and handed up. Used by both ends. Holds one partial record; reads no faster than its reader.
 * A record that breaks the rules, and every other end, is told once to `ended`; the stream is destroyed then.
 */
import { Duplex } from 'node:stream';
import { isReject, type Reject } from '../../base/reject.ts';
import type { RecordOpener, RecordSealer } from '../../noise/records.ts';
import { errorCode } from '../error-code.ts';

/** broken: bytes that break the protocol. closed: the other side or the network ended it; `code` is an errno name. */
export type StreamEnd = { readonly kind: 'broken'; readonly reason: Reject } | { readonly kind: 'closed'; readonly code: string | undefined };

export interface RecordStreamInit {
  readonly socket: Duplex;
  readonly sealer: RecordSealer;
  readonly opener: RecordOpener;
  /** Sealed bytes that came already. */
  readonly rest: Uint8Array;
  /** Looks at opened bytes before anyone: drops some, or refuses. */
  readonly filter?: (plain: Uint8Array) => Uint8Array | Reject;
  readonly ended: (end: StreamEnd) => void;
}

export class RecordStream extends Duplex {
  readonly #init: RecordStreamInit;
  #over = false;

  constructor(init: RecordStreamInit) {
    super({ allowHalfOpen: false });
    this.#init = init;
    const { socket } = init;
    socket.on('data', (bytes: Uint8Array) => this.#take(bytes));
    socket.on('end', () => this.#end({ kind: 'closed', code: undefined }));
    socket.on('close', () => this.#end({ kind: 'closed', code: undefined }));
    socket.on('error', (error) => this.#end({ kind: 'closed', code: errorCode(error) }));
    socket.pause();
    // Its owner hears through `ended`; http2 listens too, but not from the first moment to the last.
    this.on('error', () => {});
    if (init.rest.length > 0) this.#take(init.rest);
  }

  override _read(): void {
    if (!this.#over) this.#init.socket.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Once over, the key is gone: nothing may be sealed with what is left of it.
    const sealed = this.#over ? undefined : this.#init.sealer.seal(chunk);
    if (isReject(sealed)) this.#end({ kind: 'broken', reason: sealed });
    if (sealed === undefined || isReject(sealed) || this.#init.socket.write(sealed)) done();
    else this.#init.socket.once('drain', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#init.socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // From above: HTTP/2 has its own words for why.
    this.#close();
    done(error);
  }

  #take(bytes: Uint8Array): void {
    if (this.#over) return;
    const { plain, refused } = this.#init.opener.push(bytes);
    let more = true;
    for (const part of plain) {
      const through = this.#init.filter === undefined ? part : this.#init.filter(part);
      if (isReject(through)) return this.#end({ kind: 'broken', reason: through });
      if (through.length > 0) more = this.push(through) && more;
    }
    if (refused !== undefined) this.#end({ kind: 'broken', reason: refused });
    else if (!more) this.#init.socket.pause();
  }

  #end(end: StreamEnd): void {
    if (this.#over) return;
    this.#close();
    this.#init.ended(end);
    this.destroy();
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#init.socket.destroy();
    this.#init.sealer.wipe();
    this.#init.opener.wipe();
  }
}
