/**
 * One open page: its WebSocket, its limits, and the frames that go both ways. A page that floods is closed; a page that
 * reads slowly gets no patches until it has caught up (the gap in revisions makes it ask for a new snapshot), and is cut
 * when it stays behind. Made by server.ts after Host, Origin and cookie were checked.
 */
import type { RawData, WebSocket } from 'ws';
import type { ReplyFrame } from '../../api/schema.ts';
import { parseJson, type Answerer } from '../frame-commands.ts';

/** Bytes of one frame from a page. */
export const FRAME_AT_MOST = 64 * 1024;
/** Requests a second, and at once. A person presses buttons; a page asks for a snapshot now and then. */
export const REQUEST_RATE = 20;
export const REQUEST_BURST = 60;
/** Requests that wait for their answer. */
export const IN_FLIGHT_AT_MOST = 32;
/** Bytes that wait in the socket: above the first no patch is added, above the second the page is cut. */
export const BEHIND = 256 * 1024;
export const CUT = 8 * 1024 * 1024;
/** ms that a page may stay behind. */
export const BEHIND_FOR_AT_MOST = 30_000;

export interface PageSocket {
  /** A patch as frame text, the same for every page. */
  patch(frame: string): void;
  close(code: number, reason: string): void;
}

/** `now`: ms, monotonic. */
export function openPageSocket(socket: WebSocket, answer: Answerer, now: () => number): PageSocket {
  let tokens = REQUEST_BURST;
  let filledAt = now();
  let inFlight = 0;
  let behindSince: number | undefined;

  function mayAsk(): boolean {
    const at = now();
    tokens = Math.min(REQUEST_BURST, tokens + ((at - filledAt) * REQUEST_RATE) / 1_000);
    filledAt = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  }

  function send(text: string): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > CUT) return socket.terminate();
    socket.send(text);
  }

  const reply = (frame: ReplyFrame): void => send(JSON.stringify(frame));

  async function receive(data: RawData, isBinary: boolean): Promise<void> {
    if (isBinary) return socket.close(1003, 'text frames only');
    if (!mayAsk()) return socket.close(1008, 'too many requests');
    if (inFlight >= IN_FLIGHT_AT_MOST) return socket.close(1008, 'too many requests at once');
    inFlight += 1;
    reply(await answer(parseJson(textOf(data))));
    inFlight -= 1;
  }

  socket.on('message', (data, isBinary) => void receive(data, isBinary));
  // A broken frame or a reset: `ws` closes the socket itself.
  socket.on('error', () => undefined);

  return {
    patch(frame) {
      if (socket.bufferedAmount <= BEHIND) {
        behindSince = undefined;
        return send(frame);
      }
      behindSince ??= now();
      if (now() - behindSince > BEHIND_FOR_AT_MOST) socket.terminate();
    },
    close: (code, reason) => socket.close(code, reason),
  };
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : data.toString('utf8');
}
