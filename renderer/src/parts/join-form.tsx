/** A server by its address, judged while it is typed, then a sign-in by browser or by key. For the first run and for one more server. */
import { useId, useState, type ReactNode, type RefObject } from 'react';
import type { AccountEntry } from '../../../app/api/schema.ts';
import { judgeAddress, type ServerAddress } from '../server-address.ts';
import { strings } from '../strings.ts';
import { SignInWays } from './sign-in-again.tsx';

const words = strings.join;

function hint(judged: ServerAddress, accounts: readonly AccountEntry[]): string {
  switch (judged.kind) {
    case 'empty':
      return words.empty;
    case 'bad':
      return words.faults[judged.fault];
    case 'good':
      if (accounts.some((account) => account.server === judged.url)) return words.known;
      return judged.open ? words.open(judged.url) : words.good(judged.url);
  }
}

export function JoinForm({ accounts, first, field }: { readonly accounts: readonly AccountEntry[]; readonly first?: string; readonly field?: RefObject<HTMLInputElement | null> }): ReactNode {
  const [typed, setTyped] = useState(first ?? '');
  const id = useId();
  const judged = judgeAddress(typed);
  const bad = judged.kind === 'bad' && judged.fault !== 'short';
  return (
    <div className="stack" data-testid="join-form">
      <label className="lbl" htmlFor={id}>
        {words.address}
      </label>
      <span className={`field tall ${bad ? 'bad' : ''}`}>
        <input
          id={id}
          ref={field}
          type="text"
          inputMode="url"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={300}
          placeholder={words.example}
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
      <SignInWays label={words.button} server={judged.kind === 'good' ? judged.url : undefined} ready={judged.kind === 'good'} />
    </div>
  );
}
