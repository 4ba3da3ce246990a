/** The reader of Darwin's routing socket, on its twin: messages as the public headers lay them out. */
import { afterEach, describe, expect, it } from 'vitest';
import { decodeRouteMessages } from '../../app/wire/route-messages/decode.ts';
import { openTwin, RECORDED, TWIN_HOLDS, type Recorded, type RouteSocketTwin } from '../../tests/doubles/route-socket-twin.ts';
import { readDatagrams, type Reader } from './route-socket.ts';
import { linkName, readGrowing } from './tables.ts';

const twins: RouteSocketTwin[] = [];
const readers: Reader[] = [];
afterEach(() => {
  for (const each of [...readers.splice(0), ...twins.splice(0)]) each.close();
});

function twin(type?: 'stream'): RouteSocketTwin {
  const opened = openTwin(type);
  twins.push(opened);
  return opened;
}

/** Reads `near` until it ends. `reach`: waits until so many datagrams came. */
function collect(near: number) {
  const datagrams: Uint8Array[] = [];
  let awaited = 0;
  let came = (): void => {};
  const ended = new Promise<string>((resolve) => {
    const reader = readDatagrams(near, {
      datagram: (bytes) => void (datagrams.push(bytes.slice()) >= awaited && came()),
      dropped: () => {},
      ended: resolve,
    });
    readers.push(reader);
  });
  const reach = (count: number): Promise<void> => {
    awaited = count;
    return datagrams.length >= count ? Promise.resolve() : new Promise((resolve) => (came = resolve));
  };
  return { datagrams, ended, reach };
}

describe('the reader of the routing socket', () => {
  it('gives every message that was sent, in order, whole, alone or in bursts', async () => {
    const { near, send } = twin();
    const names = Object.keys(RECORDED) as Recorded[];
    const { datagrams, reach } = collect(near);
    let sent = 0;
    for (const name of names) {
      send(name);
      sent++;
      if (sent < 3 || sent % TWIN_HOLDS === 0) await reach(sent);
    }
    await reach(sent);
    expect(datagrams.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(names.map((name) => RECORDED[name]));
    expect(datagrams.flatMap((bytes) => decodeRouteMessages(bytes)).filter(({ kind }) => kind === 'unparsable')).toEqual([]);
  });

  it('reads a storm of misses to its end', async () => {
    const { near, send } = twin();
    const { datagrams, reach } = collect(near);
    for (let sent = TWIN_HOLDS; sent <= 2_000; sent += TWIN_HOLDS) {
      for (let i = 0; i < TWIN_HOLDS; i++) send('miss');
      await reach(sent);
    }
    expect(datagrams).toHaveLength(2_000);
    expect(new Set(datagrams.flatMap((bytes) => decodeRouteMessages(bytes)).map(({ kind }) => kind))).toEqual(new Set(['miss']));
  });

  it('says when the other end is gone', async () => {
    const pair = twin('stream');
    const { ended } = collect(pair.near);
    pair.close();
    expect(await ended).toBe('the other end is closed');
  });

  it('may be closed by its own listener, and says nothing more', async () => {
    const { near, send } = twin();
    const heard: string[] = [];
    for (let i = 0; i < 5; i++) send('miss');
    await new Promise<void>((resolve) => {
      const reader = readDatagrams(near, {
        datagram() {
          heard.push('datagram');
          reader.close();
          setTimeout(resolve, 30);
        },
        dropped: () => heard.push('dropped'),
        ended: (why) => heard.push(why),
      });
    });
    expect(heard).toEqual(['datagram']);
  });

  it('refuses a descriptor that is none', () => {
    expect(() => readDatagrams(999_999, { datagram() {}, dropped() {}, ended() {} })).toThrow('EBADF');
  });
});

describe('tables', () => {
  it('are asked for again with more room', () => {
    const rooms: number[] = [];
    const bytes = readGrowing((room) => {
      rooms.push(room.length);
      if (room.length < 1_000_000) return undefined;
      room.set([1, 2, 3]);
      return 3;
    });
    expect([...bytes]).toEqual([1, 2, 3]);
    expect(rooms).toEqual([262_144, 1_048_576]);
    expect(() => readGrowing(() => undefined)).toThrow(RangeError);
  });

  it('name a link by its index', () => {
    expect(linkName(1)).toMatch(/^lo0?$/);
    expect(linkName(0x7fff_fff0)).toBe('');
  });
});
