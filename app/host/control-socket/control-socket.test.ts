import { spawn } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeHost, fakeSandbox, type FakeHost } from '../../../tests/doubles/fake-engine.ts';
import { removeStale } from './claim-path.ts';
import { connectControl, type ControlClient } from './client.ts';
import { JsonLines } from './json-lines.ts';
import { CLIENTS_AT_MOST, IN_FLIGHT_AT_MOST, LINE_AT_MOST, startControlSocket, type ControlSocket } from './server.ts';
import { defaultStateDirectory, socketPath } from './socket-path.ts';

let folder: string;
let host: FakeHost;
const open: ControlSocket[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bowline-socket-'));
  host = fakeHost({ sandbox: fakeSandbox(), ui: () => 'http://127.0.0.1:9/?token=x' });
});
afterEach(async () => {
  for (const socket of open.splice(0)) await socket.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(path = join(folder, 'own', 'bowline.sock'), unreadFor?: number): Promise<ControlSocket> {
  const socket = await startControlSocket({ host, path, ...(unreadFor === undefined ? {} : { unreadFor }) });
  open.push(socket);
  return socket;
}

async function client(path: string): Promise<ControlClient> {
  const connected = await connectControl(path);
  if (!connected.ok) throw new Error(connected.error.message);
  return connected.value;
}

function raw(path: string): Promise<Socket> {
  return new Promise((resolve, fail) => {
    const socket = connect(path, () => resolve(socket));
    socket.once('error', fail);
  });
}
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
  });

/** A socket file whose process is dead. */
async function leaveStale(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  const child = spawn(process.execPath, ['-e', script]);
  await new Promise((resolve) => child.on('exit', resolve));
  expect(existsSync(path)).toBe(true);
}

describe('the place of the socket', () => {
  const from = { platform: 'linux', env: { XDG_RUNTIME_DIR: '/run/user/5' }, home: '/h', user: 'ada' } as const;
  it('is in the runtime folder, else in the state folder, else where the options say', () => {
    expect(socketPath({}, from)).toBe('/run/user/5/bowline/bowline.sock');
    expect(socketPath({}, { ...from, env: {} })).toBe('/h/.local/state/bowline/bowline.sock');
    expect(socketPath({ state: '/s' }, from)).toBe('/s/bowline.sock');
    expect(socketPath({ state: '/s', socket: '/x.sock' }, from)).toBe('/x.sock');
    expect(defaultStateDirectory({ ...from, platform: 'darwin' })).toBe('/h/Library/Application Support/Bowline');
  });
  it('is a pipe of the user on Windows, another one for another state folder', () => {
    const windows = { ...from, platform: 'win32' } as const;
    expect(socketPath({}, windows)).toBe('\\\\.\\pipe\\bowline-ada');
    expect(socketPath({ state: 'C:\\a' }, windows)).not.toBe(socketPath({ state: 'C:\\b' }, windows));
  });
});

