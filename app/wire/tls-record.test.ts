/** Records against Node's own ChaCha20-Poly1305 and a slow model of the nonce, and bytes of every kind. */
import { createCipheriv } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReject } from '../base/reject.ts';
import { recordAead } from '../host/crypto/record-aead.ts';
import { CONTENT, recordLength, RECORD_EXTRA, RECORD_PLAIN, RecordOpener, RecordSealer, type Opened } from './tls-record.ts';

const key = Uint8Array.from({ length: 32 }, (_, i) => i * 3 + 1);
const iv = Uint8Array.from({ length: 12 }, (_, i) => 0xf0 - i);

/** RFC 8446 section 5.3, by big integers. */
function slowNonce(sequence: number): Buffer {
  const number = BigInt(`0x${Buffer.from(iv).toString('hex')}`) ^ BigInt(sequence);
  return Buffer.from(number.toString(16).padStart(24, '0'), 'hex');
}

/** A record made by Node: this inner type behind the content, and so many zeros. */
function nodeRecord(content: Uint8Array, sequence: number, type: number = CONTENT.applicationData, padding = 0): Uint8Array {
  const inner = Buffer.concat([content, Uint8Array.of(type), new Uint8Array(padding)]);
  const length = inner.length + 16;
  const header = Uint8Array.of(23, 3, 3, length >>> 8, length & 255);
  const cipher = createCipheriv('chacha20-poly1305', key, slowNonce(sequence), { authTagLength: 16 });
  cipher.setAAD(header, { plaintextLength: inner.length });
  return new Uint8Array(Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()]));
}

function open(record: Uint8Array, sequence = 0): ReturnType<RecordOpener['open']> {
  return new RecordOpener(recordAead, { key, iv, sequence }).open(record);
}

const contents = fc.uint8Array({ maxLength: 2_000 });
const sequences = fc.oneof(fc.nat(1_000), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 }), fc.constantFrom(255, 256, 2 ** 32 - 1, 2 ** 32));

describe('a record', () => {
  it('is sealed as Node seals it, whatever its number', () => {
    fc.assert(
      fc.property(contents, sequences, fc.nat(64), (content, sequence, at) => {
        const plain = new Uint8Array(content.length + 1);
        plain.set(content);
        const out = new Uint8Array(at + content.length + RECORD_EXTRA);
        const length = new RecordSealer(recordAead, { key, iv, sequence }).seal(plain, content.length, out, at);
        expect(out.subarray(at, at + length)).toEqual(nodeRecord(content, sequence));
      }),
    );
  });

  it('is opened to what it carries, without its padding', () => {
    fc.assert(
      fc.property(contents, sequences, fc.nat(200), (content, sequence, padding) => {
        expect(open(nodeRecord(content, sequence, CONTENT.applicationData, padding), sequence)).toEqual({ kind: 'data', bytes: content });
      }),
    );
  });

  it('is refused when one bit of it is another or its number is, and then its number stays', () => {
    const record = nodeRecord(new Uint8Array(100).fill(9), 4);
    const opener = new RecordOpener(recordAead, { key, iv, sequence: 4 });
    fc.assert(
      fc.property(fc.nat(record.length * 8 - 1), (bit) => {
        const forged = record.slice();
        forged[bit >>> 3]! ^= 1 << (bit & 7);
        expect(isReject(opener.open(forged))).toBe(true);
      }),
    );
    expect(isReject(open(record, 5))).toBe(true);
    expect(opener.open(record)).toMatchObject({ kind: 'data' });
    expect(opener.sequence).toBe(5);
    expect(isReject(opener.open(record))).toBe(true);
  });

  it('of a ticket says nothing, of a farewell ends, and everything else that is no data cannot be used', () => {
    const ticket = Uint8Array.of(4, 0, 0, 2, 7, 7);
    const cases: readonly (readonly [Uint8Array, number, Opened])[] = [
      [ticket, CONTENT.handshake, { kind: 'nothing' }],
      [Uint8Array.of(...ticket, ...ticket), CONTENT.handshake, { kind: 'nothing' }],
      [Uint8Array.of(...ticket, 24, 0, 0, 1, 1), CONTENT.handshake, { kind: 'unusable', why: 'new keys' }],
      [Uint8Array.of(24, 0, 0, 1, 0), CONTENT.handshake, { kind: 'unusable', why: 'new keys' }],
      [ticket.subarray(0, 5), CONTENT.handshake, { kind: 'unusable', why: 'new keys' }],
      [Uint8Array.of(1, 0), CONTENT.alert, { kind: 'end' }],
      [Uint8Array.of(2, 20), CONTENT.alert, { kind: 'unusable', why: 'alert' }],
      [Uint8Array.of(1), CONTENT.changeCipherSpec, { kind: 'unusable', why: 'content' }],
      [Uint8Array.of(1), 99, { kind: 'unusable', why: 'content' }],
    ];
    for (const [content, type, expected] of cases) expect(open(nodeRecord(content, 0, type))).toEqual(expected);
  });

  it('carries no more than the protocol lets it', () => {
    const sealer = new RecordSealer(recordAead, { key, iv, sequence: 0 });
    const out = new Uint8Array(RECORD_PLAIN + 1 + RECORD_EXTRA);
    expect(sealer.seal(new Uint8Array(RECORD_PLAIN + 1), RECORD_PLAIN, out, 0)).toBe(RECORD_PLAIN + RECORD_EXTRA);
    expect(() => sealer.seal(new Uint8Array(RECORD_PLAIN + 2), RECORD_PLAIN + 1, out, 0)).toThrow(RangeError);
    expect(open(nodeRecord(new Uint8Array(RECORD_PLAIN + 1), 0))).toEqual({ kind: 'unusable', why: 'content' });
  });

  it('is cut out of a stream by its header, and bytes of any kind never throw', () => {
    expect(recordLength(Uint8Array.of(23, 3, 3, 1, 2), 0, 5)).toBe(5 + 258);
    expect(recordLength(Uint8Array.of(23, 3, 3, 1), 0, 4)).toBe(0);
    expect(isReject(recordLength(Uint8Array.of(23, 3, 3, 0x41, 1), 0, 5))).toBe(true);
    expect(isReject(recordLength(new TextEncoder().encode('HTTP/1.1 400'), 0, 12))).toBe(true);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        recordLength(bytes, 0, bytes.length);
        expect(isReject(open(bytes))).toBe(true);
      }),
    );
  });
});
