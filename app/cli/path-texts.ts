/** What the verbs of path-verbs.ts print for a person. As texts.ts: all of it comes from the JSON, unknown is a dash. Pure. */
import type { Netcheck, WhyAnswer } from '../api/schema.ts';
import { formatAge, formatLatency } from '../api/words.ts';
import { translator } from '../language/texts.ts';
import { table, type Paint } from './table.ts';

const UNKNOWN = '\u2013';
const SOURCES = { map: 'the network', 'call-me-maybe': 'the peer itself', ping: 'a packet of it' } as const;

const latency = (ms: number | null): string => (ms === null ? UNKNOWN : formatLatency(ms));
const age = (seconds: number | null): string => (seconds === null ? UNKNOWN : formatAge(seconds * 1_000));
const sentence = (text: string): string => text.replace(/\.?$/, '.');

/** With a flow: one sentence each way. Without: why the path is what it is, and what stands behind that. */
export function whyText({ peer, path, evidence, filter }: WhyAnswer, paint: Paint): string {
  if (filter !== null) return [filter.in.sentence, filter.out.sentence].map(sentence).join('\n');
  return [[sentence(`${peer}: ${path}`), ...wayLines(evidence)], candidateLines(evidence, paint)]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function wayLines({ kind, via, latencyMs, sinceSeconds }: WhyAnswer['evidence']): string[] {
  if (kind === 'none' || sinceSeconds === null) return [];
  const way = kind === 'relay' ? `Relayed via ${via ?? UNKNOWN}` : `Direct to ${via ?? UNKNOWN}`;
  return [`  ${way} for ${age(sinceSeconds)}${latencyMs === null ? '' : `, ${formatLatency(latencyMs)}`}.`];
}

function candidateLines({ candidates }: WhyAnswer['evidence'], paint: Paint): string[] {
  if (candidates.length === 0) return [];
  return table(
    [{ head: 'ADDRESS' }, { head: 'TOLD BY' }, { head: 'ASKED', align: 'right' }, { head: 'ANSWERED', align: 'right' }, { head: 'LATENCY', align: 'right' }, { head: 'LAST ANSWER', align: 'right' }, { head: 'LEFT OUT', align: 'right' }],
    candidates.map((each) => [each.endpoint, SOURCES[each.source], String(each.sent), String(each.answered), latency(each.latencyMs), age(each.lastAnswerAgeSeconds), each.leftOutSeconds === null ? '' : `${age(each.leftOutSeconds)} more`]),
    paint,
  );
}

export function netcheckText(found: Netcheck, paint: Paint): string {
  const rows: readonly (readonly [string, string])[] = [
    ['UDP', found.udp === null ? UNKNOWN : found.udp ? 'works' : 'blocked'],
    ['IPv4', family(found.ipv4, found.globalV4)],
    ['IPv6', family(found.ipv6, found.globalV6)],
    ['NAT', found.mappingVariesByDestination === null ? UNKNOWN : found.mappingVariesByDestination ? 'takes another port for each destination' : 'keeps one port for all destinations'],
    ['Port mapping', found.portMapping ?? UNKNOWN],
    ['Home relay', found.homeRelay ?? UNKNOWN],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${paint.faint(name.padEnd(width))}  ${value}`);
  if (found.relays.length === 0) return [...lines, '', translator('en').text('cli.no-relay')].join('\n');
  const relays = table([{ head: 'RELAY' }, { head: 'LATENCY', align: 'right' }], found.relays.map(({ region, latencyMs }) => [region, latency(latencyMs)]), paint);
  return [...lines, '', ...relays].join('\n');
}

function family(works: boolean | null, seenAs: string | null): string {
  if (works === null) return UNKNOWN;
  if (!works) return 'none';
  return seenAs === null ? 'works' : `works, seen as ${seenAs}`;
}
