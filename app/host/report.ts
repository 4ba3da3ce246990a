/**
 * The report of diagnostics as text: what api/report.ts says of it, and the recording, both with stand-ins or as they are.
 * The command line, the page and the tray make it here, so that they cannot differ. It asks nobody and writes nothing.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { isoTime } from '../api/dates.ts';
import { reportText } from '../api/report.ts';
import type { CommandResult, Diagnostics, Settings } from '../api/schema.ts';
import { isReject } from '../base/reject.ts';
import { Pseudonyms } from '../recorder/pseudonyms.ts';
import { formatRecording, MARK, parseRecording } from '../recorder/recording.ts';
import { rewrite } from '../recorder/rewrite.ts';

/** Bytes of a file that is read, and of a segment that is unpacked: far more than any recording has. */
export const FILE_AT_MOST = 64 * 1024 * 1024;

export type Report = CommandResult<'report'>;

/** With stand-ins, a recording that cannot be had with them is left out. */
export function makeReport(diagnosed: Diagnostics, names: Settings['report']): Report {
  const standIns = names === 'open' ? undefined : new Pseudonyms();
  return {
    text: reportText(diagnosed, standIns),
    recording: standIns === undefined ? diagnosed.recording : withStandIns(diagnosed.recording, standIns),
    fileName: `bowline-${isoTime(diagnosed.snapshot.wall).replaceAll(/[^0-9A-Za-z]+/g, '-')}.txt`,
  };
}

/** The whole file: the report, then the recording, as `bowline replay` takes it. */
export const fileText = ({ text, recording }: Report): string => `${text}\n\n${MARK}\n${recording}\n`;

function withStandIns(text: string, standIns: Pseudonyms): string {
  const recording = parseRecording(text);
  const made = isReject(recording) ? { why: recording.refused } : rewrite(recording, standIns, { pack, unpack });
  return 'why' in made ? `Left out, because it could not be made without names: ${made.why}. With \`bowline diagnostics --names\` it is there, as it is.` : formatRecording(made);
}

export function pack(bytes: Uint8Array): Uint8Array {
  return deflateRawSync(bytes);
}

/** Undefined: it is broken, or larger than any. */
export function unpack(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return inflateRawSync(bytes, { maxOutputLength: FILE_AT_MOST });
  } catch {
    return undefined;
  }
}
