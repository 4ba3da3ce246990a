/**
 * Darwin's tables as the kernel lists them: links with their addresses, and routes, each as bytes full of routing messages
 * (sysctl NET_RT_IFLIST2 and NET_RT_DUMP2), and the name of a link. Reads only.
 */
import { addressOf, createNativeMemory, type NativeMemory } from '../memory.ts';
import { errno, errnoName, SystemError } from '../system-error.ts';
import { AF_ROUTE, AF_UNSPEC, CTL_NET, NET_RT_DUMP2, NET_RT_IFLIST2 } from './headers/socket.ts';
import { darwin, posix } from './libc.ts';

const TABLES = { links: NET_RT_IFLIST2, routes: NET_RT_DUMP2 } as const;
/** Room for the first question; a laptop's tables are far smaller. */
const FIRST_ROOM = 262_144;
/** A table that does not fit in this is refused: 100,000 routes take 16 MiB. */
const MOST_ROOM = 67_108_864;
const IFNAMSIZ = 16;

/** Throws SystemError, and RangeError for a table beyond 64 MiB. */
export function readTable(which: keyof typeof TABLES): Uint8Array {
  const { sysctl } = darwin();
  const question = smallMemory();
  const path = [CTL_NET, AF_ROUTE, 0, AF_UNSPEC, TABLES[which], 0];
  const lengthAt = path.length * 4;
  for (const [i, part] of path.entries()) question.view.setInt32(i * 4, part, true);
  return readGrowing((room) => {
    question.view.setBigUint64(lengthAt, BigInt(room.length), true);
    if (sysctl(question.base, path.length, addressOf(room), question.base + lengthAt, 0, 0) === 0) return Number(question.view.getBigUint64(lengthAt, true));
    const number = errno();
    if (errnoName(number) === 'ENOMEM') return undefined;
    throw new SystemError('sysctl', `the table of ${which}`, number);
  });
}

/** Asks with more and more room. `ask`: how many bytes it filled; undefined: they did not fit. */
export function readGrowing(ask: (room: Uint8Array) => number | undefined): Uint8Array {
  for (let size = FIRST_ROOM; size <= MOST_ROOM; size *= 4) {
    const room = new Uint8Array(size);
    const filled = ask(room);
    if (filled !== undefined) return room.subarray(0, filled);
  }
  throw new RangeError(`a table of more than ${MOST_ROOM} bytes`);
}

/** Empty: there is no such link. */
export function linkName(index: number): string {
  const memory = smallMemory();
  if (posix().if_indextoname(index, memory.base) === 0) return '';
  const end = memory.bytes.indexOf(0);
  return String.fromCharCode(...memory.bytes.subarray(0, Math.min(end < 0 ? IFNAMSIZ : end, IFNAMSIZ)));
}

let kept: NativeMemory | undefined;
const smallMemory = (): NativeMemory => (kept ??= createNativeMemory(64));
