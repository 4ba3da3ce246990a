/**
 * The report that a person copies and sends: one screen that says how it is, then what happened, the network around, what
 * is kept on the system and what of it is there, every device with its path, why, and the ways before, the program. Names and addresses of the internet are stand-ins, keys and sign-in addresses are left out,
 * and a field of a snapshot that is not named here is not shown. The recording comes last, put there by the caller. Pure.
 */
import { translator } from '../language/texts.ts';
import type { Message } from '../node/messages.ts';
import type { Pseudonyms } from '../recorder/pseudonyms.ts';
import { explain } from './explain.ts';
import { isoTime } from './dates.ts';
import { reconnectsDuring } from './reconnects.ts';
import type { CommandResult, HistoryView, PeerView, Snapshot } from './schema.ts';
import { ageSeconds, toStatus } from './status.ts';
import { toNetcheck } from './netcheck.ts';
import { formatAge, formatBytes, formatDuration, formatLatency, say, sayReconnects } from './words.ts';

const UNKNOWN = '\u2013';
/** Devices that are shown; a network may have thousands. Those with trouble or data come first. */
const DEVICES = 200;
/** Latency samples of each. */
const SAMPLES = 12;

/** How a string of a snapshot is shown, by its field. All others are withheld. */
const FIELDS: Readonly<Record<string, 'as it is' | 'name' | 'address' | 'sentence'>> = {
  ...asAll('as it is', 'schema key kind state truth severity health phase source id version code during protocol reason because only form by cause loginItem'),
  ...asAll('name', 'name peer unreachable server user tailnet host tags relay code'),
  ...asAll('address', 'addresses endpoint via globalV4 globalV6 from to address item direct'),
  // Not `text`: words of a server, in which anything may stand.
  ...asAll('sentence', 'why what rule detail device'),
};

function asAll<T>(how: T, fields: string): Record<string, T> {
  return Object.fromEntries(fields.split(' ').map((field) => [field, how]));
}

/** The report is English, as whoever reads it may be anywhere. */
const { text: english } = translator('en');

type Reported = Pick<CommandResult<'diagnostics'>, 'snapshot' | 'program' | 'kept' | 'ways'>;

/** A snapshot without what must not leave this computer. Names stand in for names. */
export function redacted(snapshot: Snapshot, names: Pseudonyms): Snapshot {
  // Names first, so that sentences know them.
  for (const { name } of [snapshot.self, ...snapshot.peers]) names.name(name);
  const { account } = snapshot;
  for (const name of [account?.server, account?.user, account?.tailnet, account?.name]) if (name !== null && name !== undefined) names.name(name);
  return walk(snapshot, '', names) as Snapshot;
}

function walk(value: unknown, field: string, names: Pseudonyms): unknown {
  if (Array.isArray(value)) return value.map((item) => walk(item, field, names));
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, key, names)]));
  if (typeof value !== 'string') return value;
  switch (FIELDS[field]) {
    case 'as it is':
      return value;
    case 'name':
      // The system's name of an error, not a relay's.
      return field === 'code' && /^E[A-Z0-9]+$/.test(value) ? value : names.name(value);
    case 'address':
      return names.sentence(value);
    case 'sentence':
      return names.sentence(value);
    case undefined:
      return 'withheld';
    default:
      return FIELDS[field] satisfies never;
  }
}

/** All but the recording. `names` undefined: as they are, for a person's own use. */
export function reportText({ snapshot: whole, program, ...beside }: Reported, names: Pseudonyms | undefined): string {
  // The snapshot first: it knows the names.
  const snapshot = names === undefined ? whole : redacted(whole, names);
  const kept = names === undefined ? beside.kept : (walk(beside.kept, '', names) as Reported['kept']);
  const ways = names === undefined ? beside.ways : (walk(beside.ways, '', names) as Reported['ways']);
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [english('report.summary'), summaryLines(snapshot)],
    [english('report.history'), snapshot.history.length === 0 ? [english('report.nothing')] : snapshot.history.flatMap((entry) => historyLines(entry, snapshot.now))],
    [english('report.network'), networkLines(snapshot)],
    [english('report.kept'), keptLines(snapshot, kept)],
    [english('report.devices'), deviceLines(snapshot, ways)],
    [english('report.program'), [...programLines(program), ...shellLines(snapshot.shell)]],
  ];
  const head = [
    english('report.head', { version: snapshot.version, at: isoTime(snapshot.wall) }),
    ...(names === undefined ? [english('report.open')] : [english('report.stand-ins-1'), english('report.stand-ins-2')]),
  ];
  return sectionsText(head, sections);
}

