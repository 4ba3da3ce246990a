/**
 * A cable that can be cut: wraps a DatagramsFactory so that, while cut, every datagram is dropped both ways without any
 * error, as on a dead link. Only the sandbox's peers use it; the product has no such hook.
 */
import type { Datagrams, DatagramsFactory } from '../../ports/datagrams.ts';

export interface Cable {
  readonly factory: DatagramsFactory;
  /** From now for so many ms; a socket opened meanwhile is cut too. */
  cut(forMs: number): void;
}

/** `now`: ms, monotonic. */
export function cuttable(inner: DatagramsFactory, now: () => number): Cable {
  let cutUntil = -Infinity;
  const isCut = (): boolean => now() < cutUntil;
  const wrap = (socket: Datagrams): Datagrams => ({
    port: socket.port,
    receive(batch) {
      let count = socket.receive(batch);
      while (count > 0 && isCut()) count = socket.receive(batch);
      return count;
    },
    send: (batch) => (isCut() ? batch.count : socket.send(batch)),
    onReadable: (callback) => socket.onReadable(callback),
    onError: (callback) => socket.onError(callback),
    close: () => socket.close(),
  });
  return {
    factory: { open: async (port) => wrap(await inner.open(port)) },
    cut(forMs) {
      cutUntil = now() + forMs;
    },
  };
}
