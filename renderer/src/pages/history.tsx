/** Everything that happened, by day, newest first: the record of every repair. */
import { useState, type ReactNode } from 'react';
import { formatDuration } from '../../../app/api/words.ts';
import type { HistoryView, Snapshot, TruthName } from '../../../app/api/schema.ts';
import { TRUTHS } from '../derive.ts';
import { Empty } from '../parts/empty.tsx';
import { HistoryEntry } from '../parts/history-entry.tsx';
import { breaks, Ribbon } from '../parts/ribbon.tsx';
import { Segmented } from '../parts/segmented.tsx';
import { usePage } from '../store.ts';
import { strings } from '../strings.ts';
import { dayName, daysBetween } from '../time.ts';

type Filter = TruthName | 'all';

const CHOICES = [{ value: 'all' as Filter, label: strings.history.everything }, ...TRUTHS.map((truth) => ({ value: truth as Filter, label: strings.truths[truth] }))];

type Day = { readonly days: number; readonly at: number; readonly entries: readonly HistoryView[] };

/** Newest day first, newest entry first. Pure but for the zone. */
export function byDay(history: readonly HistoryView[], wall: number): readonly Day[] {
  const groups = new Map<number, HistoryView[]>();
  for (const entry of history.toReversed()) {
    const days = daysBetween(entry.at, wall);
    const group = groups.get(days);
    if (group === undefined) groups.set(days, [entry]);
    else group.push(entry);
  }
  return [...groups].map(([days, entries]) => ({ days, at: entries[0]!.at, entries })).sort((a, b) => a.days - b.days);
}

const dayTitle = (day: Day): string => (day.days <= 0 ? strings.history.today : day.days === 1 ? strings.history.yesterday : dayName(day.at));

export function HistoryPage({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const [filter, setFilter] = useState<Filter>('all');
  const now = usePage((page) => page.now);
  const shown = filter === 'all' ? snapshot.history : snapshot.history.filter((entry) => entry.truth === filter);
  const { totalMs } = breaks(snapshot.history, now, Infinity);
  return (
    <div className="screen" data-testid="history">
      <div className="bar">
        <h1>
          {strings.history.title} <span className="sum">{strings.history.summary(snapshot.history.length, formatDuration(totalMs))}</span>
        </h1>
      </div>
      <div className="body" tabIndex={-1}>
        <Ribbon snapshot={snapshot} link={null} />
        <Segmented label={strings.history.filter} choices={CHOICES} value={filter} onChoose={setFilter} />
        {shown.length === 0 ? (
          <Empty title={filter === 'all' ? strings.history.empty : strings.history.emptyFilter(strings.truths[filter])} text={strings.history.emptyText} />
        ) : (
          byDay(shown, snapshot.wall).map((day) => (
            <section key={day.days}>
              <h2 className="grphead">{dayTitle(day)}</h2>
              <ul className="log">
                {day.entries.map((entry) => (
                  <HistoryEntry key={entry.id} entry={entry} />
                ))}
              </ul>
            </section>
          ))
        )}
      </div>
    </div>
  );
}
