/**
 * Stands between TLS and TCP and remembers the records that pass while a connection is young, so that somebody else can go on
 * with it where Node's TLS stopped. Changes nothing on the way. Bounded: a connection that says more than that before it is
 * asked for is not handed over.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Bytes each way that are kept. */
const KEPT_AT_MOST = 131_072;

export interface Passed {
  readonly sent: Uint8Array;
  readonly received: Uint8Array;
}

export class RecordTap extends Duplex {
  readonly socket: Socket;
  #kept: { readonly sent: Uint8Array[]; readonly received: Uint8Array[]; bytes: number } | undefined = { sent: [], received: [], bytes: 0 };
  #letGo = false;

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#keep('received', bytes);
      if (!this.push(bytes)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** All that passed; undefined: more than is kept, or some of it has not been read yet. */
  get passed(): Passed | undefined {
    if (this.#kept === undefined || this.readableLength > 0 || this.socket.readableLength > 0 || this.writableLength > 0 || this.socket.writableLength > 0) return undefined;
    return { sent: Buffer.concat(this.#kept.sent), received: Buffer.concat(this.#kept.received) };
  }

  /** Nothing is kept any more: nobody will ask. */
  forget(): void {
    this.#kept = undefined;
  }

  /** From now on nothing passes, and whatever happens here is no affair of the socket. */
  letGo(): void {
    this.#letGo = true;
    this.forget();
  }

  override _read(): void {
    if (!this.#letGo) this.socket.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#letGo) return done();
    this.#keep('sent', bytes);
    this.socket.write(bytes, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#letGo) return done();
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#letGo) this.socket.destroy();
    this.forget();
    done(error);
  }

  #keep(way: 'sent' | 'received', bytes: Uint8Array): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    kept.bytes += bytes.length;
    if (kept.bytes > KEPT_AT_MOST) this.forget();
    else kept[way].push(bytes);
  }
}
