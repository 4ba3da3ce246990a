/**
 * The two HTTP/1.1 exchanges with a control server, each over a socket of its own: GET /key, POST /ts2021. Response headers are bounded by MAX_HEADERS, the key's answer by MAX_KEY_BODY; time is the caller's affair.
 * No failure repeats what a server wrote.
 */
import type http from 'node:http';
import type { Duplex } from 'node:stream';
import { parseKey } from '../../keys/text-forms.ts';
import type { ControlFailure } from '../../ports/control-link.ts';
import { CAPABILITY_VERSION } from '../../wire/capability-version.ts';
import { settled } from '../reach/dial.ts';
import { Failed } from '../reach/failure.ts';
import { hostHeader, requestOver } from '../reach/http-headers.ts';
import { httpFailure, type ControlFailed } from './failure.ts';
import type { Route } from './routes.ts';

/** Bytes. */
const MAX_KEY_BODY = 64 * 1024;
export const UPGRADE_PROTOCOL = 'tailscale-control-protocol';

/** The server's public key as it says itself. */
export function fetchKey(socket: Duplex, route: Route): Promise<Uint8Array | ControlFailed> {
  const { host, port } = route;
  const { promise, resolve } = settled<Uint8Array | ControlFailed>();
  const end = (result: Uint8Array | ControlFailed): void => {
    socket.destroy();
    resolve(result);
  };
  const not = (status: number | undefined, what: string): void => end(new Failed<ControlFailure>({ kind: 'not-a-control-server', host, status, what }));
  const asked = requestOver(socket, { method: 'GET', path: `/key?v=${CAPABILITY_VERSION}`, headers: { Host: hostHeader(route), Connection: 'close' } });
  asked.on('response', (response) => {
    if (response.statusCode !== 200) return not(response.statusCode, 'no key where one should be');
    const parts: Buffer[] = [];
    let length = 0;
    response.on('data', (part: Buffer) => {
      length += part.length;
      if (length > MAX_KEY_BODY) end(new Failed<ControlFailure>({ kind: 'too-large', host, what: "the server's key", limit: MAX_KEY_BODY }));
      else parts.push(part);
    });
    response.on('end', () => {
      const key = keyIn(Buffer.concat(parts).toString('utf8'));
      if (key === undefined) not(200, 'an answer without a key');
      else end(key);
    });
    response.on('error', (error) => end(httpFailure(error, host, port)));
    return undefined;
  });
  asked.on('upgrade', (response: http.IncomingMessage) => not(response.statusCode, 'no key where one should be'));
  asked.on('error', (error) => end(httpFailure(error, host, port)));
  asked.end();
  return promise;
}

function keyIn(text: string): Uint8Array | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const key = typeof value === 'object' && value !== null && 'publicKey' in value && typeof value.publicKey === 'string' ? parseKey('machine', value.publicKey) : undefined;
    return key?.some((byte) => byte !== 0) === true ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Asks for the control protocol. `first`: bytes that came behind the headers, the beginning of the server's answer. */
export function upgrade(socket: Duplex, route: Route, initiation: Uint8Array): Promise<{ readonly socket: Duplex; readonly first: Uint8Array } | ControlFailed> {
  const { host, port } = route;
  const { promise, resolve } = settled<{ socket: Duplex; first: Uint8Array } | ControlFailed>();
  const not = (status: number | undefined, what: string): void => {
    socket.destroy();
    resolve(new Failed<ControlFailure>({ kind: 'not-a-control-server', host, status, what }));
  };
  const asked = requestOver(socket, {
    method: 'POST',
    path: '/ts2021',
    headers: { Host: hostHeader(route), Upgrade: UPGRADE_PROTOCOL, Connection: 'upgrade', 'X-Tailscale-Handshake': Buffer.from(initiation).toString('base64'), 'Content-Length': '0' },
  });
  asked.on('upgrade', (response, upgraded, head) => {
    if (response.statusCode !== 101 || response.headers.upgrade?.toLowerCase() !== UPGRADE_PROTOCOL) return not(response.statusCode, 'another protocol');
    resolve({ socket: upgraded, first: head });
    return undefined;
  });
  asked.on('response', (response) => not(response.statusCode, 'no control protocol'));
  asked.on('error', (error) => {
    socket.destroy();
    resolve(httpFailure(error, host, port));
  });
  asked.end();
  return promise;
}
