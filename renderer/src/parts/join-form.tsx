/** A server by its address, judged while it is typed, then a sign-in by browser or by key. For the first run and for one more server. */
import { useId, useState, type ReactNode, type RefObject } from 'react';
import type { AccountEntry } from '../../../app/api/schema.ts';
import { t } from '../language.ts';
import { judgeAddress, type ServerAddress } from '../server-address.ts';
import { SignInWays } from './sign-in-again.tsx';

/** An address, so no text of a language. */
const EXAMPLE = 'hs.example.org';

function hint(judged: ServerAddress, accounts: readonly AccountEntry[]): string {
  switch (judged.kind) {
    case 'empty':
      return t('join.empty');
    case 'bad':
      return t(`join.fault-${judged.fault}`);
    case 'good':
      if (accounts.some((account) => account.server === judged.url)) return t('join.known');
      return t(judged.open ? 'join.open' : 'join.good', { url: judged.url });
  }
}

export function JoinForm({ accounts, first, field, focused = false }: { readonly accounts: readonly AccountEntry[]; readonly first?: string; readonly field?: RefObject<HTMLInputElement | null>; readonly focused?: boolean }): ReactNode {
  const [typed, setTyped] = useState(first ?? '');
  const id = useId();
  const judged = judgeAddress(typed);
  const bad = judged.kind === 'bad' && judged.fault !== 'short';
  return (
    <div className="stack" data-testid="join-form">
      <label className="lbl" htmlFor={id}>
        {t('join.address')}
      </label>
      <span className={`field tall ${bad ? 'bad' : ''}`}>
        <input
          id={id}
          ref={field}
          type="text"
          inputMode="url"
          autoCapitalize="none"
          autoComplete="off"
          autoFocus={focused}
          spellCheck={false}
          maxLength={300}
          placeholder={EXAMPLE}
          value={typed}
          aria-describedby={`${id}-hint`}
          aria-invalid={bad}
          data-testid="server-address"
          onChange={(event) => setTyped(event.target.value)}
        />
      </span>
      <p className={`hint ${bad ? 'bad' : ''}`} id={`${id}-hint`} role="status" data-testid="address-hint">
        {hint(judged, accounts)}
      </p>
      <SignInWays label={t('join.button')} server={judged.kind === 'good' ? judged.url : undefined} ready={judged.kind === 'good'} />
    </div>
  );
}
