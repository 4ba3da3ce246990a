/** What a person may do when the server does not answer: check its address, try now, or hand the facts to who runs it. */
import type { ReactNode } from 'react';
import { formatAge, formatDuration, say, sayFailure } from '../speak.ts';
import type { AccountView, Snapshot } from '../../../app/api/schema.ts';
import { hostOf } from '../account.ts';
import { t } from '../language.ts';
import { useLink } from '../link-context.ts';
import { href } from '../route.ts';
import { usePage, wallNow } from '../store.ts';
import { dateTime } from '../time.ts';
import { BusyButton, OUTCOME_WITHIN_MS, useAsk } from './busy-button.tsx';
import { CopyTextButton } from './copy-button.tsx';


/** Everything an administrator needs, and no link or key in it. */
export function details(account: AccountView, snapshot: Snapshot, now: number): string {
  return t('account.details', {
    server: account.server,
    phase: t(`account.phase.${account.phase}`, { host: hostOf(account.server) }),
    since: formatAge(now - account.phaseSinceAt),
    attempt: account.attempt,
    error: account.lastError === null ? 'none' : say(account.lastError, now),
    version: snapshot.version,
    at: dateTime(wallNow(snapshot, now)),
  });
}

export function NextSteps({ account, snapshot }: { readonly account: AccountView; readonly snapshot: Snapshot }): ReactNode {
  const link = useLink();
  const { now, pageMs } = usePage();
  const [asking, ask] = useAsk(() => link.request('check', { peer: null }));
  const overdue = asking.kind === 'asking' && pageMs - asking.sinceMs > OUTCOME_WITHIN_MS;
  const said = overdue ? t('action.overdue', { wait: formatDuration(OUTCOME_WITHIN_MS) }) : asking.kind === 'done' && !asking.reply.ok ? sayFailure(asking.reply.error) : '';
  return (
    <div className="rowbtn" data-testid="next-steps">
      <BusyButton label={t('account.try-again')} look="pri" sinceMs={asking.kind === 'asking' && !overdue ? asking.sinceMs : null} onClick={ask} testId="try-again" />
      <a className="btn" href={href({ page: 'accounts', adding: true })}>
        {t('account.check-address')}
      </a>
      <CopyTextButton text={details(account, snapshot, now)} label={t('account.copy-details')} />
      <span className="outcome" role="status">
        {said}
      </span>
    </div>
  );
}
