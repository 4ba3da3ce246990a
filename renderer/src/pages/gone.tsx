/** The engine stopped answering: the whole window says so, and shows no state as if it were known. */
import type { ReactNode } from 'react';
import { formatAge, say } from '../speak.ts';
import type { Snapshot } from '../../../app/api/schema.ts';
import { Status } from '../icons.tsx';
import { t } from '../language.ts';
import { useLink } from '../link-context.ts';
import { usePage, type Contact } from '../store.ts';
import { clockTime } from '../time.ts';

type Props = { readonly contact: Extract<Contact, { kind: 'lost' }>; readonly snapshot: Snapshot };

export function GonePage({ contact, snapshot }: Props): ReactNode {
  const link = useLink();
  const age = usePage((page) => formatAge(page.pageMs - contact.heardMs));
  return (
    <div className="screen center" data-testid="gone" data-why={contact.why}>
      <div className="card">
        <Status tone="down" size="i-xl" />
        <h1>
          <span role="status">{t('gone.title')}.</span>
        </h1>
        <p>{t(contact.why === 'closed' ? 'gone.closed' : 'gone.silent', { age })}</p>
        <p>{t('gone.mean')}</p>
        <h2 className="lbl">{t('gone.last-seen', { time: clockTime(snapshot.wall) })}</h2>
        <p className="was">{say(snapshot.overall.sentence, snapshot.now)}.</p>
        <h2 className="lbl">{t('gone.help')}</h2>
        <p>
          <code>{snapshot.sandbox === null ? 'bowline up' : 'npm run demo'}</code>
        </p>
        {snapshot.sandbox !== null ? null : (
          <>
            <h2 className="lbl">{t('diagnostics.gone')}</h2>
            <p>
              <code>bowline diagnostics</code>
            </p>
          </>
        )}
        <div className="rowbtn">
          <button type="button" className="btn" onClick={() => void link.refresh()}>
            {t('gone.retry')}
          </button>
          <span className="dim">{t('gone.trying')}</span>
        </div>
      </div>
    </div>
  );
}
