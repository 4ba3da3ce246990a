/** The newest entries of the history, beside the buttons that cause them. */
import type { ReactNode } from 'react';
import type { HistoryView } from '../../../app/api/schema.ts';
import { t } from '../language.ts';
import { ShortEntry } from '../parts/history-entry.tsx';
import { href } from '../route.ts';

const SHOWN = 6;

export function Latest({ history }: { readonly history: readonly HistoryView[] }): ReactNode {
  const newest = history.slice(-SHOWN).toReversed();
  return (
    <section className="latest" aria-label={t('sandbox.latest')} data-testid="latest">
      <h2 className="h2">
        {t('sandbox.latest')}
        <span className="end">
          <a href={href({ page: 'history', peer: null })}>{t('sandbox.history')}</a>
        </span>
      </h2>
      {/* Scrolls by itself, so it must be reachable by keyboard. */}
      <ul tabIndex={0} aria-label={t('sandbox.latest')}>
        {newest.length === 0 ? <li className="none">{t('sandbox.latest-empty')}</li> : newest.map((entry) => <ShortEntry key={entry.id} entry={entry} />)}
      </ul>
    </section>
  );
}
