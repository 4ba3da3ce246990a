/** Relays and middleboxes that stall, flood, lie and break off: each ends with a failure that says what it was, within its time. */
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestRelayLink, echo, failureOf, node, openRelayDoor, RELAY, SWITCH, type DoorOptions, type RelayDoor } from '../../../tests/kit/relay-link.ts';
import { parseIp } from '../../base/ip.ts';

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close();
});

async function door(behave: Parameters<typeof openRelayDoor>[0], options: DoorOptions = {}): Promise<RelayDoor> {
  const opened = await openRelayDoor(behave, options);
  closing.push(() => opened.close());
  return opened;
}

const host = RELAY;
const error = (code: string) => () => Promise.reject(Object.assign(new Error('no'), { code }));

describe('what cannot be reached', () => {
  it('is told by what the name service said', async () => {
    const byName = [node(1, { ipv4: 'dns' })];
    expect(await failureOf(byName, {}, { lookup: error('ENOTFOUND') })).toEqual({ kind: 'name-unknown', host });
    expect(await failureOf(byName, {}, { lookup: error('EAI_AGAIN') })).toEqual({ kind: 'name-service', host, code: 'EAI_AGAIN' });
    expect(await failureOf(byName, { withinMs: 50 }, { lookup: () => new Promise(() => {}) })).toEqual({ kind: 'timed-out', host, during: 'name', afterMs: 50 });
  });

  it('is refused, or there is no way to it', async () => {
    const closed = await door(echo);
    closed.close();
    expect(await failureOf([node(closed.port)])).toEqual({ kind: 'refused', host, port: closed.port });
    const broadcast = parseIp('255.255.255.255');
    expect(await failureOf([node(1, { ipv4: broadcast ?? 'off' })])).toMatchObject({ kind: 'unreachable', host });
  });

  it('and does not even answer is given up in its time', async () => {
    // A listener whose queue is full answers no more.
    const full = net.createServer();
    full.listen({ port: 0, host: '127.0.0.1', backlog: 1 });
    await once(full, 'listening');
    const { port } = full.address() as net.AddressInfo;
    const { pauseAll, resume } = await filled(port);
    closing.push(() => (resume(), full.close()));
    expect(pauseAll).toBeGreaterThan(0);
    const failure = await failureOf([node(port)], { withinMs: 400 });
    expect(failure).toMatchObject({ kind: 'timed-out', host, afterMs: 400 });
  });
});

