/** What is kept of a relay's bytes: the same frames at the same places, however the stream was cut, and few bytes for data. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DERP, DerpReader } from '../wire/derp.ts';
import { isDisco } from '../wire/disco.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readRelayChunk, RelayStreamWriter } from './relay-stream.ts';
import { Scrubber } from './scrub.ts';
import { ValueReader, ValueWriter } from './values.ts';

function frame(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + payload.length);
  bytes[0] = type;
  new DataView(bytes.buffer).setUint32(1, payload.length);
  bytes.set(payload, 5);
  return bytes;
}

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const MAGIC = Uint8Array.of(0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac);
const packet = (from: number, length: number, fill: number): Uint8Array => frame(DERP.recvPacket, join([key(from), new Uint8Array(length).fill(fill)]));
const disco = (from: number, length: number): Uint8Array => frame(DERP.recvPacket, join([key(from), MAGIC, new Uint8Array(length).fill(9)]));

function kept(chunks: readonly Uint8Array[]): { readonly chunks: Uint8Array[]; readonly size: number } {
  const out = new ByteWriter();
  const values = new ValueWriter(out, new Scrubber(), true);
  const writer = new RelayStreamWriter();
  for (const chunk of chunks) writer.write(chunk, out, values);
  const from = new ByteReader(out.copy());
  const reader = new ValueReader(from);
  return { chunks: chunks.map(() => readRelayChunk(from, reader)), size: out.length };
}

/** As a replay may depend on it. */
function meaning(chunks: readonly Uint8Array[]): unknown[] {
  const reader = new DerpReader();
  const seen: unknown[] = [];
  for (const chunk of chunks) {
    reader.read(chunk, (type, payload) => {
      const inner = payload.subarray(32);
      if (type !== DERP.recvPacket) seen.push([type, [...payload]]);
      else seen.push([type, [...payload.subarray(0, 32)], payload.length, payload[32], isDisco(inner) ? [...inner.subarray(0, 38)] : 'data']);
      return true;
    });
    seen.push('end of chunk');
  }
  return seen;
}

function cut(stream: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (stream.length + 1)), stream.length].toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, i) => stream.slice(sorted[i], end));
}

const someFrame = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 90 }), fc.nat(255)).map(([from, length, fill]) => packet(from, length, fill)),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 30, max: 90 })).map(([from, length]) => disco(from, length)),
  fc.tuple(fc.constantFrom(DERP.pong, DERP.keepAlive, DERP.peerGone, 0x77), fc.uint8Array({ maxLength: 40 })).map(([type, payload]) => frame(type, payload)),
);

describe('a stream of a relay', () => {
  it('keeps all that a node may depend on, however it was cut', () => {
    fc.assert(
      fc.property(fc.array(someFrame, { maxLength: 12 }), fc.array(fc.nat(5_000), { maxLength: 6 }), (frames, places) => {
        const chunks = cut(join(frames), places);
        const after = kept(chunks);
        expect(after.chunks.map(({ length }) => length)).toEqual(chunks.map(({ length }) => length));
        expect(meaning(after.chunks)).toEqual(meaning(chunks));
      }),
    );
  });

  it('of a download takes few bytes, and none of the data', () => {
    const stream = join(Array.from({ length: 400 }, () => packet(1, 1_400, 0xaa)));
    const after = kept(cut(stream, Array.from({ length: 8 }, (_, i) => i * 65_536)));
    expect(after.size).toBeLessThan(1_200);
    expect(join(after.chunks).filter((byte) => byte === 0xaa).length).toBeLessThan(900);
  });
});
