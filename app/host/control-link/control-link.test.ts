/** The control link against an honest door on loopback: everything it is for. */
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { createTestLink, crypto, failureAt, rng, secret, type TestLink } from '../../../tests/kit/control-link.ts';
import { ephemeralKeys } from '../../noise/key-pairs.ts';
import { openControlDoor, type ControlDoor, type ControlDoorInit } from '../sandbox/control-door/control-door.ts';
import type { DoorRequest } from '../sandbox/control-door/door-request.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function door(handle: (request: DoorRequest) => void, more: Partial<ControlDoorInit> = {}): Promise<ControlDoor> {
  const opened = await openControlDoor({ crypto, rng, serverSecret: secret(5), handle, ...more });
  closing.push(() => opened.close());
  return opened;
}
function link(...init: Parameters<typeof createTestLink>): TestLink {
  const made = createTestLink(...init);
  closing.push(() => made.link.close());
  return made;
}

describe('a connection', () => {
  it('learns the server key, proves the machine key, and carries a request and its answer', async () => {
    const seen: DoorRequest[] = [];
    const at = await door((request) => {
      seen.push(request);
      request.respond(200, '{"ok":true}');
    });
    const test = link();
    test.connect(at.url);
    expect(await test.next('connected')).toMatchObject({ generation: 1, serverKey: at.serverKey });
    test.link.obey({ kind: 'request', generation: 1, id: 7, path: '/machine/register', body: '{"a":1}', form: 'whole' });
    expect(await test.next('response')).toEqual({ kind: 'response', id: 7, status: 200, retryAfterMs: undefined, body: '{"ok":true}' });
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/machine/register', body: '{"a":1}', machineKey: ephemeralKeys(crypto, secret(9)).point });
  });

  it('streams messages, small and of many records, until the server ends it in good order', async () => {
    const big = JSON.stringify({ text: 'é'.repeat(700_000) });
    const at = await door((request) => {
      const stream = request.stream();
      stream.send('{"KeepAlive":true}');
      stream.send(big);
      stream.end();
    });
    const test = link();
    test.connect(at.url);
    await test.next('connected');
    test.link.obey({ kind: 'request', generation: 1, id: 1, path: '/machine/map', body: '{}', form: 'stream' });
    expect(await test.next('stream-began')).toMatchObject({ id: 1, status: 200 });
    expect((await test.next('message')).text).toBe('{"KeepAlive":true}');
    expect((await test.next('message')).text).toBe(big);
    expect(await test.next('stream-ended')).toEqual({ kind: 'stream-ended', id: 1, failure: undefined });
  });

  it('tells status and Retry-After of a refused stream, and of a refused request', async () => {
    const at = await door((request) => request.respond(429, 'slow down', { 'retry-after': '7' }));
    const test = link();
    test.connect(at.url);
    await test.next('connected');
    test.link.obey({ kind: 'request', generation: 1, id: 1, path: '/machine/map', body: '{}', form: 'stream' });
    expect(await test.next('stream-began')).toMatchObject({ status: 429, retryAfterMs: 7_000 });
    expect(await test.next('stream-ended')).toMatchObject({ id: 1, failure: undefined });
    test.link.obey({ kind: 'request', generation: 1, id: 2, path: '/machine/register', body: '{}', form: 'whole' });
    expect(await test.next('response')).toMatchObject({ id: 2, status: 429, retryAfterMs: 7_000, body: 'slow down' });
  });

  it('that is silenced stays open and carries nothing, while the next one of the same machine is well', async () => {
    const streams: { send(text: string): void }[] = [];
    const at = await door((request) => void streams.push(request.stream()));
    const test = link();
    test.connect(at.url);
    await test.next('connected');
    test.link.obey({ kind: 'request', generation: 1, id: 1, path: '/machine/map', body: '{}', form: 'stream' });
    await test.next('stream-began');
    at.silence(ephemeralKeys(crypto, secret(9)).point);
    streams[0]!.send('{"lost":true}');
    // Whatever a connection carries, it carries before what is said afterwards by another one.
    const other = link();
    other.connect(at.url);
    await other.next('connected');
    other.link.obey({ kind: 'request', generation: 1, id: 1, path: '/machine/map', body: '{}', form: 'stream' });
    await other.next('stream-began');
    streams[1]!.send('{"well":true}');
    expect((await other.next('message')).text).toBe('{"well":true}');
    expect(test.events.map(({ kind }) => kind)).toEqual(['connected', 'stream-began']);
  });

  it('is used again and again: a body of a megabyte goes up, requests run beside a stream', async () => {
    const at = await door((request) => (request.path === '/machine/map' ? request.stream().send('{}') : request.respond(200, String(request.body.length))));
    const test = link();
    test.connect(at.url);
    await test.next('connected');
    test.link.obey({ kind: 'request', generation: 1, id: 1, path: '/machine/map', body: '{}', form: 'stream' });
    await test.next('message');
    for (const id of [2, 3, 4]) test.link.obey({ kind: 'request', generation: 1, id, path: '/x', body: 'y'.repeat(1_000_000), form: 'whole' });
    const answers = [await test.next('response'), await test.next('response'), await test.next('response')];
    expect(answers.map((answer) => answer.body)).toEqual(['1000000', '1000000', '1000000']);
  });

  it('ends a cancelled request at the server, and says nothing of it', async () => {
    let closed: () => void = () => {};
    const over = new Promise<void>((done) => {
      closed = done;
    });
    const at = await door((request) => {
      request.onClose(closed);
      request.stream().send('{}');
    });
    const test = link();
    test.connect(at.url);
    await test.next('connected');
    test.link.obey({ kind: 'request', generation: 1, id: 1, path: '/machine/map', body: '{}', form: 'stream' });
    await test.next('message');
    test.link.obey({ kind: 'cancel', id: 1 });
    await over;
    expect(test.events.map((event) => event.kind)).toEqual(['connected', 'stream-began', 'message']);
  });

  it('is lost once when the server goes, with its requests unsaid', async () => {
    const at = await door((request) => void request.stream().send('{}'));
    const test = link();
    test.connect(at.url);
    await test.next('connected');
    test.link.obey({ kind: 'request', generation: 1, id: 1, path: '/machine/map', body: '{}', form: 'stream' });
    await test.next('message');
    at.dropAll();
    expect((await test.next('lost')).failure.kind).toBe('closed');
    await at.close();
    expect(test.events.map((event) => event.kind)).toEqual(['connected', 'stream-began', 'message', 'lost']);
  });

  it('of an earlier generation is never heard again', async () => {
    const at = await door((request) => request.respond(200, ''));
    const test = link();
    test.connect(at.url, { generation: 1 });
    test.connect(at.url, { generation: 2 });
    expect(await test.next('connected')).toMatchObject({ generation: 2 });
    test.link.obey({ kind: 'request', generation: 1, id: 1, path: '/', body: '', form: 'whole' });
    test.link.obey({ kind: 'request', generation: 2, id: 2, path: '/', body: '', form: 'whole' });
    expect(await test.next('response')).toMatchObject({ id: 2 });
    test.link.obey({ kind: 'disconnect' });
    expect(test.events.map((event) => event.kind)).toEqual(['connected', 'response']);
  });

  it('keeps only sixteen requests and one stream at once', async () => {
    const at = await door(() => {});
    const test = link();
    test.connect(at.url);
    await test.next('connected');
    for (let id = 1; id <= 2; id++) test.link.obey({ kind: 'request', generation: 1, id, path: '/machine/map', body: '', form: 'stream' });
    expect(await test.next('stream-ended')).toMatchObject({ id: 2, failure: { kind: 'too-large', limit: 1 } });
    for (let id = 3; id <= 18; id++) test.link.obey({ kind: 'request', generation: 1, id, path: '/', body: '', form: 'whole' });
    expect(await test.next('stream-ended')).toMatchObject({ id: 18, failure: { kind: 'too-large', limit: 16 } });
  });
});

