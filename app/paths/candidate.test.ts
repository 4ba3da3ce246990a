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

  it('loses no packets: one that was seen to lose none, not one that was hardly asked', () => {
    const [lossy, sound, unknown] = [candidate('10.0.0.1:1', 5), candidate('192.0.2.1:1', 50), candidate('192.0.2.2:1', 50)];
    for (let i = 0; i < 12; i++) {
      for (const each of [lossy, sound]) each.losses.asked(instant(1_000 * i));
      if (i % 2 === 0) lossy.losses.answered(instant(1_000 * i));
      sound.losses.answered(instant(1_000 * i));
    }
    for (const each of [lossy, sound]) each.losses.look(1, instant(12_000));
    expect([isBetter(sound, lossy), isBetter(lossy, sound), isBetter(unknown, lossy), isBetter(lossy, unknown)]).toEqual([true, false, false, false]);
  });

  it('is nearer where both are about as fast', () => {
    expect(isBetter(candidate('10.0.0.1:1', 1), candidate('192.0.2.2:1', 1))).toBe(true);
    expect(isBetter(candidate('[2001:db8::1]:1', 10), candidate('192.0.2.2:1', 10))).toBe(true);
  });

  it('is the one from which the peer sends: its NAT forgets the other while data goes', () => {
    expect(isBetter(candidate('192.0.2.1:1', 20, true), candidate('192.0.2.1:2', 20))).toBe(true);
    expect(isBetter(candidate('192.0.2.1:2', 20), candidate('192.0.2.1:1', 20, true))).toBe(false);
  });

  it('is the one that answers from itself, however fast the other one measures', () => {
    const asked = candidate('192.0.2.1:2', undefined);
    asked.answer(parseEndpoint('192.0.2.1:1')!, instant(1), instant(3));
    expect(asked).toMatchObject({ latencyMs: 2, answered: 1, isOneSided: true });
    expect(isBetter(candidate('192.0.2.1:1', 9), asked)).toBe(true);
    expect(isBetter(asked, candidate('192.0.2.1:1', 9))).toBe(false);
    const called = candidate('192.0.2.1:3', undefined, true);
    called.answer(parseEndpoint('192.0.2.1:1')!, instant(1), instant(9));
    expect([isBetter(called, asked), isBetter(asked, called), isBetter(candidate('192.0.2.1:1', 9), called)]).toEqual([true, false, true]);
    asked.answer(asked.endpoint, instant(4), instant(6));
    expect(isBetter(asked, candidate('192.0.2.1:1', 9))).toBe(true);
  });

  it('is one at most: none is better than the other and the other than it', () => {
    const all = [candidate('10.0.0.1:1', 3), candidate('192.0.2.1:1', 3, true), candidate('192.0.2.1:2', 40), candidate('[2001:db8::1]:1', 38), candidate('127.0.0.1:1', 1)];
    for (const a of all) for (const b of all) expect(isBetter(a, b) && isBetter(b, a)).toBe(false);
  });
});
