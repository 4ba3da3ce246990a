/**
 * Which proxy the environment names for a host: HTTPS_PROXY for TLS, HTTP_PROXY for plain HTTP, NO_PROXY for exceptions, in
 * capitals or small letters. Pure. Only HTTP proxies (CONNECT). This computer is never reached through one.
 */
import { parseIp, parsePrefix, prefixContains } from '../../base/ip.ts';
import type { Place } from './place.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Proxy {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Value of Proxy-Authorization: a secret, for the request alone. */
  readonly authorization: string | undefined;
}

/** 'unusable': one is named that we cannot use; going around it would be wrong. */
export function proxyFor(place: Place, environment: Environment): Proxy | undefined | 'unusable' {
  const name = place.secure ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = (environment[name] ?? environment[name.toLowerCase()] ?? '').trim();
  if (text === '' || isLoopback(place.host)) return undefined;
  if (isExcepted(place.host, place.port, environment['NO_PROXY'] ?? environment['no_proxy'] ?? '')) return undefined;
  const whole = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(whole)) return 'unusable';
  const url = new URL(whole);
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') return 'unusable';
  const secure = url.protocol === 'https:';
  const sign = url.username === '' && url.password === '' ? undefined : `Basic ${Buffer.from(`${unescaped(url.username)}:${unescaped(url.password)}`).toString('base64')}`;
  return { secure, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port === '' ? (secure ? 443 : 80) : Number(url.port), authorization: sign };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function isExcepted(host: string, port: number, list: string): boolean {
  const address = parseIp(host);
  return list.split(',').some((entry) => {
    const rule = entry.trim().toLowerCase();
    if (rule === '') return false;
    if (rule === '*') return true;
    const prefix = parsePrefix(rule);
    if (prefix !== undefined) return address !== undefined && prefixContains(prefix, address);
    const [, name, only] = /^\*?\.?([^:]+)(?::(\d+))?$/.exec(rule) ?? [];
    if (name === undefined || (only !== undefined && Number(only) !== port)) return false;
    return host.toLowerCase() === name || host.toLowerCase().endsWith(`.${name}`);
  });
}

/** A stray percent sign is itself. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
