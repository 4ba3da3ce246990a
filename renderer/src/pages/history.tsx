/** Everything that happened, newest first: first what happened while one was away, then by day. The record of every repair. */
import { useState, type ReactNode } from 'react';
import { fallsInto } from '../../../app/api/reconnects.ts';
import { formatDuration } from '../speak.ts';
import type { HistoryView, Snapshot, TruthName } from '../../../app/api/schema.ts';
import { TRUTHS } from '../derive.ts';
import { t } from '../language.ts';
import { RETURN_MS, useLooks } from '../looks.ts';
import { Away } from '../parts/away.tsx';
import { Empty } from '../parts/empty.tsx';
import { HistoryEntry } from '../parts/history-entry.tsx';
import { breaks, Ribbon } from '../parts/ribbon.tsx';
import { Choices } from '../parts/choices.tsx';
import { byName } from '../name-order.ts';
import { go } from '../route.ts';
import { usePage } from '../store.ts';
import { dayName, daysBetween } from '../time.ts';

type Filter = TruthName | 'all';

const choices = (): readonly { readonly value: Filter; readonly label: string }[] => [{ value: 'all', label: t('history.everything') }, ...TRUTHS.map((truth) => ({ value: truth, label: t(`truth.${truth}`) }))];

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

const dayTitle = (day: Day): string => (day.days <= 0 ? t('history.today') : day.days === 1 ? t('history.yesterday') : dayName(day.at));

/** Whether an entry is about this device, or it was cut off meanwhile. */
const concerns = (entry: HistoryView, name: string): boolean => entry.peer === name || entry.unreachable.includes(name);

/** Devices that the history names, and the one that is chosen. */
function devicesOf(history: readonly HistoryView[], chosen: string | null): readonly string[] {
  const names = new Set(history.flatMap((entry) => [...(entry.peer === null ? [] : [entry.peer]), ...entry.unreachable]));
  if (chosen !== null) names.add(chosen);
  return [...names].sort(byName);
}

function emptyTitle(truth: TruthName | null, device: string | null): string {
  if (truth === null) return device === null ? t('history.empty') : t('history.empty-device', { device });
  const name = t(`truth.${truth}`);
  return device === null ? t('history.empty-truth', { truth: name }) : t('history.empty-both', { truth: name, device });
}

function Log({ title, entries }: { readonly title: string; readonly entries: readonly HistoryView[] }): ReactNode {
  return (
    <section>
      <h2 className="grphead">{title}</h2>
      <ul className="log">
        {entries.map((entry) => (
          <HistoryEntry key={entry.id} entry={entry} />
        ))}
      </ul>
    </section>
  );
}

function Device({ names, chosen }: { readonly names: readonly string[]; readonly chosen: string | null }): ReactNode {
  return (
    <label className="pick">
      <span>{t('history.device')}</span>
      <select data-testid="history-device" value={chosen ?? ''} onChange={({ target }) => go({ page: 'history', peer: target.value === '' ? null : target.value })}>
        <option value="">{t('history.all-devices')}</option>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

/** `peer`: only what concerns this device. */
export function HistoryPage({ snapshot, peer }: { readonly snapshot: Snapshot; readonly peer: string | null }): ReactNode {
  const [filter, setFilter] = useState<Filter>('all');
  const away = useLooks((looks) => looks.away);
  const now = usePage((page) => page.now);
  const { history } = snapshot;
  const shown = history.filter((entry) => (filter === 'all' || entry.truth === filter) && (peer === null || concerns(entry, peer)));
  const meanwhile = away === null ? [] : shown.filter((entry) => fallsInto(entry, away.from, away.to + RETURN_MS, now)).toReversed();
  const rest = meanwhile.length === 0 ? shown : shown.filter((entry) => !meanwhile.includes(entry));
  const names = devicesOf(history, peer);
  const { totalMs } = breaks(history, now, Infinity);
  return (
    <div className="screen" data-testid="history">
      <div className="bar">
        <h1>
          {t('history.title')} <span className="sum">{t('history.summary', { n: history.length, unreachable: formatDuration(totalMs) })}</span>
        </h1>
      </div>
      <div className="body" tabIndex={-1}>
        <Ribbon snapshot={snapshot} link={null} />
        <Away snapshot={snapshot} where="history" />
        <div className="filters">
          <Choices label={t('history.filter')} choices={choices()} value={filter} onChoose={setFilter} />
          {names.length === 0 ? null : <Device names={names} chosen={peer} />}
        </div>
        {shown.length === 0 ? <Empty title={emptyTitle(filter === 'all' ? null : filter, peer)} text={t('history.empty-text')} /> : null}
        {meanwhile.length === 0 ? null : <Log title={t('away.title')} entries={meanwhile} />}
        {byDay(rest, snapshot.wall).map((day) => (
          <Log key={day.days} title={dayTitle(day)} entries={day.entries} />
        ))}
      </div>
    </div>
  );
}
