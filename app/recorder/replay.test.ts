/** A recording of a node in a simulated network, replayed without the network: the same decisions to the last bit, or told where not. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crypto, freshMeshRun, meshRun, pack, staticRun, unpack } from '../../tests/kit/recorded-worlds.ts';
import { recordedEngine, type RecordedEngine } from '../sim/recorded-engine.ts';
import { SCENARIOS } from '../sim/scenarios.ts';
import { World } from '../sim/world.ts';
import { formatRecording, MARK, OP, parseRecording, type Recording } from './recording.ts';
import { replay } from './replay.ts';

function scenario(name: string, seed: number): RecordedEngine[] {
  const engines: RecordedEngine[] = [];
  const played = SCENARIOS.find((one) => one.name === name)!;
  const world = new World({ seed, crypto, family: played.family?.(seed) ?? 4, createEngine: recordedEngine((engine) => engines.push(engine), { pack }) });
  world.run(played.build(world));
  return engines;
}

function overText(recording: Recording): Recording {
  const read = parseRecording(formatRecording(recording));
  if ('refused' in read) throw new Error(read.refused);
  return read;
}

function expectSame(engines: readonly RecordedEngine[]): void {
  expect(engines.length).toBeGreaterThan(1);
  for (const { node } of engines) {
    const recording = overText(node.recording());
    expect(recording.steps).toBeGreaterThan(2);
    expect(replay(recording, unpack)).toMatchObject({ kind: 'same', steps: recording.steps, traceHash: recording.traceHash });
  }
}

describe('a replay of every node', () => {
  it.each([1, 2])('of plain WireGuard through cuts, restarts, sleep and moves decides the same (seed %i)', (seed) => expectSame(staticRun(seed).engines));

  it.each([1])('of a mesh through NATs, silent relays, roaming and sleep decides the same (seed %i)', (seed) => expectSame(meshRun(seed).engines));

  it.each(['filter', 'tailnet-join', 'tailnet-rules'])('of %s decides the same', (name) => expectSame(scenario(name, 1)));

  it('of any random network decides the same', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => expectSame(scenario('random', seed))), { numRuns: 4 });
  });

  it('shows at the end what the node showed', () => {
    const [engine] = meshRun(1).engines;
    const again = replay(engine!.node.recording(), unpack);
    if (again.kind !== 'same') throw new Error(again.kind);
    expect(again.view.history.map(({ cause, action, result }) => [cause.key, action.key, result?.key])).toEqual(
      engine!.node.view(0 as never).history.map(({ cause, action, result }) => [cause.key, action.key, result?.key]),
    );
    expect(again.view.history.length).toBeGreaterThan(2);
  });
});

describe('a recording that is not what the node lived through', () => {
  const recording = staticRun(1).engines[0]!.node.recording();
  const plain = recording.segments.map((segment) => ({ ...segment, isPacked: false, bytes: segment.isPacked ? unpack(segment.bytes)! : segment.bytes }));

  it('is noticed wherever one byte of it was changed', () => {
    fc.assert(
      fc.property(fc.nat(plain[0]!.bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const bytes = plain[0]!.bytes.slice();
        bytes[at] = (bytes[at]! + by) & 255;
        const again = replay({ ...recording, segments: [{ ...plain[0]!, bytes }, ...plain.slice(1)] }, unpack);
        // A time, or a number that nothing depends on, may be another without another decision; then the end is still the same.
        if (again.kind === 'same') expect(again.traceHash).toBe(recording.traceHash);
        else expect(again.why).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });

  it('says which step it is, what came in, and what differs', () => {
    const text = new TextEncoder();
    const bytes = plain[0]!.bytes.slice();
    const roles = ['initiator', 'responder'];
    const role = roles.find((one) => indexOf(bytes, text.encode(one)) > 0)!;
    bytes.set(text.encode(roles.find((one) => one !== role)!), indexOf(bytes, text.encode(role)));
    const again = replay({ ...recording, segments: [{ ...plain[0]!, bytes }, ...plain.slice(1)] }, unpack);
    expect(again).toMatchObject({ kind: 'other', input: 'fact: session' });
    expect(again).toMatchObject({ why: expect.stringContaining('it decides') });
  });

  it('cut off anywhere is refused as text, and never throws as a recording', () => {
    const whole = formatRecording(recording);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        expect(parseRecording(whole.slice(0, length))).toHaveProperty('refused');
      }),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(fc.nat(plain[0]!.bytes.length - 1), (length) => {
        expect(replay({ ...recording, segments: [{ ...plain[0]!, bytes: plain[0]!.bytes.slice(0, length) }] }, unpack).kind).not.toBe('same');
      }),
      { numRuns: 50 },
    );
  });

  it('with one letter of its text changed is refused', () => {
    const whole = formatRecording(recording);
    const at = whole.lastIndexOf('"data"') + 100;
    const letter = whole[at] === 'A' ? 'B' : 'A';
    expect(parseRecording(whole.slice(0, at) + letter + whole.slice(at + 1))).toEqual({ refused: 'it is cut off or damaged' });
  });

  it('of any bytes at all is never a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const again = replay({ version: 'x', rows: 4, steps: 1, droppedSteps: 0, traceHash: '', segments: [{ from: 0 as never, steps: 1, isPacked: false, bytes }] }, unpack);
        expect(again.kind).not.toBe('same');
      }),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.string(), (text) => void expect(parseRecording(text)).toHaveProperty('refused')));
  });

  it('is found behind the words of a report', () => {
    expect(overText(recording).traceHash).toBe(recording.traceHash);
    const read = parseRecording(`Bowline 1\n{"a": 1}\n${MARK}\n${formatRecording(recording)}\n`);
    expect(read).toMatchObject({ steps: recording.steps });
  });
});

describe('a decision that is another one, though as many', () => {
  it('ends the replay at its step', () => {
    const { node } = staticRun(2).engines[0]!;
    const recording = node.recording();
    const bytes = unpack(recording.segments[0]!.bytes)!;
    // The first fingerprint: what it is, how many, four bytes; a step follows.
    const at = bytes.findIndex((byte, i) => byte === OP.decided && bytes[i + 1]! < 128 && (bytes[i + 6] === OP.handle || bytes[i + 6] === OP.expire));
    bytes[at + 5] = bytes[at + 5]! ^ 1;
    expect(replay({ ...recording, segments: [{ ...recording.segments[0]!, isPacked: false, bytes }] }, unpack)).toMatchObject({ kind: 'other', why: 'it decides something else than the run' });
  });
});

describe('a ring that is full', () => {
  const small = 24_576;

  it('drops the oldest steps, stays within its bytes, and says that no replay can begin', () => {
    for (const { node } of freshMeshRun(1, small).engines) {
      const recording = node.recording();
      expect(node.recordedBytes).toBeLessThanOrEqual(small + 66_000);
      if (recording.steps < 2_000) continue;
      expect(recording.droppedSteps).toBeGreaterThan(0);
      expect(replay(recording, unpack)).toEqual({ kind: 'unplayable', why: expect.stringContaining(`its first ${recording.droppedSteps} steps`) });
    }
  });
});

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  for (let at = 0; at + part.length <= bytes.length; at++) if (part.every((byte, i) => bytes[at + i] === byte)) return at;
  return -1;
}
