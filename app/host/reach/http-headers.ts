/** What every HTTP/1.1 request over a socket of our own has in common: its Host header, and how long an answer's headers may be. */
import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Place } from './place.ts';

/** Bytes of response headers. */
export const MAX_HEADERS = 16 * 1024;

/** Of the Host header, and in front of a path: without the usual port. */
export function hostHeader(place: Place): string {
  return place.port === (place.secure ? 443 : 80) ? bracketed(place.host) : hostAndPort(place);
}

export function hostAndPort(place: Place): string {
  return `${bracketed(place.host)}:${place.port}`;
}

export function requestOver(socket: Duplex, options: http.RequestOptions): http.ClientRequest {
  return http.request({ ...options, createConnection: () => socket, setHost: false, maxHeaderSize: MAX_HEADERS });
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
