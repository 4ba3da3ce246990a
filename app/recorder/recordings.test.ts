/**
 * Every recording in tests/recordings is replayed: a fault that was seen once is a test by adding its file. What is in a report
 * of `bowline diagnostics` may stand there as it is, or only its last section.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unpack } from '../../tests/kit/recorded-worlds.ts';
import { parseRecording } from './recording.ts';
import { replay } from './replay.ts';

const FOLDER = new URL('../../tests/recordings/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json') || name.endsWith('.txt'));

describe('a kept recording', () => {
  it('is there at all', () => expect(files.length).toBeGreaterThan(1));

  it.each(files)('%s is decided as it was', (name) => {
    const recording = parseRecording(readFileSync(new URL(name, FOLDER), 'utf8'));
    if ('refused' in recording) throw new Error(`${name}: ${recording.refused}`);
    const again = replay(recording, unpack);
    const difference = again.kind === 'other' ? `step ${again.step}, ${again.input}: ${again.why}; wanted ${again.wanted.join(', ')}` : again.kind === 'unplayable' ? again.why : '';
    expect(difference, 'if the change is meant, `bowline replay FILE --accept` keeps it').toBe('');
  });
});
