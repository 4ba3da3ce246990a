/**
 * What the verbs print for a person: the sentence, the causes worst first, then the evidence with its ages. Everything
 * comes from the same JSON that `--json` prints, so that the two never differ. Unknown is an en dash, never 0. Pure.
 */
import type { CommandResult, HistoryEntry, OverallState, PeerStatus, Status, TruthState } from '../api/schema.ts';
import type { Explanation } from '../api/explain.ts';
import { translator } from '../language/texts.ts';
import { formatAge, formatBytes, formatDuration, formatLatency, sayReconnects } from '../api/words.ts';
import { table, type Paint } from './table.ts';

/** The command line speaks English, whatever the settings say: its lines are read by scripts too. */
const english = translator('en');
const UNKNOWN = '\u2013';
const TRUTHS = [
  ['control', 'Control'],
  ['relay', 'Relay'],
  ['path', 'Peer paths'],
  ['os', 'This computer'],
] as const;

const age = (seconds: number | null): string => (seconds === null ? UNKNOWN : formatAge(seconds * 1_000));
const latency = (ms: number | null): string => (ms === null ? UNKNOWN : formatLatency(ms));

/** `sentence`: the overall sentence of the same moment. `worst`: what stands behind the worst cause; null: there is none. */
export function statusText(status: Status, sentence: string, worst: Explanation | null, paint: Paint): string {
  const blocks = [
    [paint.bold(paintOverall(status.state, paint)(`${sentence}.`)), ...status.causes.map((cause) => `  ${cause.replace(/\.?$/, '.')}`), ...signIn(status)],
    ...(worst === null ? [] : [explainLines(worst, paint)]),
    [`${status.self.name}  ${paint.faint(status.self.addresses.join('  '))}`],
    table(
      [{ head: 'TRUTH' }, { head: 'STATE' }, { head: 'PROVED', align: 'right' }, { head: 'DETAIL' }],
      TRUTHS.map(([key, name]) => {
        const truth = status.truths[key];
        return [name, paintTruth(truth.state, paint)(truth.state), age(truth.ageSeconds), truth.detail];
      }),
      paint,
    ),
    peerTable(status.peers, paint),
  ];
  if (status.verbose !== undefined) blocks.push(verboseLines(status.verbose));
  return blocks.map((lines) => lines.join('\n')).join('\n\n');
}

function explainLines({ cause, doing, next }: Explanation, paint: Paint): string[] {
  const rows = [[english.text('cli.why'), cause], [english.text('cli.doing'), doing], [english.text('cli.next'), next]] as const;
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${paint.faint(name.padEnd(width))}  ${text}`);
}

function signIn({ account }: Status): string[] {
  const url = account?.signInUrl ?? null;
  return url === null ? [] : ['', `  Sign in at ${url}`];
}

export function peersText(peers: readonly PeerStatus[], paint: Paint): string {
  const why = peers.map((peer) => `${paint.bold(peer.name)}  ${paint.faint(peer.addresses.join('  '))}\n  ${peer.path.why.replace(/\.?$/, '.')}`);
  return peers.length === 0 ? english.text('cli.no-peers') : `${peerTable(peers, paint).join('\n')}\n\n${why.join('\n')}`;
}

function peerTable(peers: readonly PeerStatus[], paint: Paint): string[] {
  if (peers.length === 0) return [english.text('cli.no-peers')];
  return table(
    [
      { head: 'PEER' },
      { head: 'PATH' },
      { head: 'LATENCY', align: 'right' },
      { head: 'HANDSHAKE', align: 'right' },
      { head: 'LAST DATA', align: 'right' },
      { head: 'RECEIVED', align: 'right' },
      { head: 'SENT', align: 'right' },
    ],
    peers.map((peer) => [
      peer.name,
      peer.path.kind === 'none' ? 'none' : `${peer.path.kind} ${peer.path.via ?? UNKNOWN}`,
      latency(peer.path.latencyMs),
      age(peer.handshakeAgeSeconds),
      age(peer.lastDataAgeSeconds),
      formatBytes(peer.rxBytes),
      formatBytes(peer.txBytes),
    ]),
    paint,
  );
}

function verboseLines(verbose: NonNullable<Status['verbose']>): string[] {
  const counts = (title: string, of: Readonly<Record<string, number>>): string[] => {
    const entries = Object.entries(of).toSorted(([, a], [, b]) => b - a);
    return entries.length === 0 ? [`${title}: none`] : [`${title}:`, ...entries.map(([name, n]) => `  ${String(n).padStart(8)}  ${name}`)];
  };
  return [
    `Bowline ${verbose.version}, up for ${formatAge(verbose.uptimeSeconds * 1_000)}, ${formatBytes(verbose.memoryBytes)} of memory, ${verbose.teardowns} teardowns`,
    ...counts('Refused', verbose.refusals),
    ...counts('Wake-ups', verbose.wakeups),
  ];
}

/** Oldest first, as the engine tells it: the newest and the sum stand last, where a terminal ends. `asked`: the time was asked
 *  for, and is not that of the last look. `timeOf`: wall time to text. */
export function historyText({ entries, summary }: CommandResult<'history'>, asked: boolean, timeOf: (iso: string) => string, paint: Paint): string {
  const { since, reconnects: count, longestMs, running } = summary;
  const when = since === null ? 'In all' : asked ? `Since ${timeOf(since)}` : `While you were away, since ${timeOf(since)}`;
  const sum = paint.bold(`${when}: ${sayReconnects({ count, longestMs, running })}.`);
  return entries.length === 0 ? `${english.text('cli.nothing-happened')}\n${sum}` : `${entries.map((entry) => entryText(entry, timeOf, paint)).join('\n')}\n\n${sum}`;
}

function entryText({ at, cause, action, result, durationMs, unreachable }: HistoryEntry, timeOf: (iso: string) => string, paint: Paint): string {
  const time = timeOf(at);
  const took = durationMs === null ? '' : paint.faint(`  (${formatDuration(durationMs)})`);
  const lines = [cause, `${action} -> ${result ?? english.text('report.still')}${took}`, ...(unreachable.length === 0 ? [] : [paint.faint(`Cut off: ${unreachable.join(', ')}`)])];
  return `${paint.faint(time)}  ${lines.join(`\n${' '.repeat(time.length)}  `)}`;
}

function paintOverall(state: OverallState, paint: Paint): (text: string) => string {
  switch (state) {
    case 'connected':
      return paint.good;
    case 'idle':
    case 'stopped':
      return (text) => text;
    case 'checking':
    case 'attention':
      return paint.warn;
    case 'offline':
      return paint.bad;
    default:
      return state satisfies never;
  }
}

function paintTruth(state: TruthState, paint: Paint): (text: string) => string {
  switch (state) {
    case 'ok':
      return paint.good;
    case 'checking':
    case 'stale':
      return paint.warn;
    case 'down':
      return paint.bad;
    case 'off':
      return paint.faint;
    default:
      return state satisfies never;
  }
}
