/** The addresses of a peer: what each is to us now, who told it, and what came of asking there. */
import type { ReactNode } from 'react';
import { formatAge, formatLatency } from '../speak.ts';
import type { CandidateView, PeerView } from '../../../app/api/schema.ts';
import { Icon, type IconName } from '../icons.tsx';
import { t } from '../language.ts';
import { usePage } from '../store.ts';


type Standing = { readonly icon: IconName; readonly word: string };

function standing(candidate: CandidateView, inUse: boolean, now: number): Standing {
  const { sent, answered, latencyMs, badUntil } = candidate;
  if (inUse) return { icon: 'p-direct', word: latencyMs === null ? t('candidates.in-use') : t('candidates.in-use-at', { latency: formatLatency(latencyMs) }) };
  if (badUntil !== null && badUntil > now) return { icon: 'x', word: t('candidates.left-out') };
  if (sent === 0) return { icon: 'x', word: t('candidates.not-asked') };
  if (answered === 0) return { icon: 'x', word: t('candidates.no-answer') };
  return { icon: 'check', word: latencyMs === null ? t('candidates.answers') : formatLatency(latencyMs) };
}

function Row({ candidate, inUse }: { readonly candidate: CandidateView; readonly inUse: boolean }): ReactNode {
  const now = usePage((page) => page.now);
  const { icon, word } = standing(candidate, inUse, now);
  const { endpoint, source, sent, answered, lastAnswerAt, badUntil } = candidate;
  const last = answered > 0 && lastAnswerAt !== null ? t('candidates.last-answer', { age: formatAge(now - lastAnswerAt) }) : '';
  const bad = badUntil !== null && badUntil > now ? t('candidates.bad-for', { left: formatAge(badUntil - now) }) : '';
  return (
    <li data-testid="candidate" data-endpoint={endpoint}>
      <Icon name={icon} className="dim" />
      <span>{endpoint}</span>
      <span className="sec">{word}</span>
      <small>{[t(`candidates.source.${source}`), sent === 0 ? '' : t('candidates.counts', { sent, answered }), last, bad].filter((part) => part !== '').join(' ')}</small>
    </li>
  );
}

export function Candidates({ peer }: { readonly peer: PeerView }): ReactNode {
  const { candidates, kind, via } = peer.path;
  if (candidates.length === 0) return null;
  return (
    <section data-testid="candidates">
      <h3 className="h2">{t('candidates.title')}</h3>
      <ul className="rows">
        {candidates.map((candidate) => (
          <Row key={candidate.endpoint} candidate={candidate} inUse={kind === 'direct' && candidate.endpoint === via} />
        ))}
      </ul>
    </section>
  );
}
