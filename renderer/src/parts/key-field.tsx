/**
 * Asks for a pre-auth key. The key lives in this field alone, until it is handed over: it is cleared in the same step, is
 * never stored, and never becomes part of an address or of the page's state elsewhere.
 */
import { useId, useState, type ReactNode } from 'react';
import { t } from '../language.ts';


/** `onKey` gets the key once. `ready` false: something else is missing yet. */
export function KeyForm({ onKey, ready, busy }: { readonly onKey: (key: string) => void; readonly ready: boolean; readonly busy: boolean }): ReactNode {
  const [key, setKey] = useState('');
  const id = useId();
  const typed = key.trim();
  const spaced = /\s/.test(typed);
  const may = ready && !busy && typed !== '' && !spaced;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!may) return;
        setKey('');
        onKey(typed);
      }}
    >
      <label className="lbl" htmlFor={id}>
        {t('sign-in.key')}
      </label>
      <span className={`field tall ${spaced ? 'bad' : ''}`}>
        <input
          id={id}
          type="password"
          autoFocus
          autoComplete="off"
          spellCheck={false}
          maxLength={500}
          value={key}
          aria-describedby={`${id}-hint`}
          aria-invalid={spaced}
          data-testid="auth-key"
          onChange={(event) => setKey(event.target.value)}
        />
      </span>
      <p className={`hint ${spaced ? 'bad' : ''}`} id={`${id}-hint`}>
        {spaced ? t('sign-in.key-space') : t('sign-in.key-hint')}
      </p>
      <button type="submit" className="btn pri tall" aria-disabled={!may} data-testid="use-key">
        {t('sign-in.key-button')}
      </button>
    </form>
  );
}
