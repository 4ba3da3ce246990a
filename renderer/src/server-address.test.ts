/** The address of a server while it is typed: what is taken, and which mistake is named. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAddress } from './server-address.ts';

describe('judgeAddress', () => {
  it.each([
    ['hs.example.org', 'https://hs.example.org', false],
    [' HS.example.org/ ', 'https://hs.example.org', false],
    ['hs.example.org:8443', 'https://hs.example.org:8443', false],
    ['https://hs.example.org:443', 'https://hs.example.org', false],
    ['http://192.168.1.5:8080', 'http://192.168.1.5:8080', true],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080', false],
    ['http://[::1]:8080', 'http://[::1]:8080', false],
    ['nas', 'https://nas', false],
  ])('%s is taken as %s', (typed, url, open) => {
    expect(judgeAddress(typed)).toMatchObject({ kind: 'good', url, open });
  });

  it.each([
    ['hs example.org', 'space'],
    ['ftp://hs.example.org', 'scheme'],
    ['https://', 'short'],
    ['hs.', 'short'],
    ['https://ada:secret@hs.example.org', 'user'],
    ['hs.example.org/web', 'path'],
    ['hs.example.org?x', 'path'],
    ['hs.example.org:', 'port'],
    ['hs.example.org:99999', 'port'],
    ['hs..example.org', 'name'],
    ['-hs.example.org', 'name'],
    ['https://:8080', 'name'],
    ['[::1', 'name'],
    ['300.1.1.1', 'name'],
  ])('%s is refused for its %s', (typed, fault) => {
    expect(judgeAddress(typed)).toEqual({ kind: 'bad', fault });
  });

  it('says nothing about an empty field', () => {
    expect(judgeAddress('  ')).toEqual({ kind: 'empty' });
  });

  it('never throws, and what it takes is an origin that it takes again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 40 }), fc.webUrl(), fc.domain()), (typed) => {
        const judged = judgeAddress(typed);
        if (judged.kind !== 'good') return;
        expect(new URL(judged.url).origin).toBe(judged.url);
        expect(judgeAddress(judged.url)).toMatchObject({ kind: 'good', url: judged.url });
      }),
    );
  });
});
