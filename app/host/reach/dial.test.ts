/** TCP into a silent network: asked again, within bounds, and never worse than one patient attempt. */
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { dial, type Pace } from './dial.ts';
import { Failed } from './failure.ts';

const PACE: Pace = { staggerMs: () => 1, eachMs: undefined, againMs: 5 };
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** What was asked for, in order; `answer`: what the network does with attempt number `count`, from 1. */
function network(answer: (count: number, to: net.TcpNetConnectOpts) => net.Socket): { connect: (to: net.TcpNetConnectOpts) => net.Socket; all: net.Socket[]; asked: string[]; most: () => number } {
  const all: net.Socket[] = [];
  const asked: string[] = [];
  let most = 0;
  const connect = (to: net.TcpNetConnectOpts): net.Socket => {
    asked.push(to.host ?? '');
    const socket = answer(asked.length, to);
    all.push(socket);
    most = Math.max(most, all.filter(({ destroyed }) => !destroyed).length);
    return socket;
  };
  closing.push(() => all.forEach((socket) => socket.destroy()));
  return { connect, all, asked, most: () => most };
}

/** Nothing ever comes back. */
const silent = (): net.Socket => new net.Socket();

async function listening(): Promise<number> {
  const server = net.createServer((socket) => socket.on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

describe('a server that is silent', () => {
  it('is asked again, by one attempt beside the first, and the one that connects ends the others', async () => {
    const port = await listening();
    const web = network((count, to) => (count < 6 ? silent() : net.connect({ ...to, host: '127.0.0.1' })));
    const socket = await dial('hs.example', ['192.0.2.1'], port, new AbortController().signal, PACE, web.connect);
    expect(socket).toBe(web.all[5]);
    expect(web.most()).toBe(2);
    expect(web.all.map(({ destroyed }) => destroyed)).toEqual([true, true, true, true, true, false]);
  });

  it('at several addresses is asked at each in turn, once all were tried', async () => {
    const port = await listening();
    const web = network((count, to) => (count < 5 ? silent() : net.connect({ ...to, host: '127.0.0.1' })));
    await dial('hs.example', ['192.0.2.1', '192.0.2.2'], port, new AbortController().signal, PACE, web.connect);
    expect(web.asked).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.2', '192.0.2.1']);
    expect(web.most()).toBe(3);
  });

  it('still answers the first attempt, and then the one beside it ends', async () => {
    const port = await listening();
    const first = new net.Socket();
    const web = network((count) => {
      if (count === 3) first.connect(port, '127.0.0.1');
      return count === 1 ? first : silent();
    });
    expect(await dial('hs.example', ['192.0.2.1'], port, new AbortController().signal, { ...PACE, againMs: 20 }, web.connect)).toBe(first);
    expect(web.all.slice(1).every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('fails as its first attempt fails, whatever those beside it say', async () => {
    const first = new net.Socket();
    const fail = (socket: net.Socket, code: string): void => void socket.destroy(Object.assign(new Error(code), { code }));
    const web = network((count) => {
      if (count === 4) fail(first, 'EHOSTUNREACH');
      const socket = count === 1 ? first : silent();
      if (count > 1) setImmediate(() => fail(socket, 'ECONNREFUSED'));
      return socket;
    });
    const failed = await dial('hs.example', ['192.0.2.1'], 443, new AbortController().signal, PACE, web.connect);
    expect(failed instanceof Failed && failed.failure).toEqual({ kind: 'unreachable', host: 'hs.example', code: 'EHOSTUNREACH' });
    expect(web.all.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('is left when it is not wanted any more, with every attempt', async () => {
    const wanted = new AbortController();
    const web = network((count) => {
      if (count === 3) setImmediate(() => wanted.abort());
      return silent();
    });
    const failed = await dial('hs.example', ['192.0.2.1'], 443, wanted.signal, { ...PACE, againMs: 20 }, web.connect);
    expect(failed instanceof Failed && failed.failure.kind).toBe('closed');
    expect(web.all.every(({ destroyed }) => destroyed)).toBe(true);
  });
});
