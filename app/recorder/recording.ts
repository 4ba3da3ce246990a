/**
 * A recording as a value and as text: what it is made of, and how a file keeps it. The text is JSON, its last part the segments
 * in base64; in a report for people it stands behind MARK. Pure; whoever has a recording may use it.
 */
import { isReject, reject, type Reject } from '../base/reject.ts';
import { TraceHash } from '../base/trace-hash.ts';
import { toBase64 } from '../keys/keys.ts';
import type { Instant } from '../time/instant.ts';
import { fromBase64 } from './base64.ts';

export const FORMAT = 1;
/** The line before the recording in a file for people. */
export const MARK = '=== Recording, for `bowline replay` ===';

/** What a byte of a segment begins. Steps come with their time; entries belong to the step before them. */
export const OP = {
  handle: 1,
  expire: 2,
  relayed: 3,
  flush: 4,
  relayData: 5,
  relayWritten: 6,
  uint32: 16,
  fraction: 17,
  publicBytes: 18,
  point: 24,
  boxKey: 25,
  noBoxKey: 26,
  opened: 27,
  notOpened: 28,
  counter: 32,
  decided: 48,
} as const;

export interface RecordedSegment {
  readonly from: Instant;
  readonly steps: number;
  readonly isPacked: boolean;
  readonly bytes: Uint8Array;
}

export interface Recording {
  /** Of Bowline. */
  readonly version: string;
  /** Peers that the node had room for. */
  readonly rows: number;
  readonly steps: number;
  /** The oldest, which had no room any more. Not 0: a replay cannot begin. */
  readonly droppedSteps: number;
  /** Of all that the node decided, from its first step. */
  readonly traceHash: string;
  readonly segments: readonly RecordedSegment[];
}

export function formatRecording(recording: Recording): string {
  const { version, rows, steps, droppedSteps, traceHash } = recording;
  const segments = recording.segments.map(({ from, steps: count, isPacked, bytes }) => ({ from, steps: count, form: isPacked ? 'deflated' : 'plain', data: toBase64(bytes) }));
  return JSON.stringify({ bowlineRecording: FORMAT, version, rows, steps, droppedSteps, traceHash, sum: sumOf(recording), segments });
}

export type RecordingRefusal = 'there is no recording in it' | 'it is of another version of recordings' | 'it is cut off or damaged';
const NONE = reject('there is no recording in it');
const OTHER = reject('it is of another version of recordings');
const DAMAGED = reject('it is cut off or damaged');

/** `text`: a recording alone, or a report with one behind MARK. */
export function parseRecording(text: string): Recording | Reject<RecordingRefusal> {
  const mark = text.lastIndexOf(MARK);
  const json = (mark < 0 ? text : text.slice(mark + MARK.length)).trim();
  if (!json.startsWith('{')) return NONE;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return json.startsWith('{"bowlineRecording"') ? DAMAGED : NONE;
  }
  if (!isObject(value) || value['bowlineRecording'] === undefined) return NONE;
  if (value['bowlineRecording'] !== FORMAT) return OTHER;
  const { version, rows, steps, droppedSteps, traceHash, sum, segments } = value;
  if (typeof version !== 'string' || typeof traceHash !== 'string' || !isCount(rows) || rows > ROWS_AT_MOST || !isCount(steps) || !isCount(droppedSteps) || !Array.isArray(segments)) return DAMAGED;
  const read: RecordedSegment[] = [];
  for (const one of segments) {
    const segment = segmentOf(one);
    if (isReject(segment)) return segment;
    read.push(segment);
  }
  const recording = { version, rows, steps, droppedSteps, traceHash, segments: read };
  return sumOf(recording) === sum ? recording : DAMAGED;
}

/** A node never had more room. */
const ROWS_AT_MOST = 65_536;

function segmentOf(value: unknown): RecordedSegment | typeof DAMAGED {
  if (!isObject(value)) return DAMAGED;
  const { from, steps, form, data } = value;
  const bytes = typeof data === 'string' ? fromBase64(data) : undefined;
  if (bytes === undefined || typeof from !== 'number' || !isCount(steps) || (form !== 'deflated' && form !== 'plain')) return DAMAGED;
  return { from: from as Instant, steps, isPacked: form === 'deflated', bytes };
}

/** Finds accidents: a recording says nothing about who made it. */
function sumOf({ segments, steps, traceHash }: Recording): string {
  const hash = new TraceHash();
  hash.number(steps);
  hash.text(traceHash);
  for (const { bytes } of segments) hash.bytes(bytes);
  return hash.digest();
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
