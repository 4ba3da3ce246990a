/** "While you were away": how many reconnects, the longest, and whether anything of it still runs. Gone once marked as read. */
import type { ReactNode } from 'react';
import { reconnectsDuring, type Reconnects } from '../../../app/api/reconnects.ts';
import { sayReconnects } from '../speak.ts';
import type { Snapshot } from '../../../app/api/schema.ts';
import { Icon, Status } from '../icons.tsx';
import { t } from '../language.ts';
import { markAsRead, RETURN_MS, useLooks, type Absence } from '../looks.ts';
import { href } from '../route.ts';
import { usePage } from '../store.ts';
import { shortTime } from '../time.ts';

/** Null: nobody was away, or it was marked as read. */
export function useAbsence(history: Snapshot['history']): { readonly away: Absence; readonly reconnects: Reconnects } | null {
  const away = useLooks((looks) => looks.away);
  const now = usePage((page) => page.now);
  return away === null ? null : { away, reconnects: reconnectsDuring(history, away.from, away.to + RETURN_MS, now) };
}

export function Away({ snapshot, where }: { readonly snapshot: Snapshot; readonly where: 'overview' | 'history' }): ReactNode {
  const absence = useAbsence(snapshot.history);
  if (absence === null || (where === 'overview' && absence.reconnects.count === 0)) return null;
  const { away, reconnects } = absence;
  return (
    <section className="grp" data-testid="away" aria-label={t('away.title')}>
      {reconnects.running > 0 ? <Status tone="checking" /> : <Icon name="check" className="done" />}
      <p>
        <b>{t('away.summary', { reconnects: sayReconnects(reconnects) })}</b>
        <small>{t('away.outcome', { from: shortTime(away.from), to: shortTime(away.to), end: reconnects.running > 0 ? 'running' : reconnects.count > 0 ? 'over' : 'none' })}</small>
      </p>
      {where === 'overview' ? <a href={href({ page: 'history', peer: null })}>{t('ribbon.history')}</a> : null}
      <button
        type="button"
        className="btn quiet"
        data-testid="mark-as-read"
        onClick={({ currentTarget }) => {
          // It goes with what was read.
          currentTarget.closest<HTMLElement>('.body')?.focus();
          markAsRead();
        }}
      >
        {t('away.read')}
      </button>
    </section>
  );
}
