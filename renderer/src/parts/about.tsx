/** Which Bowline this is, where an update of it stands, and the next step of that. */
import type { ReactNode } from 'react';
import { formatBytes, sayError } from '../speak.ts';
import type { KeysView, ShellView, Snapshot, UpdateView } from '../../../app/api/schema.ts';
import { t } from '../language.ts';
import { useLink } from '../link-context.ts';
import { useAsk } from './busy-button.tsx';
import { dateTime } from '../time.ts';

type Step = 'check' | 'download' | 'install';

/** The sentence, and what a person can do next. */
function standing(update: UpdateView): { readonly said: string; readonly notes: string; readonly next: Step | null } {
  switch (update.kind) {
    case 'off':
      return { said: t(`about.update.off.${update.why}`), notes: '', next: null };
    case 'none':
      if (update.waiting !== null) return { said: t('about.update.waiting', { version: update.waiting }), notes: '', next: 'check' };
      return { said: update.checkedAt === null ? t('about.update.never') : t('about.update.none', { time: dateTime(update.checkedAt) }), notes: '', next: 'check' };
    case 'checking':
      return { said: t('about.update.checking'), notes: '', next: null };
    case 'available':
      return { said: update.bytes === null ? t('about.update.available', { version: update.version }) : t('about.update.available.size', { version: update.version, size: formatBytes(update.bytes) }), notes: update.notes, next: 'download' };
    case 'downloading':
      return { said: t('about.update.downloading', { version: update.version, percent: Math.floor(update.percent) }), notes: '', next: null };
    case 'ready':
      return { said: t('about.update.ready', { version: update.version }), notes: update.notes, next: 'install' };
    case 'verifying':
    case 'installing':
      return { said: t(`about.update.${update.kind}`, { version: update.version }), notes: '', next: null };
    case 'failed': {
      const why = t(`about.update.failed.${update.cause}`, { version: update.version ?? '' });
      return { said: update.detail === null ? why : t('about.update.failed.detail', { why, detail: update.detail }), notes: '', next: update.retry };
    }
  }
}

function Update({ shell }: { readonly shell: ShellView }): ReactNode {
  const link = useLink();
  const [asking, ask] = useAsk((step: Step) => link.request('update', { step }));
  const { said, notes, next } = standing(shell.update);
  return (
    <>
      <p role="status">{said}</p>
      {notes === '' ? null : <pre className="notes">{notes}</pre>}
      {next === null || !shell.can.updates ? null : (
        <button type="button" className="btn" data-testid={`update-${next}`} onClick={() => ask(next)}>
          {t(`about.${next}`)}
        </button>
      )}
      <p className="outcome down" role="status">
        {asking.kind === 'done' && !asking.reply.ok ? sayError(asking.reply.error) : ''}
      </p>
    </>
  );
}

const keysText = (keys: KeysView): string => (keys.kind === 'sealed' ? t('keys.sealed', { by: keys.by }) : t(`keys.open.${keys.why}`));

export function About({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const { shell, version } = snapshot;
  return (
    <section className="about" aria-labelledby="about-title" data-testid="about">
      <h2 id="about-title">{t('about.title', { version })}</h2>
      <p className="sec">{shell === null ? t('about.command-line') : t('about.around', { kind: shell.kind, system: shell.system })}</p>
      {shell === null ? null : <Update shell={shell} />}
      {shell === null || shell.keys === null ? null : (
        <p className="sec" data-testid="keys">
          {t('keys.title')}: {keysText(shell.keys)}
        </p>
      )}
      <p className="sec">{t('about.licence')}</p>
    </section>
  );
}
