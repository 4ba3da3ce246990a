/** DERP frames: bytes written out by hand from the published layout, and chunks cut anywhere. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientInfoJson, DERP, DERP_HEADER, DerpReader, DerpWriter, readPeerGone, readRestarting, readServerInfo, readServerKey } from './derp.ts';

interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
}

const hex = (text: string): Uint8Array => Uint8Array.from(text.replaceAll(/\s/g, '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
const key = (n: number): Uint8Array => new Uint8Array(32).fill(n);

function readAll(chunks: readonly Uint8Array[], reader = new DerpReader()): { frames: Frame[]; refused: string | undefined; most: number } {
  const frames: Frame[] = [];
  let most = 0;
  for (const chunk of chunks) {
    // The chunk's memory is used again at once, as a socket's is.
    const lent = chunk.slice();
    const refused = reader.read(lent, (type, payload) => frames.push({ type, payload: payload.slice() }) > 0);
    lent.fill(0xee);
    most = Math.max(most, reader.held);
    if (refused !== undefined) return { frames, refused: refused.refused, most };
  }
  return { frames, refused: undefined, most };
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

/** The obvious reader: all bytes at hand. */
function slowFrames(bytes: Uint8Array): { frames: Frame[]; refused: boolean } {
  const frames: Frame[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 5 <= bytes.length; ) {
    const length = view.getUint32(at + 1);
    if (length > (frames.length === 0 ? 1_024 : 1_048_576)) return { frames, refused: true };
    if (at + 5 + length > bytes.length) break;
    frames.push({ type: bytes[at]!, payload: bytes.slice(at + 5, at + 5 + length) });
    at += 5 + length;
  }
  return { frames, refused: false };
}

const anyFrame = fc.record({ type: fc.nat(255), payload: fc.uint8Array({ maxLength: 300 }) });

describe('a frame', () => {
  it('is a type, a big-endian length, and so many bytes', () => {
    const writer = new DerpWriter();
    writer.frame(DERP.sendPacket, key(0xaa), Uint8Array.of(1, 2, 3));
    writer.frame(DERP.notePreferred, Uint8Array.of(1));
    writer.frame(DERP.ping, hex('0102030405060708'));
    writer.frame(DERP.keepAlive);
    const expected = hex(`04 00000023 ${'aa'.repeat(32)} 010203  07 00000001 01  12 00000008 0102030405060708  06 00000000`);
    expect(writer.length).toBe(expected.length);
    expect(writer.take()).toEqual(expected);
    expect(writer.take()).toBeUndefined();
  });

  it('with more than 65,535 bytes has its length in all four places', () => {
    const writer = new DerpWriter();
    writer.frame(DERP.sendPacket, key(1), new Uint8Array(65_536));
    expect(writer.take()!.subarray(0, 5)).toEqual(hex('04 00010020'));
  });

  it('that was taken is not written over by the next', () => {
    const writer = new DerpWriter();
    writer.frame(DERP.notePreferred, Uint8Array.of(1));
    const first = writer.take()!;
    writer.frame(DERP.notePreferred, Uint8Array.of(0));
    writer.take();
    expect(first).toEqual(hex('07 00000001 01'));
  });
});

describe('the payloads', () => {
  it('greeting: magic and key; what follows is ignored', () => {
    const greeting = hex(`44455250f09f9491 ${'cd'.repeat(32)}`);
    expect(readServerKey(greeting)).toEqual(key(0xcd));
    expect(readServerKey(Uint8Array.of(...greeting, 9, 9))).toEqual(key(0xcd));
    expect(readServerKey(greeting.subarray(0, 39))).toBeUndefined();
    for (let i = 0; i < 8; i++) expect(readServerKey(greeting.with(i, 0))).toBeUndefined();
  });

  it('peer gone: a missing reason is that it disconnected', () => {
    expect(readPeerGone(key(3))).toEqual({ peer: key(3), dropped: false });
    expect(readPeerGone(Uint8Array.of(...key(3), 0))).toEqual({ peer: key(3), dropped: false });
    expect(readPeerGone(Uint8Array.of(...key(3), 1))).toEqual({ peer: key(3), dropped: true });
    expect(readPeerGone(key(3).subarray(1))).toBeUndefined();
  });

  it('restarting: two big-endian times', () => {
    expect(readRestarting(hex('00000bb8 000003e8'))).toEqual({ inMs: 3_000, forMs: 1_000 });
    expect(readRestarting(hex('ffffffff ffffffff'))).toEqual({ inMs: 4_294_967_295, forMs: 4_294_967_295 });
    expect(readRestarting(hex('00000bb8 000003'))).toBeUndefined();
  });

  it('server info: a rate that makes sense, or none', () => {
    expect(readServerInfo('{"version":2,"TokenBucketBytesPerSecond":1000,"TokenBucketBytesBurst":3000}')).toEqual({ bytesPerSecond: 1_000, burstBytes: 3_000 });
    for (const text of ['', 'null', '[]', '7', '{"version":2}', '{"TokenBucketBytesPerSecond":"1000"}', '{"TokenBucketBytesPerSecond":0}', '{"TokenBucketBytesPerSecond":-5}', '{"TokenBucketBytesPerSecond":1e999}']) {
      expect(readServerInfo(text)).toEqual({ bytesPerSecond: undefined, burstBytes: undefined });
    }
    expect(JSON.parse(clientInfoJson())).toEqual({ version: 2, CanAckPings: true });
  });
});