describe('the pinned key', () => {
  it('is enough: the server is not asked for it', async () => {
    const at = await door((request) => request.respond(200, 'yes'));
    const test = link();
    test.connect(at.url, { pinnedKey: at.serverKey });
    expect(await test.next('connected')).toMatchObject({ serverKey: at.serverKey });
  });

  it('that is not the server’s stops the connection with both keys', async () => {
    const at = await door(() => {});
    const pinnedKey = ephemeralKeys(crypto, secret(6)).point;
    expect(await failureAt(at.url, { pinnedKey })).toEqual({ kind: 'key-changed', host: '127.0.0.1', pinned: pinnedKey, offered: at.serverKey });
  });
});

describe('a version that the server refuses', () => {
  it('is told as that', async () => {
    const at = await door(() => {}, { leastVersion: 60_000 });
    expect(await failureAt(at.url)).toEqual({ kind: 'version-refused', host: '127.0.0.1' });
    expect(await failureAt(at.url, { pinnedKey: at.serverKey })).toEqual({ kind: 'version-refused', host: '127.0.0.1' });
  });
});

describe('addresses of last time', () => {
  it('serve when the name service is silent, and only after the server proved itself there', async () => {
    const at = await door((request) => request.respond(200, ''));
    const store = createMemoryStore();
    const url = `http://hs.example:${at.port}`;
    const down = async (): Promise<readonly string[]> => {
      throw Object.assign(new Error('no'), { code: 'EAI_AGAIN' });
    };
    expect(await failureAt(url, {}, { store, lookup: down })).toEqual({ kind: 'name-service', host: 'hs.example', code: 'EAI_AGAIN' });
    // Nobody proved anything at this address: it must not be kept.
    expect((await failureAt(url, { pinnedKey: secret(9) }, { store, lookup: async () => ['127.0.0.1'] })).kind).toBe('key-changed');
    expect((await failureAt(url, {}, { store, lookup: down })).kind).toBe('name-service');
    const good = link({ store, lookup: async () => ['127.0.0.1'] });
    good.connect(url);
    await good.next('connected');
    const later = link({ store, lookup: down });
    later.connect(url);
    expect(await later.next('connected')).toMatchObject({ serverKey: at.serverKey });
  });

  it('a name that does not exist is told as that', async () => {
    const lookup = async (): Promise<readonly string[]> => {
      throw Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    };
    expect(await failureAt('http://nowhere.example', {}, { lookup })).toEqual({ kind: 'name-unknown', host: 'nowhere.example' });
  });
});
