/** Copies a text and says what became of it, in place. The tray app copies for the page, which may not use the clipboard there. */
import { useState, type ReactNode } from 'react';
import { Icon } from '../icons.tsx';
import { t } from '../language.ts';
import { useLink } from '../link-context.ts';
import { pageTime } from '../page-time.ts';
import { usePage } from '../store.ts';

const SHOWN_MS = 2_500;
type Outcome = { readonly done: boolean; readonly atMs: number };

function useCopy(text: string): readonly [Outcome | null, () => void] {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const pageMs = usePage((page) => page.pageMs);
  const byTray = usePage(({ snapshot }) => snapshot?.shell?.kind === 'tray');
  const link = useLink();
  const copy = async (): Promise<void> => {
    const atMs = pageTime();
    try {
      const reply = byTray ? await link.request('copyText', { text }) : null;
      if (reply?.ok === false) throw new Error(reply.error.message);
      if (reply?.value.copied !== true) await navigator.clipboard.writeText(text);
      setOutcome({ done: true, atMs });
    } catch {
      setOutcome({ done: false, atMs });
    }
  };
  return [outcome !== null && pageMs - outcome.atMs < SHOWN_MS ? outcome : null, () => void copy()];
}

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  const [outcome, copy] = useCopy(text);
  const said = outcome === null ? '' : outcome.done ? t('copy.done') : t('copy.failed');
  return (
    <button type="button" className="ib" aria-label={t('copy.action', { what })} title={said === '' ? t('copy.action', { what }) : said} onClick={copy}>
      <Icon name={outcome === null ? 'copy' : outcome.done ? 'check' : 'x'} />
      <span className="sr" role="status">
        {said}
      </span>
    </button>
  );
}

/** The same as a button with words: its label becomes what came of it. */
export function CopyTextButton({ text, label, look = '' }: { readonly text: string; readonly label: string; readonly look?: string }): ReactNode {
  const [outcome, copy] = useCopy(text);
  const said = outcome === null ? '' : outcome.done ? t('copy.done') : t('copy.failed');
  return (
    <button type="button" className={`btn ${look}`} onClick={copy}>
      <Icon name={outcome === null ? 'copy' : outcome.done ? 'check' : 'x'} />
      {said === '' ? label : said}
      <span className="sr" role="status">
        {said}
      </span>
    </button>
  );
}
