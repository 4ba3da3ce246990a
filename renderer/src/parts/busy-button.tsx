/** A button that asks the engine: keeps its width while busy, and shows the seconds after one. */
import { useState, type ReactNode } from 'react';
import type { Checked } from '../../../app/api/schema.ts';
import { pageTime } from '../page-time.ts';
import { formatAge } from '../speak.ts';
import { usePage } from '../store.ts';

export const OUTCOME_WITHIN_MS = 10_000;

export type Asking<T> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'asking'; readonly sinceMs: number }
  | { readonly kind: 'done'; readonly reply: Checked<T>; readonly atMs: number };

/** One question at a time; the newest outcome stays until the next question. */
export function useAsk<T, A extends readonly unknown[]>(question: (...about: A) => Promise<Checked<T>>): readonly [Asking<T>, (...about: A) => void] {
  const [asking, setAsking] = useState<Asking<T>>({ kind: 'idle' });
  const ask = async (...about: A): Promise<void> => {
    if (asking.kind === 'asking' && pageTime() - asking.sinceMs < OUTCOME_WITHIN_MS) return;
    setAsking({ kind: 'asking', sinceMs: pageTime() });
    const reply = await question(...about);
    setAsking({ kind: 'done', reply, atMs: pageTime() });
  };
  return [asking, (...about) => void ask(...about)];
}

type Props = { readonly label: ReactNode; readonly sinceMs: number | null; readonly onClick: () => void; readonly look?: string; readonly testId?: string;
  /** For those who do not see what it stands beside. */
  readonly name?: string; readonly disabled?: boolean };

export function BusyButton({ label, sinceMs, onClick, look = '', testId, name, disabled = false }: Props): ReactNode {
  const waited = usePage((page) => (sinceMs === null ? 0 : page.pageMs - sinceMs));
  return (
    <button type="button" className={`btn busy ${look}`} aria-disabled={sinceMs !== null || disabled} aria-label={name} data-testid={testId} onClick={onClick}>
      <span className={sinceMs !== null && waited >= 1_000 ? 'hide' : ''}>{label}</span>
      {sinceMs !== null && waited >= 1_000 ? <span className="over" aria-hidden="true">{formatAge(waited)}</span> : null}
    </button>
  );
}
