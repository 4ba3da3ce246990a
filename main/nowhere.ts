/**
 * The proxy of the page's session: none that exists, also for addresses of this computer, which go to no proxy otherwise. Our own
 * scheme asks no proxy. Callers: electron-adapter.ts, and the test that shows it in Chromium.
 */
export const NOWHERE = { mode: 'fixed_servers', proxyRules: 'socks5://127.0.0.1:1', proxyBypassRules: '<-loopback>' } as const;
