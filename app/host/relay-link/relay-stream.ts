/**
 * The bytes of one relay connection, both ways, once it is upgraded. What is written within a turn of the event loop leaves
 * in one piece, and is told as one sum when the system has it. Holds at most MAX_WAITING bytes that are not written yet: a
 * stream behind which more waits is over. Knows no frames and no time.
 */
import type { Duplex } from 'node:stream';
import { errorCode } from '../error-code.ts';

/** Bytes. `relay/` waits for `written` long before. */
const MAX_WAITING = 8 * 1024 * 1024;

export interface RelayStreamInit {
  readonly socket: Duplex;
  /** Valid only during the call. */
  readonly heard: (bytes: Uint8Array) => void;
  readonly written: (bytes: number) => void;
  /** Once, never from inside `write`; nothing is told after it. `code`: errno name; undefined: the other side closed. */
  readonly ended: (code: string | undefined) => void;
}

export class RelayStream {
  readonly #init: RelayStreamInit;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  #waiting = 0;
  #done = 0;
  #over = false;

  constructor(init: RelayStreamInit) {
    this.#init = init;
    const { socket } = init;
    socket.on('error', (error) => this.#end(errorCode(error)));
    socket.on('end', () => this.#end(undefined));
    socket.on('close', () => this.#end(undefined));
  }

  /** From now on bytes are told. `first`: those that are here already. */
  begin(first: Uint8Array): void {
    const { socket, heard } = this.#init;
    if (first.length > 0) heard(first);
    // It may have ended before anyone listened.
    if (socket.destroyed) return this.#end(undefined);
    socket.on('data', (bytes: Uint8Array) => {
      if (!this.#over) heard(bytes);
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#over || bytes.length === 0) return;
    this.#waiting += bytes.length;
    if (this.#waiting > MAX_WAITING) {
      this.#batch = [];
      process.nextTick(() => this.#end('ENOBUFS'));
      return;
    }
    this.#batchBytes += bytes.length;
    if (this.#batch.push(bytes) === 1) process.nextTick(this.#flush);
  }

  /** Ends it in silence. */
  close(): void {
    this.#over = true;
    this.#batch = [];
    this.#init.socket.destroy();
  }

  readonly #flush = (): void => {
    const batch = this.#batch;
    const bytes = this.#batchBytes;
    if (this.#over || batch.length === 0) return;
    this.#batch = [];
    this.#batchBytes = 0;
    const { socket } = this.#init;
    const left = (error?: Error | null): void => {
      if (error === undefined || error === null) this.#left(bytes);
    };
    const last = batch.length - 1;
    socket.cork();
    for (let i = 0; i < last; i++) socket.write(batch[i]);
    socket.write(batch[last], left);
    socket.uncork();
  };

  #left(bytes: number): void {
    if (this.#over) return;
    this.#waiting -= bytes;
    this.#done += bytes;
    if (this.#done === bytes) process.nextTick(this.#tell);
  }

  readonly #tell = (): void => {
    const bytes = this.#done;
    this.#done = 0;
    if (!this.#over) this.#init.written(bytes);
  };

  #end(code: string | undefined): void {
    if (this.#over) return;
    this.close();
    this.#init.ended(code);
  }
}
