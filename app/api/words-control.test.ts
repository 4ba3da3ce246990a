/** The sentences about the control server that the product promises, to the letter. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../node/messages.ts';
import { formatDate } from './units.ts';
import { say } from './words.ts';

const NOW = 1_000_000;
const host = 'hs.example.org';
const said = (message: Message): string => say(message, NOW).replaceAll('\u00a0', ' ');

describe('the words about a control server', () => {
  it('name the day on which a certificate expired', () => {
    expect(said({ key: 'trouble.certificate', host, code: 'CERT_HAS_EXPIRED', expiredAt: Date.UTC(2026, 4, 3, 23, 59) })).toBe('hs.example.org: certificate expired on 3 May 2026');
  });

  it('say how long there was no answer, and that it is being mended', () => {
    expect(said({ key: 'truth.control-reconnecting', trouble: { key: 'trouble.silent', host, silentMs: 124_000 }, attempt: 1 })).toBe('No answer from hs.example.org for 2 m 04 s: reconnecting');
  });

  it('say that the tunnel still works while the server does not', () => {
    expect(said({ key: 'cause.server-trouble', trouble: { key: 'trouble.refused', host, port: 443 }, nextTryAt: NOW + 4_000, tunnelWorks: true })).toBe(
      'hs.example.org: nothing listens on port 443. Next try in 4 s. The tunnel still works, with the devices and rules known so far.',
    );
  });

  it('name a trouble of a newer engine instead of hiding it', () => {
    const newer = { key: 'trouble.of-tomorrow' } as unknown as Extract<Message, { key: 'trouble.slept' }>;
    expect(said({ key: 'truth.control-reconnecting', trouble: newer, attempt: 1 })).toContain('trouble.of-tomorrow');
  });

  it('write dates in UTC', () => {
    expect(formatDate(0)).toBe('1 January 1970');
    expect(formatDate(Date.UTC(2028, 1, 29, 12))).toBe('29 February 2028');
  });
});
