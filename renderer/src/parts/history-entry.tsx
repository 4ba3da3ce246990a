/** One line of the history: when, which truth, cause, action and result, how long, and who was cut off meanwhile. */
import type { ReactNode } from 'react';
import { formatAge, formatDuration, say } from '../speak.ts';
import { entryKind, isRunning, lasted } from '../../../app/api/reconnects.ts';
import type { HistoryView } from '../../../app/api/schema.ts';
import { Icon, Status } from '../icons.tsx';
import { t } from '../language.ts';
import { usePage } from '../store.ts';
import { clockTime } from '../time.ts';
import { fewOf, UNKNOWN } from './values.tsx';

/** Action and result, the result after an arrow; running: the action alone, with its word. */
function Repair({ entry, now }: { readonly entry: HistoryView; readonly now: number }): ReactNode {
  return (
    <span className="rep">
      {say(entry.action, now)}
      <span className="arr" aria-hidden="true">
        {' \u2192 '}
      </span>
      {entry.result === null ? <em>{t('history.running')}</em> : say(entry.result, now)}
    </span>
  );
}

function Duration({ entry, now }: { readonly entry: HistoryView; readonly now: number }): ReactNode {
  if (isRunning(entry)) return <span className="dur checking run">{formatAge(lasted(entry, now))}</span>;
  return <span className="dur">{entry.durationMs === null || entryKind(entry) === 'change' && entry.durationMs < 50 ? UNKNOWN : formatDuration(entry.durationMs)}</span>;
}

export function HistoryEntry({ entry }: { readonly entry: HistoryView }): ReactNode {
  const now = usePage((page) => (isRunning(entry) ? page.now : 0));
  return (
    <li className="ev" data-testid="history-entry" data-running={isRunning(entry)}>
      <time dateTime={new Date(entry.at).toISOString()}>{clockTime(entry.at)}</time>
      <span className="tr">
        <Icon name={entry.truth} />
        {t(`truth.${entry.truth}`)}
      </span>
      <p className="what">
        <b>{say(entry.cause, now)}</b>
        <Repair entry={entry} now={now} />
      </p>
      <Duration entry={entry} now={now} />
      <span className="un">
        <span className="sr">{t('history.cut-off')} </span>
        {entry.unreachable.length === 0 ? t('history.nobody') : fewOf(entry.unreachable)}
      </span>
    </li>
  );
}

/** The same in the small form that stands beside the sandbox's buttons. */
export function ShortEntry({ entry }: { readonly entry: HistoryView }): ReactNode {
  const now = usePage((page) => (isRunning(entry) ? page.now : 0));
  const running = isRunning(entry);
  return (
    <li className={running ? 'running' : ''} data-testid="latest-entry" data-running={running}>
      {running ? <Status tone="checking" word={t('history.running')} /> : <Icon name="check" className="done" />}
      <p>
        <b>{say(entry.cause, now)}</b>
        <Repair entry={entry} now={now} />
      </p>
      <span className="end">
        <Duration entry={entry} now={now} />
        <time dateTime={new Date(entry.at).toISOString()}>{clockTime(entry.at)}</time>
      </span>
    </li>
  );
}
