/**
 * HTTP/2 with prior knowledge over a record stream: requests, whole answers, map streams. Knows no back-off and no time
 * limits. Ends itself once, with a failure, when the other end breaks a rule or goes away.
 *
 * Bounds: MAX_WHOLE bytes of a whole answer, MAX_OPEN requests at once, one map stream with one message of MAX_MAP_MESSAGE
 * (wire/map-frames.ts), WINDOW bytes on the way for a stream and CONNECTION_WINDOW for all, 64 KiB of headers.
 */
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import type { ControlFailure, ControlLinkEvent } from '../../ports/control-link.ts';
import { MapFrameSplitter, MAX_MAP_MESSAGE } from '../../wire/map-frames.ts';
import { errorCode } from '../error-code.ts';
import { parseRetryAfter } from './retry-after.ts';
import { isZstd, unzstd } from './zstd.ts';

/** Bytes: the largest body of an answer that is not a stream. */
export const MAX_WHOLE = 1024 * 1024;
/** Requests under way at once. */
const MAX_OPEN = 16;
const WINDOW = 1024 * 1024;
const CONNECTION_WINDOW = 4 * 1024 * 1024;

export interface SessionInit {
  readonly stream: Duplex;
  /** Host of the URL: for :authority and for failures. */
  readonly host: string;
  readonly emit: (event: ControlLinkEvent) => void;
  /** Once. */
  readonly lost: (failure: ControlFailure) => void;
}

interface Open {
  readonly stream: http2.ClientHttp2Stream;
  readonly form: 'whole' | 'stream';
}

export class ControlSession {
  readonly #init: SessionInit;
  readonly #http2: http2.ClientHttp2Session;
  readonly #open = new Map<number, Open>();
  #over = false;

  constructor(init: SessionInit) {
    this.#init = init;
    this.#http2 = http2.connect(`https://${authority(init.host)}`, {
      createConnection: () => init.stream,
      settings: { enablePush: false, initialWindowSize: WINDOW, maxHeaderListSize: 64 * 1024 },
    });
    // Node tells of the connection a tick late: it may be over by then.
    this.#http2.on('connect', () => {
      if (!this.#http2.destroyed) this.#http2.setLocalWindowSize(CONNECTION_WINDOW);
    });
    this.#http2.on('error', (error) => this.#end(error));
    this.#http2.on('goaway', () => this.lose({ kind: 'closed', host: init.host, code: 'GOAWAY' }));
    this.#http2.on('close', () => this.lose({ kind: 'closed', host: init.host, code: undefined }));
  }

  request(id: number, path: string, body: string, form: 'whole' | 'stream'): void {
    const { host, emit } = this.#init;
    if (this.#over) return;
    const streams = [...this.#open.values()].filter((each) => each.form === 'stream').length;
    if (this.#open.size >= MAX_OPEN || (form === 'stream' && streams > 0)) {
      const failure: ControlFailure = { kind: 'too-large', host, what: 'requests at once', limit: form === 'stream' && streams > 0 ? 1 : MAX_OPEN };
      queueMicrotask(() => emit({ kind: 'stream-ended', id, failure }));
      return;
    }
    const stream = this.#http2.request({ ':method': 'POST', ':path': path, ':scheme': 'https', ':authority': authority(host), 'content-type': 'application/json' });
    this.#open.set(id, { stream, form });
    if (form === 'whole') this.#whole(id, stream);
    else this.#messages(id, stream);
    stream.on('error', (error) => this.#finish(id, { kind: 'closed', host, code: errorCode(error) }));
    stream.on('close', () => this.#finish(id, { kind: 'closed', host, code: undefined }));
    stream.end(body);
  }

  /** HEAD, and nothing is done with the answer. */
  head(path: string): void {
    if (this.#over || this.#open.size >= MAX_OPEN) return;
    const stream = this.#http2.request({ ':method': 'HEAD', ':path': path, ':scheme': 'https', ':authority': authority(this.#init.host) });
    stream.on('error', () => {});
    stream.setTimeout(15_000, () => stream.close(http2.constants.NGHTTP2_CANCEL));
    stream.resume().end();
  }

  cancel(id: number): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    open?.stream.close(http2.constants.NGHTTP2_CANCEL);
  }

  /** Ends it with this failure, unless it ended before. */
  lose(failure: ControlFailure): void {
    if (this.#over) return;
    this.close();
    this.#init.lost(failure);
  }

  /** Ends it in silence. */
  close(): void {
    this.#over = true;
    this.#open.clear();
    this.#http2.destroy();
    this.#init.stream.destroy();
  }

  #end(error: unknown): void {
    const code = errorCode(error);
    const { host } = this.#init;
    this.lose(code.startsWith('ERR_HTTP2') ? { kind: 'protocol', host, what: 'HTTP/2 that breaks the rules' } : { kind: 'closed', host, code });
  }

  /** The body is listened to only from the head on: Node tells of it a tick late, and the body would overtake it. */
  #whole(id: number, stream: http2.ClientHttp2Stream): void {
    const { host, emit } = this.#init;
    const parts: Buffer[] = [];
    let length = 0;
    stream.on('response', (head) => {
      stream.on('data', (part: Buffer) => {
        length += part.length;
        if (length > MAX_WHOLE) this.#finish(id, { kind: 'too-large', host, what: 'an answer', limit: MAX_WHOLE });
        else parts.push(part);
      });
      stream.on('end', () => {
        if (!this.#open.has(id) || stream.rstCode !== 0) return;
        this.#open.delete(id);
        emit({ kind: 'response', id, status: statusOf(head), retryAfterMs: parseRetryAfter(head['retry-after'], Date.now()), body: Buffer.concat(parts).toString('utf8') });
      });
    });
  }

  #messages(id: number, stream: http2.ClientHttp2Stream): void {
    const { host, emit } = this.#init;
    const splitter = new MapFrameSplitter();
    stream.on('response', (head) => {
      if (!this.#open.has(id)) return;
      const status = statusOf(head);
      emit({ kind: 'stream-began', id, status, retryAfterMs: parseRetryAfter(head['retry-after'], Date.now()) });
      // The body of a refusal is no map; its end is all that is wanted.
      if (status !== 200) return this.#finish(id, undefined);
      stream.on('data', (part: Buffer) => {
        if (this.#open.has(id)) this.#take(id, splitter, part);
      });
      stream.on('end', () => {
        if (stream.rstCode === 0) this.#finish(id, splitter.atBoundary ? undefined : { kind: 'protocol', host, what: 'a message of the map cut short' });
      });
      return undefined;
    });
  }

  #take(id: number, splitter: MapFrameSplitter, part: Uint8Array): void {
    const { host, emit } = this.#init;
    const { messages, refused } = splitter.push(part);
    for (const message of messages) {
      const json = isZstd(message) ? unzstd(message) : message;
      if (json === undefined) return this.#finish(id, { kind: 'protocol', host, what: 'a compressed message that cannot be read' });
      emit({ kind: 'message', id, text: textOf(json) });
      // Whoever heard it may have cancelled.
      if (!this.#open.has(id)) return;
    }
    if (refused !== undefined) this.#finish(id, { kind: 'too-large', host, what: 'a message of the map', limit: MAX_MAP_MESSAGE });
  }

  /** Ends a request that is still open. */
  #finish(id: number, failure: ControlFailure | undefined): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    open.stream.close(http2.constants.NGHTTP2_CANCEL);
    this.#init.emit({ kind: 'stream-ended', id, failure });
  }
}

function authority(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function statusOf(head: http2.IncomingHttpHeaders): number {
  return Number(head[':status'] ?? 0);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
