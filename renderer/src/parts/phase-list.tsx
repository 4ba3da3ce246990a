/** How far joining has got: each step by its name, the running one with its timer, its last error, and a hint when it is late. */
import type { ReactNode } from 'react';
import { formatAge, sayParts } from '../speak.ts';
import type { AccountView } from '../../../app/api/schema.ts';
import { hasText } from '../../../app/language/texts.ts';
import type { Message } from '../../../app/node/messages.ts';
import { hostOf, isLate, needsPerson, STEPS, stepOf } from '../account.ts';
import { Status } from '../icons.tsx';
import { t } from '../language.ts';
import { usePage } from '../store.ts';


/** The tone of the running step: calm until it failed once or is late. Waiting for a person is nobody's failure. */
export function phaseTone(account: AccountView, now: number): 'checking' | 'stale' {
  if (needsPerson(account)) return 'stale';
  return account.lastError !== null || isLate(account, now) ? 'stale' : 'checking';
}

/** A message as whole sentences. */
export function sentences(message: Message, now: number): string {
  const { head, rest } = sayParts(message, now);
  return rest === '' ? `${head}.` : `${head}. ${rest}`;
}

/** What is known of a phase besides its name: the last error, when the next try is, and what may help. */
export function phaseNotes(account: AccountView, now: number): readonly string[] {
  const { lastError, nextTryAt, attempt } = account;
  const hint = `account.late.${account.phase}` as const;
  const late = isLate(account, now) && hasText(hint) ? t(hint) : undefined;
  return [
    ...(lastError === null ? [] : [t('account.was-error', { error: sentences(lastError, now) })]),
    ...(nextTryAt === null ? [] : [t('account.tries', { next: nextTryAt > now ? t('account.next-try', { wait: formatAge(nextTryAt - now) }) : t('account.trying-now'), n: attempt })]),
    ...(late === undefined ? [] : [late]),
  ];
}

export function PhaseList({ account }: { readonly account: AccountView }): ReactNode {
  const now = usePage((page) => page.now);
  const at = STEPS.indexOf(stepOf(account));
  return (
    <ol className="phases" data-testid="phases">
      {STEPS.map((step, i) => {
        if (i < at) {
          return (
            <li key={step} data-step={step} data-state="done">
              <Status tone="ok" />
              <span>{t(`account.step.${step}.done`)}</span>
            </li>
          );
        }
        if (i > at) {
          return (
            <li key={step} className="todo" data-step={step} data-state="todo">
              <Status tone="off" />
              <span>{t(`account.step.${step}.todo`)}</span>
            </li>
          );
        }
        return (
          <li key={step} aria-current="step" data-step={step} data-state="now">
            <Status tone={phaseTone(account, now)} />
            <span className="strong">{t(`account.phase.${account.phase}`, { host: hostOf(account.server) })}</span>
            <span className="age r">{formatAge(now - account.phaseSinceAt)}</span>
            {phaseNotes(account, now).map((note) => (
              <small key={note}>{note}</small>
            ))}
          </li>
        );
      })}
    </ol>
  );
}
