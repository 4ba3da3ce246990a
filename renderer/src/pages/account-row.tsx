/** One account: who, where, how its key stands, and what can be done with it. What cannot be undone asks first, in place. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { formatDuration, sayError } from '../speak.ts';
import type { AccountEntry, AccountView, Snapshot } from '../../../app/api/schema.ts';
import { hostOf, initials, needsPerson } from '../account.ts';
import { t } from '../language.ts';
import { Icon, Status } from '../icons.tsx';
import { useLink } from '../link-context.ts';
import { BusyButton, OUTCOME_WITHIN_MS, useAsk } from '../parts/busy-button.tsx';
import { keyWords } from '../parts/facts.tsx';
import { usePage, wallNow } from '../store.ts';
import { strings } from '../strings.ts';

const words = strings.accounts;
type Question = 'remove' | 'sign-out';

function keyText(live: AccountView, wall: number): string {
  const key = keyWords(live, wall);
  return key === null ? '' : `${key.text}.`;
}

function State({ entry, live }: { readonly entry: AccountEntry; readonly live: AccountView | null }): ReactNode {
  if (!entry.active) return null;
  const needs = live === null ? entry.state !== 'signed-in' : needsPerson(live);
  if (needs) {
    return (
      <span className="bdg stale">
        <Icon name="st-stale" />
        {live === null ? words.states[entry.state] : strings.account.phases[live.phase](hostOf(live.server))}
      </span>
    );
  }
  return (
    <span className="bdg plain">
      <Icon name="check" />
      {words.inUse}
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
  const overdue = asking.kind === 'asking' && pageMs - asking.sinceMs > OUTCOME_WITHIN_MS;
  const busySince = asking.kind === 'asking' && !overdue ? asking.sinceMs : null;
  const outcome = overdue ? strings.actions.overdue(formatDuration(OUTCOME_WITHIN_MS)) : asking.kind === 'done' && !asking.reply.ok ? strings.actions.failed(sayError(asking.reply.error)) : '';
  const name = live?.tailnet ?? hostOf(entry.server);
  const host = hostOf(entry.server);
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
          {words.line(entry.user, host, words.states[entry.state])} {live === null ? '' : keyText(live, wallNow(snapshot, now))}
        </small>
        {entry.locked === undefined ? null : <small className="down">{t(`keys.locked.${entry.locked}`, { account: entry.id, server: host })}</small>}
        {live === null || live.tags.length === 0 ? null : <small>{words.tags(live.tags)}</small>}
        <small className="outcome" role="status">
          {outcome}
        </small>
      </p>
      {question === null ? (
        <span className="end">
          <State entry={entry} live={live} />
          {entry.state === 'locked' ? <BusyButton label={t('keys.locked.sign-in')} name={t('keys.locked.sign-in-to', { server: host })} sinceMs={busySince} onClick={() => ask('sign-in')} testId="sign-in" /> : null}
          {entry.active || entry.state === 'locked' ? null : <BusyButton label={words.switch} name={words.switchTo(name)} sinceMs={busySince} onClick={() => ask('switch')} testId="switch" />}
          {entry.state === 'signed-out' || entry.state === 'locked' ? null : (
            <button type="button" className="btn quiet" aria-label={words.signOutOf(name)} data-testid="sign-out" onClick={() => setQuestion('sign-out')}>
              {words.signOut}
            </button>
          )}
          <button type="button" className="btn quiet" aria-label={words.removeName(name)} data-testid="remove" onClick={() => setQuestion('remove')}>
            {words.remove}
          </button>
        </span>
      ) : (
        <div
          className="confirm"
          role="group"
          aria-label={question === 'remove' ? words.removeQuestion(name) : words.signOutQuestion(name)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') close();
          }}
        >
          <p>
            <Status tone="stale" />
            <b>{question === 'remove' ? words.removeQuestion(name) : words.signOutQuestion(name)}</b> {question === 'remove' ? words.removeText : words.signOutText}
          </p>
          <button ref={keep} type="button" className="btn" onClick={close}>
            {words.keep}
          </button>
          <button
            type="button"
            className="btn danger"
            data-testid="confirm"
            onClick={() => {
              ask(question);
              setQuestion(null);
            }}
          >
            {question === 'remove' ? words.remove : words.signOut}
          </button>
        </div>
      )}
    </li>
  );
}
