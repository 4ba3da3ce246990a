/**
 * Which way leads to a control server, from its URL. Pure. The URL's scheme and port come first. Where it names no port and
 * the host is a public name, there is a second way for networks that block the first: the other scheme on its usual port.
 */
import { parseIp } from '../../base/ip.ts';
import type { Place } from '../reach/place.ts';

export interface Route extends Place {
  /** False: a server's key must not be learned on this way, only used; nothing proves who answers. */
  readonly mayLearnKey: boolean;
}

export interface Routes {
  readonly first: Route;
  readonly second: Route | undefined;
}

/** Undefined: not an http or https URL of a host. */
export function routesTo(text: string): Routes | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') return undefined;
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const first = { secure, host, port, mayLearnKey: true };
  const alone = namesPort(text) || isNear(host);
  return { first, second: alone ? undefined : { secure: !secure, host, port: secure ? 80 : 443, mayLearnKey: !secure } };
}

/** URL leaves the usual port out even where it was written. */
function namesPort(text: string): boolean {
  return /^https?:\/\/[^/?#]*:\d+(?:[/?#]|$)/i.test(text.trim());
}

/** This computer, or an address that is not of the internet. */
export function isNear(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  const address = parseIp(host);
  if (address === undefined) return false;
  if (address.family === 6) return (address.w0 >>> 25 === 0x7e) || (address.w0 >>> 22 === 0x3fa) || (address.w0 === 0 && address.w1 === 0 && address.w2 === 0 && address.w3 === 1);
  const [a, b] = [address.w3 >>> 24, (address.w3 >>> 16) & 0xff];
  return a === 10 || a === 127 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254) || (a === 100 && b >= 64 && b < 128);
}
