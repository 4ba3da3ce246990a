/** Connections to real servers on loopback that somebody asks for: what is handed over, what stays, and that a relay notices nothing. */
import { afterEach, describe, expect, it } from 'vitest';
import { certificate, createTestRelayLink, echo, node, openRelayDoor, RELAY, SWITCH, type DoorOptions, type RelayDoor, type TestRelayLink } from '../../../tests/kit/relay-link.ts';
import type { RelayCarrier, RelayLane, RelayLaneCommand } from '../../ports/relay-lane.ts';
import { RECORD_EXTRA, RecordSealer } from '../../wire/tls-record.ts';
import { recordAead } from '../crypto/record-aead.ts';
import { placeOf } from './hand-over.ts';
import { WANTED_SUITE } from './traffic-secrets.ts';

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close();
});

async function door(behave: Parameters<typeof openRelayDoor>[0] = echo, options: DoorOptions = {}): Promise<RelayDoor> {
  const opened = await openRelayDoor(behave, { tls: FITTING, ...options });
  closing.push(() => opened.close());
  return opened;
}

/** Node's servers choose by their own order. */
const FITTING = { ...certificate, ciphers: WANTED_SUITE };

interface TestCarrier extends RelayCarrier {
  isThere: boolean;
  readonly lanes: RelayLane[];
  readonly commands: RelayLaneCommand[];
}

function asked(takes: boolean): { test: TestRelayLink; carrier: TestCarrier } {
  const carrier: TestCarrier = { isThere: true, lanes: [], commands: [], take: (lane) => takes && carrier.lanes.push(lane) > 0, send: (command) => void carrier.commands.push(command) };
  const test = createTestRelayLink({ carrier });
  closing.push(() => test.link.close());
  return { test, carrier };
}

async function talks(test: TestRelayLink, generation: number): Promise<void> {
  test.link.send({ kind: 'write', generation, bytes: Buffer.from('hello') });
  expect(await test.next('written')).toMatchObject({ generation, bytes: 5 });
  expect(Buffer.from((await test.next('data')).bytes).toString()).toBe('hello');
}

describe('a connection that somebody asks for', () => {
  it('is handed over with keys that open what the server says next', async () => {
    const at = await door((socket) => void socket.write(`${SWITCH}frame`));
    const { test, carrier } = asked(true);
    test.open([node(at.port)], { region: 7 });
    expect(await test.next('opened')).toMatchObject({ generation: 1, node: '900a' });
    const [lane] = carrier.lanes;
    expect(lane).toMatchObject({ generation: 1, region: 7 });
    // A request went, and a ticket or two and the answer came.
    expect(lane!.write.sequence).toBe(1);
    expect(lane!.read.sequence).toBeGreaterThan(0);
    expect(Buffer.from(lane!.plain).toString() + String(lane!.sealed.length)).toBe('frame0');
  });

  it('from then on is the carrier\'s: writes, leave and close go there, frames and the end come from there', async () => {
    const at = await door();
    const { test, carrier } = asked(true);
    test.open([node(at.port)]);
    await test.next('opened');
    test.link.send({ kind: 'write', generation: 1, bytes: Uint8Array.of(1) });
    test.link.send({ kind: 'carry', generation: 1, on: true });
    expect(carrier.commands).toEqual([
      { kind: 'lane-write', generation: 1, bytes: Uint8Array.of(1) },
      { kind: 'lane-carry', generation: 1, on: true },
    ]);
    test.link.frames(1, Uint8Array.of(6, 0, 0, 0, 0));
    test.link.lane({ kind: 'written', generation: 1, bytes: 1 });
    test.link.lane({ kind: 'lost', generation: 1, code: undefined });
    test.link.frames(1, Uint8Array.of(7));
    test.link.lane({ kind: 'written', generation: 1, bytes: 1 });
    expect(test.events.slice(1)).toEqual([
      { kind: 'data', generation: 1, bytes: Uint8Array.of(6, 0, 0, 0, 0) },
      { kind: 'written', generation: 1, bytes: 1 },
      { kind: 'lost', generation: 1, failure: { kind: 'closed', host: RELAY, code: undefined } },
    ]);
  });

  it('is closed at the carrier, and never heard of again', async () => {
    const at = await door();
    const { test, carrier } = asked(true);
    test.open([node(at.port)]);
    await test.next('opened');
    test.link.send({ kind: 'close', generation: 1 });
    expect(carrier.commands).toEqual([{ kind: 'lane-close', generation: 1 }]);
    test.link.lane({ kind: 'lost', generation: 1, code: undefined });
    expect(test.events).toHaveLength(1);
  });

  it('is lost with the carrier', async () => {
    const at = await door();
    const { test } = asked(true);
    test.open([node(at.port)], { generation: 3 });
    await test.next('opened');
    test.link.lanesLost();
    expect(await test.next('lost')).toEqual({ kind: 'lost', generation: 3, failure: { kind: 'closed', host: RELAY, code: 'CARRIER_ENDED' } });
  });
});

