/**
 * TCP to the first of several addresses that answers (RFC 8305): the next one starts when the one before failed or has been
 * silent for its stagger, and the first to connect ends the others. When all are silent they are asked again, one at a time,
 * beside the first attempts. No TLS; `signal` ends it.
 */
import net from 'node:net';
import { Failed, socketFailure } from './failure.ts';

export interface Pace {
  /** ms: how long the connection before number `next` (from 1) may be silent until that one starts. */
  readonly staggerMs: (next: number) => number;
  /** ms that one address has; undefined: as long as `signal` lets it. */
  readonly eachMs: number | undefined;
  /** ms after which an address that stays silent is asked once more, each time anew; undefined: the system's repetitions are all. */
  readonly againMs: number | undefined;
}

/** RFC 8305 section 5. A system repeats its SYN after 1, 3, 7 and 15 s: by that alone a network that is back is found up to 8 s late. */
const UNHURRIED: Pace = { staggerMs: () => 250, eachMs: undefined, againMs: 2_000 };

type Connect = (to: net.TcpNetConnectOpts) => net.Socket;
const connectTcp: Connect = (to) => net.connect(to);

/** Families in turn, the resolver's first one first. */
export function inTurn(addresses: readonly string[]): string[] {
  const first = addresses.filter((each) => net.isIP(each) === net.isIP(addresses[0] ?? ''));
  const other = addresses.filter((each) => !first.includes(each));
  return Array.from({ length: Math.max(first.length, other.length) }, (_, i) => [first[i], other[i]]).flat().filter((each) => each !== undefined);
}

/** `host`: what a failure names. The failure is that of the first address. */
export function dial(host: string, addresses: readonly string[], port: number, signal: AbortSignal, pace: Pace = UNHURRIED, connect: Connect = connectTcp): Promise<net.Socket | Failed> {
  const { promise, resolve } = settled<net.Socket | Failed>();
  const waiting = inTurn(addresses);
  const open = new Map<net.Socket, string>();
  const failures: Failed[] = [];
  let started = 0;
  let timer: NodeJS.Timeout | undefined;
  let beside: net.Socket | undefined;
  let turn = 0;

  const end = (result: net.Socket | Failed): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    waiting.length = 0;
    for (const socket of [...open.keys(), beside]) if (socket !== result) socket?.destroy();
    resolve(result);
  };
  const abort = (): void => end(new Failed({ kind: 'closed', host, code: 'ABORTED' }));
  const next = (): void => {
    clearTimeout(timer);
    const address = waiting.shift();
    if (address === undefined) {
      if (open.size === 0) end(failures[0] ?? new Failed({ kind: 'name-unknown', host }));
      else if (pace.againMs !== undefined) timer = setTimeout(again, pace.againMs);
      return;
    }
    const socket = connect({ host: address, port, noDelay: true });
    open.set(socket, address);
    started++;
    const limit = pace.eachMs === undefined ? undefined : setTimeout(() => failed(SILENT), pace.eachMs);
    const failed = (error: unknown): void => {
      clearTimeout(limit);
      socket.destroy();
      if (!open.delete(socket)) return;
      failures.push(socketFailure(error, host, port));
      next();
    };
    socket.once('error', failed);
    socket.once('close', () => clearTimeout(limit));
    socket.once('connect', () => {
      clearTimeout(limit);
      socket.off('error', failed);
      // Until its next owner listens, an error must not end the process.
      socket.on('error', () => {});
      end(socket);
    });
    timer = setTimeout(next, pace.staggerMs(started));
  };
  /** At most one beside the first attempts. How it fails says nothing: they tell. */
  const again = (): void => {
    beside?.destroy();
    const silent = [...open.values()];
    const socket = connect({ host: silent[turn++ % silent.length]!, port, noDelay: true });
    beside = socket;
    socket.on('error', () => {});
    socket.once('connect', () => end(socket));
    timer = setTimeout(again, pace.againMs);
  };

  if (signal.aborted) abort();
  else {
    signal.addEventListener('abort', abort);
    next();
  }
  return promise;
}

const SILENT = Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });

/** A promise and its resolve: later calls change nothing. */
export function settled<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
