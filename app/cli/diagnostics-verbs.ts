/**
 * The verbs `diagnostics` and `replay`: a report of a running host, and a recording run again. The report is made here, of what
 * the host tells over its socket, so that a screen that hangs does not matter. As verbs.ts otherwise; only the file is its own.
 */
import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { refusal } from '../api/answers.ts';
import { isReject } from '../base/reject.ts';
import { errorCode } from '../host/error-code.ts';
import { FILE_AT_MOST, fileText, makeReport, pack, unpack } from '../host/report.ts';
import { translator } from '../language/texts.ts';
import { accept } from '../recorder/accept.ts';
import { formatRecording, MARK, parseRecording, type Recording } from '../recorder/recording.ts';
import { replay, type Replay, type Unplayable } from '../recorder/replay.ts';
import { reportFromDisk } from './report-from-disk.ts';
import { told, withHost, type Common, type ExitStatus, type Outcome, type Terminal } from './verbs.ts';

export interface DiagnosticsOptions extends Common {
  /** Undefined: standard output. */
  readonly output: string | undefined;
  /** Of the host: what is read when it does not answer. */
  readonly stateDirectory: string;
  /** Names and addresses stay as they are, for a person's own use. */
  readonly names: boolean;
}

export interface ReplayOptions {
  readonly json: boolean;
  readonly file: string;
  /** Keep in the file how it is decided now. */
  readonly accept: boolean;
}

const { text: say } = translator('en');

/** Kinds of effects that are named where a replay differs. */
const NAMED = 6;

export function diagnostics(options: DiagnosticsOptions, terminal: Terminal): Promise<ExitStatus> {
  return withHost(options, terminal, async (client) => {
    const result = await client.request('diagnostics', {});
    if (result.ok) return kept(fileText(makeReport(result.value, options.names ? 'open' : 'stand-ins')), options.output);
    if (result.error.code !== 'no-reply') return result;
    const { stateDirectory, names, output } = options;
    const outcome = kept(`${reportFromDisk({ stateDirectory, names, asked: result.error.message, wall: Date.now() })}\n`, output);
    return outcome.ok ? { ...outcome, failed: say('shell.disk-only', { asked: result.error.message }) } : outcome;
  });
}

function kept(report: string, output: string | undefined): Outcome {
  return output === undefined ? told({ report }, report.trimEnd()) : written(output, report);
}

function written(file: string, report: string): Outcome {
  try {
    const handle = openSync(file, 'w', 0o600);
    try {
      writeSync(handle, report);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    return refusal('not-written', 'cli.not-written', { file, code: errorCode(error) });
  }
  const bytes = Buffer.byteLength(report);
  return told({ file, bytes }, say('cli.written', { file, size: Math.ceil(bytes / 1024) }));
}

/** In the form of `sim`: a replay is a scenario without a seed. */
export function replayFile({ json, file, accept: isAccepted }: ReplayOptions, terminal: Terminal): Promise<ExitStatus> {
  const refused = isAccepted ? acceptFile(file) : undefined;
  const run = refused ?? runFile(file);
  const ok = 'kind' in run && run.kind === 'same';
  const violations = ok ? [] : [{ rule: 'replay', atSeconds: 'kind' in run && run.kind === 'other' ? Math.round(run.seconds) : null, text: sentenceOf(run) }];
  if (json) {
    const { steps, seconds, traceHash } = 'kind' in run && run.kind !== 'unplayable' ? run : { steps: null, seconds: null, traceHash: null };
    terminal.out(JSON.stringify({ scenario: `replay of ${file}`, seed: null, ok, virtualSeconds: seconds === null ? null : Math.round(seconds * 10) / 10, steps, traceHash, violations, metrics: {} }));
  } else if (ok) {
    terminal.out(sentenceOf(run));
  }
  if (!ok) terminal.error(`bowline: ${file}: ${sentenceOf(run)}`);
  return Promise.resolve(ok ? 0 : 1);
}

type Run = Replay | Unplayable | { readonly failed: string };

function runFile(file: string): Run {
  const read = readFile(file);
  return 'failed' in read ? read : replay(read.recording, unpack);
}

/** Undefined: the file holds now how it is decided now. */
function acceptFile(file: string): Run | undefined {
  const read = readFile(file);
  if ('failed' in read) return read;
  const made = accept(read.recording, { pack, unpack });
  if ('why' in made) return made;
  const mark = read.text.lastIndexOf(MARK);
  try {
    writeFileSync(file, `${mark < 0 ? '' : `${read.text.slice(0, mark)}${MARK}\n`}${formatRecording(made)}\n`);
  } catch (error) {
    return { failed: `it cannot be written (${errorCode(error)}).` };
  }
  return undefined;
}

function readFile(file: string): { readonly text: string; readonly recording: Recording } | { readonly failed: string } {
  let text: string;
  try {
    if (statSync(file).size > FILE_AT_MOST) return { failed: `it is larger than any recording (${FILE_AT_MOST / 1024 / 1024} MiB).` };
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { failed: `it cannot be read (${errorCode(error)}).` };
  }
  const recording = parseRecording(text);
  return isReject(recording) ? { failed: `${recording.refused}.` } : { text, recording };
}

function sentenceOf(run: Run): string {
  if (!('kind' in run)) return run.failed;
  switch (run.kind) {
    case 'same':
      return `${run.steps} steps over ${Math.round(run.seconds)} s, each with the decisions of the recorded run. Trace ${run.traceHash}.`;
    case 'other': {
      const wanted = run.wanted.length === 0 ? 'nothing' : `${run.wanted.slice(0, NAMED).join(', ')}${run.wanted.length > NAMED ? ' and more' : ''}`;
      return `step ${run.step}, ${Math.round(run.seconds)} s after the start, "${run.input}": ${run.why}. The replay wants: ${wanted}. All before it is the same.`;
    }
    case 'unplayable':
      return `it cannot be replayed: ${run.why}.`;
    default:
      return run satisfies never;
  }
}
