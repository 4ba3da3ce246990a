/**
 * The server's key is another one than before: both keys, what each answer means, and no way to trust it by accident. The
 * first button, and Escape, do not trust; trusting takes a second, different press.
 */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { AccountView } from '../../../app/api/schema.ts';
import { fingerprint, hostOf } from '../account.ts';
import { Status } from '../icons.tsx';
import { t } from '../language.ts';
import { useLink } from '../link-context.ts';
import { sayFailure } from '../speak.ts';
import { useAsk } from './busy-button.tsx';

export function Fingerprint({ of }: { readonly of: string }): ReactNode {
  const { prefix, groups } = fingerprint(of);
  return (
    <code className="print" title={of}>
      {prefix === '' ? null : <i>{prefix}</i>}
      {groups.join(' ')}
    </code>
  );
}

export function KeyQuestion({ account, change }: { readonly account: AccountView; readonly change: NonNullable<AccountView['keyChange']> }): ReactNode {
  const link = useLink();
  const [sure, setSure] = useState(false);
  const no = useRef<HTMLButtonElement>(null);
  const [refusing, refuse] = useAsk(() => link.request('acceptServerKey', { accept: false }));
  const [trusting, trust] = useAsk(() => link.request('acceptServerKey', { accept: true }));
  useEffect(() => {
    if (sure) no.current?.focus();
  }, [sure]);
  const failed = [refusing, trusting].find((asking) => asking.kind === 'done' && !asking.reply.ok);
  const outcome = failed?.kind === 'done' && !failed.reply.ok ? sayFailure(failed.reply.error) : refusing.kind === 'done' ? t('key-question.refused') : '';
  return (
    <section
      className="question down"
      aria-labelledby="key-question"
      data-testid="key-question"
      onKeyDown={(event) => {
        if (event.key === 'Escape') setSure(false);
      }}
    >
      <h2 id="key-question">
        <Status tone="down" />
        {t('key-question.title', { host: hostOf(account.server) })}
      </h2>
      <p>
        {t('key-question.text')} {t('key-question.why')}
      </p>
      <dl className="prints">
        <div>
          <dt>{t('key-question.pinned')}</dt>
          <dd>
            <Fingerprint of={change.pinned} />
          </dd>
        </div>
        <div>
          <dt>{t('key-question.offered')}</dt>
          <dd data-testid="offered">
            <Fingerprint of={change.offered} />
          </dd>
        </div>
      </dl>
      {sure ? (
        <div className="rowbtn" role="group" aria-label={t('key-question.sure')}>
          <p className="strong">{t('key-question.sure')}</p>
          <button ref={no} type="button" className="btn pri" onClick={() => setSure(false)}>
            {t('key-question.no')}
          </button>
          <button type="button" className="btn danger" data-testid="trust-yes" onClick={trust}>
            {t('key-question.yes')}
          </button>
        </div>
      ) : (
        <>
          <ul className="means">
            <li>{t('key-question.refuse-means')}</li>
            <li>{t('key-question.trust-means')}</li>
          </ul>
          <div className="rowbtn">
            <button type="button" className="btn pri" data-testid="trust-no" onClick={refuse}>
              {t('key-question.refuse')}
            </button>
            <button type="button" className="btn" data-testid="trust" onClick={() => setSure(true)}>
              {t('key-question.trust')}
            </button>
          </div>
        </>
      )}
      <p className="outcome" role="status">
        {outcome}
      </p>
    </section>
  );
}
