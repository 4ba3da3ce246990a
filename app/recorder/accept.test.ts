/** A recording that is taken over: what the program decides now is what it holds then. */
import { describe, expect, it } from 'vitest';
import { meshRun, pack, staticRun, unpack } from '../../tests/kit/recorded-worlds.ts';
import { accept } from './accept.ts';
import type { Recording } from './recording.ts';
import { replay } from './replay.ts';

function accepted(recording: Recording): Recording {
  const made = accept(recording, { pack, unpack });
  if ('kind' in made) throw new Error(made.why);
  return made;
}

describe('accepting', () => {
  it('changes nothing where the program decides as the run did', () => {
    for (const { node } of [...staticRun(2).engines, ...meshRun(1).engines]) {
      const recording = node.recording();
      expect(accepted(recording)).toMatchObject({ steps: recording.steps, traceHash: recording.traceHash });
    }
  });

  it('makes a sound recording of one that is decided otherwise, from the first difference on', () => {
    for (const { node } of meshRun(1).engines) {
      const recording = node.recording();
      // As if the run had been of another program: one answer that it drew, and one that it opened, are others.
      const segments = recording.segments.map((segment) => {
        const bytes = Uint8Array.from(unpack(segment.bytes)!);
        const at = Buffer.from(bytes).indexOf('datagram') + 400;
        bytes[at] = bytes[at]! ^ 1;
        return { ...segment, isPacked: false, bytes };
      });
      const other = { ...recording, segments };
      const before = replay(other, unpack);
      if (before.kind !== 'other') continue;
      const made = accepted(other);
      expect(replay(made, unpack)).toMatchObject({ kind: 'same', steps: made.steps });
      expect(made.traceHash).not.toBe(recording.traceHash);
    }
  });

  it('is refused where a replay cannot begin', () => {
    expect(accept({ ...staticRun(1).engines[0]!.node.recording(), droppedSteps: 1 }, { pack, unpack })).toHaveProperty('why');
  });
});
