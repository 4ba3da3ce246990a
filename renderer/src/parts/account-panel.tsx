/**
 * On the Overview, what the account needs: nothing while it runs, else the phase with its timer, the sign-in, or the
 * question about the server's key. Before the first map it is the page itself; later a panel above the evidence.
 */
import type { ReactNode } from 'react';
import { formatAge } from '../speak.ts';
import type { AccountView, Snapshot } from '../../../app/api/schema.ts';
import { hostOf, isLate, joinedBefore, keyLife, needOf } from '../account.ts';
import { peerState } from '../derive.ts';
import { Icon, Status } from '../icons.tsx';
import { t } from '../language.ts';
import { ApproveSignIn } from '../sandbox/break-it.tsx';
import { usePage, wallNow } from '../store.ts';
import { KeyQuestion } from './key-question.tsx';
import { NextSteps } from './next-steps.tsx';
import { phaseNotes, PhaseList, phaseTone } from './phase-list.tsx';
import { SignInAgain, SignInWays } from './sign-in-again.tsx';
import { SignInLink } from './sign-in-link.tsx';

type Props = { readonly account: AccountView; readonly snapshot: Snapshot };

function SignIn({ account, snapshot }: Props): ReactNode {
  const now = usePage((page) => page.now);
  const host = hostOf(account.server);
  const waited = formatAge(now - account.phaseSinceAt);
  if (account.signInUrl === null) return <p>{t('sign-in.asking', { host, age: waited })}</p>;
  return (
    <>
      <h2>{t('sign-in.title', { host })}</h2>
      <p>{t('sign-in.text')}</p>
      <SignInLink url={account.signInUrl} />
      <ApproveSignIn sandbox={snapshot.sandbox} />
      <p className="hint">
        {t('sign-in.waiting', { age: waited })}
        {isLate(account, now) ? `. ${t('sign-in.late')}` : ''}
      </p>
    </>
  );
}

/** One phase in short, while the tunnel of before goes on. */
function Reconnecting({ account, snapshot }: Props): ReactNode {
  const now = usePage((page) => page.now);
  const late = isLate(account, now) || account.lastError !== null;
  const answering = snapshot.peers.some((peer) => peerState(peer, now, snapshot.provedForMs) === 'proved');
  return (
    <>
      <h2>
        <Status tone={phaseTone(account, now)} />
        {t(`account.phase.${account.phase}`, { host: hostOf(account.server) })}
        <span className="age r">{formatAge(now - account.phaseSinceAt)}</span>
      </h2>
      <p>{[...phaseNotes(account, now), ...(answering ? [t('account.tunnel-stays')] : [])].join(' ')}</p>
      {late ? <NextSteps account={account} snapshot={snapshot} /> : null}
    </>
  );
}

function Body(props: Props): ReactNode {
  const { account, snapshot } = props;
  const now = usePage((page) => page.now);
  switch (needOf(account)) {
    case 'none':
      return null;
    case 'time':
      return <Reconnecting {...props} />;
    case 'sign-in':
      return <SignIn {...props} />;
    case 'sign-in-again':
      return <SignInAgain account={account} snapshot={snapshot} />;
    case 'answer':
      return account.keyChange === null ? <p>{phaseNotes(account, now)}</p> : null;
  }
}

/** Above the evidence of a tunnel that was there before. */
export function AccountPanel({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const { account } = snapshot;
  const tone = usePage(({ now }) => (account === null ? 'checking' : phaseTone(account, now)));
  if (account === null) return null;
  const need = needOf(account);
  if (need === 'none') return <Renewal account={account} snapshot={snapshot} />;
  // No network is said once, by the causes: nothing can be done about it here.
  if (account.phase === 'waiting-for-network') return null;
  if (need === 'answer' && account.keyChange !== null) return <KeyQuestion account={account} change={account.keyChange} />;
  return (
    <section className={`panel acctpanel ${tone}`} data-testid="account-panel" data-phase={account.phase}>
      <Body account={account} snapshot={snapshot} />
    </section>
  );
}

/** Before the first map: the whole page. The guide puts its steps above, and more below. */
export function JoiningPage({ snapshot, account, head, foot }: Props & { readonly head?: ReactNode; readonly foot?: ReactNode }): ReactNode {
  const now = usePage((page) => page.now);
  const need = needOf(account);
  const host = hostOf(account.server);
  return (
    <div className="screen center" data-testid="joining" data-phase={account.phase}>
      <div className={`card ${need === 'answer' ? 'broad' : ''}`}>
        {head ?? <Icon name="knot" className="mark" />}
        <h1>
          <span role="status">{need === 'answer' ? t('account.phase.key-changed') : need === 'sign-in' ? t('sign-in.title', { host }) : t('account.joining', { host })}</span>
        </h1>
        {need === 'time' ? <p>{t('account.joining-text')}</p> : null}
        {need === 'answer' && account.keyChange !== null ? (
          <KeyQuestion account={account} change={account.keyChange} />
        ) : (
          <>
            {need === 'sign-in' ? <p>{t('sign-in.text')}</p> : null}
            <PhaseList account={account} />
            {need === 'sign-in' && account.signInUrl !== null ? <SignInLink url={account.signInUrl} /> : null}
            {need === 'sign-in' ? <ApproveSignIn sandbox={snapshot.sandbox} /> : null}
            {need === 'sign-in' && isLate(account, now) ? <p className="hint">{t('sign-in.late')}</p> : null}
            {need === 'sign-in-again' ? <SignInWays label={t('sign-in.button')} /> : null}
            {need === 'time' && (isLate(account, now) || account.lastError !== null) ? <NextSteps account={account} snapshot={snapshot} /> : null}
          </>
        )}
        {foot}
      </div>
    </div>
  );
}

export const isJoining = (snapshot: Snapshot): boolean => snapshot.account !== null && snapshot.account.phase !== 'off' && !joinedBefore(snapshot);

/** While it runs: in amber when the end of the key is near, with the way to renew it; and the link of a renewal that was begun. */
function Renewal({ account, snapshot }: Props): ReactNode {
  const now = usePage((page) => page.now);
  const life = keyLife(account.keyExpiresAt, wallNow(snapshot, now), null);
  const near = life.kind === 'lasts' && life.warn;
  if (account.phase !== 'running' || (life.kind !== 'expired' && !near && account.signInUrl === null)) return null;
  return (
    <section className="panel acctpanel stale" data-testid="expiry">
      <h2>
        <Status tone="stale" />
        {life.kind === 'expired' ? t('sign-in.expired', { ago: formatAge(life.agoMs) }) : near ? t('key-life.warning', { left: formatAge(life.leftMs) }) : t('key-life.renewing')}
      </h2>
      <p>{account.signInUrl === null ? t('key-life.warning-text') : t('key-life.renewing-text')}</p>
      {account.signInUrl === null ? <SignInWays label={t('sign-in.renew')} /> : <SignInLink url={account.signInUrl} />}
      {account.signInUrl === null ? null : <ApproveSignIn sandbox={snapshot.sandbox} />}
    </section>
  );
}
