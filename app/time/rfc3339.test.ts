/** Times as text against the language's own. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wallTime } from './instant.ts';
import { formatRfc3339, parseRfc3339 } from './rfc3339.ts';

const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');
const at = fc.integer({ min: FIRST, max: LAST });

describe('a time of RFC 3339', () => {
  it('is read as Date reads it, and written so that it is read back', () => {
    fc.assert(
      fc.property(at, (ms) => {
        expect(parseRfc3339(new Date(ms).toISOString())).toBe(ms);
        expect(Date.parse(formatRfc3339(wallTime(ms)))).toBe(ms);
        expect(parseRfc3339(formatRfc3339(wallTime(ms)))).toBe(ms);
      }),
      { numRuns: 2_000 },
    );
  });

  it('may have an offset and more digits than are kept', () => {
    expect(parseRfc3339('1996-12-19T16:39:57-08:00')).toBe(Date.parse('1996-12-20T00:39:57Z'));
    expect(parseRfc3339('1985-04-12T23:20:50.52Z')).toBe(Date.parse('1985-04-12T23:20:50.520Z'));
    expect(parseRfc3339('2026-11-25T20:00:00.123999999+00:30')).toBe(Date.parse('2026-11-25T19:30:00.123Z'));
    expect(parseRfc3339('1990-12-31T23:59:60Z')).toBe(Date.parse('1991-01-01T00:00:00Z'));
    expect(parseRfc3339('0001-01-01T00:00:00Z')).toBe(FIRST);
  });

  it('is none with a part out of its range, missing or too many', () => {
    const bad = ['', '2026-11-25', '2026-11-25T20:00:00', '2026-13-01T00:00:00Z', '2026-02-29T00:00:00Z', '2026-11-25T24:00:00Z', '2026-11-25T20:60:00Z', '2026-11-25 20:00:00Z', '2026-11-25T20:00:00.Z', '2026-11-25T20:00:00+1:00', '2026-11-25T20:00:00ZZ', '2026-11-25T20:00:61Z', '20x6-11-25T20:00:00Z', '2026-11-25T20:00:00+24:00', '2026-00-25T20:00:00Z', '2026-11-00T20:00:00Z'];
    for (const text of bad) expect(parseRfc3339(text), text).toBeUndefined();
    expect(parseRfc3339('2024-02-29T00:00:00Z')).toBe(Date.parse('2024-02-29T00:00:00Z'));
  });

  it('never makes the parser throw', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9TZ:.+-]{18,30}$/)), (text) => void parseRfc3339(text)));
  });
});
