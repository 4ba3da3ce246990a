/**
 * Judges the address of a control server while it is typed, so that a mistake is named before anything is sent. Pure; it
 * contacts nothing. The engine judges again what it is given.
 */
export type AddressFault = 'space' | 'scheme' | 'path' | 'user' | 'port' | 'name' | 'short';

export type ServerAddress =
  | { readonly kind: 'empty' }
  /** `url`: scheme, host and port, as the engine takes it. `open`: plain HTTP to somewhere else than this computer. */
  | { readonly kind: 'good'; readonly url: string; readonly host: string; readonly open: boolean }
  | { readonly kind: 'bad'; readonly fault: AddressFault };

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
/** A DNS label; a name of the local network may be a single one. */
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

const bad = (fault: AddressFault): ServerAddress => ({ kind: 'bad', fault });

export function judgeAddress(typed: string): ServerAddress {
  const text = typed.trim();
  if (text === '') return { kind: 'empty' };
  if (/\s/.test(text)) return bad('space');
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'https' && scheme !== 'http') return bad('scheme');
  const rest = scheme === undefined ? text : text.slice(scheme.length + 3);
  if (rest === '') return bad('short');
  if (rest.includes('@')) return bad('user');
  if (/[/?#\\]/.test(rest.replace(/\/$/, ''))) return bad('path');
  return judgeHost(scheme ?? 'https', rest.replace(/\/$/, ''));
}

function judgeHost(scheme: 'http' | 'https', authority: string): ServerAddress {
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority) ?? [];
  if (host === undefined || host === '' || (authority.startsWith('[') && !host.endsWith(']'))) return bad('name');
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) return bad('port');
  if (host.endsWith('.') && host.length > 1 && port === undefined) return bad('short');
  if (!host.startsWith('[') && !host.split('.').every((label) => LABEL.test(label))) return bad('name');
  const url = `${scheme}://${authority}`;
  if (!URL.canParse(url)) return bad('name');
  return { kind: 'good', url: new URL(url).origin, host: authority.toLowerCase(), open: scheme === 'http' && !LOOPBACK.test(host) };
}
