/** Where the page is: the part of the address after '#'. Pure parsing, and one hook that follows it. */
import { useSyncExternalStore } from 'react';

export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'peers'; readonly peer: string | null }
  | { readonly page: 'history'; readonly peer: string | null }
  | { readonly page: 'health' | 'diagnostics' | 'settings' }
  /** What a link asked for. */
  | { readonly page: 'join' }
  | { readonly page: 'accounts'; readonly adding: boolean }
  /** `about`: what Bowline does. `server`: the rest, as far as things have got. */
  | { readonly page: 'guide'; readonly at: 'about' | 'server' };

export function parseRoute(hash: string): Route {
  const [page, rest] = hash.replace(/^#\/?/, '').split('/', 2);
  if (page === 'health' || page === 'diagnostics' || page === 'settings') return { page };
  if (page === 'join') return { page };
  if (page === 'peers' || page === 'history') return { page, peer: rest === undefined || rest === '' ? null : decode(rest) };
  if (page === 'accounts') return { page, adding: rest === 'add' };
  if (page === 'guide') return { page, at: rest === 'server' ? 'server' : 'about' };
  return { page: 'overview' };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function href(route: Route): string {
  if (route.page === 'overview') return '#/';
  if ((route.page === 'peers' || route.page === 'history') && route.peer !== null) return `#/${route.page}/${encodeURIComponent(route.peer)}`;
  if (route.page === 'guide' && route.at === 'server') return '#/guide/server';
  if (route.page === 'accounts' && route.adding) return '#/accounts/add';
  return `#/${route.page}`;
}

export function go(route: Route): void {
  window.location.hash = href(route);
}

function follow(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(follow, () => window.location.hash);
  return parseRoute(hash);
}
