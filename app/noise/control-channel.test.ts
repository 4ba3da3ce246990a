/** The control channel's handshake and records: against bytes computed in Python, cut anywhere, and damaged everywhere. */
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReject } from '../base/reject.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import vector from './control-channel.vector.json' with { type: 'json' };
import { answerIk, beginIk, finishIk, IK_INITIATION_LENGTH, wipeIk, type AnsweredIk, type PendingIk } from './ik.ts';
import { ephemeralKeys, type StaticKeys, type TransportKeys } from './key-pairs.ts';
import { controlPrologue, decodeInitiation, decodeResponse, encodeInitiation, encodeResponse, MAX_FRAME, MAX_RECORD_PLAIN, RecordOpener, RecordSealer } from './records.ts';

const crypto = createSodiumCrypto();
const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
const pair = (secret: string): StaticKeys => ephemeralKeys(crypto, bytes(secret));

const machine = pair(vector.machineSecret);
const server = pair(vector.serverSecret);
const prologue = controlPrologue(vector.version);

const begin = (): { pending: PendingIk; message: Uint8Array } => beginIk(crypto, machine, server.point, bytes(vector.ephemeralSecret), prologue)!;
const answer = (message: Uint8Array): AnsweredIk | string => answerIk(crypto, server, message, bytes(vector.answerSecret), prologue);
const answered = (message: Uint8Array): AnsweredIk => {
  const value = answer(message);
  if (typeof value === 'string') throw new Error(value);
  return value;
};
const finished = (pending: PendingIk, message: Uint8Array): TransportKeys => {
  const value = finishIk(pending, message);
  if (typeof value === 'string') throw new Error(value);
  return value;
};
const keysOf = (): { client: TransportKeys; server: TransportKeys } => {
  const began = begin();
  const reply = answered(began.message);
  return { client: finished(began.pending, reply.message), server: reply.keys };
};
const sealed = (sealer: RecordSealer, plain: Uint8Array): Uint8Array => {
  const value = sealer.seal(plain);
  if (isReject(value)) throw new Error(value.refused);
  return value;
};

describe('the handshake', () => {
  it('has the bytes that Python computed, both ways', () => {
    const began = begin();
    expect(hex(encodeInitiation(vector.version, began.message))).toBe(vector.initiation);
    const taken = decodeInitiation(bytes(vector.initiation));
    if (isReject(taken)) throw new Error(taken.refused);
    expect(taken.version).toBe(vector.version);
    const reply = answered(taken.message);
    expect(reply.remoteStatic).toEqual(machine.point);
    expect(hex(encodeResponse(reply.message))).toBe(vector.response);
    const keys = finished(began.pending, reply.message);
    expect(keys.send).toEqual(reply.keys.receive);
    expect(keys.receive).toEqual(reply.keys.send);
  });

  it('is refused with any one bit of the initiation changed, by the codec or by the responder', () => {
    for (let bit = 0; bit < 101 * 8; bit++) {
      const frame = bytes(vector.initiation);
      frame[bit >> 3]! ^= 1 << (bit & 7);
      const taken = decodeInitiation(frame);
      // The version is no secret and no error by itself: it is in the prologue, so the handshake fails.
      const outcome = isReject(taken) ? taken.refused : answerIk(crypto, server, taken.message, bytes(vector.answerSecret), controlPrologue(taken.version));
      expect(outcome, `bit ${bit}`).toBeTypeOf('string');
    }
  });

  it('is refused with any one bit of the response changed', () => {
    for (let bit = 0; bit < 51 * 8; bit++) {
      const frame = bytes(vector.response);
      frame[bit >> 3]! ^= 1 << (bit & 7);
      const taken = decodeResponse(frame);
      const outcome = taken === undefined || isReject(taken) ? 'codec' : finishIk(begin().pending, taken.message);
      expect(outcome, `bit ${bit}`).toBeTypeOf('string');
    }
  });

  it('refuses points of low order on either side', () => {
    const zero = new Uint8Array(32);
    expect(beginIk(crypto, machine, zero, bytes(vector.ephemeralSecret), prologue)).toBeUndefined();
    const message = begin().message.slice();
    message.set(zero);
    expect(answer(message)).toBe('low-order');
    const reply = answered(begin().message).message.slice();
    reply.set(zero);
    expect(finishIk(begin().pending, reply)).toBe('low-order');
  });

  it('is refused by anyone but the server it was meant for, and under another version', () => {
    const { message } = begin();
    expect(answerIk(crypto, machine, message, bytes(vector.answerSecret), prologue)).toBe('forged');
    expect(answerIk(crypto, server, message, bytes(vector.answerSecret), controlPrologue(vector.version + 1))).toBe('forged');
  });

  it('leaves no secret behind, done or called off', () => {
    const done = begin();
    finishIk(done.pending, answered(done.message).message);
    const off = begin();
    wipeIk(off.pending);
    for (const { pending } of [done, off]) expect(pending.ephemeral.secret).toEqual(new Uint8Array(32));
  });

  it('takes a response only when all of it is there, and hands on what follows', () => {
    const frame = bytes(vector.response);
    for (let n = 0; n < frame.length; n++) expect(decodeResponse(frame.subarray(0, n))).toBeUndefined();
    const taken = decodeResponse(join([frame, Uint8Array.of(1, 2, 3)]));
    expect(taken !== undefined && !isReject(taken) && taken.rest).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('knows a refusal in clear text from noise, from its first bytes', () => {
    expect(decodeResponse(Uint8Array.of(3, 0x0f, 0xff))).toMatchObject({ refused: 'noise: the server refused the handshake' });
    for (const head of [[4, 0, 48], [2, 0, 49], [2, 1, 48], [0x48, 0x54, 0x54]]) expect(decodeResponse(Uint8Array.from(head))).toMatchObject({ refused: 'noise: not a response' });
  });

  it('never makes a decoder throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
        decodeInitiation(any);
        decodeResponse(any);
        if (any.length >= IK_INITIATION_LENGTH) expect(answer(any.subarray(0, IK_INITIATION_LENGTH))).toBeTypeOf('string');
      }),
    );
  });
});