async function filled(port: number): Promise<{ pauseAll: number; resume: () => void }> {
  const sockets = Array.from({ length: 4 }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
  await new Promise((done) => setTimeout(done, 50));
  return { pauseAll: sockets.length, resume: () => sockets.forEach((socket) => socket.destroy()) };
}

describe('what answers as no relay does', () => {
  it.each([
    ['another status', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 404],
    ['a page', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 200],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\nContent-Length: 0\r\n\r\n', 302],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', 101],
    ['a switch to nothing', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 101],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n\r\n', undefined],
  ])('with %s is told as that', async (_what, answer, status) => {
    const at = await door((socket) => void socket.write(answer));
    expect(await failureOf([node(at.port)])).toEqual({ kind: 'not-a-relay', host, status });
  });

  it('with more headers than any relay has is refused, though they end', async () => {
    const at = await door((socket) => void socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: DERP\r\nConnection: Upgrade\r\n${`X: ${'x'.repeat(1_000)}\r\n`.repeat(20)}\r\n`));
    expect(await failureOf([node(at.port)])).toEqual({ kind: 'not-a-relay', host, status: undefined });
  });

  it('with headers without end is cut off', async () => {
    const at = await door((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: DERP\r\nConnection: Upgrade\r\n');
      const more = (): void => {
        for (let i = 0; i < 64 && !socket.destroyed; i++) socket.write(`X-${'x'.repeat(1_000)}: y\r\n`);
        if (!socket.destroyed) setImmediate(more);
      };
      more();
    });
    expect(await failureOf([node(at.port)])).toEqual({ kind: 'not-a-relay', host, status: undefined });
  });
});

describe('what stalls', () => {
  it('is told with the step it was slow in', async () => {
    const noTls = await door(() => {}, { tls: undefined });
    expect(await failureOf([node(noTls.port)], { withinMs: 200 })).toEqual({ kind: 'timed-out', host, during: 'tls', afterMs: 200 });
    const silent = await door(() => {});
    expect(await failureOf([node(silent.port)], { withinMs: 300 })).toEqual({ kind: 'timed-out', host, during: 'upgrade', afterMs: 300 });
    const drops = await door((socket) => {
      socket.write('HTTP/1.1 101 Swi');
    });
    expect(await failureOf([node(drops.port)], { withinMs: 300 })).toEqual({ kind: 'timed-out', host, during: 'upgrade', afterMs: 300 });
  });

  it('leaves no connection behind when it was given up', async () => {
    const at = await door(() => {});
    await failureOf([node(at.port)], { withinMs: 200 });
    await new Promise((done) => setTimeout(done, 100));
    expect(at.sockets.size).toBe(0);
  });
});

describe('what breaks off', () => {
  it('during TLS or the upgrade is closed', async () => {
    const early = await door(() => {}, { tls: undefined, greet: (socket) => void socket.end() });
    expect(await failureOf([node(early.port)])).toMatchObject({ kind: 'closed', host });
    const upgrade = await door((socket) => void socket.end());
    expect(await failureOf([node(upgrade.port)])).toMatchObject({ kind: 'closed', host });
    const noTls = await door(() => {}, { tls: undefined, greet: (socket) => void socket.write('220 mail.test ready\r\n') });
    expect(await failureOf([node(noTls.port)])).toEqual({ kind: 'not-a-relay', host, status: undefined });
  });

  it('after it was open is lost once: with a reset, with an end, with garbage where TLS should be', async () => {
    for (const how of ['reset', 'end', 'garbage'] as const) {
      const at = await door((socket) => void socket.write(SWITCH));
      const test = createTestRelayLink();
      closing.push(() => test.link.close());
      test.open([node(at.port)]);
      await test.next('opened');
      for (const socket of at.sockets) {
        if (!(socket instanceof net.Socket) || 'encrypted' in socket) continue;
        if (how === 'reset') socket.resetAndDestroy();
        if (how === 'end') socket.end();
        if (how === 'garbage') socket.write('garbage garbage');
      }
      expect((await test.next('lost')).failure, how).toMatchObject({ kind: 'closed', host });
      test.link.send({ kind: 'write', generation: 1, bytes: Buffer.from('x') });
      await new Promise((done) => setTimeout(done, 20));
      expect(test.events.map((event) => event.kind), how).toEqual(['opened', 'lost']);
    }
  });

  it('only one way is broken off both ways', async () => {
    const at = await door((socket) => {
      socket.write(SWITCH);
      socket.end();
    });
    const test = createTestRelayLink();
    closing.push(() => test.link.close());
    test.open([node(at.port)]);
    expect((await test.next('lost')).failure).toEqual({ kind: 'closed', host, code: undefined });
  });
});

describe('a relay that takes nothing', () => {
  it('is lost before what waits for it grows without bound', async () => {
    const at = await door((socket) => {
      socket.write(SWITCH);
      socket.pause();
    });
    const test = createTestRelayLink();
    closing.push(() => test.link.close());
    test.open([node(at.port)]);
    await test.next('opened');
    for (let i = 0; i < 40; i++) {
      test.link.send({ kind: 'write', generation: 1, bytes: new Uint8Array(1_000_000) });
      await new Promise((done) => setImmediate(done));
    }
    expect((await test.next('lost')).failure).toEqual({ kind: 'closed', host, code: 'ENOBUFS' });
  });
});
