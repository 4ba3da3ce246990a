/**
 * Servers and middleboxes that lie, stall, flood and break off: each ends the connection with a failure that says what it
 * was, in bounded memory, and nothing throws.
 */
import type { Socket } from 'node:net';
import http2 from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestLink, crypto, failureAt, openHostileDoor, rng, secret, shakeHands, SWITCH, type HostileDoor, type TestLink } from '../../../tests/kit/control-link.ts';
import { isReject } from '../../base/reject.ts';
import type { TransportKeys } from '../../noise/key-pairs.ts';
import { RecordOpener, RecordSealer } from '../../noise/records.ts';
import { encodeEarlyPayload, MAX_EARLY_PAYLOAD } from '../../wire/early-payload.ts';
import { RecordStream } from './record-stream.ts';
import { openControlDoor } from '../sandbox/control-door/control-door.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function hostile(...how: Parameters<typeof openHostileDoor>): Promise<HostileDoor> {
  const door = await openHostileDoor(...how);
  closing.push(() => door.close());
  return door;
}
const answering = (text: string) => hostile((socket) => void socket.write(text));
const sealerOf = (keys: TransportKeys): ((plain: Uint8Array) => Uint8Array) => {
  const sealer = new RecordSealer(crypto.packetKey(keys.send));
  return (plain) => {
    const sealed = sealer.seal(plain);
    if (isReject(sealed)) throw new Error(sealed.refused);
    return sealed;
  };
};
/** After an honest handshake, the connection is up and then lost. */
async function lostAfter(harm: (socket: Socket, keys: TransportKeys) => void): Promise<unknown> {
  const door = await hostile((socket, request, keys) => harm(socket, shakeHands(socket, request, keys)));
  return failureAt(door.url);
}
/** Endless output that minds the reader's pace, as a flood from a network does. */
function flood(socket: Socket, piece: string | Uint8Array): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
    if (!socket.destroyed) socket.once('drain', more);
  };
  more();
}

describe('the upgrade', () => {
  it('answered by anything but the control protocol is told as that', async () => {
    const cases = [
      ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', { kind: 'not-a-control-server', status: 200 }],
      ['HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\nContent-Length: 0\r\n\r\n', { kind: 'not-a-control-server', status: 302 }],
      ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n', { kind: 'not-a-control-server', status: 101 }],
      ['SSH-2.0-OpenSSH_9.2\r\n', { kind: 'not-a-control-server', status: undefined }],
      [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, { kind: 'too-large', what: 'response headers', limit: 16_384 }],
    ] as const;
    for (const [text, failure] of cases) expect(await failureAt((await answering(text)).url)).toMatchObject({ host: '127.0.0.1', ...failure });
  });

  it('with headers without end is cut off', async () => {
    const door = await hostile((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\n');
      flood(socket, 'X-More: and more\r\n');
    });
    expect(await failureAt(door.url)).toMatchObject({ kind: 'too-large', what: 'response headers' });
  });

  it('followed by the end is a version refused, by a reset or half a response a broken connection', async () => {
    expect(await failureAt((await hostile((socket) => void socket.end(SWITCH))).url)).toEqual({ kind: 'version-refused', host: '127.0.0.1' });
    expect(await failureAt((await hostile((socket) => void socket.end(Buffer.concat([Buffer.from(SWITCH), Uint8Array.of(2, 0, 48, 1)])))).url)).toMatchObject({ kind: 'closed' });
    const reset = await hostile((socket) => void socket.write(SWITCH, () => setTimeout(() => socket.resetAndDestroy(), 20)));
    expect(await failureAt(reset.url)).toMatchObject({ kind: 'closed', code: 'ECONNRESET' });
  });

  it('followed by something else than a response is a broken protocol', async () => {
    for (const [bytes, what] of [
      [[3, 0, 5, 0x68, 0x65, 0x6c, 0x6c, 0x6f], 'noise: the server refused the handshake'],
      [[4, 0x0f, 0xff], 'noise: not a response'],
      [[2, 0, 48, ...new Uint8Array(48).fill(9)], 'noise: the server does not own its key'],
      [[2, 0, 48, ...new Uint8Array(48)], 'noise: the server does not own its key'],
    ] as const) {
      const door = await hostile((socket) => void socket.write(Buffer.concat([Buffer.from(SWITCH), Uint8Array.from(bytes)])));
      expect(await failureAt(door.url)).toEqual({ kind: 'protocol', host: '127.0.0.1', what });
    }
  });
});

