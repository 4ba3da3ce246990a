/** TLS and proxies on the way to a control server: who is believed, and what a refusal says. */
import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestLink, crypto, failureAt, rng, secret } from '../../../tests/kit/control-link.ts';
import { createLabAuthority, type LabCertificate } from '../../../tests/kit/lab-certificate.ts';
import { openControlDoor, type ControlDoor } from '../sandbox/control-door/control-door.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const authority = createLabAuthority();
const roots = (): readonly string[] => [authority.cert];
const lookup = async (): Promise<readonly string[]> => ['127.0.0.1'];

async function door(certificate: LabCertificate | undefined): Promise<ControlDoor> {
  const opened = await openControlDoor({ crypto, rng, serverSecret: secret(5), handle: (request) => request.respond(200, 'hello'), ...(certificate === undefined ? {} : { tls: certificate }) });
  closing.push(() => opened.close());
  return opened;
}

describe('a server over TLS', () => {
  it('that the authority vouches for is connected to', async () => {
    const at = await door(authority.issue('hs.test'));
    const test = createTestLink({ roots, lookup });
    closing.push(() => test.link.close());
    test.connect(`https://hs.test:${at.port}`);
    await test.next('connected');
    test.link.obey({ kind: 'request', generation: 1, id: 1, path: '/', body: '', form: 'whole' });
    expect((await test.next('response')).body).toBe('hello');
  });

  it('with a certificate that ended is refused with the day it did', async () => {
    const ended = Date.UTC(2024, 4, 3, 12);
    const at = await door(authority.issue('hs.test', ended));
    expect(await failureAt(`https://hs.test:${at.port}`, {}, { roots, lookup })).toEqual({ kind: 'certificate', host: 'hs.test', code: 'CERT_HAS_EXPIRED', expiredAt: ended });
  });

  it('of another name, or of another authority, is refused, also where its key is pinned', async () => {
    const other = await door(authority.issue('elsewhere.test'));
    const stranger = await door(createLabAuthority('A stranger').issue('hs.test'));
    for (const pinnedKey of [undefined, other.serverKey]) {
      expect(await failureAt(`https://hs.test:${other.port}`, { pinnedKey }, { roots, lookup })).toMatchObject({ kind: 'certificate', code: 'ERR_TLS_CERT_ALTNAME_INVALID', expiredAt: undefined });
      expect(await failureAt(`https://hs.test:${stranger.port}`, { pinnedKey }, { roots, lookup })).toMatchObject({ kind: 'certificate', host: 'hs.test' });
    }
  });

  it('that speaks no TLS is told as that', async () => {
    const at = await door(undefined);
    expect(await failureAt(`https://hs.test:${at.port}`, {}, { roots, lookup })).toMatchObject({ kind: 'protocol', what: 'no TLS, or none that we speak' });
  });
});

describe('a proxy of the environment', () => {
  async function proxy(status: number): Promise<{ url: string; asked: { path: string; authorization: string | undefined }[] }> {
    const asked: { path: string; authorization: string | undefined }[] = [];
    const server = http.createServer();
    const sockets = new Set<net.Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    server.on('connect', (request, socket) => {
      socket.on('error', () => {});
      asked.push({ path: request.url ?? '', authorization: request.headers['proxy-authorization'] });
      if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      const far = net.connect(Number((request.url ?? '').split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        far.pipe(socket).pipe(far);
      });
      far.on('error', () => socket.destroy());
      return undefined;
    });
    await new Promise<void>((ready) => {
      server.listen(0, '127.0.0.1', ready);
    });
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address = server.address();
    return { url: `http://ada:s%40cret@127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, asked };
  }

  it('carries the connection, and gets its sign-in; the name is its affair', async () => {
    const at = await door(authority.issue('hs.test'));
    const by = await proxy(200);
    const test = createTestLink({ roots, lookup: () => Promise.reject(new Error('nobody may ask')), environment: { HTTPS_PROXY: by.url } });
    closing.push(() => test.link.close());
    test.connect(`https://hs.test:${at.port}`);
    await test.next('connected');
    expect(by.asked[0]).toEqual({ path: `hs.test:${at.port}`, authorization: `Basic ${Buffer.from('ada:s@cret').toString('base64')}` });
    expect(by.asked).toHaveLength(2);
  });

  it('that refuses is told with its status, and never with the sign-in', async () => {
    const by = await proxy(407);
    const failure = await failureAt('https://hs.test:9', {}, { roots, lookup, environment: { https_proxy: by.url } });
    expect(failure).toEqual({ kind: 'proxy', host: '127.0.0.1', port: Number(new URL(by.url).port), status: 407 });
    expect(JSON.stringify(failure)).not.toMatch(/ada|s@cret|s%40cret/);
  });
});
