/**
 * The Noise handshake's second half over an upgraded socket: reads the server's response and nothing past it. Time is the
 * caller's affair.
 */
import type { Duplex } from 'node:stream';
import { isReject } from '../../base/reject.ts';
import { finishIk, type PendingIk } from '../../noise/ik.ts';
import type { TransportKeys } from '../../noise/key-pairs.ts';
import type { ControlFailure } from '../../ports/control-link.ts';
import { decodeResponse } from '../../noise/records.ts';
import { errorCode } from '../error-code.ts';
import { settled } from '../reach/dial.ts';
import { Failed } from '../reach/failure.ts';
import type { ControlFailed } from './failure.ts';

/** `rest`: bytes of the first records, already here. The socket is paused. */
export function finishHandshake(socket: Duplex, first: Uint8Array, pending: PendingIk, host: string): Promise<{ readonly keys: TransportKeys; readonly rest: Uint8Array } | ControlFailed> {
  const { promise, resolve } = settled<{ keys: TransportKeys; rest: Uint8Array } | ControlFailed>();
  let have = Buffer.alloc(0);
  const end = (result: { keys: TransportKeys; rest: Uint8Array } | ControlFailed): void => {
    socket.pause();
    socket.off('data', take);
    socket.off('end', ended);
    socket.off('error', broke);
    socket.off('close', ended);
    resolve(result);
  };
  const take = (bytes: Uint8Array): void => {
    have = Buffer.concat([have, bytes]);
    const response = decodeResponse(have);
    if (response === undefined) return;
    if (isReject(response)) return end(new Failed<ControlFailure>({ kind: 'protocol', host, what: response.refused }));
    const keys = finishIk(pending, response.message);
    if (typeof keys === 'string') return end(new Failed<ControlFailure>({ kind: 'protocol', host, what: 'noise: the server does not own its key' }));
    end({ keys, rest: response.rest.slice() });
  };
  // Bytes that begin a response prove that the version was taken: then it is an ordinary end.
  const ended = (): void => end(new Failed<ControlFailure>(have.length === 0 ? { kind: 'version-refused', host } : { kind: 'closed', host, code: undefined }));
  const broke = (error: unknown): void => end(new Failed<ControlFailure>({ kind: 'closed', host, code: errorCode(error) }));
  socket.on('end', ended);
  socket.on('close', ended);
  socket.on('error', broke);
  socket.on('data', take);
  if (first.length > 0) take(first);
  return promise;
}
