/** A request that came through the door, as plain data and callbacks: whoever answers needs no HTTP. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { encodeMapFrame } from '../../../wire/map-frames.ts';

export interface DoorRequest {
  /** Raw public key, proved by the handshake. */
  readonly machineKey: Uint8Array;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** The whole answer. Once, and not after `stream`. */
  respond(status: number, body: string, headers?: Readonly<Record<string, string>>): void;
  /** Answers 200 and keeps the answer open: each `send` is one message of a map stream. After the client left nothing happens. */
  stream(): { send(text: string): void; end(): void };
  /** Called once when the request is over, for whatever reason. */
  onClose(callback: () => void): void;
}

export function requestOf(opened: ServerHttp2Stream, headers: IncomingHttpHeaders, machineKey: Uint8Array, body: string): DoorRequest {
  const alive = (): boolean => !opened.destroyed && !opened.closed;
  return {
    machineKey,
    method: headers[':method'] ?? '',
    path: headers[':path'] ?? '',
    body,
    respond: (status, text, more = {}) => {
      if (!alive()) return;
      opened.respond({ ':status': status, ...more });
      opened.end(text);
    },
    stream: () => {
      if (alive()) opened.respond({ ':status': 200 });
      return {
        send: (text) => {
          if (alive()) opened.write(encodeMapFrame(Buffer.from(text)));
        },
        end: () => {
          if (alive()) opened.end();
        },
      };
    },
    onClose: (callback) => {
      if (opened.closed) queueMicrotask(callback);
      else opened.once('close', callback);
    },
  };
}
