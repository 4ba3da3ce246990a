import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { check, EventFrame, ReplyFrame } from '../../api/schema.ts';
import { fakeHost, fakePatch, fakeSandbox, type FakeHost } from '../../../tests/doubles/fake-engine.ts';
import { pagePolicy } from '../page-policy.ts';
import { BEHIND, BEHIND_FOR_AT_MOST, CUT, FRAME_AT_MOST, IN_FLIGHT_AT_MOST, openPageSocket, REQUEST_BURST, REQUEST_RATE } from './page-socket.ts';
import { PAGES_AT_MOST, startHeadless, type Headless } from './server.ts';
import { TOKEN_LIFE } from './token-desk.ts';

let directory: string;
let host: FakeHost;
let server: Headless;
let now = 0;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bowline-page-'));
  mkdirSync(join(directory, 'assets'));
  writeFileSync(join(directory, 'index.html'), '<p>the page');
  writeFileSync(join(directory, 'assets', 'index-1a2b3c4d.js'), 'let page;');
  now = 0;
  host = fakeHost({ sandbox: fakeSandbox() });
  server = await startHeadless({ host, directory, now: () => now });
});

afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, fail) => {
    const request = httpRequest({ host: '127.0.0.1', port: server.port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.on('error', fail);
    request.end();
  });
}

const tokenPath = (): string => server.url().replace(/^http:\/\/[^/]+/, '');

async function cookie(): Promise<string> {
  const { headers } = await ask(tokenPath());
  return headers['set-cookie']![0]!.split(';')[0]!;
}

const origin = (): string => `http://127.0.0.1:${server.port}`;

/** Opens a WebSocket; resolves to it, or to the HTTP status that refused it. */
function dial(headers: Record<string, string>, path = '/ws'): Promise<WebSocket | number> {
  return new Promise((resolve, fail) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    socket.on('error', fail);
  });
}

async function page(): Promise<WebSocket> {
  const socket = await dial({ cookie: await cookie(), origin: origin() });
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
}

const frame = (socket: WebSocket): Promise<unknown> =>
  new Promise((resolve) => {
    socket.once('message', (data) => resolve(JSON.parse((data as Buffer).toString('utf8'))));
  });
const closed = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => {
    socket.once('close', resolve);
  });
const reason = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('close', (code, why) => resolve(`${code} ${why.toString('utf8')}`));
  });
const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('getting in', () => {
  it('a token becomes an HttpOnly SameSite=Strict cookie and leaves the address bar', async () => {
    const { status, headers } = await ask(tokenPath());
    expect(status).toBe(303);
    expect(headers.location).toBe('/');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['set-cookie']).toHaveLength(1);
    expect(headers['set-cookie']![0]).toMatch(new RegExp(`^bowline_${server.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
  });

  it('a token works once, even for who holds a cookie', async () => {
    const path = tokenPath();
    const first = await ask(path);
    const again = await ask(path, { cookie: first.headers['set-cookie']![0]!.split(';')[0]! });
    expect(again.status).toBe(403);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('once, within ten minutes');
  });

  it('a token is spent only by opening the page', async () => {
    const path = tokenPath();
    expect((await ask(path, {}, 'HEAD')).status).toBe(403);
    expect((await ask(path.replace('/?', '/index.html?'))).status).toBe(403);
    expect((await ask(path)).status).toBe(303);
  });

  it('an old token is refused', async () => {
    const path = tokenPath();
    now += TOKEN_LIFE;
    expect((await ask(path)).status).toBe(403);
  });

  it('a wrong token is refused and not repeated in the answer', async () => {
    const { status, body } = await ask('/?token=%3Cscript%3Ealert(1)%3C/script%3E');
    expect(status).toBe(403);
    expect(body).not.toContain('alert');
  });

  it('without a cookie nothing is served', async () => {
    for (const path of ['/', '/index.html', '/assets/index-1a2b3c4d.js']) {
      const { status, body } = await ask(path);
      expect(status, path).toBe(403);
      expect(body).toContain('<code>bowline ui</code>');
    }
    expect((await ask('/', { cookie: `bowline_${server.port}=${'A'.repeat(43)}` })).status).toBe(403);
  });

  it('the cookie of another Bowline on this computer does not count', async () => {
    const mine = await cookie();
    expect((await ask('/', { cookie: mine.replace(`bowline_${server.port}`, 'bowline_1') })).status).toBe(403);
  });
});

describe('files', () => {
  it('are served with their type and cache headers, among other cookies too', async () => {
    const all = `theme=dark; ${await cookie()}; other=1`;
    const index = await ask('/', { cookie: all });
    expect(index).toMatchObject({ status: 200, body: '<p>the page' });
    expect(index.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', 'content-length': '11' });
    const script = await ask('/assets/index-1a2b3c4d.js?x=1', { cookie: all });
    expect(script).toMatchObject({ status: 200, body: 'let page;' });
    expect(script.headers['cache-control']).toContain('immutable');
    expect((await ask('/', { cookie: all }, 'HEAD')).body).toBe('');
    expect((await ask('/', { cookie: all, 'if-none-match': index.headers.etag! })).status).toBe(304);
  });

  it('are the list made at start, whatever the path says', async () => {
    const mine = await cookie();
    writeFileSync(join(directory, 'late.txt'), 'made later');
    for (const path of ['/late.txt', '/../package.json', '/assets/../index.html', '/%2e%2e/package.json', '//index.html', '/assets', '/__proto__', '/index.html%00.js']) {
      expect((await ask(path, { cookie: mine })).status, path).toBe(404);
    }
  });

  it('every answer carries the security headers and none allows another origin; text becomes neither markup nor script', async () => {
    const mine = await cookie();
    expect(pagePolicy('ws://h:1').split('; ')).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", 'connect-src ws://h:1', "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"]));
    for (const [path, headers] of [['/', { cookie: mine }], ['/', {}], ['/none', { cookie: mine }], [tokenPath(), {}]] as const) {
      const answer = await ask(path, headers);
      expect(answer.headers).toMatchObject({
        'content-security-policy': pagePolicy(`ws://127.0.0.1:${server.port}`),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('a request under another name than ours is refused (DNS rebinding)', async () => {
    const mine = await cookie();
    for (const name of ['evil.example', `evil.example:${server.port}`, '127.0.0.1', 'localhost', `localhost:${server.port + 1}`, `127.0.0.1.evil.example:${server.port}`, `[::1]:${server.port}`]) {
      expect((await ask('/', { cookie: mine, host: name })).status, name).toBe(421);
      expect((await ask(tokenPath(), { host: name })).status, name).toBe(421);
    }
    expect((await ask('/', { cookie: mine, host: `localhost:${server.port}` })).status).toBe(200);
  });

  it('nothing but GET and HEAD, and from other origins not even a try', async () => {
    const mine = await cookie();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      expect((await ask('/', { cookie: mine, origin: origin() }, method)).status, method).toBe(405);
      expect((await ask('/', { cookie: mine, origin: 'http://evil.example' }, method)).status, method).toBe(403);
      expect((await ask('/', { cookie: mine }, method)).status, method).toBe(403);
    }
    const path = tokenPath();
    await ask(path, { origin: origin() }, 'POST');
    expect((await ask(path)).status).toBe(303);
  });
});

