/**
 * Reads the address of a control server as a person writes it. The answer is scheme, host and port and nothing else, so
 * that it can be compared, shown, and named as an account. Pure; asks nobody whether such a server exists.
 */
import { isIP } from 'node:net';

export type ServerUrl = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly message: string };

/** Characters; a host name has at most 253. */
const AT_MOST = 300;
const LABEL = /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/;

const refuse = (message: string): ServerUrl => ({ ok: false, message });

/** `https://hs.example.org` from `hs.example.org`, `HS.example.org/`, `https://hs.example.org:443`. Without a scheme: https. */
export function readServerUrl(written: string): ServerUrl {
  const text = written.trim();
  if (text === '') return refuse('The address of the server is empty. Write one such as https://hs.example.org.');
  if (text.length > AT_MOST) return refuse(`The address of the server has ${text.length} characters; at most ${AT_MOST} are possible.`);
  if (/[\s\p{Cc}]/u.test(text)) return refuse('The address of the server has a space or a line break in it. Write one such as https://hs.example.org.');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'https' && scheme !== 'http') return refuse(`"${scheme}" is no way to reach a server. Write https:// or http:// before its name.`);
  // Before it is parsed: messages repeat what was written, and this part may hold a password.
  if (text.includes('@')) return refuse('The address of the server holds a user name or a password. Leave out everything up to the @.');
  const whole = scheme === undefined ? `https://${text}` : text;
  if (!URL.canParse(whole)) return refuse(`${shown(text)} is not the address of a server. Write one such as https://hs.example.org or https://hs.example.org:8443.`);
  const url = new URL(whole);
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(whole)) return refuse(`${shown(text)} has a ? or a # in it. Only scheme, name and port belong there: ${url.protocol}//${url.host}.`);
  if (url.pathname !== '/') return refuse(`${shown(text)} has a path. Only scheme, name and port belong there: ${url.protocol}//${url.host}.`);
  if (url.port === '0') return refuse(`${shown(text)} names port 0, on which no server can listen.`);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) === 0 && !host.split('.').every((label) => LABEL.test(label))) return refuse(`"${host}" cannot be the name of a server. Write one such as hs.example.org.`);
  return { ok: true, url: url.origin };
}

const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);

/** The account's readable name: the server's host, and its port where that is not the usual one. */
export function accountNameOf(url: string): string {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return port === '' ? host : `${host}:${port}`;
}
