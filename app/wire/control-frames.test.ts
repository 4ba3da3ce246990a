/** Framing on the control connection: the map stream's messages and the early payload, cut anywhere, within their limits. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReject } from '../base/reject.ts';
import { EarlyPayloadSkipper, encodeEarlyPayload, MAX_EARLY_PAYLOAD } from './early-payload.ts';
import { encodeMapFrame, MapFrameSplitter, MAX_MAP_MESSAGE } from './map-frames.ts';

const cut = (stream: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const parts: Uint8Array[] = [];
  for (let at = 0, i = 0; at < stream.length; i++) {
    const length = cuts[i % cuts.length] ?? stream.length;
    parts.push(stream.subarray(at, at + length));
    at += length;
  }
  return parts;
};
const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 10 });

describe('the map stream', () => {
  it('has a little-endian length in front of each message', () => {
    expect(encodeMapFrame(new Uint8Array(0x0201))).toHaveLength(4 + 0x0201);
    expect([...encodeMapFrame(new Uint8Array(0x0201)).subarray(0, 4)]).toEqual([1, 2, 0, 0]);
  });

  it('gives the same messages however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), cuts, (said, lengths) => {
        const splitter = new MapFrameSplitter();
        const heard = cut(join(said.map(encodeMapFrame)), lengths).flatMap((part) => {
          const { messages, refused } = splitter.push(part);
          expect(refused).toBeUndefined();
          return messages;
        });
        expect(heard.map((message) => [...message])).toEqual(said.map((message) => [...message]));
        expect(splitter.atBoundary).toBe(true);
      }),
    );
  });

  it('is over at a message longer than the limit, by its length alone, and stays over', () => {
    const splitter = new MapFrameSplitter(100);
    const good = encodeMapFrame(new Uint8Array(100));
    expect(splitter.push(join([good, Uint8Array.of(101, 0, 0, 0, 1)]))).toMatchObject({ messages: [new Uint8Array(100)], refused: { refused: 'map: a message longer than the limit' } });
    expect(splitter.push(good)).toMatchObject({ messages: [], refused: { refused: 'map: a message longer than the limit' } });
    expect(new MapFrameSplitter().push(Uint8Array.of(0xff, 0xff, 0xff, 0xff)).refused).toBeDefined();
    expect(new MapFrameSplitter().push(Uint8Array.of(1, 0, 0, 4)).refused).toBeDefined();
    expect(new MapFrameSplitter().push(Uint8Array.of(0, 0, 0, 4)).refused).toBeUndefined();
    expect(MAX_MAP_MESSAGE).toBe(0x0400_0000);
  });

  it('holds memory for what came, not for what was announced', () => {
    const splitter = new MapFrameSplitter();
    splitter.push(Uint8Array.of(0, 0, 0, 4));
    expect(splitter.held).toBe(0);
    let sent = 0;
    for (let i = 0; i < 500; i++) {
      splitter.push(new Uint8Array(997));
      sent += 997;
      expect(splitter.held).toBeLessThanOrEqual(Math.max(16 * 1024, 2 * sent));
    }
    expect(splitter.atBoundary).toBe(false);
  });

  it('survives being fed one byte at a time', () => {
    const splitter = new MapFrameSplitter();
    const stream = encodeMapFrame(new Uint8Array(70_000).fill(7));
    const heard = cut(stream, [1]).flatMap((part) => [...splitter.push(part).messages]);
    expect(heard).toEqual([new Uint8Array(70_000).fill(7)]);
    expect(splitter.held).toBe(0);
  });

  it('never makes the splitter throw', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (parts) => {
      const splitter = new MapFrameSplitter(50);
      for (const part of parts) splitter.push(part);
    }));
  });
});

describe('the early payload', () => {
  const skipped = (stream: Uint8Array, lengths: readonly number[]): Uint8Array => {
    const skipper = new EarlyPayloadSkipper();
    return join(
      cut(stream, lengths).map((part) => {
        const through = skipper.push(part);
        if (isReject(through)) throw new Error(through.refused);
        return through;
      }),
    );
  };

  it('has a mark, a big-endian length and its text', () => {
    expect([...encodeEarlyPayload(new Uint8Array(258).fill(0x7b)).subarray(0, 10)]).toEqual([0xff, 0xff, 0xff, 0x54, 0x53, 0, 0, 1, 2, 0x7b]);
  });

  it('is skipped however it is cut, and nothing of what follows', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 80 }), cuts, (json, after, lengths) => {
      expect(skipped(join([encodeEarlyPayload(json), after]), lengths)).toEqual(after);
    }));
  });

  it('need not be there: what does not begin with the mark comes through whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), fc.uint8Array({ maxLength: 40 }), cuts, (same, after, lengths) => {
        const stream = join([encodeEarlyPayload(new Uint8Array(0)).subarray(0, same), Uint8Array.of(0x50), after]);
        expect(skipped(stream, lengths)).toEqual(stream);
      }),
    );
  });

  it('longer than the limit is refused before it comes', () => {
    const head = encodeEarlyPayload(new Uint8Array(MAX_EARLY_PAYLOAD + 1)).subarray(0, 9);
    const skipper = new EarlyPayloadSkipper();
    expect(skipper.push(head)).toMatchObject({ refused: 'early payload: longer than the limit' });
    expect(skipper.push(Uint8Array.of(1))).toMatchObject({ refused: 'early payload: longer than the limit' });
    expect(new EarlyPayloadSkipper().push(encodeEarlyPayload(new Uint8Array(MAX_EARLY_PAYLOAD)))).toHaveLength(0);
  });
});
