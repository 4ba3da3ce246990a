/** The first run: nothing is known but, perhaps, the address of a server. */
import type { ReactNode } from 'react';
import type { Snapshot } from '../../../app/api/schema.ts';
import { Icon } from '../icons.tsx';
import { Causes } from '../parts/causes.tsx';
import { t } from '../language.ts';
import { JoinForm } from '../parts/join-form.tsx';

/** A host without a configuration has neither a server nor an address of its own. */
export const isFirstRun = (snapshot: Snapshot): boolean =>
  snapshot.account === null && snapshot.accounts.length === 0 && snapshot.self.addresses.length === 0 && snapshot.peers.length === 0;

export function JoinPage({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  return (
    <div className="screen center" data-testid="join">
      <div className="card">
        <Icon name="knot" className="mark" />
        <h1>{t('join.title')}</h1>
        <p>{t('join.text')}</p>
        <Causes causes={snapshot.overall.causes.filter(({ id }) => id === 'no-device')} most={1} />
        <JoinForm accounts={[]} />
      </div>
    </div>
  );
}
