/**
 * A pair of sockets of this system in place of Darwin's routing socket: what a test sends into one end comes out of the
 * other, through the calls that read the real one.
 */
import vectors from '../../app/wire/route-messages/messages.vector.json' with { type: 'json' };
import { posix } from '../../native-bindings/darwin/libc.ts';
import { createNativeMemory } from '../../native-bindings/memory.ts';
import { check } from '../../native-bindings/system-error.ts';

// <sys/socket.h>, the same on Linux and Darwin.
const AF_UNIX = 1;
const TYPES = { stream: 1, datagram: 2 } as const;
/** A socketpair holds few datagrams, and one more blocks who sends (Linux: 10). */
export const TWIN_HOLDS = 8;

export const RECORDED = vectors.messages;
export type Recorded = keyof typeof RECORDED;

export interface RouteSocketTwin {
  /** For the reader, which closes it. */
  readonly near: number;
  send(name: Recorded): void;
  close(): void;
}

export function openTwin(type: keyof typeof TYPES = 'datagram'): RouteSocketTwin {
  const memory = createNativeMemory(4_096);
  const { socketpair, write, close } = posix();
  check(socketpair(AF_UNIX, TYPES[type], 0, memory.base), 'socketpair', 'twin');
  const [near, far] = [memory.view.getInt32(0, true), memory.view.getInt32(4, true)];
  let isOpen = true;
  return {
    near,
    send(name) {
      const bytes = Uint8Array.from(Buffer.from(RECORDED[name], 'hex'));
      memory.bytes.set(bytes, 64);
      check(write(far, memory.base + 64, bytes.length), 'write', 'twin');
    },
    close() {
      if (isOpen) close(far);
      isOpen = false;
    },
  };
}
