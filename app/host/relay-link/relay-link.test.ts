/** The relay link against real servers on loopback: what opens, who is believed, which node and address is taken, and bytes both ways. */
import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { createLabAuthority } from '../../../tests/kit/lab-certificate.ts';
import { authority, certificate, createTestRelayLink, echo, failureOf, node, openRelayDoor, pinOf, RELAY, SWITCH, type DoorOptions, type RelayDoor, type TestRelayLink } from '../../../tests/kit/relay-link.ts';
import { parseIp, type IpAddress } from '../../base/ip.ts';
import type { RelayLinkInit } from './relay-link.ts';

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close();
});

async function door(behave: Parameters<typeof openRelayDoor>[0] = echo, options: DoorOptions = {}): Promise<RelayDoor> {
  const opened = await openRelayDoor(behave, options);
  closing.push(() => opened.close());
  return opened;
}

function link(init: Partial<RelayLinkInit> = {}): TestRelayLink {
  const made = createTestRelayLink(init);
  closing.push(() => made.link.close());
  return made;
}

function ip(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new Error(text);
  return address;
}

describe('a relay', () => {
  it('is asked for its protocol and opened, with our own address', async () => {
    const at = await door();
    const test = link();
    test.open([node(at.port)]);
    expect(await test.next('opened')).toEqual({ kind: 'opened', generation: 1, node: '900a', localAddress: '127.0.0.1' });
    expect(at.asked[0]?.split('\r\n').slice(0, 4)).toEqual(['GET /derp HTTP/1.1', `Host: ${RELAY}:${at.port}`, 'Upgrade: DERP', 'Connection: Upgrade']);
    expect(at.asked[0]).not.toMatch(/ideal-node/i);
  });

  it('may speak its first frame in one piece with the headers', async () => {
    const at = await door((socket) => void socket.write(`${SWITCH}frame`));
    const test = link();
    test.open([node(at.port)]);
    await test.next('opened');
    expect(Buffer.from((await test.next('data')).bytes).toString()).toBe('frame');
  });

  it('gets what was written within a turn in order, and the sum of it is told', async () => {
    const at = await door();
    const test = link();
    test.open([node(at.port)]);
    await test.next('opened');
    for (const text of ['one ', 'two ', 'three']) test.link.send({ kind: 'write', generation: 1, bytes: Buffer.from(text) });
    expect(await test.next('written')).toMatchObject({ bytes: 13 });
    expect(Buffer.from((await test.next('data')).bytes).toString()).toBe('one two three');
  });

  it('stands beside others, each with its own generation', async () => {
    const [a, b] = [await door((socket) => void socket.write(`${SWITCH}a`)), await door((socket) => void socket.write(`${SWITCH}b`))];
    const test = link();
    test.open([node(a.port)], { generation: 4 });
    test.open([node(b.port)], { generation: 5, region: 901 });
    const heard = [await test.next('data'), await test.next('data')].map(({ generation, bytes }) => `${generation}${Buffer.from(bytes).toString()}`);
    expect(heard.toSorted()).toEqual(['4a', '5b']);
    test.link.send({ kind: 'close', generation: 4 });
    for (const socket of b.sockets) socket.destroy();
    expect(await test.next('lost')).toMatchObject({ generation: 5, failure: { kind: 'closed', host: RELAY } });
  });

  it('that is closed while it opens or after is never heard of again', async () => {
    const at = await door();
    const test = link();
    test.open([node(at.port)], { generation: 1 });
    test.link.send({ kind: 'close', generation: 1 });
    test.open([node(at.port)], { generation: 2 });
    expect(await test.next('opened')).toMatchObject({ generation: 2 });
    test.link.send({ kind: 'write', generation: 2, bytes: Buffer.from('late') });
    test.link.send({ kind: 'close', generation: 2 });
    test.link.send({ kind: 'write', generation: 2, bytes: Buffer.from('later') });
    test.open([node(at.port)], { generation: 3 });
    await test.next('opened');
    expect(test.events.map((event) => `${event.kind} ${event.generation}`)).toEqual(['opened 2', 'opened 3']);
  });

  it('takes megabytes both ways without loss', async () => {
    const at = await door();
    const test = link();
    test.open([node(at.port)]);
    await test.next('opened');
    const sent = Buffer.alloc(4_000_000, 'bowline ');
    for (let i = 0; i < sent.length; i += 40_000) test.link.send({ kind: 'write', generation: 1, bytes: sent.subarray(i, i + 40_000) });
    const got = (): Buffer[] => test.events.flatMap((event) => (event.kind === 'data' ? [Buffer.from(event.bytes)] : []));
    while (got().reduce((sum, part) => sum + part.length, 0) < sent.length) await test.next('data');
    expect(Buffer.concat(got()).equals(sent)).toBe(true);
    expect(test.events.reduce((sum, event) => (event.kind === 'written' ? sum + event.bytes : sum), 0)).toBe(sent.length);
  });
});

