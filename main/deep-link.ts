/**
 * Reads a link of the scheme `bowline:`, from wherever one comes: the system, a second launch, the first command line. Pure.
 * Anybody can make a person follow a link, so one only opens the window: `bowline://join?server=https://hs.example.org` with a
 * server's address already written, `bowline://open` as it is. It never connects, and never carries a key. What is refused is
 * told by its reason alone, as the text may hold a secret. Callers: app.ts.
 */
import { readServerUrl } from '../app/host/accounts/server-url.ts';

export const LINK_SCHEME = 'bowline';
/** Characters. */
const LONGEST = 500;

export type LinkFault = 'long' | 'no-link' | 'route' | 'parameter' | 'server';
export type Link = { readonly kind: 'join'; readonly server: string } | { readonly kind: 'open' } | { readonly kind: 'refused'; readonly why: LinkFault };

const refuse = (why: LinkFault): Link => ({ kind: 'refused', why });

export function readLink(text: string): Link {
  if (text.length > LONGEST) return refuse('long');
  const parts = /^bowline:\/\/([a-z]+)\/?(?:\?([^#]*))?$/i.exec(text);
  if (parts === null) return refuse(text.toLowerCase().startsWith(`${LINK_SCHEME}:`) ? 'route' : 'no-link');
  const query = [...new URLSearchParams(parts[2] ?? '')];
  switch (parts[1]?.toLowerCase()) {
    case 'open':
      return query.length === 0 ? { kind: 'open' } : refuse('parameter');
    case 'join': {
      const [first, ...more] = query;
      // One, by its name: a key has no place in a link.
      if (first === undefined || first[0] !== 'server' || more.length > 0) return refuse('parameter');
      if (!/^https:\/\//i.test(first[1])) return refuse('server');
      const server = readServerUrl(first[1]);
      return server.ok ? { kind: 'join', server: server.url } : refuse('server');
    }
    default:
      return refuse('route');
  }
}

/** The link among the arguments of a launch; undefined: there is none. The other arguments are nobody's. */
export function linkAmong(args: readonly string[]): Link | undefined {
  const text = args.find((arg) => arg.slice(0, LINK_SCHEME.length + 1).toLowerCase() === `${LINK_SCHEME}:`);
  return text === undefined ? undefined : readLink(text);
}