describe('the question for the key', () => {
  const key = async (text: string) => failureAt((await hostile(() => {}, (socket) => void socket.write(text))).url);

  it('is answered with a key or not at all', async () => {
    const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    for (const body of ['', '{}', 'null', '[]', '{"publicKey":5}', '{"publicKey":"mkey:00"}', `{"publicKey":"mkey:${'0'.repeat(64)}"}`, `{"publicKey":"nodekey:${'1'.repeat(64)}"}`, '<html>Sign in to the hotel</html>']) {
      expect(await key(ok(body)), body).toMatchObject({ kind: 'not-a-control-server', status: 200 });
    }
    expect(await key('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')).toMatchObject({ kind: 'not-a-control-server', status: 404 });
    expect(await key('HTTP/1.1 200 OK\r\nContent-Length: zebra\r\n\r\n')).toMatchObject({ kind: 'not-a-control-server', status: undefined });
  });

  it('answered without end is cut off at 64 KiB', async () => {
    const door = await hostile(() => {}, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      flood(socket, ' '.repeat(1_000));
    });
    expect(await failureAt(door.url)).toMatchObject({ kind: 'too-large', limit: 65_536 });
  });

  it('answered with a point of low order makes no handshake', async () => {
    const body = JSON.stringify({ publicKey: `mkey:01${'0'.repeat(62)}` });
    expect(await key(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)).toMatchObject({ kind: 'protocol', what: "the server's key is no key" });
  });
});

describe('a slow server', () => {
  it('is told with the step it was slow in', async () => {
    const silentKey = await hostile(() => {}, () => {});
    expect(await failureAt(silentKey.url, { withinMs: 150 })).toEqual({ kind: 'timed-out', host: '127.0.0.1', during: 'key', afterMs: 150 });
    const silentUpgrade = await hostile(() => {});
    expect(await failureAt(silentUpgrade.url, { withinMs: 150 })).toMatchObject({ kind: 'timed-out', during: 'upgrade' });
    expect(await failureAt(silentUpgrade.url.replace('http:', 'https:'), { withinMs: 150 })).toMatchObject({ kind: 'timed-out', during: 'tls' });
    expect(await failureAt((await answering(SWITCH)).url, { withinMs: 150 })).toMatchObject({ kind: 'timed-out', during: 'noise' });
    const trickle = await hostile((socket) => void setInterval(() => !socket.destroyed && socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 10).unref());
    expect(await failureAt(trickle.url, { withinMs: 150 })).toMatchObject({ kind: 'timed-out', during: 'upgrade' });
    const never = (): Promise<readonly string[]> => new Promise(() => {});
    expect(await failureAt('http://hs.example:1', { withinMs: 150 }, { lookup: never })).toMatchObject({ kind: 'timed-out', host: 'hs.example', during: 'name' });
  });

  it('is left at once when it is given up', async () => {
    const door = await hostile(() => {});
    const test = createTestLink();
    test.connect(door.url);
    test.link.obey({ kind: 'disconnect' });
    test.connect(door.url, { generation: 2, withinMs: 100 });
    expect(await test.next('lost')).toMatchObject({ generation: 2 });
    expect(test.events).toHaveLength(1);
  });
});

describe('nobody there', () => {
  it('is told with port, and an address that is none as that', async () => {
    const door = await hostile(() => {});
    door.close();
    expect(await failureAt(door.url)).toEqual({ kind: 'refused', host: '127.0.0.1', port: Number(new URL(door.url).port) });
    for (const url of ['ftp://hs.example', 'hs.example', '', 'http://']) expect((await failureAt(url)).kind).toBe('not-a-control-server');
  });
});

describe('after the handshake', () => {
  it('a record that was tampered with ends it', async () => {
    expect(
      await lostAfter((socket, keys) => {
        const record = sealerOf(keys)(Buffer.from('hello'));
        record[record.length - 1]! ^= 1;
        socket.write(record);
      }),
    ).toEqual({ kind: 'protocol', host: '127.0.0.1', what: 'noise: a record of a wrong tag' });
  });

  it('a record too long, or of another type, ends it', async () => {
    expect(await lostAfter((socket) => void socket.write(Uint8Array.of(4, 0x10, 0)))).toMatchObject({ what: 'noise: a record of an impossible length' });
    expect(await lostAfter((socket) => flood(socket, 'garbage without end'))).toMatchObject({ what: 'noise: not a record' });
  });

  it('a huge early payload ends it', async () => {
    const announced = encodeEarlyPayload(new Uint8Array(MAX_EARLY_PAYLOAD + 1)).subarray(0, 9);
    expect(await lostAfter((socket, keys) => void socket.write(sealerOf(keys)(announced)))).toMatchObject({ kind: 'protocol', what: 'early payload: longer than the limit' });
  });

  it('garbage where HTTP/2 should be ends it', async () => {
    expect(await lostAfter((socket, keys) => void socket.write(sealerOf(keys)(Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(100)))))).toMatchObject({ kind: 'protocol', what: 'HTTP/2 that breaks the rules' });
  });

  it('a reset in the middle of a record ends it', async () => {
    expect(await lostAfter((socket, keys) => void socket.write(sealerOf(keys)(new Uint8Array(300)).subarray(0, 100), () => setTimeout(() => socket.resetAndDestroy(), 50)))).toMatchObject({ kind: 'closed' });
  });
});

