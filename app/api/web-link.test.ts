import { expect, it } from 'vitest';
import { webLink } from './web-link.ts';

it('a browser is handed addresses of the web, and nothing else', () => {
  for (const url of ['https://hs.example.org/register/x', 'https://hs.example.org/a', 'http://hs.lan/a']) expect(webLink(url)).toBe(url);
  for (const other of ['javascript:alert(1)', 'file:///etc/passwd', 'bowline://x', 'data:text/html,x', 'hs.example.org', 'x', '']) expect(webLink(other)).toBeNull();
});