/** A report as text: its head, then each section under its title. */
export function sectionsText(head: readonly string[], sections: readonly (readonly [title: string, lines: readonly string[]])[]): string {
  return [head.join('\n'), ...sections.map(([title, lines]) => `=== ${title} ===\n${lines.join('\n')}`)].join('\n\n');
}

const age = (at: number | null, now: number): string => {
  const seconds = ageSeconds(at, now);
  return seconds === null ? UNKNOWN : formatAge(seconds * 1_000);
};
const yesNo = (value: boolean | null): string => (value === null ? UNKNOWN : value ? 'yes' : 'no');

function summaryLines(snapshot: Snapshot): string[] {
  const { overall, truths, now, account, history, wall } = snapshot;
  const status = toStatus(snapshot);
  const reconnects = sayReconnects(reconnectsDuring(history, -Infinity, wall, now));
  return [
    `State    ${overall.state} for ${age(overall.sinceAt, now)}: ${say(overall.sentence, now)}`,
    ...overall.causes.slice(0, 12).flatMap((cause, i) => [`         ${cause.severity}: ${say(cause.message, now)} (for ${age(cause.sinceAt, now)})`, ...(i === 0 ? explainedLines(cause.message) : [])]),
    ...(['control', 'relay', 'path', 'os'] as const).map((name) => `${name.padEnd(8)} ${truths[name].state.padEnd(9)} proved ${age(truths[name].provedAt, now).padEnd(8)} ${status.truths[name].detail}`),
    ...(account === null ? [] : [`Account  ${account.phase} for ${age(account.phaseSinceAt, now)}, attempt ${account.attempt}${account.lastError === null ? '' : `: ${say(account.lastError, now)}`}`]),
    `Self     ${snapshot.self.addresses.join(', ')}, UDP port ${snapshot.self.port ?? UNKNOWN}`,
    `In all   ${reconnects}.`,
  ];
}

/** What stands behind the worst cause. */
function explainedLines(worst: Message): string[] {
  const found = explain(worst, 'en');
  return found === null ? [] : [`           ${english('report.why', { text: found.cause })}`, `           ${english('report.doing', { text: found.doing })}`, `           ${english('report.next', { text: found.next })}`];
}

function historyLines(entry: HistoryView, now: number): string[] {
  const result = entry.result === null ? english('report.still') : say(entry.result, now);
  const took = entry.durationMs === null ? '' : ` (${formatDuration(entry.durationMs)})`;
  const head = `${isoTime(entry.at)}  ${entry.truth.padEnd(7)} ${say(entry.cause, now)}`;
  return [head, `    -> ${say(entry.action, now)} -> ${result}${took}`, ...(entry.unreachable.length === 0 ? [] : [`    cut off: ${entry.unreachable.join(', ')}`])];
}

function networkLines(snapshot: Snapshot): string[] {
  const found = toNetcheck(snapshot);
  return [
    `Measured ${age(snapshot.netcheck?.at ?? null, snapshot.now)} ago. UDP: ${yesNo(found.udp)}. IPv4: ${yesNo(found.ipv4)}, seen as ${found.globalV4 ?? UNKNOWN}. IPv6: ${yesNo(found.ipv6)}, seen as ${found.globalV6 ?? UNKNOWN}.`,
    `NAT takes another port for each destination: ${yesNo(found.mappingVariesByDestination)}. Captive portal: ${yesNo(snapshot.netcheck?.captivePortal ?? null)}. Port mapping: ${found.portMapping ?? UNKNOWN}.`,
    ...snapshot.relays.map((relay) => `Relay ${relay.code}${relay.home ? ' (home)' : ''}: ${relay.state}, heard ${age(relay.heardAt, snapshot.now)} ago, ${relay.latencyMs === null ? UNKNOWN : formatLatency(relay.latencyMs)}`),
  ];
}

/** All that is wanted, and what of it was there when it was looked at last. */
function keptLines({ os, now }: Snapshot, kept: Reported['kept']): string[] {
  if (kept === null) return [english('report.not-read-back')];
  const missing = kept.items.filter(({ there }) => !there).length;
  const fight = os === null || os.opponent === null ? [] : [`Undone ${os.undone} times by ${os.opponent.program ?? os.opponent.mark ?? 'somebody who is not known'}.`];
  return [
    `Device ${kept.device}: ${kept.items.length} wanted, ${missing} of them missing when it was looked at ${age(kept.seenAt, now)} ago. State: ${os?.state ?? UNKNOWN}, ${os?.attempts ?? 0} repairs.`,
    ...fight,
    ...kept.items.map(({ kind, item, there }) => `  ${there ? 'there  ' : 'MISSING'}  ${kind} ${item}`.trimEnd()),
  ];
}

