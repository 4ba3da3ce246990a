/**
 * The latest latencies as a small line: one step a sample, so that it moves only when a sample comes. What was asked and
 * not answered breaks the line and leaves a mark on the floor. The text alternative gives the figures.
 */
import { memo, type ReactNode } from 'react';
import type { PeerView } from '../../../app/api/schema.ts';
import { formatLatency } from '../speak.ts';
import { t } from '../language.ts';

type Samples = PeerView['latency'];
type Size = { readonly width: number; readonly height: number; readonly samples: number };

export type Plot = { readonly lines: readonly string[]; readonly missed: readonly number[]; readonly last: { readonly x: number; readonly y: number } | null };

const CUT_OFF = 4;

/** Pure geometry; `size` in the units of the view box. */
export function plot(all: Samples, { width, height, samples }: Size): Plot {
  const shown = all.slice(-samples);
  const answers = shown.flatMap((sample) => (sample.ms === null ? [] : [sample.ms]));
  const usual = answers.toSorted((a, b) => a - b)[Math.floor(answers.length / 2)] ?? 0;
  // One slow answer would flatten all the others, so what is far above the usual is cut off at the top.
  const high = Math.min(Math.max(...answers), usual * CUT_OFF);
  const low = Math.min(...answers);
  // At least a third of the value as the span, or noise would look like news.
  const span = Math.max(high - low, high / 3, 0.1);
  const top = (high + low + span) / 2;
  const step = (width - 4) / (samples - 1);
  const x = (i: number): number => width - 2 - (shown.length - 1 - i) * step;
  const y = (ms: number): number => 2 + Math.max(0, (top - ms) / span) * (height - 5);
  const lines: string[] = [];
  const missed: number[] = [];
  let line: string[] = [];
  let last: Plot['last'] = null;
  shown.forEach((sample, i) => {
    if (sample.ms === null) {
      missed.push(round(x(i)));
      if (line.length > 0) lines.push(line.join(' '));
      line = [];
      return;
    }
    last = { x: round(x(i)), y: round(y(sample.ms)) };
    line.push(`${last.x},${last.y}`);
  });
  if (line.length > 0) lines.push(line.join(' '));
  return { lines, missed, last: shown.at(-1)?.ms === null ? null : last };
}

const round = (n: number): number => Math.round(n * 10) / 10;

function describe(samples: Samples): string {
  if (samples.length === 0) return t('latency.none');
  const answers = samples.flatMap((sample) => (sample.ms === null ? [] : [sample.ms]));
  if (answers.length === 0) return t('latency.all-missed', { missed: samples.length });
  return t('latency.plot', { answers: answers.length, low: formatLatency(Math.min(...answers)), high: formatLatency(Math.max(...answers)), missed: samples.length - answers.length });
}

const SIZES = { small: { width: 48, height: 18, samples: 24 }, large: { width: 112, height: 22, samples: 48 }, wide: { width: 316, height: 44, samples: 60 } } as const;

/** Drawn anew with a new sample, not with each second that its row counts. */
export const Sparkline = memo(function Sparkline({ samples, size = 'small' }: { readonly samples: Samples; readonly size?: keyof typeof SIZES }): ReactNode {
  const box = SIZES[size];
  const { lines, missed, last } = plot(samples, box);
  return (
    <svg className={`spark ${size}`} viewBox={`0 0 ${box.width} ${box.height}`} role="img" aria-label={describe(samples)}>
      {lines.length === 0 ? null : <path d={lines.map((line) => `M${line}`).join('')} />}
      {missed.length === 0 ? null : <path className="miss" d={missed.map((x) => `M${x} ${box.height - 1}v-4`).join('')} />}
      {last === null ? null : <circle cx={last.x} cy={last.y} r="1.75" />}
    </svg>
  );
});
