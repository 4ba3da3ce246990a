/** Files of a built page and documents made here, on loopback. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

export interface Served {
  readonly origin: string;
  close(): void;
}

/** `documents`: by path, before the files of `directory`. */
export async function serve(directory: string, documents: Readonly<Record<string, string>>): Promise<Served> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const made = documents[pathname];
    if (made !== undefined) return void response.writeHead(200, { 'content-type': TYPES['.html'] }).end(made);
    readFile(path.join(directory, path.normalize(pathname))).then(
      (content) => response.writeHead(200, { 'content-type': TYPES[path.extname(pathname)] ?? 'application/octet-stream' }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
