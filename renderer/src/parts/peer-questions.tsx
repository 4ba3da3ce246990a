/** What can be asked of one peer: a direct way, a check, a ping. Each has an outcome, said once in words. */
import { useState, type ReactNode } from 'react';
import { formatAge, formatDuration, formatLatency, sayFailure } from '../speak.ts';
import type { Checked, PeerView, PingReply } from '../../../app/api/schema.ts';
import { canTryDirect, tryOutcome } from '../direct.ts';
import { t } from '../language.ts';
import { useLink } from '../link-context.ts';
import { usePage } from '../store.ts';
import { BusyButton, OUTCOME_WITHIN_MS, useAsk, type Asking } from './busy-button.tsx';
import { wayWord } from './path-badge.tsx';


/** What became of a ping. */
function pingOutcome(reply: Checked<{ readonly reply: PingReply | null }>): string {
  if (!reply.ok) return sayFailure(reply.error);
  const answer = reply.value.reply;
  return answer === null ? t('action.no-reply') : t('action.answered', { latency: formatLatency(answer.latencyMs), way: wayWord(answer.path) });
}

/** What became of a check: it is answered by data that is newer than the question. */
function checkOutcome(askedAt: number, peer: PeerView, now: number): string {
  if (peer.lastDataAt !== null && peer.lastDataAt > askedAt) return t('action.check-ok', { took: formatDuration(peer.lastDataAt - askedAt) });
  if (now - askedAt < OUTCOME_WITHIN_MS) return t('action.asked');
  return t('action.check-late', { wait: formatAge(now - askedAt) });
}

function directOutcome(peer: PeerView, askedAt: number, now: number): string {
  const outcome = tryOutcome(peer, askedAt, now, OUTCOME_WITHIN_MS);
  switch (outcome.kind) {
    case 'direct':
      return t('action.direct', { took: formatDuration(outcome.afterMs) });
    case 'trying':
      return t('action.trying-direct', { n: outcome.addresses, time: formatAge(outcome.forMs) });
    case 'asked':
      return t('action.asked');
    case 'not-found':
      return t('action.no-direct', { time: formatDuration(outcome.afterMs) });
    default:
      return outcome satisfies never;
  }
}

type Question = 'direct' | 'check' | 'ping';
/** The newest question. `at`: engine time. */
type Newest = { readonly question: Question; readonly at: number };

export function PeerQuestions({ peer }: { readonly peer: PeerView }): ReactNode {
  const link = useLink();
  const { now, pageMs } = usePage();
  const [seq, setSeq] = useState(1);
  const [newest, setNewest] = useState<Newest | null>(null);
  const [pinging, ping] = useAsk(() => link.request('ping', { peer: peer.name, seq }));
  const [checking, check] = useAsk(() => link.request('check', { peer: peer.name }));
  const [trying, tryDirect] = useAsk(() => link.request('tryDirect', { peer: peer.name }));
  const askings = { direct: trying, check: checking, ping: pinging } as const satisfies Record<Question, Asking<unknown>>;
  const busySince = (asking: Asking<unknown>): number | null => (asking.kind === 'asking' && pageMs - asking.sinceMs < OUTCOME_WITHIN_MS ? asking.sinceMs : null);
  const ask = (question: Question, act: () => void): void => {
    setNewest({ question, at: now });
    act();
  };
  const outcome = ({ question, at }: Newest): string => {
    const asking = askings[question];
    if (asking.kind === 'asking') return busySince(asking) === null ? t('action.overdue', { wait: formatDuration(OUTCOME_WITHIN_MS) }) : question === 'ping' ? '' : t('action.asked');
    if (question === 'ping') return pinging.kind === 'done' ? pingOutcome(pinging.reply) : '';
    if (asking.kind === 'done' && !asking.reply.ok) return sayFailure(asking.reply.error);
    return question === 'check' ? checkOutcome(at, peer, now) : directOutcome(peer, at, now);
  };
  // It stays while its outcome is shown, so that the focus stays where it is.
  const offersDirect = canTryDirect(peer) || newest?.question === 'direct';
  return (
    <footer>
      <p className="outcome" role="status" data-testid="outcome">
        {newest === null ? '' : outcome(newest)}
      </p>
      {offersDirect ? <BusyButton label={t('peer.try-direct')} look="pri" testId="try-direct" sinceMs={busySince(trying)} onClick={() => ask('direct', tryDirect)} /> : null}
      <BusyButton label={t('peer.check')} look={offersDirect ? '' : 'pri'} testId="check" sinceMs={busySince(checking)} onClick={() => ask('check', check)} />
      <BusyButton
        label={t('peer.ping')}
        testId="ping"
        sinceMs={busySince(pinging)}
        onClick={() =>
          ask('ping', () => {
            setSeq(seq + 1);
            ping();
          })
        }
      />
    </footer>
  );
}
