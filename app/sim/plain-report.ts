/**
 * What a run in any of the simulator's smaller worlds says about itself: one plain object, and the same as lines for a
 * person; and the figures that every scenario of a fault tells. Pure. (report.ts is the one of whole hosts and links.)
 */

/**
 * What a fault cost, by names that are the same in every scenario. null: it has no meaning where this is played, such as
 * routes in a world without any. Durations are virtual seconds, the longest of the run.
 */
export interface FaultFigures {
  /** Changes of the network that the engine acted upon. */
  readonly linkChanges: number | null;
  /** Probes that it sent into the network on its own: STUN, disco pings, echoes. */
  readonly probes: number | null;
  /** Moves of the home relay, beside the first choice. */
  readonly homeChanges: number | null;
  /** Without an answer, or without a word of the source that is watched, though one was to be had. */
  readonly secondsBlind: number | null;
  /** A destination would have gone out by a device that is not its own. */
  readonly secondsWrongRoute: number | null;
  /** From the end of a fault until all worked again. */
  readonly secondsToReconnect: number | null;
  /** Sockets and connections that were given up as dead. */
  readonly teardowns: number | null;
}

export const NO_FIGURES: FaultFigures = { linkChanges: null, probes: null, homeChanges: null, secondsBlind: null, secondsWrongRoute: null, secondsToReconnect: null, teardowns: null };

export interface PlainViolation {
  readonly rule: string;
  /** Virtual seconds. */
  readonly atSeconds: number;
  readonly text: string;
}

export interface PlainReport {
  readonly scenario: string;
  readonly seed: number;
  /** Played with the one rule switched off that the scenario is about. */
  readonly naive: boolean;
  readonly ok: boolean;
  readonly virtualSeconds: number;
  readonly steps: number;
  readonly traceHash: string;
  readonly violations: readonly PlainViolation[];
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** For a terminal. The command that replays a failed run is the last line. */
export function readablePlain(report: PlainReport): string {
  const lines = [
    headline(report),
    `  ${report.virtualSeconds} virtual seconds, ${report.steps} steps, trace ${report.traceHash}`,
    `  ${Object.entries(report.metrics).map(([name, value]) => `${name}: ${value === null ? '-' : Math.round(value * 100) / 100}`).join(', ')}`,
    ...report.violations.map(({ rule, atSeconds, text }) => `  at ${atSeconds} s: ${rule}: ${text}`),
  ];
  if (!report.ok) lines.push(`replay: ${replayCommand(report)}`);
  return lines.join('\n');
}

type Run = Pick<PlainReport, 'scenario' | 'seed' | 'naive'>;

export function headline({ scenario, seed, naive, ok, violations }: Run & Pick<PlainReport, 'ok' | 'violations'>): string {
  return `${scenario}, seed ${seed}${naive ? ', naive' : ''}: ${ok ? 'ok' : `${violations.length} violations`}`;
}

export function replayCommand({ scenario, seed, naive }: Run): string {
  return `npm run sim -- ${scenario} --seed ${seed}${naive ? ' --naive' : ''}`;
}
