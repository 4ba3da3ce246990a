import { describe, expect, it } from 'vitest';
import { SESSIONS_KEPT, TOKEN_LIFE, TOKENS_KEPT, TokenDesk } from './token-desk.ts';

function desk(): { readonly desk: TokenDesk; sleep(ms: number): void } {
  let now = 0;
  return { desk: new TokenDesk(() => now), sleep: (ms) => (now += ms) };
}

describe('one-time tokens', () => {
  it('a token has 256 random bits and is traded for a session of its own', () => {
    const { desk: d } = desk();
    const token = d.issue();
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(d.issue()).not.toBe(token);
    const session = d.redeem(token);
    expect(session).toHaveLength(43);
    expect(session).not.toBe(token);
    expect(d.isSession(session)).toBe(true);
  });

  it('a token works once', () => {
    const { desk: d } = desk();
    const token = d.issue();
    expect(d.redeem(token)).toBeDefined();
    expect(d.redeem(token)).toBeUndefined();
  });

  it('a token expires', () => {
    const { desk: d, sleep } = desk();
    const [early, late] = [d.issue(), d.issue()];
    sleep(TOKEN_LIFE - 1);
    expect(d.redeem(early)).toBeDefined();
    sleep(1);
    expect(d.redeem(late)).toBeUndefined();
  });

  it('only the newest tokens and sessions are kept', () => {
    const { desk: d } = desk();
    const first = d.issue();
    for (let i = 0; i < TOKENS_KEPT; i++) d.issue();
    expect(d.redeem(first)).toBeUndefined();
    const session = d.redeem(d.issue());
    for (let i = 0; i < SESSIONS_KEPT; i++) expect(d.isSession(d.redeem(d.issue()))).toBe(true);
    expect(d.isSession(session)).toBe(false);
  });

  it('texts that only decode to the same bytes, and empty ones, are refused', () => {
    const { desk: d } = desk();
    const token = d.issue();
    for (const wrong of [`${token}=`, `${token}A`, ` ${token}`, token.slice(0, 42), '', 'A'.repeat(43), `${token}${token}`]) expect(d.redeem(wrong), wrong).toBeUndefined();
    // The last of 43 characters has two bits to spare: three other characters decode to the same bytes.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = token.slice(0, 42) + alphabet[alphabet.indexOf(token[42]!) + 1]!;
    expect(Buffer.from(twin, 'base64url')).toEqual(Buffer.from(token, 'base64url'));
    expect(d.redeem(twin)).toBeUndefined();
    expect(d.redeem(token)).toBeDefined();
    expect(d.isSession('A'.repeat(43))).toBe(false);
    expect(d.isSession('')).toBe(false);
    expect(d.isSession(undefined)).toBe(false);
  });

  it('a token is no session and a session no token', () => {
    const { desk: d } = desk();
    const token = d.issue();
    expect(d.isSession(token)).toBe(false);
    const session = d.redeem(token)!;
    expect(d.redeem(session)).toBeUndefined();
  });
});
