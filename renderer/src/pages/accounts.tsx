/** The servers side by side: which is in use, to switch, to sign out, to remove, and to add one more. */
import { useEffect, useRef, type ReactNode } from 'react';
import type { Snapshot } from '../../../app/api/schema.ts';
import { t } from '../language.ts';
import { focusIfLost } from '../focus.ts';
import { Empty } from '../parts/empty.tsx';
import { JoinForm } from '../parts/join-form.tsx';
import { go } from '../route.ts';
import { AccountRow } from './account-row.tsx';


function Adding({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <section
      className="panel addserver"
      aria-label={t('accounts.add')}
      data-testid="add-server"
      onKeyDown={(event) => {
        if (event.key === 'Escape') go({ page: 'accounts', adding: false });
      }}
    >
      <h2 className="h2">{t('accounts.add')}</h2>
      <JoinForm accounts={snapshot.accounts} field={field} {...(snapshot.account?.phase === 'backing-off' ? { first: snapshot.account.server } : {})} />
    </section>
  );
}

export function AccountsPage({ snapshot, adding }: { readonly snapshot: Snapshot; readonly adding: boolean }): ReactNode {
  const { accounts } = snapshot;
  const count = useRef(accounts.length);
  const wasAdding = useRef(adding);
  const add = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // What had the focus is gone: the form, or the account that was removed.
    if ((wasAdding.current && !adding) || accounts.length < count.current) focusIfLost(add.current);
    wasAdding.current = adding;
    // One more than before: what was added is in the list now.
    if (adding && accounts.length > count.current) go({ page: 'accounts', adding: false });
    count.current = accounts.length;
  }, [accounts.length, adding]);
  return (
    <div className="screen" data-testid="accounts">
      <div className="bar">
        <h1>
          {t('accounts.title')} <span className="sum">{t('accounts.summary', { n: accounts.length })}</span>
        </h1>
        <button ref={add} type="button" className="btn" data-testid="add" aria-expanded={adding} onClick={() => go({ page: 'accounts', adding: !adding })}>
          {adding ? t('accounts.cancel') : t('accounts.add')}
        </button>
      </div>
      <div className="body narrowcol" tabIndex={-1}>
        {accounts.length === 0 && !adding ? <Empty title={t('accounts.empty')} text={t('accounts.empty-text')} /> : null}
        {accounts.length === 0 ? null : (
          <ul className="list" data-testid="account-list">
            {accounts.map((entry) => (
              <AccountRow key={entry.id} entry={entry} live={entry.active ? snapshot.account : null} snapshot={snapshot} />
            ))}
          </ul>
        )}
        {accounts.length === 0 ? null : <p className="dim">{t('accounts.one-at-a-time')}</p>}
        {adding ? <Adding snapshot={snapshot} /> : null}
      </div>
    </div>
  );
}
