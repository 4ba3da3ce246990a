import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountNameOf, readServerUrl } from './server-url.ts';

describe('the address of a server', () => {
  it.each([
    ['hs.example.org', 'https://hs.example.org'],
    [' HS.Example.org/ ', 'https://hs.example.org'],
    ['https://hs.example.org:443', 'https://hs.example.org'],
    ['hs.example.org:8443', 'https://hs.example.org:8443'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080/', 'http://[::1]:8080'],
    ['HTTP://nas', 'http://nas'],
  ])('%j is taken as %s', (written, url) => {
    expect(readServerUrl(written)).toEqual({ ok: true, url });
  });

  it.each([
    ['', 'is empty'],
    ['hs example.org', 'a space or a line break'],
    ['ftp://hs.example.org', '"ftp" is no way to reach a server'],
    ['https://hs.example.org/web', 'has a path. Only scheme, name and port belong there: https://hs.example.org.'],
    ['hs.example.org?key=1', 'has a ? or a #'],
    ['https://hs.example.org/#', 'has a ? or a #'],
    ['hs.example.org:0', 'names port 0'],
    ['hs.example.org:99999', 'is not the address of a server'],
    ['https://', 'is not the address of a server'],
    ['hs..example.org', 'cannot be the name of a server'],
    [`${'a'.repeat(400)}.org`, 'at most 300'],
  ])('%j is refused: %s', (written, why) => {
    expect(readServerUrl(written)).toMatchObject({ ok: false, message: expect.stringContaining(why) });
  });

  it('with a password in it is refused and never repeated', () => {
    const read = readServerUrl('https://ada:secret@hs.example.org');
    expect(read).toMatchObject({ ok: false });
    expect(JSON.stringify(read)).not.toContain('secret');
  });

  it('never throws; what is taken is an origin and is taken again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.domain(), fc.ipV6()), (written) => {
        const read = readServerUrl(written);
        if (!read.ok) return;
        expect(new URL(read.url).origin).toBe(read.url);
        expect(readServerUrl(read.url)).toEqual(read);
        expect(accountNameOf(read.url)).not.toBe('');
      }),
    );
  });

  it('names the account after its host, with an unusual port', () => {
    expect(accountNameOf('https://hs.example.org')).toBe('hs.example.org');
    expect(accountNameOf('http://[::1]:8080')).toBe('::1:8080');
  });
});
