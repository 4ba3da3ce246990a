/** The addresses of a peer: what each is to us now, who told it, and what came of asking there. */
import type { ReactNode } from 'react';
import { formatAge, formatLatency } from '../speak.ts';
import type { CandidateView, PeerView } from '../../../app/api/schema.ts';
import { Icon, type IconName } from '../icons.tsx';
import { usePage } from '../store.ts';
import { strings } from '../strings.ts';

const words = strings.candidates;

type Standing = { readonly icon: IconName; readonly word: string };

function standing(candidate: CandidateView, inUse: boolean, now: number): Standing {
  const { sent, answered, latencyMs, badUntil } = candidate;
  if (inUse) return { icon: 'p-direct', word: latencyMs === null ? words.inUse : words.inUseAt(formatLatency(latencyMs)) };
  if (badUntil !== null && badUntil > now) return { icon: 'x', word: words.leftOut };
  if (sent === 0) return { icon: 'x', word: words.notAsked };
  if (answered === 0) return { icon: 'x', word: words.noAnswer };
  return { icon: 'check', word: latencyMs === null ? words.answers : formatLatency(latencyMs) };
}

function Row({ candidate, inUse }: { readonly candidate: CandidateView; readonly inUse: boolean }): ReactNode {
  const now = usePage((page) => page.now);
  const { icon, word } = standing(candidate, inUse, now);
  const { endpoint, source, sent, answered, lastAnswerAt, badUntil } = candidate;
  const last = answered > 0 && lastAnswerAt !== null ? words.lastAnswer(formatAge(now - lastAnswerAt)) : '';
  const bad = badUntil !== null && badUntil > now ? words.badFor(formatAge(badUntil - now)) : '';
  return (
    <li data-testid="candidate" data-endpoint={endpoint}>
      <Icon name={icon} className="dim" />
      <span>{endpoint}</span>
      <span className="sec">{word}</span>
      <small>{[words.sources[source], sent === 0 ? '' : words.counts(sent, answered), last, bad].filter((part) => part !== '').join(' ')}</small>
    </li>
  );
}

export function Candidates({ peer }: { readonly peer: PeerView }): ReactNode {
  const { candidates, kind, via } = peer.path;
  if (candidates.length === 0) return null;
  return (
    <section data-testid="candidates">
      <h3 className="h2">{words.title}</h3>
      <ul className="rows">
        {candidates.map((candidate) => (
          <Row key={candidate.endpoint} candidate={candidate} inUse={kind === 'direct' && candidate.endpoint === via} />
        ))}
      </ul>
    </section>
  );
}