describe('who may connect', () => {
  it('only the owner: a 0600 socket in a 0700 folder, whatever the umask', async () => {
    const umask = process.umask(0);
    try {
      const { path } = await start();
      expect(lstatSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(join(folder, 'own')).mode & 0o777).toBe(0o700);
      expect(statSync(`${path}.pid`).mode & 0o777).toBe(0o600);
      expect(process.umask()).toBe(0);
    } finally {
      process.umask(umask);
    }
  });

  it('a folder that others may write to is refused with the command that mends it', async () => {
    const loose = join(folder, 'loose');
    mkdirSync(loose);
    chmodSync(loose, 0o777);
    await expect(start(join(loose, 'a.sock'))).rejects.toThrow(`run chmod 700 ${loose}`);
  });

  it('a file that is no socket is left alone', async () => {
    const path = join(folder, 'notes');
    writeFileSync(path, 'mine');
    await expect(start(path)).rejects.toThrow('is not a socket');
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  it('a path that the system cannot hold is said so', async () => {
    await expect(start(join(folder, 'x'.repeat(120)))).rejects.toThrow('longer than 103 bytes');
  });
});

describe('one host a path', () => {
  it('a live host is not replaced and is named by its pid', async () => {
    const first = await start();
    await expect(start(first.path)).rejects.toThrow(`another Bowline is running (pid ${process.pid})`);
    expect((await (await client(first.path)).request('status', {})).ok).toBe(true);
  });

  it('the socket of a dead host is replaced', async () => {
    const path = join(folder, 'bowline.sock');
    await leaveStale(path);
    await start(path);
    expect((await (await client(path)).request('status', {})).ok).toBe(true);
  });

  it('of two that start on a dead one, exactly one lives', async () => {
    const path = join(folder, 'bowline.sock');
    await leaveStale(path);
    const both = await Promise.allSettled([start(path), start(path)]);
    expect(both.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    expect((await (await client(path)).request('status', {})).ok).toBe(true);
  });

  it('a socket that took the place of a dead one meanwhile is put back', async () => {
    const path = join(folder, 'bowline.sock');
    await leaveStale(path);
    const dead = lstatSync(path);
    rmSync(path);
    await start(path);
    await removeStale(path, dead);
    expect((await (await client(path)).request('status', {})).ok).toBe(true);
    expect(readdirSync(folder).toSorted()).toEqual(['bowline.sock', 'bowline.sock.pid']);
  });

  it('several live side by side', async () => {
    const [a, b] = [await start(join(folder, 'a.sock')), await start(join(folder, 'b.sock'))];
    for (const path of [a.path, b.path]) expect((await (await client(path)).request('status', {})).ok).toBe(true);
  });

  it('ending leaves nothing behind', async () => {
    const socket = await start();
    const one = await client(socket.path);
    await socket.close();
    open.length = 0;
    expect(existsSync(socket.path)).toBe(false);
    expect(existsSync(`${socket.path}.pid`)).toBe(false);
    expect(await one.request('status', {})).toMatchObject({ ok: false, error: { code: 'closed' } });
  });
});

describe('frames', () => {
  it('every command is answered, many at once and in pieces', async () => {
    const { path } = await start();
    const one = await client(path);
    const all = await Promise.all([
      one.request('snapshot', {}),
      one.request('status', { verbose: true }),
      one.request('peers', {}),
      one.request('history', { sinceMs: 5 }),
      one.request('ping', { peer: 'harbour', seq: 3 }),
      one.request('check', { peer: null }),
      one.request('breakIt', { fault: 'cut-cable' }),
      one.request('ui', {}),
      one.request('shutdown', {}),
    ]);
    for (const reply of all) expect(reply).toMatchObject({ ok: true });
    expect(host.shutdowns()).toBe(1);
    expect(host.engine.since).toEqual([5]);
    const socket = await raw(path);
    for (const piece of ['{"id":9,"comm', 'and":"peers","params":{}}', '\n\n']) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(JSON.parse(await new Promise<string>((resolve) => socket.once('data', (text) => resolve(text.toString('utf8')))))).toMatchObject({ id: 9, ok: true });
    socket.destroy();
  });

  it('an error of the engine reaches the client as it is', async () => {
    const one = await client((await start()).path);
    expect(await one.request('ping', { peer: 'nobody', seq: 1 })).toMatchObject({ ok: false, error: { code: 'unknown-peer' } });
  });

  it('a line over the limit ends that client', async () => {
    const { path } = await start();
    const socket = await raw(path);
    const end = closed(socket);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('utf8')));
    socket.write('x'.repeat(LINE_AT_MOST + 1));
    await end;
    expect(JSON.parse(text)).toMatchObject({ id: 0, ok: false, error: { code: 'too-long' } });
    expect((await (await client(path)).request('status', {})).ok).toBe(true);
  });

  it('more open requests than allowed are not read', async () => {
    const { path } = await start();
    const socket = await raw(path);
    for (let i = 0; i < IN_FLIGHT_AT_MOST * 3; i++) socket.write(`${JSON.stringify({ id: i, command: 'ping', params: { peer: 'hang', seq: i } })}\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(host.engine.pings).toHaveLength(IN_FLIGHT_AT_MOST);
    expect((await (await client(path)).request('status', {})).ok).toBe(true);
    socket.destroy();
  });

  it('a client that does not read its replies is cut', async () => {
    const { path } = await start(undefined, 20);
    const socket = await raw(path);
    const end = closed(socket);
    socket.pause();
    const request = `${JSON.stringify({ id: 1, command: 'snapshot', params: {} })}\n`.repeat(1_000);
    socket.write(request);
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        socket.write('\n');
        if (!socket.destroyed) return;
        clearInterval(look);
        resolve();
      }, 10);
    });
    await end;
    expect(host.engine.snapshots).toBeLessThan(1_000);
  });

  it('takes a bounded number of clients', async () => {
    const { path } = await start();
    const all: Socket[] = [];
    for (let i = 0; i < CLIENTS_AT_MOST; i++) all.push(await raw(path));
    await closed(await raw(path));
    for (const socket of all) socket.destroy();
  });
});

describe('the client', () => {
  it('says what, where and what to do when nobody is there', async () => {
    const path = join(folder, 'none.sock');
    expect(await connectControl(path)).toMatchObject({ ok: false, error: { code: 'not-running', message: expect.stringContaining(`No Bowline is running at ${path}. Start one with`) } });
    await leaveStale(path);
    expect(await connectControl(path)).toMatchObject({ ok: false, error: { code: 'not-running' } });
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect((await connectControl(file)).ok).toBe(false);
  });

  it('does not wait for ever', async () => {
    const connected = await connectControl((await start()).path, 20);
    if (!connected.ok) throw new Error(connected.error.message);
    expect(await connected.value.request('ping', { peer: 'hang', seq: 1 })).toMatchObject({ ok: false, error: { code: 'no-reply' } });
    connected.value.close();
  });
});

describe('lines', () => {
  it('are cut at newlines, across chunks, and bounded', () => {
    const lines = new JsonLines(4);
    expect(lines.push(Buffer.from('ab'))).toEqual([]);
    expect(lines.push(Buffer.from('cd\nef\n\r\ng'))).toEqual(['abcd', 'ef']);
    expect(lines.push(Buffer.from('\n'))).toEqual(['g']);
    expect(lines.push(Buffer.from('12345'))).toBe('too long');
    expect(new JsonLines(4).push(Buffer.from('1234\n12345\n'))).toBe('too long');
  });
});
