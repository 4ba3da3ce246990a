/** While a sign-in waits: what to tell whoever runs the server, when that person has to let this computer in; and the way to another server. */
import type { ReactNode } from 'react';
import type { AccountView } from '../../../app/api/schema.ts';
import { hostOf } from '../account.ts';
import { t } from '../language.ts';
import { CopyTextButton } from '../parts/copy-button.tsx';
import { href } from '../route.ts';

export function AskAdmin({ account, name }: { readonly account: AccountView; readonly name: string }): ReactNode {
  const host = hostOf(account.server);
  return (
    <section className="also" data-testid="ask-admin">
      <h2>{t('guide.admin.title')}</h2>
      <p>{t('guide.admin.text', { host })}</p>
      <div className="rowbtn">
        <CopyTextButton text={t('guide.admin.message', { name, host, url: account.signInUrl ?? account.server })} label={t('guide.admin.copy')} />
        <a className="btn quiet" href={href({ page: 'accounts', adding: true })}>
          {t('guide.other-server')}
        </a>
      </div>
    </section>
  );
}
