/** Which of two addresses of a peer is worth moving to. */
import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../base/ip.ts';
import { instant } from '../time/instant.ts';
import { Candidate, isBetter } from './candidate.ts';

const candidate = (text: string, latencyMs: number | undefined, called = false): Candidate => {
  const made = new Candidate(parseEndpoint(text)!, 'map');
  made.latencyMs = latencyMs;
  if (called) made.calledAt = instant(1);
  return made;
};

describe('the better of two addresses', () => {
  it('answers; is clearly faster; and a hair is no reason', () => {
    expect(isBetter(candidate('192.0.2.1:1', undefined), candidate('192.0.2.2:1', 50))).toBe(false);
    expect(isBetter(candidate('192.0.2.1:1', 50), candidate('192.0.2.2:1', undefined))).toBe(true);
    expect(isBetter(candidate('192.0.2.1:1', 30), candidate('192.0.2.2:1', 50))).toBe(true);
    expect(isBetter(candidate('192.0.2.1:1', 49.8), candidate('192.0.2.2:1', 50))).toBe(false);
  });

  it('is nearer where both are about as fast', () => {
    expect(isBetter(candidate('10.0.0.1:1', 1), candidate('192.0.2.2:1', 1))).toBe(true);
    expect(isBetter(candidate('[2001:db8::1]:1', 10), candidate('192.0.2.2:1', 10))).toBe(true);
  });

  it('is the one from which the peer sends: its NAT forgets the other while data goes', () => {
    expect(isBetter(candidate('192.0.2.1:1', 20, true), candidate('192.0.2.1:2', 20))).toBe(true);
    expect(isBetter(candidate('192.0.2.1:2', 20), candidate('192.0.2.1:1', 20, true))).toBe(false);
  });

  it('is one at most: none is better than the other and the other than it', () => {
    const all = [candidate('10.0.0.1:1', 3), candidate('192.0.2.1:1', 3, true), candidate('192.0.2.1:2', 40), candidate('[2001:db8::1]:1', 38), candidate('127.0.0.1:1', 1)];
    for (const a of all) for (const b of all) expect(isBetter(a, b) && isBetter(b, a)).toBe(false);
  });
});