describe('the reader', () => {
  it('finds the same frames wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.nat(3_000), { maxLength: 12 }), (frames, places) => {
        const writer = new DerpWriter();
        for (const { type, payload } of frames) writer.frame(type, payload);
        const { frames: found, refused } = readAll(cut(writer.take() ?? new Uint8Array(0), places));
        expect(refused).toBeUndefined();
        expect(found).toEqual(frames);
      }),
    );
  });

  it('reads byte by byte what it reads at once, empty frames too', () => {
    const bytes = hex('06 00000000  12 00000008 0102030405060708  06 00000000  06 00000000');
    const { frames } = readAll([bytes]);
    expect(frames.map(({ type }) => type)).toEqual([6, 0x12, 6, 6]);
    expect(readAll(Array.from(bytes, (byte) => Uint8Array.of(byte))).frames).toEqual(frames);
  });

  it('never throws, and judges any bytes as the obvious reader does', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 2_000 }), fc.array(fc.oneof(fc.constant(0), fc.nat(20)), { maxLength: 400 }).map((list) => Uint8Array.from(list)));
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(2_000), { maxLength: 6 }), (stream, places) => {
        const slow = slowFrames(stream);
        const { frames, refused } = readAll(cut(stream, places));
        expect(frames).toEqual(slow.frames);
        expect(refused !== undefined).toBe(slow.refused);
      }),
    );
  });

  it('takes 1 KiB as the first frame and 1 MiB as a later one, and not a byte more', () => {
    const header = (type: number, length: number): Uint8Array => Uint8Array.of(type, length >>> 24, length >>> 16, length >>> 8, length);
    expect(readAll([header(1, 1_025)]).refused).toBe('derp: frame too large');
    expect(readAll([header(1, 1_025).subarray(0, 3), header(1, 1_025).subarray(3)]).refused).toBe('derp: frame too large');
    expect(readAll([header(1, 1_024), new Uint8Array(1_024)]).frames).toHaveLength(1);
    expect(readAll([header(6, 0), header(5, 1_048_577)]).refused).toBe('derp: frame too large');
    expect(readAll([header(6, 0), header(5, 1_048_576), new Uint8Array(1_048_576)]).frames).toHaveLength(2);
    expect(readAll([header(6, 0), header(5, 0xffffffff)]).refused).toBe('derp: frame too large');
  });

  it('holds what came, not what a header claims, and gives a large buffer back', () => {
    const reader = new DerpReader();
    const claim = Uint8Array.of(6, 0, 0, 0, 0, 5, 0, 0x10, 0, 0, 1, 2, 3);
    expect(readAll([claim], reader).most).toBeLessThan(64);
    const rest = new Uint8Array(1_048_573);
    const { most } = readAll([rest.subarray(0, 500_000), rest.subarray(500_000)], reader);
    expect(most).toBeLessThanOrEqual(DERP_HEADER + 1_048_576);
    expect(reader.held).toBe(0);
  });

  it('does not copy a frame that lies whole in one chunk', () => {
    const writer = new DerpWriter();
    writer.frame(DERP.recvPacket, key(1), new Uint8Array(1_400));
    const bytes = writer.take()!;
    const reader = new DerpReader();
    reader.read(bytes, (_, payload) => {
      expect(payload.buffer).toBe(bytes.buffer);
      return true;
    });
    expect(reader.held).toBe(0);
  });

  it('reads no further where its caller stops it', () => {
    const types: number[] = [];
    new DerpReader().read(hex('06 00000000  07 00000001 01'), (type) => {
      types.push(type);
      return false;
    });
    expect(types).toEqual([6]);
  });
});
