/** Serves a built page on loopback with the policy of the headless host. Only for tests and benchmarks. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { pagePolicy } from '../../app/host/page-policy.ts';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

export type Served = { readonly origin: string; readonly server: Server; readonly close: () => Promise<void> };

/** `root`: the folder of the build. `documents`: whole pages by their path, without a policy, before the files. `policy`: of contents, another one than the usual. */
export async function serve(root: string, documents: Readonly<Record<string, string>> = {}, policy?: string): Promise<Served> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const made = documents[path];
    if (made !== undefined) return void response.writeHead(200, { 'content-type': TYPES['.html'] }).end(made);
    const file = join(root, path === '/' ? 'index.html' : path);
    try {
      const content = await readFile(file);
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': policy ?? pagePolicy(`ws://${request.headers.host ?? ''}`) });
      response.end(content);
    } catch {
      response.writeHead(404);
      response.end();
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
