/** The small parts of the way to a server, each alone: proxies of the environment, the order of addresses. */
import { describe, expect, it } from 'vitest';
import { inTurn } from './dial.ts';
import type { Place } from './place.ts';
import { proxyFor } from './proxy-rules.ts';

describe('the proxy for a server', () => {
  const route = (host: string, secure = true, port = 443): Place => ({ host, secure, port });

  it('is the one of its scheme, in capitals or small letters, with or without a scheme of its own', () => {
    expect(proxyFor(route('hs.example'), { HTTPS_PROXY: 'http://p.example:3128' })).toEqual({ secure: false, host: 'p.example', port: 3128, authorization: undefined });
    expect(proxyFor(route('hs.example'), { https_proxy: 'p.example:3128' })).toMatchObject({ host: 'p.example', port: 3128 });
    expect(proxyFor(route('hs.example'), { HTTP_PROXY: 'http://p.example' })).toBeUndefined();
    expect(proxyFor(route('hs.example', false), { HTTP_PROXY: 'https://p.example' })).toMatchObject({ secure: true, port: 443 });
  });

  it('is none for this computer and the exceptions', () => {
    const HTTPS_PROXY = 'http://p.example';
    for (const host of ['localhost', '127.0.0.1', '::1']) expect(proxyFor(route(host), { HTTPS_PROXY }), host).toBeUndefined();
    for (const NO_PROXY of ['*', 'hs.example', '.example', 'example', '*.example', 'other, HS.Example', 'hs.example:443']) expect(proxyFor(route('hs.example'), { HTTPS_PROXY, NO_PROXY }), NO_PROXY).toBeUndefined();
    for (const NO_PROXY of ['', 'ample', 's.example', 'hs.example:8443', '10.0.0.0/8']) expect(proxyFor(route('hs.example'), { HTTPS_PROXY, NO_PROXY }), NO_PROXY).toBeDefined();
    expect(proxyFor(route('10.1.2.3'), { HTTPS_PROXY, no_proxy: '10.0.0.0/8' })).toBeUndefined();
    expect(proxyFor(route('11.1.2.3'), { HTTPS_PROXY, no_proxy: '10.0.0.0/8' })).toBeDefined();
  });

  it('of a kind that we cannot use is not gone around', () => {
    for (const HTTPS_PROXY of ['socks5://p.example:1080', 'http://', 'http://p.example:99999']) expect(proxyFor(route('hs.example'), { HTTPS_PROXY }), HTTPS_PROXY).toBe('unusable');
  });
});

describe('the addresses of a name', () => {
  it('are tried in turn by family', () => {
    expect(inTurn(['2001:db8::1', '2001:db8::2', '192.0.2.1', '192.0.2.2', '192.0.2.3'])).toEqual(['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2', '192.0.2.3']);
    expect(inTurn([])).toEqual([]);
  });
});
