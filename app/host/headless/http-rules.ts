/**
 * Who may ask the local page's server for what, as functions of request headers: Host (against DNS rebinding), Origin
 * (against other pages in the same browser), the session cookie, and the headers every answer carries. No CORS header is
 * ever sent. Pure; server.ts and page-socket.ts apply it.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { pagePolicy } from '../page-policy.ts';

/** The Host header when it is exactly ours; undefined for any other name, also when it resolves to this computer. */
export function ownHost(headers: IncomingHttpHeaders, port: number): string | undefined {
  const host = headers.host;
  return host === `127.0.0.1:${port}` || host === `localhost:${port}` ? host : undefined;
}

/** True when a page of ours asks: the Origin is that of `host`. A missing Origin is not ours. */
export function isOwnOrigin(headers: IncomingHttpHeaders, host: string): boolean {
  return headers.origin === `http://${host}`;
}

/** Cookies do not know ports: the name does, so that two Bowlines on one computer keep their own. */
function cookieName(port: number): string {
  return `bowline_${port}`;
}

export function sessionCookie(port: number, session: string): string {
  return `${cookieName(port)}=${session}; Path=/; HttpOnly; SameSite=Strict`;
}

export function sessionOf(headers: IncomingHttpHeaders, port: number): string | undefined {
  const prefix = `${cookieName(port)}=`;
  const found = (headers.cookie ?? '').split('; ').find((part) => part.startsWith(prefix));
  return found?.slice(prefix.length);
}

/** `host` has passed `ownHost`. Some browsers do not count ws: as 'self', so it is named. */
export function securityHeaders(host: string): Record<string, string> {
  return {
    'Content-Security-Policy': pagePolicy(`ws://${host}`),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  };
}
