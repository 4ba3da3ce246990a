/**
 * Serves the built page to `app:` addresses from a list made at start: what is not in the list does not exist, so no
 * spelling of a path can leave the folder. Sends the strictest policy with each answer. Reads files; pure otherwise.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pagePolicy } from '../app/host/page-policy.ts';
import { PAGE_URL } from './bridge.ts';
import type { PageFile } from './ports.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
};

export const POLICY = pagePolicy("'none'");

const SAFE_HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const NOT_FOUND: PageFile = { status: 404, headers: { ...SAFE_HEADERS, 'content-type': 'text/plain' }, body: new Uint8Array() };

/** Every servable file below `folder`, by its path in an address. Unknown kinds of file are left out. */
export function indexPage(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    if (TYPES[extension(entry.name)] !== undefined) found.set(file.slice(folder.length).replaceAll('\\', '/'), file);
  }
  return found;
}

export function answerPage(index: ReadonlyMap<string, string>, address: string, read: (file: string) => Uint8Array = readFileSync): PageFile {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return NOT_FOUND;
  }
  const page = new URL(PAGE_URL);
  if (url.protocol !== page.protocol || url.host !== page.host) return NOT_FOUND;
  const file = index.get(url.pathname === '/' ? '/index.html' : url.pathname);
  if (file === undefined) return NOT_FOUND;
  return { status: 200, headers: { ...SAFE_HEADERS, 'content-type': TYPES[extension(file)]! }, body: read(file) };
}

const extension = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