describe('the WebSocket', () => {
  it('needs the cookie, our Origin, our Host and its own address', async () => {
    const mine = await cookie();
    expect(await dial({ origin: origin() })).toBe(403);
    expect(await dial({ cookie: mine })).toBe(403);
    expect(await dial({ cookie: mine, origin: 'http://evil.example' })).toBe(403);
    expect(await dial({ cookie: mine, origin: 'null' })).toBe(403);
    expect(await dial({ cookie: mine, origin: `http://127.0.0.1:${server.port + 1}` })).toBe(403);
    expect(await dial({ cookie: mine, origin: `http://localhost:${server.port}` })).toBe(403);
    expect(await dial({ cookie: mine, origin: `https://127.0.0.1:${server.port}` })).toBe(403);
    expect(await dial({ cookie: mine, origin: 'http://evil.example', host: 'evil.example' })).toBe(421);
    expect(await dial({ cookie: mine, origin: origin() }, '/')).toBe(404);
    const socket = await dial({ cookie: mine, origin: `http://localhost:${server.port}`, host: `localhost:${server.port}` });
    expect(socket).toBeInstanceOf(WebSocket);
    (socket as WebSocket).terminate();
  });

  it('answers requests, and sends a snapshot only when asked', async () => {
    const socket = await page();
    expect(host.engine.snapshots).toBe(0);
    socket.send(JSON.stringify({ id: 1, command: 'snapshot', params: {} }));
    expect(check(ReplyFrame, await frame(socket), 'reply')).toMatchObject({ ok: true, value: { id: 1, ok: true, result: { schema: 1 } } });
    expect(host.engine.snapshots).toBe(1);
    socket.send(JSON.stringify({ id: 2, command: 'breakIt', params: { fault: 'cut-cable' } }));
    expect(await frame(socket)).toMatchObject({ id: 2, ok: true, result: { done: true } });
  });

  it('refuses commands that only the command line has, and text that is no frame', async () => {
    const socket = await page();
    socket.send(JSON.stringify({ id: 1, command: 'shutdown', params: {} }));
    expect(await frame(socket)).toMatchObject({ id: 1, ok: false, error: { code: 'not-allowed' } });
    socket.send('{');
    expect(await frame(socket)).toMatchObject({ id: 0, ok: false, error: { code: 'invalid' } });
    expect(host.shutdowns()).toBe(0);
  });

  it('gives every page the patches, and stops measuring when the last page leaves', async () => {
    const [a, b] = [await page(), await page()];
    expect([host.engine.subscribers.size, host.engine.watchers]).toEqual([1, 1]);
    const both = [frame(a), frame(b)];
    host.engine.publish(fakePatch(2));
    for (const got of await Promise.all(both)) expect(check(EventFrame, got, 'event')).toMatchObject({ ok: true, value: { data: { revision: 2 } } });
    a.close();
    await closed(a);
    expect([host.engine.subscribers.size, host.engine.watchers]).toEqual([1, 1]);
    b.close();
    await until(() => host.engine.subscribers.size === 0);
    expect(host.engine.watchers).toBe(0);
  });

  it('takes no frame over the limit and no bytes', async () => {
    const big = await page();
    big.send(JSON.stringify({ id: 1, command: 'ping', params: { peer: 'x'.repeat(FRAME_AT_MOST), seq: 1 } }));
    expect(await closed(big)).toBe(1009);
    const binary = await page();
    binary.send(Buffer.from('{}'));
    expect(await closed(binary)).toBe(1003);
  });

  it('lets a page ask at the rate and no faster', async () => {
    const socket = await page();
    const end = reason(socket);
    const ask = async (id: number): Promise<void> => {
      const reply = frame(socket);
      socket.send(JSON.stringify({ id, command: 'check', params: { peer: null } }));
      expect(await reply).toMatchObject({ id, ok: true });
    };
    for (let i = 0; i < REQUEST_BURST; i++) await ask(i);
    now += 1_000 / REQUEST_RATE;
    await ask(100);
    socket.send(JSON.stringify({ id: 101, command: 'check', params: { peer: null } }));
    expect(await end).toBe('1008 too many requests');
  });

  it('closes a page with too many questions open', async () => {
    const socket = await page();
    const end = reason(socket);
    for (let i = 0; i <= IN_FLIGHT_AT_MOST; i++) socket.send(JSON.stringify({ id: i, command: 'ping', params: { peer: 'hang', seq: i } }));
    expect(await end).toBe('1008 too many requests at once');
    expect(host.engine.pings).toHaveLength(IN_FLIGHT_AT_MOST);
  });

  it('opens a bounded number of pages', async () => {
    const mine = await cookie();
    const all: WebSocket[] = [];
    for (let i = 0; i < PAGES_AT_MOST; i++) all.push((await dial({ cookie: mine, origin: origin() })) as WebSocket);
    expect(await dial({ cookie: mine, origin: origin() })).toBe(503);
    for (const socket of all) socket.terminate();
  });

  it('closing ends open pages and a waiting connection soon', async () => {
    const socket = await page();
    const end = closed(socket);
    await server.close();
    expect(await end).toBe(1001);
  });
});

