/** What a link asks for: the network of a server. Nothing is sent before a click; the link is put away with the answer. */
import { useCallback, useEffect, type ReactNode } from 'react';
import type { Snapshot } from '../../../app/api/schema.ts';
import { hostOf } from '../account.ts';
import { useLink } from '../link-context.ts';
import { t } from '../language.ts';
import { isJoining } from '../parts/account-panel.tsx';
import { JoinForm } from '../parts/join-form.tsx';
import { go } from '../route.ts';

export function JoinLinkPage({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const link = useLink();
  const server = snapshot.shell?.invitation?.server;
  const begun = server !== undefined && snapshot.account?.server === server && isJoining(snapshot);
  const drop = useCallback((): void => {
    void link.request('dropInvitation', {});
    go({ page: 'overview' });
  }, [link]);
  useEffect(() => {
    if (begun) drop();
  }, [begun, drop]);
  return (
    <div className="screen center" data-testid="join-link">
      <div className="card guide">
        <h1>{server === undefined ? t('join.title') : t('join.link-title', { host: hostOf(server) })}</h1>
        <p>{t(server === undefined ? 'join.text' : 'join.link-text')}</p>
        <JoinForm key={server ?? ''} accounts={snapshot.accounts} focused {...(server === undefined ? {} : { first: server })} />
        <div className="rowbtn">
          <button type="button" className="btn" onClick={drop}>
            {t('join.link-not-now')}
          </button>
        </div>
      </div>
    </div>
  );
}
