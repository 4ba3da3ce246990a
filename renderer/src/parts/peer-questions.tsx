/** What can be asked of one peer: a direct way, a check, a ping. Each has an outcome, said once in words. */
import { useState, type ReactNode } from 'react';
import { formatAge, formatDuration, formatLatency, sayError } from '../speak.ts';
import type { Checked, PeerView, PingReply } from '../../../app/api/schema.ts';
import { canTryDirect, tryOutcome } from '../direct.ts';
import { useLink } from '../link-context.ts';
import { usePage } from '../store.ts';
import { strings } from '../strings.ts';
import { BusyButton, OUTCOME_WITHIN_MS, useAsk, type Asking } from './busy-button.tsx';

const words = strings.drawer;
const { actions } = strings;

/** What became of a ping. */
function pingOutcome(reply: Checked<{ readonly reply: PingReply | null }>): string {
  if (!reply.ok) return actions.failed(sayError(reply.error));
  const answer = reply.value.reply;
  return answer === null ? actions.noReply : actions.answered(formatLatency(answer.latencyMs), words.ways[answer.path.kind](answer.path.via));
}

/** What became of a check: it is answered by data that is newer than the question. */
function checkOutcome(askedAt: number, peer: PeerView, now: number): string {
  if (peer.lastDataAt !== null && peer.lastDataAt > askedAt) return actions.checkOk(formatDuration(peer.lastDataAt - askedAt));
  if (now - askedAt < OUTCOME_WITHIN_MS) return actions.asked;
  return actions.checkLate(formatAge(now - askedAt));
}

function directOutcome(peer: PeerView, askedAt: number, now: number): string {
  const outcome = tryOutcome(peer, askedAt, now, OUTCOME_WITHIN_MS);
  switch (outcome.kind) {
    case 'direct':
      return actions.direct(formatDuration(outcome.afterMs));
    case 'trying':
      return actions.tryingDirect(outcome.addresses, formatAge(outcome.forMs));
    case 'asked':
      return actions.asked;
    case 'not-found':
      return actions.noDirect(formatDuration(outcome.afterMs));
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
    if (asking.kind === 'asking') return busySince(asking) === null ? actions.overdue(formatDuration(OUTCOME_WITHIN_MS)) : question === 'ping' ? '' : actions.asked;
    if (question === 'ping') return pinging.kind === 'done' ? pingOutcome(pinging.reply) : '';
    if (asking.kind === 'done' && !asking.reply.ok) return actions.failed(sayError(asking.reply.error));
    return question === 'check' ? checkOutcome(at, peer, now) : directOutcome(peer, at, now);
  };
  // It stays while its outcome is shown, so that the focus stays where it is.
  const offersDirect = canTryDirect(peer) || newest?.question === 'direct';
  return (
    <footer>
      <p className="outcome" role="status" data-testid="outcome">
        {newest === null ? '' : outcome(newest)}
      </p>
      {offersDirect ? <BusyButton label={words.tryDirect} look="pri" testId="try-direct" sinceMs={busySince(trying)} onClick={() => ask('direct', tryDirect)} /> : null}
      <BusyButton label={words.check} look={offersDirect ? '' : 'pri'} testId="check" sinceMs={busySince(checking)} onClick={() => ask('check', check)} />
      <BusyButton
        label={words.ping}
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
