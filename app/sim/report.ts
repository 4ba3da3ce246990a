/** What a run of the simulator says about itself: one plain object, and the same as lines for a person. Pure. */
import type { MiniStackStats } from './mini-stack.ts';
import { headline, replayCommand } from './plain-report.ts';
import type { Violation } from './watcher.ts';
import type { World } from './world.ts';

export interface Metrics {
  readonly hosts: number;
  readonly datagrams: number;
  readonly datagramBytes: number;
  readonly handshakesSent: number;
  readonly sessions: number;
  readonly suspicions: number;
  readonly echo: { readonly sent: number; readonly received: number; readonly lost: number; readonly waiting: number };
  readonly recoveries: { readonly count: number; readonly medianMs: number | null; readonly worstMs: number | null };
  /** Seconds of flows in which the oracle would have noticed silence. */
  readonly watchedSeconds: number;
  readonly wakeUps: { readonly total: number; readonly perHostHour: number; readonly byReason: Readonly<Record<string, number>> };
  readonly refusals: Readonly<Record<string, number>>;
  readonly teardowns: number;
  /** Entries in the reconnect histories. */
  readonly history: number;
}

export interface SimReport {
  readonly scenario: string;
  readonly seed: number;
  /** Played with the one rule switched off that the scenario is about. */
  readonly naive: boolean;
  readonly ok: boolean;
  readonly virtualSeconds: number;
  readonly steps: number;
  readonly traceHash: string;
  readonly violations: readonly Violation[];
  readonly metrics: Metrics;
}

export function reportOf(world: World, scenario: string, naive: boolean): SimReport {
  const { watcher } = world;
  return {
    scenario,
    seed: world.seed,
    naive,
    ok: watcher.violations.length === 0,
    virtualSeconds: world.virtualSeconds,
    steps: watcher.tally.steps,
    traceHash: watcher.hash.digest(),
    violations: watcher.violations,
    metrics: measure(world),
  };
}

/** Sums over all hosts. Closes the account of requests whose time is over. */
export function measure(world: World): Metrics {
  const { tally } = world.watcher;
  const echo = { sent: 0, received: 0, lost: 0, waiting: 0 };
  const refusals: Record<string, number> = {};
  let teardowns = 0;
  let history = 0;
  for (const host of world.hosts) {
    host.stack.expire(host.now());
    const stats: MiniStackStats = host.stack.stats;
    echo.sent += stats.sent;
    echo.received += stats.received;
    echo.lost += stats.lost;
    echo.waiting += host.stack.outstanding;
    history += host.engine?.node.view(host.now()).history.length ?? 0;
    teardowns += host.engine?.node.teardowns ?? 0;
    for (const [reason, count] of Object.entries(host.engine?.counters.refusals() ?? {})) refusals[reason] = (refusals[reason] ?? 0) + count;
  }
  const byReason = Object.fromEntries([...tally.wakeUps].sort((a, b) => b[1] - a[1]));
  const total = [...tally.wakeUps.values()].reduce((sum, n) => sum + n, 0);
  const recoveries = world.oracle.recoveries.toSorted((a, b) => a - b);
  return {
    hosts: world.hosts.length,
    datagrams: tally.datagrams,
    datagramBytes: tally.datagramBytes,
    handshakesSent: tally.handshakesSent,
    sessions: tally.sessions,
    suspicions: tally.suspicions,
    echo,
    recoveries: {
      count: recoveries.length,
      medianMs: round(recoveries[recoveries.length >> 1]),
      worstMs: round(recoveries.at(-1)),
    },
    watchedSeconds: world.oracle.armedSeconds,
    wakeUps: { total, perHostHour: Math.round((total / world.hosts.length / Math.max(1, world.virtualSeconds)) * 3_600 * 10) / 10, byReason },
    refusals,
    teardowns,
    history,
  };
}

/** For a terminal. The command that replays a failed run is the last line. */
export function readable(report: SimReport): string {
  const m = report.metrics;
  const lines = [
    headline(report),
    `  ${m.hosts} hosts, ${report.virtualSeconds} virtual seconds, ${report.steps} steps, trace ${report.traceHash}`,
    `  ${m.datagrams} datagrams, ${m.handshakesSent} handshakes begun, ${m.sessions} sessions`,
    `  echo: ${m.echo.sent} sent, ${m.echo.received} answered, ${m.echo.lost} lost`,
    `  repairs seen: ${m.recoveries.count}${m.recoveries.worstMs === null ? '' : `, median ${m.recoveries.medianMs} ms, worst ${m.recoveries.worstMs} ms`}`,
    `  wake-ups: ${m.wakeUps.total}, ${m.wakeUps.perHostHour} per host and hour`,
  ];
  for (const { rule, atSeconds, text } of report.violations) lines.push(`  at ${atSeconds} s: ${rule}: ${text}`);
  if (!report.ok) lines.push(`replay: ${replayCommand(report)}`);
  return lines.join('\n');
}

function round(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}
