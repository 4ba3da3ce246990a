/**
 * Reads the address of a control server as a person writes it. The answer is scheme, host and port and nothing else, so
 * that it can be compared, shown, and named as an account. Pure; asks nobody whether such a server exists.
 */
import { isIP } from 'node:net';
import { saidIn, type Said } from '../../api/answers.ts';
import type { Values } from '../../language/texts.ts';

/** `message`: English; `said`: the same as a text of the catalogue. */
export type ServerUrl = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly message: string; readonly said: Said };

/** Characters; a host name has at most 253. */
const AT_MOST = 300;
const LABEL = /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/;

function refuse(why: ServerFault, values: Values = {}): ServerUrl {
  const said = { key: `answer.server.${why}`, values } as const;
  return { ok: false, message: saidIn(said, 'en'), said };
}

type ServerFault = 'empty' | 'long' | 'space' | 'scheme' | 'user' | 'nonsense' | 'query' | 'path' | 'port' | 'name';

/** `https://hs.example.org` from `hs.example.org`, `HS.example.org/`, `https://hs.example.org:443`. Without a scheme: https. */
export function readServerUrl(written: string): ServerUrl {
  const text = written.trim();
  if (text === '') return refuse('empty');
  if (text.length > AT_MOST) return refuse('long', { length: text.length, most: AT_MOST });
  if (/[\s\p{Cc}]/u.test(text)) return refuse('space');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'https' && scheme !== 'http') return refuse('scheme', { scheme });
  // Before it is parsed: messages repeat what was written, and this part may hold a password.
  if (text.includes('@')) return refuse('user');
  const whole = scheme === undefined ? `https://${text}` : text;
  if (!URL.canParse(whole)) return refuse('nonsense', { written: shown(text) });
  const url = new URL(whole);
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(whole)) return refuse('query', { written: shown(text), origin: `${url.protocol}//${url.host}` });
  if (url.pathname !== '/') return refuse('path', { written: shown(text), origin: `${url.protocol}//${url.host}` });
  if (url.port === '0') return refuse('port', { written: shown(text) });
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) === 0 && !host.split('.').every((label) => LABEL.test(label))) return refuse('name', { host });
  return { ok: true, url: url.origin };
}

const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);

/** The account's readable name: the server's host, and its port where that is not the usual one. */
export function accountNameOf(url: string): string {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return port === '' ? host : `${host}:${port}`;
}
