/** Values that tick: an age, a latency, a size; an en dash when unknown. Fixed width, so that nothing beside them moves. */
import { memo, type ReactNode } from 'react';
import { formatAge, formatBytes, formatLatency } from '../speak.ts';
import { t } from '../language.ts';

/** What stands where nothing is known. */
export const UNKNOWN = '\u2013';

export const ageText = (at: number | null, now: number): string => (at === null ? UNKNOWN : formatAge(now - at));

export const latencyText = (ms: number | null): string => (ms === null ? UNKNOWN : formatLatency(ms));

/** Names in a row, the first two when there are more than three. */
export const fewOf = (names: readonly string[]): string => (names.length > 3 ? t('names.more', { names: names.slice(0, 2).join(', '), n: names.length - 2 }) : names.join(', '));

export function Age({ at, now, className = '' }: { readonly at: number | null; readonly now: number; readonly className?: string }): ReactNode {
  return <span className={`age ${className}`}>{ageText(at, now)}</span>;
}

export const Bytes = memo(function Bytes({ rx, tx }: { readonly rx: number; readonly tx: number }): ReactNode {
  return (
    <>
      <span className="rx">
        {formatBytes(rx)} <i aria-hidden="true">{'\u2193'}</i>
        <span className="sr">{t('peers.received')}</span>
      </span>
      <span className="rx">
        {formatBytes(tx)} <i aria-hidden="true">{'\u2191'}</i>
        <span className="sr">{t('peers.sent')}</span>
      </span>
    </>
  );
});
