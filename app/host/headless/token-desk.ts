/**
 * Trades one-time tokens for sessions of the local page. A token is 256 random bits, works once, and expires; a session
 * is another 256 bits that live in memory until the host ends or too many newer ones push it out. Compared in constant
 * time. It knows no HTTP; server.ts puts the token in an address and the session in a cookie.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';

/** ms. */
export const TOKEN_LIFE = 10 * 60_000;
/** Addresses that wait to be opened; the oldest gives way. */
export const TOKENS_KEPT = 16;
export const SESSIONS_KEPT = 32;

interface Token {
  readonly bytes: Buffer;
  readonly expiresAt: number;
}

export class TokenDesk {
  readonly #now: () => number;
  #tokens: Token[] = [];
  #sessions: Buffer[] = [];

  /** `now`: ms, monotonic. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A new token, base64url. */
  issue(): string {
    const bytes = randomBytes(32);
    this.#tokens = [...this.#tokens, { bytes, expiresAt: this.#now() + TOKEN_LIFE }].slice(-TOKENS_KEPT);
    return bytes.toString('base64url');
  }

  /** Spends the token: a session id, base64url, or undefined when the token is unknown, spent or expired. */
  redeem(text: string): string | undefined {
    const now = this.#now();
    this.#tokens = this.#tokens.filter((token) => token.expiresAt > now);
    const found = positionOf(this.#tokens.map((token) => token.bytes), text);
    if (found < 0) return undefined;
    this.#tokens.splice(found, 1);
    const session = randomBytes(32);
    this.#sessions = [...this.#sessions, session].slice(-SESSIONS_KEPT);
    return session.toString('base64url');
  }

  isSession(text: string | undefined): boolean {
    return text !== undefined && positionOf(this.#sessions, text) >= 0;
  }
}

/** Compares with every secret, so that the time says nothing about which one was near. -1: none. */
function positionOf(secrets: readonly Buffer[], text: string): number {
  const given = Buffer.alloc(32);
  // 43 characters carry 32 bytes; a longer or odd text may decode to the same bytes, so it is written back and compared.
  const wellFormed = text.length === 43 && given.write(text, 'base64url') === 32 && given.toString('base64url') === text;
  let found = -1;
  for (const [i, secret] of secrets.entries()) {
    if (timingSafeEqual(secret, given) && wellFormed) found = i;
  }
  return found;
}