function deviceLines({ peers, now, wall }: Snapshot, ways: Reported['ways']): string[] {
  const waysOf = new Map(ways.map(({ id, changes }) => [id, changes]));
  const weight = (peer: PeerView): number => (peer.health === 'silent' || peer.health === 'checking' ? 0 : peer.lastDataAt === null ? 2 : 1);
  const shown = peers.toSorted((a, b) => weight(a) - weight(b)).slice(0, DEVICES);
  const left = peers.length - shown.length;
  return [...shown.flatMap((peer) => [...deviceOf(peer, now), ...wayLines(waysOf.get(peer.id) ?? [], wall - now)]), ...(left > 0 ? [english('report.more', { left })] : []), ...(peers.length === 0 ? [english('report.none')] : [])];
}

/** `wallAtZero`: wall time at Instant 0. */
function wayLines(changes: Reported['ways'][number]['changes'], wallAtZero: number): string[] {
  return changes.map(({ at, direct, relay }) => {
    const way = [...(direct === null ? [] : [`straight to ${direct}`]), ...(relay === null ? [] : [`by relay ${relay}`])].join(', and ');
    return `    ${isoTime(wallAtZero + at)}  packets go ${way === '' ? 'nowhere' : way}`;
  });
}

function deviceOf(peer: PeerView, now: number): string[] {
  const { path } = peer;
  const way = path.kind === 'none' ? 'no way' : `${path.kind} by ${path.via ?? UNKNOWN} for ${age(path.sinceAt, now)}, ${path.latencyMs === null ? UNKNOWN : formatLatency(path.latencyMs)}`;
  const samples = peer.latency.slice(-SAMPLES).map(({ ms }) => (ms === null ? 'lost' : String(Math.round(ms * 10) / 10)));
  return [
    `${peer.name}: ${peer.health} for ${age(peer.healthSinceAt, now)}, ${way}`,
    `    why: ${say(path.why, now)}`,
    `    ${peer.addresses.join(', ')}; handshake ${age(peer.handshakeAt, now)} ago (${peer.handshakes} in all), data ${age(peer.lastDataAt, now)} ago, ${formatBytes(peer.rxBytes)} in, ${formatBytes(peer.txBytes)} out`,
    ...path.candidates.map((each) => `    tried ${each.endpoint} (${each.source}): ${each.answered} of ${each.sent} answered, last ${age(each.lastAnswerAt, now)} ago, ${each.latencyMs === null ? UNKNOWN : formatLatency(each.latencyMs)}${each.badUntil !== null && each.badUntil > now ? `, left out for ${formatAge(each.badUntil - now)}` : ''}`),
    ...(samples.length === 0 ? [] : [`    latency, ms, the newest last: ${samples.join(' ')}`]),
  ];
}

/** What surrounds it: how keys lie on disk, and where an update stands. */
function shellLines(shell: Snapshot['shell']): string[] {
  if (shell === null) return [];
  const { keys, update, loginItem } = shell;
  return [
    ...(keys === null ? [] : [`Keys on disk: ${keys.kind === 'sealed' ? `sealed by ${keys.by}` : `not sealed (${keys.why})`}.`]),
    `Updates: ${update.kind}${update.kind === 'failed' ? ` (${update.cause})` : update.kind === 'off' ? ` (${update.why})` : ''}.`,
    ...(loginItem === null ? [] : [`Start at login: ${loginItem}.`]),
  ];
}

function loopLine(of: string, { count, halfMs, mostMs, worstMs, late }: Loop['deadlines'], limitMs: number): string {
  const measured = count === 0 ? 'none yet' : `half within ${formatLatency(halfMs)}, 99 of 100 within ${formatLatency(mostMs)}, ${formatLatency(worstMs)} at worst; more than ${formatLatency(limitMs)}: ${late} times`;
  return `  ${String(count).padStart(9)}  ${of}: ${measured}`;
}

type Loop = CommandResult<'diagnostics'>['program']['loop'];

function programLines(program: CommandResult<'diagnostics'>['program']): string[] {
  const counts = (of: Readonly<Record<string, number>>): string[] => Object.entries(of).toSorted(([, a], [, b]) => b - a).map(([name, n]) => `  ${String(n).padStart(9)}  ${name}`);
  return [
    `Bowline ${program.version} on ${program.system}, up for ${formatAge(program.uptimeSeconds * 1_000)}, ${formatBytes(program.memoryBytes)} of memory, ${program.teardowns} teardowns.`,
    'How long the event loop of this process kept its timers waiting (in the tray app menu and window wait for it too):',
    loopLine('deadlines', program.loop.deadlines, program.loop.limitMs),
    loopLine('rounds of the feed', program.loop.rounds, program.loop.limitMs),
    'Refused packets and datagrams:',
    ...counts(program.refusals),
    'Wake-ups:',
    ...counts(program.wakeups),
  ];
}