describe('a connection stays where it is', () => {
  it('when nobody takes it in the end, and nothing of it is missing', async () => {
    const at = await door((socket) => {
      socket.write(`${SWITCH}first `);
      socket.on('data', (bytes) => socket.write(bytes));
    });
    const { test } = asked(false);
    test.open([node(at.port)]);
    await test.next('opened');
    expect(Buffer.from((await test.next('data')).bytes).toString()).toBe('first ');
    await talks(test, 1);
  });

  it.each([
    ['an older TLS', { maxVersion: 'TLSv1.2' }],
    ['another cipher', { ciphers: 'TLS_AES_128_GCM_SHA256' }],
  ] as const)('when the server speaks %s; and is not asked for again', async (_what, only) => {
    const at = await door(echo, { tls: { ...certificate, ...only } });
    const { test, carrier } = asked(true);
    for (const generation of [1, 2]) {
      test.open([node(at.port)], { generation });
      await test.next('opened');
      await talks(test, generation);
    }
    expect(carrier.lanes).toEqual([]);
  });

  it('when nobody is there to take it', async () => {
    const at = await door();
    const { test, carrier } = asked(true);
    carrier.isThere = false;
    test.open([node(at.port)]);
    await test.next('opened');
    await talks(test, 1);
    expect(carrier.lanes).toEqual([]);
  });

  it('for good at a host whose records were not as expected', async () => {
    const at = await door();
    const { test, carrier } = asked(true);
    test.open([node(at.port)]);
    await test.next('opened');
    test.link.lane({ kind: 'lost', generation: 1, code: 'TLS_RECORD' });
    test.open([node(at.port)], { generation: 2 });
    await test.next('opened');
    await talks(test, 2);
    expect(carrier.lanes).toHaveLength(1);
  });
});

describe('where a record stands', () => {
  const keys = { ours: { key: new Uint8Array(32).fill(1), iv: new Uint8Array(12) }, theirs: { key: new Uint8Array(32).fill(2), iv: new Uint8Array(12) } };

  it('is not believed without a record that opens, each way', () => {
    expect(placeOf(new Uint8Array(0), new Uint8Array(0), keys, new Uint8Array(0))).toBeUndefined();
    expect(placeOf(Uint8Array.of(23, 3, 3, 0, 17, ...new Uint8Array(17)), Uint8Array.of(23, 3, 3, 0, 17, ...new Uint8Array(17)), keys, new Uint8Array(0))).toBeUndefined();
  });

  it('is not believed when what Node told is not what passed, or when something half is on its way out', () => {
    const sealed = (direction: { key: Uint8Array; iv: Uint8Array }, text: string): Uint8Array => {
      const out = new Uint8Array(text.length + RECORD_EXTRA);
      new RecordSealer(recordAead, { ...direction, sequence: 0 }).seal(Buffer.from(`${text} `), text.length, out, 0);
      return out;
    };
    const [sent, received] = [sealed(keys.ours, 'GET'), sealed(keys.theirs, '101 frame')];
    expect(placeOf(sent, received, keys, Buffer.from('frame'))).toMatchObject({ write: { sequence: 1 }, read: { sequence: 1 }, sealed: new Uint8Array(0) });
    expect(placeOf(sent, Buffer.concat([received, received.subarray(0, 9)]), keys, Buffer.from('frame'))).toMatchObject({ sealed: received.slice(0, 9) });
    expect(placeOf(sent, received, keys, Buffer.from('other'))).toBeUndefined();
    expect(placeOf(Buffer.concat([sent, sent.subarray(0, 9)]), received, keys, Buffer.from('frame'))).toBeUndefined();
    expect(placeOf(sent, Buffer.concat([received, received]), keys, Buffer.from('frame'))).toBeUndefined();
  });
});
