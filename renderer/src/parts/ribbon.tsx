/**
 * The last part of the history as a ribbon: what was interrupted, and for how long. The base line is neutral, because the
 * history tells breaks, not proof; nothing here is green. Positions are percentages, widths never below 3 px.
 */
import type { ReactNode } from 'react';
import { formatDuration } from '../speak.ts';
import { entryKind, isRunning, lasted, unionMs } from '../../../app/api/reconnects.ts';
import type { HistoryView, Snapshot } from '../../../app/api/schema.ts';
import { t } from '../language.ts';
import { usePage } from '../store.ts';
import { shortTime } from '../time.ts';

const LONGEST_MS = 24 * 3_600_000;
const SHORTEST_MS = 60_000;
const TINIEST_TICK = 3;
/** Where the base line lies, and with it how long something lasted; when it began is a full-height tick. */
const BAND = { y: 8, height: 8 } as const;

export type Mark = { readonly id: number; readonly kind: 'break' | 'running' | 'slept' | 'change'; readonly from: number; readonly to: number };

/** Where marks lie between 0 and 1. Pure. */
export function marks(history: readonly HistoryView[], now: number, spanMs: number): readonly Mark[] {
  const start = now - spanMs;
  const place = (at: number): number => Math.min(1, Math.max(0, (at - start) / spanMs));
  return history.flatMap((entry): Mark[] => {
    const kind = entryKind(entry);
    const end = entry.startedAt + lasted(entry, now);
    if (kind === 'started' || end < start) return [];
    if (isRunning(entry)) return [{ id: entry.id, kind: 'running', from: place(entry.startedAt), to: 1 }];
    if (kind === 'slept' && entry.cause.key === 'history.cause.slept') {
      return [{ id: entry.id, kind, from: place(entry.startedAt - entry.cause.sleptMs), to: place(entry.startedAt) }];
    }
    return [{ id: entry.id, kind: kind === 'change' ? 'change' : 'break', from: place(entry.startedAt), to: place(end) }];
  });
}

/** The time the ribbon covers: since the first entry, in whole minutes, from one minute to a day. */
export function ribbonSpan(history: readonly HistoryView[], now: number): number {
  const first = history[0];
  const known = first === undefined ? 0 : now - first.startedAt;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.ceil(known / 60_000) * 60_000));
}

/** For how long anything was interrupted, and counts, for the words beside the ribbon. */
export function breaks(history: readonly HistoryView[], now: number, spanMs: number): { readonly count: number; readonly running: number; readonly totalMs: number } {
  const inside = history.filter((entry) => entryKind(entry) === 'break' && entry.startedAt + lasted(entry, now) >= now - spanMs);
  return { count: inside.length, running: inside.filter(isRunning).length, totalMs: unionMs(inside, now) };
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

function Bar({ mark }: { readonly mark: Mark }): ReactNode {
  const slept = mark.kind === 'slept';
  const change = mark.kind === 'change';
  const at = { y: slept ? 10 : change ? 7 : 1, height: slept ? 4 : change ? 10 : 22 };
  const band = slept ? at : BAND;
  return (
    <g className={mark.kind}>
      {mark.to - mark.from < 0.001 ? null : <rect x={percent(mark.from)} width={percent(mark.to - mark.from)} {...band} />}
      {slept ? null : <rect x={percent(mark.from)} width={TINIEST_TICK} transform={`translate(${mark.from > 0.99 ? -TINIEST_TICK : 0} 0)`} {...at} />}
    </g>
  );
}

function Legend(): ReactNode {
  return (
    <ul className="legend" aria-hidden="true">
      <li><svg viewBox="0 0 16 14"><rect className="calm" y="5" width="16" height="4" /></svg>{t('ribbon.calm')}</li>
      <li><svg viewBox="0 0 16 14"><rect className="break" x="6" width="3" height="14" /></svg>{t('ribbon.break')}</li>
      <li><svg viewBox="0 0 16 14"><rect className="running" x="6" width="3" height="14" /></svg>{t('ribbon.running')}</li>
      <li><svg viewBox="0 0 16 14"><rect className="change" x="6" y="3" width="3" height="8" /></svg>{t('ribbon.change')}</li>
      <li><svg viewBox="0 0 16 14"><rect className="slept" y="6" width="16" height="2" /></svg>{t('ribbon.slept')}</li>
    </ul>
  );
}

/** Whole minutes, shown as hours from two hours on. */
const title = (minutes: number): string => (minutes < 120 ? t('ribbon.minutes', { n: minutes }) : t('ribbon.hours', { n: Math.ceil(minutes / 60) }));

export function Ribbon({ snapshot, link }: { readonly snapshot: Snapshot; readonly link: ReactNode }): ReactNode {
  const now = usePage((page) => page.now);
  const span = ribbonSpan(snapshot.history, now);
  const { count, running, totalMs } = breaks(snapshot.history, now, span);
  const summary = t('ribbon.summary', { breaks: count, total: formatDuration(totalMs), running });
  return (
    <section data-testid="ribbon">
      <h2 className="h2">
        {title(Math.ceil(span / 60_000))}
        <span className="sum">{summary}</span>
        <span className="end">{link}</span>
      </h2>
      <svg className="rib" role="img" aria-label={summary}>
        <rect className="calm" x="0" width="100%" {...BAND} />
        {marks(snapshot.history, now, span).map((mark) => (
          <Bar key={mark.id} mark={mark} />
        ))}
      </svg>
      <div className="axis" aria-hidden="true">
        <span>{shortTime(snapshot.wall - span)}</span>
        <span>{t('ribbon.now')}</span>
      </div>
      <Legend />
    </section>
  );
}
