/**
 * The door for the command line: a unix socket that only its owner can open (a named pipe on Windows), with one JSON
 * frame of `api/schema.ts` a line, all commands. It bounds lines, clients, open requests and unread replies. It knows no
 * engine but EnginePort.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { refusal } from '../../api/answers.ts';
import { api, type CommandName, type ReplyFrame } from '../../api/schema.ts';
import { createAnswerer, parseJson, type Answerer, type CommandHost } from '../frame-commands.ts';
import { claimPath, releasePath } from './claim-path.ts';
import { JsonLines } from './json-lines.ts';

/** Bytes of one request. */
export const LINE_AT_MOST = 64 * 1024;
export const CLIENTS_AT_MOST = 64;
/** Requests of one client that wait for their answer; more are not read until one is done. */
export const IN_FLIGHT_AT_MOST = 16;
/** ms that a reply may wait for a client to read it. */
const UNREAD_FOR_AT_MOST = 10_000;

export interface ControlSocket {
  readonly path: string;
  close(): Promise<void>;
}

/** Rejects when another host lives there or the place is not safe. `unreadFor`: ms, for tests. */
export async function startControlSocket(options: { readonly host: CommandHost; readonly path: string; readonly unreadFor?: number }): Promise<ControlSocket> {
  const { host, path } = options;
  const answer = createAnswerer(host, Object.keys(api.commands) as CommandName[]);
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    if (clients.size >= CLIENTS_AT_MOST) return void socket.destroy();
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    serve(socket, answer, options.unreadFor ?? UNREAD_FOR_AT_MOST);
  });
  await listen(server, path);
  server.on('error', (error) => host.log.write('warn', 'control-socket', error.message));
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients) client.end();
        setTimeout(() => {
          for (const client of clients) client.destroy();
        }, 200).unref();
        if (process.platform !== 'win32') releasePath(path);
      }),
  };
}

async function listen(server: Server, path: string): Promise<void> {
  if (process.platform !== 'win32') return claimPath(server, path);
  return new Promise((resolve, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => fail(new Error(error.code === 'EADDRINUSE' ? `another Bowline is running on ${path}` : `cannot listen on ${path}: ${error.message}`)));
    server.listen({ path, readableAll: false, writableAll: false }, () => resolve());
  });
}

/** One client. Back-pressure instead of a queue: while its replies wait unread or too many requests are open, nothing more is read. */
function serve(socket: Socket, answer: Answerer, unreadFor: number): void {
  const lines = new JsonLines(LINE_AT_MOST);
  const waiting: string[] = [];
  let inFlight = 0;
  let unread: NodeJS.Timeout | undefined;

  const isHeldBack = (): boolean => inFlight >= IN_FLIGHT_AT_MOST || unread !== undefined;
  const next = (): string | undefined => (isHeldBack() ? undefined : waiting.shift());
  const flow = (): void => {
    for (let line = next(); line !== undefined; line = next()) void run(line);
    if (isHeldBack() || waiting.length > 0) socket.pause();
    else socket.resume();
  };
  const run = async (line: string): Promise<void> => {
    inFlight += 1;
    send(await answer(parseJson(line)));
    inFlight -= 1;
    flow();
  };
  const send = (frame: ReplyFrame): void => {
    if (socket.destroyed || socket.write(`${JSON.stringify(frame)}\n`)) return;
    unread ??= setTimeout(() => socket.destroy(), unreadFor);
  };

  socket.on('data', (chunk) => {
    const read = lines.push(chunk);
    if (read === 'too long') {
      send({ id: 0, ...refusal('too-long', 'cli.too-long', { bytes: LINE_AT_MOST }) });
      socket.destroySoon();
      return;
    }
    waiting.push(...read);
    flow();
  });
  socket.on('drain', () => {
    clearTimeout(unread);
    unread = undefined;
    flow();
  });
  socket.on('close', () => clearTimeout(unread));
  socket.on('error', () => socket.destroy());
}
