/** Why it is not simply well: worst first, each with what, since when, what is done, and what a person may do. */
import type { ReactNode } from 'react';
import { formatAge, sayParts } from '../speak.ts';
import type { CauseView } from '../../../app/api/schema.ts';
import { causeTone } from '../derive.ts';
import { Status } from '../icons.tsx';
import { t } from '../language.ts';
import { href } from '../route.ts';
import { usePage } from '../store.ts';
import { Explained } from './explained.tsx';

function Cause({ cause }: { readonly cause: CauseView }): ReactNode {
  const now = usePage((page) => page.now);
  const { head, rest } = sayParts(cause.message, now);
  const tone = causeTone(cause.severity);
  return (
    <li>
      <Status tone={tone} word={t(`tone.${tone}`)} />
      <p>
        {head}
        {rest === '' ? null : <small>{rest}</small>}
      </p>
      <span className="end">
        {cause.peer === null ? (
          // A sentence that tells its age itself needs no second one.
          'sinceAt' in cause.message ? null : <span className="age r">{formatAge(now - cause.sinceAt)}</span>
        ) : (
          <a className="btn quiet" href={href({ page: 'peers', peer: cause.peer })} aria-label={t('causes.details-of', { peer: cause.peer })}>
            {t('causes.details')}
          </a>
        )}
      </span>
      {cause.severity === 'checking' ? null : <Explained message={cause.message} />}
    </li>
  );
}

/** In the order of the face. */
export function Causes({ causes, most }: { readonly causes: readonly CauseView[]; readonly most: number }): ReactNode {
  if (causes.length === 0) return null;
  const hidden = Math.max(0, causes.length - most);
  return (
    <ul className="causes" aria-label={t('causes.label')} data-testid="causes">
      {causes.slice(0, most).map((cause) => (
        <Cause key={cause.id} cause={cause} />
      ))}
      {hidden === 0 ? null : (
        <li className="more">
          <a href={href({ page: 'peers', peer: null })}>{t('causes.more', { n: hidden })}</a>
        </li>
      )}
    </ul>
  );
}
