/**
 * The other end of the control socket, for the CLI and tests: sends commands and returns checked results. Failures are
 * values whose message says where and what to do; nothing throws.
 */
import { lstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { refusal, type Refusal } from '../../api/answers.ts';
import { api, check, ReplyFrame, type Checked, type CommandName, type CommandParams, type CommandResult } from '../../api/schema.ts';
import { parseJson } from '../frame-commands.ts';
import { JsonLines } from './json-lines.ts';

/** Bytes of one reply: thousands of peers fit. */
const REPLY_AT_MOST = 64 * 1024 * 1024;
/** ms. Longer than any command of the engine takes. */
const REPLY_WITHIN = 15_000;

export interface ControlClient {
  request<N extends CommandName>(command: N, params: CommandParams<N>): Promise<Checked<CommandResult<N>>>;
  close(): void;
}

/** Connects to the host at `path`. `replyWithin`: ms, for tests. */
export function connectControl(path: string, replyWithin: number = REPLY_WITHIN): Promise<Checked<ControlClient>> {
  const stranger = ownerIsStranger(path);
  if (stranger !== undefined) return Promise.resolve(stranger);
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(whyNot(error.code, path)));
    socket.once('connect', () => resolve({ ok: true, value: clientOver(socket, path, replyWithin) }));
  });
}

function whyNot(code: string | undefined, path: string): Refusal {
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return refusal('not-running', 'cli.not-running', { path });
    case 'EACCES':
    case 'EPERM':
      return refusal('not-allowed', 'cli.not-yours', { path });
    case 'ENOTSOCK':
      return refusal('not-a-socket', 'cli.not-a-socket', { path });
    default:
      return refusal('no-connection', 'cli.no-connection', { path, code: code ?? '?' });
  }
}

/** A socket that neither we nor root made could be a trap for what we send. */
function ownerIsStranger(path: string): Refusal | undefined {
  const us = process.getuid?.();
  if (us === undefined || us === 0) return undefined;
  try {
    const { uid } = lstatSync(path);
    return uid === us || uid === 0 ? undefined : whyNot('EACCES', path);
  } catch {
    return undefined;
  }
}

function clientOver(socket: Socket, path: string, replyWithin: number): ControlClient {
  const lines = new JsonLines(REPLY_AT_MOST);
  const waiting = new Map<number, (reply: Checked<unknown>) => void>();
  let lastId = 0;

  const failAll = (): void => {
    for (const settle of waiting.values()) settle(refusal('closed', 'cli.closed', { path }));
    waiting.clear();
  };
  socket.on('data', (chunk) => {
    const read = lines.push(chunk);
    if (read === 'too long') return void socket.destroy();
    for (const line of read) {
      const frame = check(ReplyFrame, parseJson(line), 'reply');
      if (!frame.ok) continue;
      const settle = waiting.get(frame.value.id);
      waiting.delete(frame.value.id);
      settle?.(frame.value.ok ? { ok: true, value: frame.value.result } : { ok: false, error: frame.value.error });
    }
  });
  socket.on('close', failAll);
  socket.on('error', () => socket.destroy());

  return {
    async request(command, params) {
      lastId += 1;
      const id = lastId;
      const reply = await new Promise<Checked<unknown>>((resolve) => {
        const timer = setTimeout(() => {
          waiting.delete(id);
          resolve(refusal('no-reply', 'cli.no-reply', { path, command, seconds: replyWithin / 1_000 }));
        }, replyWithin);
        waiting.set(id, (value) => {
          clearTimeout(timer);
          resolve(value);
        });
        if (socket.destroyed) failAll();
        else socket.write(`${JSON.stringify({ id, command, params })}\n`);
      });
      if (!reply.ok) return reply;
      // Indexing the schema by a generic name loses the pairing that CommandResult states.
      return check(api.commands[command].result, reply.value, command) as Checked<CommandResult<typeof command>>;
    },
    close: () => socket.destroy(),
  };
}
