/** Before the first snapshot: what is waited for, since when, and after 5 s what to do. */
import type { ReactNode } from 'react';
import { formatAge } from '../../../app/api/words.ts';
import { Status } from '../icons.tsx';
import { usePage } from '../store.ts';
import { strings } from '../strings.ts';

const LATE_MS = 5_000;

export function StartingPage(): ReactNode {
  const { contact, pageMs, fault } = usePage();
  const waited = contact.kind === 'connecting' ? pageMs - contact.sinceMs : 0;
  const late = waited >= LATE_MS;
  return (
    <div className="screen center" data-testid="starting">
      <div className="card">
        <Status tone={fault !== null ? 'down' : late ? 'stale' : 'checking'} size="i-xl" />
        <h1>{fault === null ? strings.starting.title(formatAge(waited)) : strings.starting.fault}</h1>
        <p>{fault !== null ? strings.starting.faultText(fault.message) : late ? strings.starting.late : strings.starting.text}</p>
        {fault === null ? null : (
          <button type="button" className="btn pri" onClick={() => window.location.reload()}>
            {strings.starting.reload}
          </button>
        )}
      </div>
    </div>
  );
}