describe('answers', () => {
  /** An honest connection whose HTTP/2 server does what it likes. */
  async function up(behave: (stream: http2.ServerHttp2Stream) => void): Promise<TestLink> {
    const door = await hostile((socket, request, keys) => {
      const transport = shakeHands(socket, request, keys);
      const stream = new RecordStream({ socket, sealer: new RecordSealer(crypto.packetKey(transport.send)), opener: new RecordOpener(crypto.packetKey(transport.receive)), rest: new Uint8Array(0), ended: () => {} });
      const session = http2.performServerHandshake(stream);
      session.on('error', () => {});
      session.on('stream', (opened) => {
        opened.on('error', () => {});
        behave(opened);
      });
    });
    const test = createTestLink();
    closing.push(() => test.link.close());
    test.connect(door.url);
    await test.next('connected');
    return test;
  }
  const ask = (test: TestLink, form: 'whole' | 'stream', id = 1): void => test.link.obey({ kind: 'request', generation: 1, id, path: '/x', body: '{}', form });
  function pour(opened: http2.ServerHttp2Stream, piece: Uint8Array): void {
    const more = (): void => {
      while (!opened.destroyed && opened.write(piece));
      if (!opened.destroyed) opened.once('drain', more);
    };
    more();
  }

  it('without end are cut off at a megabyte, and the connection lives', async () => {
    const test = await up((opened) => {
      opened.respond({ ':status': 200 });
      pour(opened, new Uint8Array(50_000));
    });
    ask(test, 'whole');
    expect(await test.next('stream-ended')).toMatchObject({ id: 1, failure: { kind: 'too-large', what: 'an answer', limit: 1_048_576 } });
    ask(test, 'whole', 2);
    expect(await test.next('stream-ended')).toMatchObject({ id: 2 });
  });

  it('in a stream with a huge length are refused by it', async () => {
    const test = await up((opened) => {
      opened.respond({ ':status': 200 });
      opened.write(Uint8Array.of(0xff, 0xff, 0xff, 0x7f));
    });
    ask(test, 'stream');
    await test.next('stream-began');
    expect(await test.next('stream-ended')).toMatchObject({ failure: { kind: 'too-large', what: 'a message of the map', limit: 67_108_864 } });
  });

  it('in a stream cut short, reset, or compressed into nonsense end it with a reason', async () => {
    const bodies: ((opened: http2.ServerHttp2Stream) => void)[] = [
      (opened) => void opened.end(Uint8Array.of(9, 0, 0, 0, 1)),
      (opened) => void opened.destroy(new Error('on purpose')),
      (opened) => void opened.write(Uint8Array.of(6, 0, 0, 0, 0x28, 0xb5, 0x2f, 0xfd, 1, 2)),
    ];
    let n = 0;
    const test = await up((opened) => {
      opened.respond({ ':status': 200 });
      bodies[n++]?.(opened);
    });
    const ended: unknown[] = [];
    for (let id = 1; id <= bodies.length; id++) {
      ask(test, 'stream', id);
      ended.push((await test.next('stream-ended')).failure);
    }
    expect(ended).toMatchObject([{ kind: 'protocol', what: 'a message of the map cut short' }, { kind: 'closed' }, { kind: 'protocol', what: 'a compressed message that cannot be read' }]);
  });

  it('of a refused stream are not read: a flood behind a 500 costs nothing', async () => {
    const test = await up((opened) => {
      opened.respond({ ':status': 500, 'retry-after': 'soon' });
      pour(opened, new Uint8Array(50_000).fill(0xff));
    });
    ask(test, 'stream');
    expect(await test.next('stream-began')).toMatchObject({ status: 500, retryAfterMs: undefined });
    expect(await test.next('stream-ended')).toMatchObject({ failure: undefined });
  });

  it('that pour into the largest message hold no more than three times its bytes at any moment', async () => {
    const test = await up((opened) => {
      opened.respond({ ':status': 200 });
      opened.write(Uint8Array.of(0, 0, 0, 4));
      pour(opened, new Uint8Array(64 * 1024).fill(0x20));
    });
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }, 5);
    closing.push(() => clearInterval(watch));
    ask(test, 'stream');
    const message = await test.next('message');
    expect(message.text).toHaveLength(67_108_864);
    expect(peak).toBeGreaterThan(67_108_864 / 2);
    expect(peak).toBeLessThan(3 * 67_108_864);
  });
});

describe('a key changed under a running client', () => {
  it('stops with a question even when only the handshake shows it', async () => {
    const door = await openControlDoor({ crypto, rng, serverSecret: secret(44), handle: () => {} });
    closing.push(() => door.close());
    const pinnedKey = (await openHostileDoor(() => {}).then((other) => (other.close(), other))).keys.point;
    expect(await failureAt(door.url, { pinnedKey })).toMatchObject({ kind: 'key-changed', offered: door.serverKey });
  });
});
