/** The small parts of the control link, each alone: ways to a server, Retry-After, zstd. */
import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';
import { routesTo } from './routes.ts';
import { isZstd, unzstd } from './zstd.ts';

describe('the ways to a server', () => {
  const ways = (url: string): string[] => {
    const routes = routesTo(url);
    return [routes?.first, routes?.second].flatMap((route) => (route === undefined ? [] : [`${route.secure ? 'tls' : 'plain'} ${route.host} ${route.port}${route.mayLearnKey ? '' : ' no key'}`]));
  };

  it("begin with the URL's own scheme and port; only a public name without a port has a second", () => {
    expect(ways('https://hs.example.org')).toEqual(['tls hs.example.org 443', 'plain hs.example.org 80 no key']);
    expect(ways('http://hs.example.org/')).toEqual(['plain hs.example.org 80', 'tls hs.example.org 443']);
    for (const url of ['https://hs.example.org:443', 'https://hs.example.org:8443/', 'http://hs.example.org:80', 'http://127.0.0.1', 'https://192.168.1.4', 'http://localhost', 'http://[::1]', 'https://[fd00::1]', 'http://100.64.0.1']) expect(ways(url), url).toHaveLength(1);
    expect(ways('http://[2001:db8::1]:8080')).toEqual(['plain 2001:db8::1 8080']);
    expect(ways('https://203.0.113.5')).toHaveLength(2);
  });

  it('are none for anything that is not http or https', () => {
    for (const url of ['', 'hs.example.org', 'ftp://hs.example.org', 'https://', 'javascript:alert(1)', 'https://hs.example.org:99999']) expect(routesTo(url), url).toBeUndefined();
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 4, 3, 12, 0, 0);
  it('is seconds or a date, and nothing else', () => {
    expect(parseRetryAfter('120', now)).toBe(120_000);
    expect(parseRetryAfter(' 0 ', now)).toBe(0);
    expect(parseRetryAfter('Sun, 03 May 2026 12:00:30 GMT', now)).toBe(30_000);
    expect(parseRetryAfter('Sunday, 03-May-26 12:00:30 GMT', now)).toBe(30_000);
    expect(parseRetryAfter('Sun May  3 12:00:30 2026', now)).toBe(30_000);
    expect(parseRetryAfter('Sun, 03 May 2026 11:00:00 GMT', now)).toBe(0);
    for (const value of [undefined, '', '-1', '1.5', 'soon', '99999999999', '1 minute', 'Sun, yesterday', '2026-05-03']) expect(parseRetryAfter(value, now), value).toBeUndefined();
  });
});

describe('zstd', () => {
  it('is known by its first bytes, bounded, and never thrown', () => {
    expect(isZstd(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0))).toBe(true);
    expect(isZstd(Buffer.from('{"KeepAlive":true}'))).toBe(false);
    expect(isZstd(new Uint8Array(0))).toBe(false);
    let limit = 0;
    expect(unzstd(Uint8Array.of(1), (bytes, options) => ((limit = options.maxOutputLength), bytes))).toEqual(Uint8Array.of(1));
    expect(limit).toBe(67_108_864);
    expect(unzstd(Uint8Array.of(1), () => { throw new RangeError('too much'); })).toBeUndefined();
  });
});
