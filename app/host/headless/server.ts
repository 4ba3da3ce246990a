/**
 * The local page without Electron: serves the built renderer on 127.0.0.1 and speaks the API over one WebSocket a page.
 * Only who holds a one-time address gets in (token-desk.ts); http-rules.ts says who may ask. Started by the demo and the
 * headless host; it knows no engine but EnginePort.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { PAGE_COMMANDS, type EventFrame } from '../../api/schema.ts';
import { createAnswerer, type CommandHost } from '../frame-commands.ts';
import { isOwnOrigin, ownHost, securityHeaders, sessionCookie, sessionOf } from './http-rules.ts';
import { FRAME_AT_MOST, openPageSocket, type PageSocket } from './page-socket.ts';
import { refusalPage } from './refusal-page.ts';
import { readStaticFiles, type StaticFile } from './static-files.ts';
import { TokenDesk } from './token-desk.ts';

export const PAGES_AT_MOST = 16;

export interface HeadlessOptions {
  readonly host: CommandHost;
  /** The built page: dist/renderer. */
  readonly directory: string;
  /** 0: a free one. */
  readonly port?: number;
  /** ms, monotonic. For tests. */
  readonly now?: () => number;
}

export interface Headless {
  readonly port: number;
  /** A fresh address that works once, for ten minutes. */
  url(): string;
  close(): Promise<void>;
}

/** Rejects when the port is taken or the page is not built. */
export async function startHeadless(options: HeadlessOptions): Promise<Headless> {
  const server = new HeadlessServer(options);
  await server.listen(options.port ?? 0);
  return server;
}

class HeadlessServer implements Headless {
  readonly #host: CommandHost;
  readonly #now: () => number;
  readonly #files: ReadonlyMap<string, StaticFile>;
  readonly #desk: TokenDesk;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: FRAME_AT_MOST, perMessageDeflate: false, clientTracking: true });
  readonly #pages = new Set<PageSocket>();
  #leave: (() => void) | undefined;
  port = 0;

  constructor(options: HeadlessOptions) {
    this.#host = options.host;
    this.#now = options.now ?? (() => performance.now());
    this.#files = readStaticFiles(options.directory);
    this.#desk = new TokenDesk(this.#now);
    this.#http = createServer({ maxHeaderSize: 16_384, requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => this.#respond(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, fail) => {
      this.#http.once('error', (error) => fail(new Error(`cannot serve the page on 127.0.0.1:${port}: ${error.message}`)));
      this.#http.listen({ host: '127.0.0.1', port }, () => {
        this.port = (this.#http.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  url(): string {
    return `http://127.0.0.1:${this.port}/?token=${this.#desk.issue()}`;
  }

  async close(): Promise<void> {
    this.#leave?.();
    this.#leave = undefined;
    for (const page of this.#pages) page.close(1001, 'Bowline ends');
    for (const socket of this.#sockets.clients) setTimeout(() => socket.terminate(), 200).unref();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeIdleConnections();
      setTimeout(() => this.#http.closeAllConnections(), 250).unref();
    });
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const host = ownHost(request.headers, this.port);
    if (host === undefined) return this.#refuse(request, response, 421, 'wrong Host header');
    for (const [name, value] of Object.entries(securityHeaders(host))) response.setHeader(name, value);
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      if (!isOwnOrigin(request.headers, host)) return this.#refuse(request, response, 403, 'foreign Origin');
      response.setHeader('Allow', 'GET, HEAD');
      return this.#refuse(request, response, 405, 'this method is not used here');
    }
    const { pathname, token } = targetOf(request.url ?? '/');
    if (method === 'GET' && pathname === '/' && token !== undefined) return this.#redeem(token, response);
    if (!this.#desk.isSession(sessionOf(request.headers, this.port))) return this.#explain(response, 'no-session');
    const file = this.#files.get(pathname);
    if (file === undefined) return this.#refuse(request, response, 404, 'no such file');
    sendFile(file, request, response);
  }

  #redeem(token: string, response: ServerResponse): void {
    const session = this.#desk.redeem(token);
    if (session === undefined) return this.#explain(response, 'spent-token');
    response.setHeader('Set-Cookie', sessionCookie(this.port, session));
    response.writeHead(303, { Location: '/', 'Cache-Control': 'no-store' }).end();
  }

  #explain(response: ServerResponse, why: 'no-session' | 'spent-token'): void {
    response.writeHead(403, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }).end(refusalPage(why));
  }

  #refuse(request: IncomingMessage, response: ServerResponse, status: number, why: string): void {
    this.#host.log.write('debug', 'page', `refused a request: ${why}`);
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', Connection: 'close' }).end(`${why}\n`);
    request.resume();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const refused = this.#whyNoUpgrade(request);
    if (refused !== undefined) {
      this.#host.log.write('debug', 'page', `refused a WebSocket: ${refused.why}`);
      socket.end(`HTTP/1.1 ${refused.status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const page = openPageSocket(webSocket, createAnswerer(this.#host, PAGE_COMMANDS), this.#now);
      this.#pages.add(page);
      webSocket.on('close', () => this.#left(page));
      this.#leave ??= this.#follow();
    });
  }

  #follow(): () => void {
    const { engine } = this.#host;
    const unsubscribe = engine.subscribe((data) => {
      const frame: EventFrame = { event: 'patch', data };
      const text = JSON.stringify(frame);
      for (const each of this.#pages) each.patch(text);
    });
    const unwatch = engine.watch();
    return () => {
      unwatch();
      unsubscribe();
    };
  }

  #whyNoUpgrade(request: IncomingMessage): { readonly status: string; readonly why: string } | undefined {
    const host = ownHost(request.headers, this.port);
    if (host === undefined) return { status: '421 Misdirected Request', why: 'wrong Host header' };
    if (!isOwnOrigin(request.headers, host)) return { status: '403 Forbidden', why: 'foreign Origin' };
    if (!this.#desk.isSession(sessionOf(request.headers, this.port))) return { status: '403 Forbidden', why: 'no session' };
    if (targetOf(request.url ?? '').pathname !== '/ws') return { status: '404 Not Found', why: 'no such address' };
    if (this.#pages.size >= PAGES_AT_MOST) return { status: '503 Service Unavailable', why: 'too many pages' };
    return undefined;
  }

  /** While no page is open, the engine measures nothing for the screen. */
  #left(page: PageSocket): void {
    this.#pages.delete(page);
    if (this.#pages.size > 0) return;
    this.#leave?.();
    this.#leave = undefined;
  }
}

function targetOf(url: string): { readonly pathname: string; readonly token: string | undefined } {
  const query = url.indexOf('?');
  if (query < 0) return { pathname: url, token: undefined };
  return { pathname: url.slice(0, query), token: new URLSearchParams(url.slice(query + 1)).get('token') ?? undefined };
}

function sendFile(file: StaticFile, request: IncomingMessage, response: ServerResponse): void {
  const headers = { 'Content-Type': file.type, 'Cache-Control': file.cache, ETag: file.etag };
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Length': file.body.length });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}
