/**
 * The server's key is another one than before: both keys, what each answer means, and no way to trust it by accident. The
 * first button, and Escape, do not trust; trusting takes a second, different press.
 */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { AccountView } from '../../../app/api/schema.ts';
import { fingerprint, hostOf } from '../account.ts';
import { Status } from '../icons.tsx';
import { useLink } from '../link-context.ts';
import { strings } from '../strings.ts';
import { useAsk } from './busy-button.tsx';

const words = strings.keyQuestion;

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
  const outcome = failed?.kind === 'done' && !failed.reply.ok ? strings.actions.failed(failed.reply.error.message) : refusing.kind === 'done' ? words.refused : '';
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
        {words.title(hostOf(account.server))}
      </h2>
      <p>
        {words.text} {words.why}
      </p>
      <dl className="prints">
        <div>
          <dt>{words.pinned}</dt>
          <dd>
            <Fingerprint of={change.pinned} />
          </dd>
        </div>
        <div>
          <dt>{words.offered}</dt>
          <dd data-testid="offered">
            <Fingerprint of={change.offered} />
          </dd>
        </div>
      </dl>
      {sure ? (
        <div className="rowbtn" role="group" aria-label={words.sure}>
          <p className="strong">{words.sure}</p>
          <button ref={no} type="button" className="btn pri" onClick={() => setSure(false)}>
            {words.no}
          </button>
          <button type="button" className="btn danger" data-testid="trust-yes" onClick={trust}>
            {words.yes}
          </button>
        </div>
      ) : (
        <>
          <ul className="means">
            <li>{words.refuseMeans}</li>
            <li>{words.trustMeans}</li>
          </ul>
          <div className="rowbtn">
            <button type="button" className="btn pri" data-testid="trust-no" onClick={refuse}>
              {words.refuse}
            </button>
            <button type="button" className="btn" data-testid="trust" onClick={() => setSure(true)}>
              {words.trust}
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