describe('records', () => {
  it('have the bytes that Python computed: long data cut up, and 300 numbers counted big-endian', () => {
    const keys = keysOf();
    const up = sealed(new RecordSealer(crypto.packetKey(keys.client.send)), Uint8Array.from({ length: vector.upLength }, (_, i) => i * 31));
    expect([hex(up.subarray(0, 64)), hex(up.subarray(-64)), sha256(up)]).toEqual([vector.upFirst, vector.upLast, vector.upSha256]);
    const sealer = new RecordSealer(crypto.packetKey(keys.server.send));
    const down = join(Array.from({ length: vector.downCount }, (_, i) => sealed(sealer, Buffer.from(`record ${i}`))));
    expect(hex(down).slice(0, vector.downThree.length)).toBe(vector.downThree);
    expect(sha256(down)).toBe(vector.downSha256);
    const opener = new RecordOpener(crypto.packetKey(keys.client.receive));
    const { plain, refused } = opener.push(down);
    expect(refused).toBeUndefined();
    expect(plain.map((part) => Buffer.from(part).toString())).toEqual(Array.from({ length: vector.downCount }, (_, i) => `record ${i}`));
  });

  it('count past 32 bits, and never use the last number', () => {
    const { server: own, client } = keysOf();
    const late = new RecordSealer(crypto.packetKey(own.send), BigInt(vector.lateNumber) - 1n);
    sealed(late, Uint8Array.of(1));
    expect(hex(sealed(late, Buffer.from('late')))).toBe(vector.late);
    const overflow = new RecordSealer(crypto.packetKey(own.send), 2n ** 32n - 1n);
    const reader = new RecordOpener(crypto.packetKey(client.receive), 2n ** 32n - 1n);
    expect(reader.push(join([sealed(overflow, Uint8Array.of(1)), sealed(overflow, Uint8Array.of(2))]))).toMatchObject({ plain: [Uint8Array.of(1), Uint8Array.of(2)], refused: undefined });
    const last = 2n ** 64n - 1n;
    expect(new RecordSealer(crypto.packetKey(own.send), last).seal(Uint8Array.of(1))).toMatchObject({ refused: 'noise: out of record numbers' });
    const frame = sealed(new RecordSealer(crypto.packetKey(own.send)), Uint8Array.of(1));
    expect(new RecordOpener(crypto.packetKey(client.receive), last).push(frame).refused?.refused).toBe('noise: out of record numbers');
    expect(new RecordSealer(crypto.packetKey(own.send), last - 1n).seal(new Uint8Array(MAX_RECORD_PLAIN + 1))).toMatchObject({ refused: 'noise: out of record numbers' });
  });

  it('are as few as can be, none larger than a frame, and nothing for nothing', () => {
    const keys = keysOf();
    const sealer = new RecordSealer(crypto.packetKey(keys.client.send));
    expect(sealed(sealer, new Uint8Array(0))).toHaveLength(0);
    expect(sealed(sealer, new Uint8Array(MAX_RECORD_PLAIN))).toHaveLength(MAX_FRAME);
    expect(sealed(sealer, new Uint8Array(MAX_RECORD_PLAIN + 1))).toHaveLength(MAX_FRAME + 3 + 16 + 1);
  });

  it('say the same however the bytes are cut', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 5 }), pieces, (lengths, cuts) => {
        const keys = keysOf();
        const sealer = new RecordSealer(crypto.packetKey(keys.server.send));
        const said = lengths.map((length, n) => new Uint8Array(length).fill(n + 1));
        const stream = join(said.map((part) => sealed(sealer, part)));
        const opener = new RecordOpener(crypto.packetKey(keys.client.receive));
        const heard: Uint8Array[] = [];
        let at = 0;
        for (let i = 0; at < stream.length; i++) {
          const { plain, refused } = opener.push(stream.subarray(at, at + (cuts[i % cuts.length] ?? 7)));
          expect(refused).toBeUndefined();
          heard.push(...plain);
          at += cuts[i % cuts.length] ?? 7;
        }
        expect(join(heard)).toEqual(join(said));
        expect(opener.atBoundary).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('are refused with any one bit changed, and what came before them is not', () => {
    const keys = keysOf();
    const sealer = new RecordSealer(crypto.packetKey(keys.server.send));
    const first = sealed(sealer, Buffer.from('first'));
    const second = sealed(sealer, Buffer.from('second'));
    for (let bit = 0; bit < second.length * 8; bit++) {
      const damaged = second.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const opener = new RecordOpener(crypto.packetKey(keys.client.receive));
      const { plain, refused } = opener.push(join([first, damaged, new Uint8Array(MAX_FRAME)]));
      expect(plain.map((part) => Buffer.from(part).toString()), `bit ${bit}`).toEqual(['first']);
      expect(refused, `bit ${bit}`).toBeDefined();
      expect(opener.push(second), 'a refused connection stays refused').toMatchObject({ plain: [], refused });
    }
  });

  it('are refused out of order, twice, and in the other direction', () => {
    const keys = keysOf();
    const sealer = new RecordSealer(crypto.packetKey(keys.server.send));
    const [first, second] = [sealed(sealer, Uint8Array.of(1)), sealed(sealer, Uint8Array.of(2))];
    for (const stream of [second, join([first, first]), join([first, second, first])]) {
      expect(new RecordOpener(crypto.packetKey(keys.client.receive)).push(stream).refused?.refused).toBe('noise: a record of a wrong tag');
    }
    expect(new RecordOpener(crypto.packetKey(keys.client.send)).push(first).refused?.refused).toBe('noise: a record of a wrong tag');
  });

  it('of an impossible length or another type are refused by their header, before anything is held for them', () => {
    const key = (): RecordOpener => new RecordOpener(crypto.packetKey(keysOf().client.receive));
    for (const [head, why] of [
      [[4, 0x0f, 0xfe], 'noise: a record of an impossible length'],
      [[4, 0xff, 0xff], 'noise: a record of an impossible length'],
      [[4, 0, 15], 'noise: a record of an impossible length'],
      [[3, 0, 20], 'noise: not a record'],
      [[0x50, 0x52, 0x49], 'noise: not a record'],
    ] as const) {
      expect(key().push(Uint8Array.from(head)).refused?.refused).toBe(why);
    }
    expect(key().push(Uint8Array.of(4, 0x0f, 0xfd)).refused).toBeUndefined();
  });

  it('may be empty', () => {
    const keys = keysOf();
    const opener = new RecordOpener(crypto.packetKey(keys.client.receive));
    const empty = { bytes: new Uint8Array(19), view: new DataView(new ArrayBuffer(0)) };
    empty.bytes.set([4, 0, 16]);
    crypto.packetKey(keys.server.send).seal(0, 0, empty, 3, 0, 3);
    expect(opener.push(empty.bytes)).toEqual({ plain: [], refused: undefined });
    expect(opener.atBoundary).toBe(true);
  });

  it('never make the opener throw', () => {
    const key = keysOf().client.receive;
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (parts) => {
      const opener = new RecordOpener(crypto.packetKey(key));
      for (const part of parts) opener.push(part);
    }));
  });
});
