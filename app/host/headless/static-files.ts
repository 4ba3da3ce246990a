/**
 * The files of the built page, read into memory once. A request can only name a key of this list, so no path of a request
 * ever reaches the file system. Knows no HTTP beyond content types and cache headers.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, type Dirent } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
/** The build puts a hash of the content into names below assets/. */
const HASHED = /^\/assets\/.+-[\w-]{8,}\.\w+$/;
const TOTAL_AT_MOST = 64 * 1024 * 1024;

/** Path of a URL (`/assets/index-1a2b3c4d.js`) to file; `/` is index.html. Throws when the page is not built. */
export function readStaticFiles(directory: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  let total = 0;
  for (const entry of entriesOf(directory)) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const body = readFileSync(path);
    total += body.length;
    if (total > TOTAL_AT_MOST) throw new Error(`${directory} holds more than ${TOTAL_AT_MOST} bytes: it is not the built page`);
    const url = `/${relative(directory, path).split(sep).join('/')}`;
    files.set(url, {
      body,
      type,
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      cache: HASHED.test(url) ? 'private, max-age=31536000, immutable' : 'no-cache',
    });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`the page is not built: ${join(directory, 'index.html')} is missing. Run npm run build`);
  files.set('/', index);
  return files;
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true, recursive: true });
  } catch {
    return [];
  }
}
