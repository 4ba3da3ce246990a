/** Signed out, expired or refused: why, and the two ways back in. What was asked shows in the snapshot; a refusal shows here. */
import { useState, type ReactNode } from 'react';
import { formatAge, formatDuration, sayFailure } from '../speak.ts';
import type { AccountView, Snapshot } from '../../../app/api/schema.ts';
import { hostOf, keyLife } from '../account.ts';
import { t } from '../language.ts';
import { useLink } from '../link-context.ts';
import { usePage, wallNow } from '../store.ts';
import { BusyButton, OUTCOME_WITHIN_MS, useAsk } from './busy-button.tsx';
import { KeyForm } from './key-field.tsx';
import { sentences } from './phase-list.tsx';


/** Why a sign-in is needed, worst known fact first. */
export function whySignIn(account: AccountView, now: number, wall: number): string {
  const life = keyLife(account.keyExpiresAt, wall, null);
  if (life.kind === 'expired') return t('sign-in.expired', { ago: formatAge(life.agoMs) });
  if (account.lastError !== null) return sentences(account.lastError, now);
  return t('sign-in.signed-out');
}

/** The button, or the field for a key; `server` undefined: the active account. */
export function SignInWays({ label, server, ready = true }: { readonly label: string; readonly server?: string | undefined; readonly ready?: boolean }): ReactNode {
  const link = useLink();
  const pageMs = usePage((page) => page.pageMs);
  const [byKey, setByKey] = useState(false);
  const [asking, ask] = useAsk((authKey?: string) => link.request('login', { ...(server === undefined ? {} : { server }), ...(authKey === undefined ? {} : { authKey }) }));
  const overdue = asking.kind === 'asking' && pageMs - asking.sinceMs > OUTCOME_WITHIN_MS;
  const busySince = asking.kind === 'asking' && !overdue ? asking.sinceMs : null;
  const outcome = overdue
    ? t('action.overdue', { wait: formatDuration(OUTCOME_WITHIN_MS) })
    : asking.kind === 'done'
      ? asking.reply.ok ? t('sign-in.asked') : sayFailure(asking.reply.error)
      : '';
  return (
    <div className="stack" data-testid="sign-in-ways">
      {byKey ? (
        <KeyForm ready={ready} busy={busySince !== null} onKey={(key) => ask(key)} />
      ) : (
        <BusyButton label={label} look="pri tall" sinceMs={busySince} disabled={!ready} testId="sign-in" onClick={() => { if (ready) ask(undefined); }} />
      )}
      <p className="outcome" role="status" data-testid="sign-in-outcome">
        {outcome}
      </p>
      <button type="button" className="linkbtn" aria-expanded={byKey} onClick={() => setByKey(!byKey)}>
        {byKey ? t('sign-in.by-browser') : t('sign-in.by-key')}
      </button>
    </div>
  );
}

export function SignInAgain({ account, snapshot }: { readonly account: AccountView; readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const host = hostOf(account.server);
  return (
    <>
      <h2>{account.phase === 'refused' ? t('sign-in.refused', { host }) : t('sign-in.again', { host })}</h2>
      <p>{whySignIn(account, now, wallNow(snapshot, now))}</p>
      <SignInWays label={t('sign-in.button')} />
    </>
  );
}
