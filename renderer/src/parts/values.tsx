/** Values that tick: an age, a latency, a size; an en dash when unknown. Fixed width, so that nothing beside them moves. */
import type { ReactNode } from 'react';
import { formatAge, formatBytes, formatLatency } from '../speak.ts';
import { strings } from '../strings.ts';

export const ageText = (at: number | null, now: number): string => (at === null ? strings.unknown : formatAge(now - at));

export const latencyText = (ms: number | null): string => (ms === null ? strings.unknown : formatLatency(ms));

export function Age({ at, now, className = '' }: { readonly at: number | null; readonly now: number; readonly className?: string }): ReactNode {
  return <span className={`age ${className}`}>{ageText(at, now)}</span>;
}

export function Bytes({ rx, tx }: { readonly rx: number; readonly tx: number }): ReactNode {
  return (
    <>
      <span className="rx">
        {formatBytes(rx)} <i aria-hidden="true">{'\u2193'}</i>
        <span className="sr">{strings.peers.received}</span>
      </span>
      <span className="rx">
        {formatBytes(tx)} <i aria-hidden="true">{'\u2191'}</i>
        <span className="sr">{strings.peers.sent}</span>
      </span>
    </>
  );
}