describe('who is believed', () => {
  const hostName = RELAY;
  const ends = Date.UTC(2024, 4, 3, 12);

  it('is who an authority vouches for, by the name of the host or the name that the map gives', async () => {
    const other = await door(echo, { tls: authority.issue('elsewhere.test') });
    const test = link();
    test.open([node(other.port, { certName: 'elsewhere.test' })]);
    await test.next('opened');
    expect(await failureOf([node(other.port)])).toEqual({ kind: 'certificate', host: hostName, code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    const named = await door();
    expect(await failureOf([node(named.port, { certName: 'elsewhere.test' })])).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('is not a stranger, and not whose certificate has ended', async () => {
    const stranger = await door(echo, { tls: createLabAuthority('A stranger').issue(RELAY) });
    expect(await failureOf([node(stranger.port)])).toMatchObject({ kind: 'certificate', host: hostName });
    const ended = await door(echo, { tls: authority.issue(RELAY, ends) });
    expect(await failureOf([node(ended.port)])).toEqual({ kind: 'certificate', host: hostName, code: 'CERT_HAS_EXPIRED' });
  });

  it('is who has the pinned certificate, of that host and in its time, whoever vouches for it', async () => {
    const own = createLabAuthority('Nobody').issue(RELAY);
    const at = await door(echo, { tls: own });
    const test = link();
    test.open([node(at.port, { certName: pinOf(own.cert) })]);
    await test.next('opened');
    expect(await failureOf([node(at.port, { certName: pinOf(certificate.cert) })])).toMatchObject({ kind: 'certificate', code: 'PINNED_CERT_MISMATCH' });
    expect(await failureOf([node(at.port, { certName: pinOf(own.cert), hostName: 'other.test' })])).toMatchObject({ kind: 'certificate', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    const old = authority.issue(RELAY, ends);
    const ended = await door(echo, { tls: old });
    expect(await failureOf([node(ended.port, { certName: pinOf(old.cert) })])).toMatchObject({ kind: 'certificate', code: 'CERT_HAS_EXPIRED' });
  });

  it('is nobody where the pin cannot be read', async () => {
    const at = await door();
    for (const certName of ['sha256-raw:', `sha256-raw:${'A'.repeat(64)}`, `sha256-raw:${'a'.repeat(63)}`]) expect(await failureOf([node(at.port, { certName })]), certName).toMatchObject({ kind: 'certificate', code: 'PIN_UNREADABLE' });
    expect(at.asked).toEqual([]);
  });

  it('is anyone where the map says that it is for tests', async () => {
    const at = await door(echo, { tls: createLabAuthority('A stranger').issue('x.test', ends) });
    const test = link();
    test.open([node(at.port, { insecureForTests: true })]);
    await test.next('opened');
  });

  it('speaks TLS, but for this computer when the link was made so', async () => {
    const plain = await door(echo, { tls: undefined });
    // It waits for a request, and hears a TLS greeting.
    const unanswered = { kind: 'timed-out', host: hostName, during: 'tls' };
    expect(await failureOf([node(plain.port)], { withinMs: 100 })).toMatchObject(unanswered);
    const test = link({ plainOnLoopback: true });
    test.open([node(plain.port)]);
    await test.next('opened');
    for (const mixed of [{ ipv6: ip('2001:db8::1') }, { ipv6: 'dns' }, { ipv4: 'dns' }] as const) expect(await failureOf([node(plain.port, mixed)], { withinMs: 100 }, { plainOnLoopback: true })).toMatchObject(unanswered);
  });
});

describe('the nodes of a region', () => {
  it('are tried in order; the second hears which one should have been reached', async () => {
    const [first, second] = [await door((socket) => void socket.end('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n')), await door()];
    const test = link();
    test.open([node(1, { name: 'stun', stunOnly: true }), node(first.port, { name: 'a' }), node(second.port, { name: 'b' })]);
    expect(await test.next('opened')).toMatchObject({ node: 'b' });
    expect(second.asked[0]).toMatch(/^Ideal-Node: a\r$/m);
  });

  it('share the time: one that is silent does not keep the next from being tried', async () => {
    const [silent, second] = [await door(() => {}), await door()];
    const test = link();
    test.open([node(silent.port, { name: 'a' }), node(second.port, { name: 'b' })], { withinMs: 600 });
    expect(await test.next('opened')).toMatchObject({ node: 'b' });
  });

  it('are never those for STUN alone', async () => {
    const at = await door();
    expect(await failureOf([node(at.port, { stunOnly: true })])).toEqual({ kind: 'unreachable', host: '', code: 'NO_NODE' });
    expect(at.sockets.size).toBe(0);
  });
});

describe('addresses', () => {
  it('of the map come before the name service, which is not asked when they answer', async () => {
    const at = await door();
    const test = link({ lookup: () => Promise.reject(new Error('nobody may ask')) });
    test.open([node(at.port, { ipv6: 'dns' })]);
    await test.next('opened');
  });

  it('of the name service serve when those of the map fail, in the families that the map allows', async () => {
    const at = await door();
    const test = link({ lookup: async () => ['::1', '127.0.0.1'] });
    test.open([node(at.port, { ipv6: ip('::1'), ipv4: 'dns' })]);
    await test.next('opened');
    expect(await failureOf([node(at.port, { ipv4: 'dns', ipv6: 'off' })], {}, { lookup: async () => ['::1'] })).toEqual({ kind: 'unreachable', host: RELAY, code: 'NO_ADDRESS' });
    expect(await failureOf([node(at.port, { ipv4: 'off' })])).toEqual({ kind: 'unreachable', host: RELAY, code: 'NO_ADDRESS' });
  });

  it('of both families are raced, and the one that answers is taken', async () => {
    const at = await door(echo, { host: '::1' });
    const test = link();
    test.open([node(at.port, { ipv6: ip('::1') })]);
    expect(await test.next('opened')).toMatchObject({ localAddress: '::1' });
    const old = await door();
    test.open([node(old.port, { ipv6: ip('::1') })], { generation: 2 });
    expect(await test.next('opened')).toMatchObject({ localAddress: '127.0.0.1' });
  });

  it('of last time serve when the name service is silent, but only of a relay that proved to be that host', async () => {
    const at = await door();
    const stranger = await door(echo, { tls: createLabAuthority('A stranger').issue(RELAY) });
    const store = createMemoryStore();
    const silent = async (): Promise<readonly string[]> => Promise.reject(Object.assign(new Error('no'), { code: 'EAI_AGAIN' }));
    const byName = { ipv4: 'dns' } as const;
    expect(await failureOf([node(stranger.port, byName)], {}, { store })).toMatchObject({ kind: 'certificate' });
    const careless = link({ store });
    careless.open([node(stranger.port, { ...byName, insecureForTests: true })]);
    await careless.next('opened');
    expect(await failureOf([node(at.port, byName)], {}, { store, lookup: silent })).toEqual({ kind: 'name-service', host: RELAY, code: 'EAI_AGAIN' });
    const good = link({ store });
    good.open([node(at.port, byName)]);
    await good.next('opened');
    const later = link({ store, lookup: silent });
    later.open([node(at.port, byName)]);
    await later.next('opened');
  });
});

describe('a proxy of the environment', () => {
  async function proxy(status: number): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const server = http.createServer();
    const sockets = new Set<net.Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    server.on('connect', (request, socket) => {
      socket.on('error', () => {});
      asked.push(`${request.url} ${request.headers['proxy-authorization']}`);
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

  it('carries the connection by name', async () => {
    const at = await door();
    const by = await proxy(200);
    const test = link({ environment: { HTTPS_PROXY: by.url } });
    test.open([node(at.port)]);
    await test.next('opened');
    expect(by.asked).toEqual([`${RELAY}:${at.port} Basic ${Buffer.from('ada:s@cret').toString('base64')}`]);
    test.link.send({ kind: 'write', generation: 1, bytes: Buffer.from('x') });
    await test.next('data');
  });

  it('that refuses is told with its status, and never with the sign-in', async () => {
    const by = await proxy(407);
    const failure = await failureOf([node(9)], {}, { environment: { HTTPS_PROXY: by.url } });
    expect(failure).toEqual({ kind: 'proxy', host: '127.0.0.1', port: Number(new URL(by.url).port), status: 407 });
  });
});
