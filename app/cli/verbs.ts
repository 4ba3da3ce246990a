/**
 * The verbs of the command line against a running host. Each returns an exit status: 0 it worked, 1 it failed and said
 * why in one line. With `json`, exactly one JSON object goes to standard output, also on failure. It parses no arguments
 * (bowline.ts does) and touches the process only through Terminal.
 */
import { plainError } from '../api/answers.ts';
import { explain } from '../api/explain.ts';
import { overallAt } from '../api/face.ts';
import type { ApiError, Checked, CommandResult } from '../api/schema.ts';
import { formatLatency, say } from '../api/words.ts';
import { translator } from '../language/texts.ts';
import { connectControl, type ControlClient } from '../host/control-socket/client.ts';
import type { Paint } from './table.ts';
import { historyText, peersText, statusText } from './texts.ts';

export interface Terminal {
  out(line: string): void;
  error(line: string): void;
  readonly paint: Paint;
  /** Between pings. */
  wait(ms: number): Promise<void>;
  /** ISO 8601 to the time of day and date here. */
  timeOf(iso: string): string;
}

export interface Common {
  readonly socket: string;
  readonly json: boolean;
  /** ms. For tests. */
  readonly replyWithin?: number;
}

export interface PingOptions extends Common {
  readonly peer: string;
  readonly count: number;
  /** ms between two pings. */
  readonly everyMs: number;
}

export type ExitStatus = 0 | 1;
type Told = { readonly json: object; readonly text: string };

export function status(options: Common & { readonly verbose: boolean }, terminal: Terminal): Promise<ExitStatus> {
  return withHost(options, terminal, async (client) => {
    const [result, snapshot] = await Promise.all([client.request('status', options.verbose ? { verbose: true } : {}), client.request('snapshot', {})]);
    if (!result.ok) return result;
    if (!snapshot.ok) return snapshot;
    const sentence = say(overallAt(snapshot.value, snapshot.value.now).sentence, snapshot.value.now);
    const worst = snapshot.value.overall.causes[0];
    return told(result.value, statusText(result.value, sentence, worst === undefined ? null : explain(worst.message, 'en'), terminal.paint));
  });
}

export function peers(options: Common, terminal: Terminal): Promise<ExitStatus> {
  return withHost(options, terminal, async (client) => {
    const result = await client.request('peers', {});
    return result.ok ? told(result.value, peersText(result.value.peers, terminal.paint)) : result;
  });
}

/** `sinceMs`: wall time. */
export function history(options: Common & { readonly sinceMs: number | undefined }, terminal: Terminal): Promise<ExitStatus> {
  return withHost(options, terminal, async (client) => {
    // A script that reads JSON is nobody who looked.
    const result = await client.request('history', { look: !options.json, ...(options.sinceMs === undefined ? {} : { sinceMs: options.sinceMs }) });
    return result.ok ? told(result.value, historyText(result.value, options.sinceMs !== undefined, terminal.timeOf, terminal.paint)) : result;
  });
}

export function ui(options: Common, terminal: Terminal): Promise<ExitStatus> {
  return withHost(options, terminal, async (client) => {
    const result = await client.request('ui', {});
    return result.ok ? told(result.value, result.value.url) : result;
  });
}

export function ping(options: PingOptions, terminal: Terminal): Promise<ExitStatus> {
  return withHost(options, terminal, async (client) => {
    const replies: NonNullable<CommandResult<'ping'>['reply']>[] = [];
    let { peer } = options;
    for (let seq = 1; seq <= options.count; seq++) {
      if (seq > 1) await terminal.wait(options.everyMs);
      const result = await client.request('ping', { peer: options.peer, seq });
      if (!result.ok) return result;
      peer = result.value.peer;
      const { reply } = result.value;
      if (reply !== null) replies.push(reply);
      if (!options.json) terminal.out(reply === null ? `${peer}  ${seq}  no answer` : `${peer}  ${seq}  ${formatLatency(reply.latencyMs)}  ${reply.path.kind} ${reply.path.via ?? ''}`.trimEnd());
    }
    const lost = options.count - replies.length;
    const all = told({ peer, replies, lost }, `${replies.length} of ${options.count} answered${summary(replies.map((reply) => reply.latencyMs))}`);
    return replies.length > 0 ? all : { ...all, failed: translator('en').text('cli.ping-lost', { peer, count: options.count }) };
  });
}

function summary(latencies: readonly number[]): string {
  if (latencies.length === 0) return '';
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (part: number): string => formatLatency(sorted[Math.floor((sorted.length - 1) * part)]!);
  return `, fastest ${at(0)}, median ${at(0.5)}, slowest ${at(1)}`;
}

/** `failed`: the verb did what it was asked to, and the answer is a failure. */
export type Outcome = { readonly ok: true; readonly value: Told; readonly failed?: string } | { readonly ok: false; readonly error: ApiError };

export const told = (json: object, text: string): { readonly ok: true; readonly value: Told } => ({ ok: true, value: { json, text } });

/** Connects, does the work, prints what it told. */
export async function withHost(options: Common, terminal: Terminal, work: (client: ControlClient) => Promise<Outcome>): Promise<ExitStatus> {
  const connected: Checked<ControlClient> = await connectControl(options.socket, options.replyWithin);
  const outcome = connected.ok ? await work(connected.value) : connected;
  if (connected.ok) connected.value.close();
  if (!outcome.ok) {
    if (options.json) terminal.out(JSON.stringify({ error: plainError(outcome.error) }));
    terminal.error(`bowline: ${outcome.error.message}`);
    return 1;
  }
  terminal.out(options.json ? JSON.stringify(outcome.value.json) : outcome.value.text);
  if (outcome.failed === undefined) return 0;
  terminal.error(`bowline: ${outcome.failed}`);
  return 1;
}
