/** Words about paths and relays: one sentence with its evidence and the next attempt. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../node/messages.ts';
import { say } from './words.ts';

const NOW = 1_000_000;
const said = (message: Message): string => say(message, NOW).replaceAll('\u00a0', ' ');

describe('why a peer is relayed', () => {
  it('names the relay, what was tried, and when it is tried again', () => {
    expect(said({ key: 'why.relay-no-answer', relay: 'lab', probed: 3, nextTryAt: NOW + 12_000 })).toBe('By relay lab: no answer from 3 addresses; next try in 12 s');
    expect(said({ key: 'why.relay-hard-nat', relay: 'lab', probed: 1, nextTryAt: null })).toBe('By relay lab: the NAT here takes another port for each destination, and there is no answer from 1 address; next try with the next packet');
    expect(said({ key: 'why.relay-udp-blocked', relay: 'lab', nextTryAt: NOW + 500 })).toBe('By relay lab: UDP is blocked here, so no direct way can work; trying again now');
    expect(said({ key: 'why.relay-data-lost', relay: 'lab', endpoint: '192.0.2.1:5', at: NOW - 61_000, nextTryAt: NOW + 60_000 })).toBe('By relay lab: at 192.0.2.1:5 probes pass and data does not, seen 1 m 01 s ago; next try in 1 m 00 s');
  });

  it('carries the troubles of a relay in the words of any connection', () => {
    expect(said({ key: 'cause.relay', relay: 'lab', trouble: { key: 'trouble.refused', host: 'derp.example.org', port: 443 }, nextTryAt: NOW + 4_000 })).toBe(
      'derp.example.org: nothing listens on port 443. Devices without a direct way cannot be reached by relay lab; next try in 4 s.',
    );
  });
});
