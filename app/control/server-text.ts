/**
 * Words and addresses that come from the server, made fit to be shown: short, one line, no secret in them, and only such
 * addresses as a browser may open. Pure text; callers: the rooms of control/.
 */
import { SERVER_TEXT, URL_LIMIT } from './constants.ts';

/** Things that look like a pre-auth key or a private key, in the forms of the known servers. */
const SECRETS = /\b(?:hskey|tskey)-(?!authreq-)[A-Za-z0-9_-]+|\bprivkey:[0-9a-fA-F]+/g;
const NOT_PRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** `secret`: what was sent to the server and must not come back out of us. */
export function cleanServerText(text: string, secret?: string): string {
  const cut = text.slice(0, 4 * SERVER_TEXT);
  const without = secret === undefined || secret === '' ? cut : cut.replaceAll(secret, '[redacted]');
  const line = without.replace(SECRETS, '[redacted]').replace(NOT_PRINTABLE, ' ').replace(/\s+/g, ' ').trim();
  return line.length <= SERVER_TEXT ? line : `${line.slice(0, SERVER_TEXT - 1)}…`;
}

/** Undefined: not an address that a browser may be sent to (another scheme, too long, spaces or quotes in it). */
export function webAddress(text: string): string | undefined {
  return text.length <= URL_LIMIT && /^https?:\/\/[^\s"'<>\\^`{|}\p{Cc}]+$/iu.test(text) ? text : undefined;
}

/** Host of a web address in small letters, with its port if it names one; undefined when there is none. */
export function hostOf(url: string): string | undefined {
  return /^https?:\/\/(?:[^/?#@]*@)?([^/?#@]+)/i.exec(url)?.[1]?.toLowerCase();
}
