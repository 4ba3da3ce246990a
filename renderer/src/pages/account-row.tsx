/** One account: who, where, how its key stands, and what can be done with it. What cannot be undone asks first, in place. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { formatDuration, sayFailure } from '../speak.ts';
import type { AccountEntry, AccountView, Snapshot } from '../../../app/api/schema.ts';
import { hostOf, initials, needsPerson } from '../account.ts';
import { focusIfLost } from '../focus.ts';
import { t } from '../language.ts';
import { Icon, Status } from '../icons.tsx';
import { useLink } from '../link-context.ts';
import { BusyButton, OUTCOME_WITHIN_MS, useAsk } from '../parts/busy-button.tsx';
import { keyWords } from '../parts/facts.tsx';
import { usePage, wallNow } from '../store.ts';

type Question = 'remove' | 'sign-out';

function keyText(live: AccountView, wall: number): string {
  const key = keyWords(live, wall);
  return key === null ? '' : `${key.text}.`;
}

function line({ user, server, state }: AccountEntry): string {
  const words = { server: hostOf(server), state: t(`accounts.state.${state}`) };
  return user === null ? t('accounts.line', words) : t('accounts.line-user', { ...words, user });
}

function State({ entry, live }: { readonly entry: AccountEntry; readonly live: AccountView | null }): ReactNode {
  if (!entry.active) return null;
  const needs = live === null ? entry.state !== 'signed-in' : needsPerson(live);
  if (needs) {
    return (
      <span className="bdg stale">
        <Icon name="st-stale" />
        {live === null ? t(`accounts.state.${entry.state}`) : t(`account.phase.${live.phase}`, { host: hostOf(live.server) })}
      </span>
    );
  }
  return (
    <span className="bdg plain">
      <Icon name="check" />
      {t('accounts.in-use')}
    </span>
  );
}

export function AccountRow({ entry, live, snapshot }: { readonly entry: AccountEntry; readonly live: AccountView | null; readonly snapshot: Snapshot }): ReactNode {
  const link = useLink();
  const { now, pageMs } = usePage();
  const [question, setQuestion] = useState<Question | null>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const row = useRef<HTMLLIElement>(null);
  const asked = useRef<Question | null>(null);
  const [asking, ask] = useAsk((what: Question | 'switch' | 'sign-in') => {
    switch (what) {
      case 'switch':
        return link.request('switchAccount', { account: entry.id });
      case 'sign-in':
        return link.request('login', { server: entry.server });
      case 'sign-out':
        return link.request('logout', { account: entry.id });
      case 'remove':
        return link.request('removeAccount', { account: entry.id });
    }
  });
  useEffect(() => {
    if (question !== null) keep.current?.focus();
    else if (asked.current !== null) row.current?.querySelector<HTMLElement>(`[data-testid=${asked.current}]`)?.focus();
    asked.current = question;
  }, [question]);
  const acted = useRef(false);
  const buttons = `${entry.active} ${entry.state}`;
  const before = useRef(buttons);
  useEffect(() => {
    // The button that was pressed is gone: an account in use cannot be switched to, nor one that is signed out be signed out.
    if (acted.current && buttons !== before.current) focusIfLost(row.current?.querySelector('button') ?? null);
    before.current = buttons;
  }, [buttons]);
  const overdue = asking.kind === 'asking' && pageMs - asking.sinceMs > OUTCOME_WITHIN_MS;
  const busySince = asking.kind === 'asking' && !overdue ? asking.sinceMs : null;
  const outcome = overdue ? t('action.overdue', { wait: formatDuration(OUTCOME_WITHIN_MS) }) : asking.kind === 'done' && !asking.reply.ok ? sayFailure(asking.reply.error) : '';
  const name = live?.tailnet ?? hostOf(entry.server);
  const host = hostOf(entry.server);
  const act = (what: Question | 'switch'): void => {
    acted.current = true;
    ask(what);
  };
  const close = (): void => {
    setQuestion(null);
  };
  return (
    <li ref={row} data-testid="account" data-account={entry.id} data-active={entry.active}>
      <span className="avatar" aria-hidden="true">
        {initials(name)}
      </span>
      <p>
        <span className="strong">{name}</span>
        <small>
          {line(entry)} {live === null ? '' : keyText(live, wallNow(snapshot, now))}
        </small>
        {entry.locked === undefined ? null : <small className="down">{t(`keys.locked.${entry.locked}`, { account: entry.id, server: host })}</small>}
        {live === null || live.tags.length === 0 ? null : <small>{live.tags.join(', ')}</small>}
        <small className="outcome" role="status">
          {outcome}
        </small>
      </p>
      {question === null ? (
        <span className="end">
          <State entry={entry} live={live} />
          {entry.state === 'locked' ? <BusyButton label={t('keys.locked.sign-in')} name={t('keys.locked.sign-in-to', { server: host })} sinceMs={busySince} onClick={() => ask('sign-in')} testId="sign-in" /> : null}
          {entry.active || entry.state === 'locked' ? null : <BusyButton label={t('accounts.switch')} name={t('accounts.switch-to', { name })} sinceMs={busySince} onClick={() => act('switch')} testId="switch" />}
          {entry.state === 'signed-out' || entry.state === 'locked' ? null : (
            <button type="button" className="btn quiet" aria-label={t('accounts.sign-out-of', { name })} data-testid="sign-out" onClick={() => setQuestion('sign-out')}>
              {t('accounts.sign-out')}
            </button>
          )}
          <button type="button" className="btn quiet" aria-label={t('accounts.remove-name', { name })} data-testid="remove" onClick={() => setQuestion('remove')}>
            {t('accounts.remove')}
          </button>
        </span>
      ) : (
        <div
          className="confirm"
          role="group"
          aria-label={question === 'remove' ? t('accounts.remove-question', { name }) : t('accounts.sign-out-question', { name })}
          onKeyDown={(event) => {
            if (event.key === 'Escape') close();
          }}
        >
          <p>
            <Status tone="stale" />
            <b>{question === 'remove' ? t('accounts.remove-question', { name }) : t('accounts.sign-out-question', { name })}</b> {question === 'remove' ? t('accounts.remove-text') : t('accounts.sign-out-text')}
          </p>
          <button ref={keep} type="button" className="btn" onClick={close}>
            {t('accounts.keep')}
          </button>
          <button
            type="button"
            className="btn danger"
            data-testid="confirm"
            onClick={() => {
              act(question);
              setQuestion(null);
            }}
          >
            {question === 'remove' ? t('accounts.remove') : t('accounts.sign-out')}
          </button>
        </div>
      )}
    </li>
  );
}
