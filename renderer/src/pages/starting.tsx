/** Before the first snapshot: what is waited for, since when, and after 5 s what to do. */
import type { ReactNode } from 'react';
import { formatAge, sayError } from '../speak.ts';
import { Status } from '../icons.tsx';
import { t } from '../language.ts';
import { usePage } from '../store.ts';

const LATE_MS = 5_000;

export function StartingPage(): ReactNode {
  const { contact, pageMs, fault } = usePage();
  const waited = contact.kind === 'connecting' ? pageMs - contact.sinceMs : 0;
  const late = waited >= LATE_MS;
  return (
    <div className="screen center" data-testid="starting">
      <div className="card">
        <Status tone={fault !== null ? 'down' : late ? 'stale' : 'checking'} size="i-xl" />
        <h1>{fault === null ? t('starting.title', { age: formatAge(waited) }) : t('starting.fault')}</h1>
        <p>{fault !== null ? t('starting.fault-text', { message: sayError(fault) }) : t(late ? 'starting.late' : 'starting.text')}</p>
        {fault === null ? null : (
          <button type="button" className="btn pri" onClick={() => window.location.reload()}>
            {t('starting.reload')}
          </button>
        )}
      </div>
    </div>
  );
}
