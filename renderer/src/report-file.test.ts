import { describe, expect, it } from 'vitest';
import { MARK } from '../../app/recorder/recording.ts';
import { bytesOf, fileOf, linesOf, piecesOf, sectionsOf } from './report-file.ts';

const text = 'Bowline 0.1.0: diagnostics\nNothing was sent.\n\n=== Summary ===\nState ok\n\n=== Devices ===\na === b ===\nnone';

describe('a report on the page', () => {
  it('is saved with the mark by which `bowline replay` finds its recording', () => {
    expect(fileOf({ text, recording: 'R', fileName: 'x.txt' })).toBe(`${text}\n\n${MARK}\nR\n`);
  });

  it('is cut into sections and pieces that are the whole of it', () => {
    const sections = sectionsOf(text);
    expect(sections.map(({ title }) => title)).toEqual([null, 'Summary', 'Devices']);
    expect(sections.map((section) => section.text).join('')).toBe(text);
    const long = Array.from({ length: 451 }, (_, i) => `line ${i}`).join('\n');
    const pieces = piecesOf(long);
    expect(pieces.map((piece) => linesOf(piece.text))).toEqual([200, 200, 51]);
    expect(pieces.map((piece) => piece.text).join('')).toBe(long);
    for (const { startsAt, text: piece } of pieces) expect(long.slice(startsAt, startsAt + piece.length)).toBe(piece);
    expect(sectionsOf('')).toEqual([]);
  });

  it('is counted in bytes, not in letters', () => {
    expect(bytesOf('\u2013')).toBe(3);
  });
});
