import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkAmong, readLink } from './deep-link.ts';

describe('a link', () => {
  it.each([
    ['bowline://join?server=https://hs.example.org', 'https://hs.example.org'],
    ['BOWLINE://join/?server=https%3A%2F%2FHS.example.org%3A8443', 'https://hs.example.org:8443'],
  ])('names a server: %s', (text, server) => {
    expect(readLink(text)).toEqual({ kind: 'join', server });
  });

  it.each([
    ['bowline://join', 'parameter'],
    ['bowline://join?server=https://hs.example.org&key=hskey-auth-canary', 'parameter'],
    ['bowline://join?authkey=hskey-auth-canary', 'parameter'],
    ['bowline://join?server=https://a.example.org&server=https://b.example.org', 'parameter'],
    ['bowline://join?server=http://hs.example.org', 'server'],
    ['bowline://join?server=hs.example.org', 'server'],
    ['bowline://join?server=https://ada:canary@hs.example.org', 'server'],
    ['bowline://join?server=https://hs.example.org/register/canary', 'server'],
    ['bowline://join?server=https://hs.example.org%0A--no-sandbox', 'server'],
    ['bowline://login?server=https://hs.example.org', 'route'],
    ['bowline:join?server=https://hs.example.org', 'route'],
    ['bowline://join@hs.example.org?server=https://hs.example.org', 'route'],
    ['bowline://join?server=https://hs.example.org#x', 'route'],
    ['bowline://open?page=diagnostics', 'parameter'],
    ['https://hs.example.org', 'no-link'],
    [`bowline://join?server=https://${'a'.repeat(600)}`, 'long'],
  ])('is refused: %s', (text, why) => {
    expect(readLink(text)).toEqual({ kind: 'refused', why });
  });

  it('is found among arguments, which mean nothing else', () => {
    expect(linkAmong(['/opt/bowline', '--hidden', 'bowline://open'])).toEqual({ kind: 'open' });
    expect(linkAmong(['/opt/bowline', '--server=https://hs.example.org', '/tmp/bowline'])).toBeUndefined();
  });

  it('never throws, and gives nothing but the plain address of a server over TLS', () => {
    const piece = fc.constantFrom('bowline://', 'join', 'open', '?server=', 'https://', 'hs.example.org', '%00', '%', '&', '@', '#', '..', '\\', ':99999', 'key=', '\n');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 8 }).map((list) => `bowline://join?server=https://${list.join('')}`), fc.array(piece).map((list) => list.join(''))), (text) => {
        const link = readLink(text);
        if (link.kind === 'join') expect([new URL(link.server).origin, new URL(link.server).protocol]).toEqual([link.server, 'https:']);
      }),
      { numRuns: 2_000 },
    );
  });
});