describe('a page that reads slowly', () => {
  /** Only what page-socket.ts uses of a WebSocket. */
  class SlowSocket {
    readonly OPEN = 1;
    readyState = 1;
    bufferedAmount = 0;
    readonly sent: string[] = [];
    terminated = false;
    readonly listeners = new Map<string, (...args: unknown[]) => void>();
    on(event: string, listener: (...args: unknown[]) => void): this {
      this.listeners.set(event, listener);
      return this;
    }
    send(text: string): void {
      this.sent.push(text);
    }
    terminate(): void {
      this.terminated = true;
    }
  }

  it('gets no patch while it is behind, goes on when it has caught up, and is cut when it never does', () => {
    const socket = new SlowSocket();
    const slow = openPageSocket(socket as unknown as WebSocket, () => new Promise(() => undefined), () => now);
    slow.patch('1');
    socket.bufferedAmount = BEHIND + 1;
    slow.patch('2');
    socket.bufferedAmount = BEHIND;
    slow.patch('3');
    expect(socket.sent).toEqual(['1', '3']);
    socket.bufferedAmount = BEHIND + 1;
    slow.patch('4');
    now += BEHIND_FOR_AT_MOST;
    slow.patch('5');
    expect(socket.terminated).toBe(false);
    now += 1;
    slow.patch('6');
    expect(socket.terminated).toBe(true);
    expect(socket.sent).toEqual(['1', '3']);
  });

  it('is cut when its own unread replies pile up', async () => {
    const socket = new SlowSocket();
    openPageSocket(socket as unknown as WebSocket, () => Promise.resolve({ id: 1, ok: true, result: {} }), () => now);
    const ask = async (): Promise<void> => {
      socket.listeners.get('message')!(Buffer.from('{}'), false);
      await Promise.resolve();
      await Promise.resolve();
    };
    socket.bufferedAmount = CUT;
    await ask();
    expect([socket.sent.length, socket.terminated]).toEqual([1, false]);
    socket.bufferedAmount = CUT + 1;
    await ask();
    expect([socket.sent.length, socket.terminated]).toEqual([1, true]);
  });
});

describe('starting', () => {
  it('says which address is taken', async () => {
    await expect(startHeadless({ host, directory, port: server.port })).rejects.toThrow(`127.0.0.1:${server.port}`);
  });
});
