/** One peer in full: why it has its path, its figures, its own history, and two questions: ping, and check now. */
import { useState, type ReactNode } from 'react';
import { formatAge, formatBytes, formatDuration, formatLatency, say } from '../../../app/api/words.ts';
import type { PeerView, Snapshot } from '../../../app/api/schema.ts';
import { peerState, peerTone } from '../derive.ts';
import { Icon, Status } from '../icons.tsx';
import { useLink } from '../link-context.ts';
import { BusyButton, OUTCOME_WITHIN_MS, useAsk, type Asking } from '../parts/busy-button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { pathWord } from '../parts/path-badge.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { ageText, latencyText } from '../parts/values.tsx';
import { go } from '../route.ts';
import { usePage } from '../store.ts';
import { strings } from '../strings.ts';
import { ShortEntry } from '../parts/history-entry.tsx';

const HISTORY_SHOWN = 5;
const words = strings.drawer;

function Why({ peer, snapshot }: { readonly peer: PeerView; readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const state = peerState(peer, now, snapshot.provedForMs);
  const tone = peerTone(state);
  return (
    <div className={`note ${tone}`} data-testid="why">
      <b>
        <Status tone={tone} />
        {strings.peerStates[state]}
        <span className="end">{words.since(formatAge(now - peer.healthSinceAt))}</span>
      </b>
      <p>{say(peer.path.why, now)}.</p>
    </div>
  );
}

function Figures({ peer }: { readonly peer: PeerView }): ReactNode {
  const now = usePage((page) => page.now);
  return (
    <dl className="kv">
      <div>
        <dt className="lbl">{words.latency}</dt>
        <dd>
          {latencyText(peer.path.latencyMs)} <span className="dim">{words.over(pathWord(peer).toLowerCase())}</span>
        </dd>
      </div>
      <div>
        <dt className="lbl">{words.data}</dt>
        <dd>{ageText(peer.lastDataAt, now)}</dd>
      </div>
      <div>
        <dt className="lbl">{words.handshake}</dt>
        <dd>
          {ageText(peer.handshakeAt, now)}<span className="dim">{words.handshakeCount(peer.handshakes)}</span>
        </dd>
      </div>
      <div>
        <dt className="lbl">{words.bytes}</dt>
        <dd>
          {formatBytes(peer.rxBytes)} / {formatBytes(peer.txBytes)}
        </dd>
      </div>
    </dl>
  );
}

/** What became of a ping. */
function pingOutcome(asking: Asking<{ readonly reply: { readonly latencyMs: number; readonly path: { readonly kind: PeerView['path']['kind'] } } | null }>): string {
  if (asking.kind !== 'done') return '';
  if (!asking.reply.ok) return strings.actions.failed(asking.reply.error.message);
  const { reply } = asking.reply.value;
  if (reply === null) return strings.actions.noReply;
  const path = reply.path.kind === 'direct' ? strings.path.direct.toLowerCase() : reply.path.kind === 'relay' ? strings.path.unknownRelay.toLowerCase() : strings.path.none.toLowerCase();
  return strings.actions.answered(formatLatency(reply.latencyMs), path);
}

/** What became of a check: it is answered by data that is newer than the question. */
function checkOutcome(askedAt: number | null, peer: PeerView, now: number): string {
  if (askedAt === null) return '';
  if (peer.lastDataAt !== null && peer.lastDataAt > askedAt) return strings.actions.checkOk(formatDuration(peer.lastDataAt - askedAt));
  if (now - askedAt < OUTCOME_WITHIN_MS) return strings.actions.asked;
  return strings.actions.checkLate(formatAge(now - askedAt));
}

function Questions({ peer }: { readonly peer: PeerView }): ReactNode {
  const link = useLink();
  const { now, pageMs } = usePage();
  const [seq, setSeq] = useState(1);
  const [checkedAt, setCheckedAt] = useState<number | null>(null);
  const [newest, setNewest] = useState<'ping' | 'check'>('ping');
  const [pinging, ping] = useAsk(() => link.request('ping', { peer: peer.name, seq }));
  const [checking, check] = useAsk(() => link.request('check', { peer: peer.name }));
  const busySince = (asking: Asking<unknown>): number | null => (asking.kind === 'asking' && pageMs - asking.sinceMs < OUTCOME_WITHIN_MS ? asking.sinceMs : null);
  const overdue = (asking: Asking<unknown>): boolean => asking.kind === 'asking' && busySince(asking) === null;
  const asking = newest === 'ping' ? pinging : checking;
  const outcome = overdue(asking)
    ? strings.actions.overdue(formatDuration(OUTCOME_WITHIN_MS))
    : newest === 'ping'
      ? pingOutcome(pinging)
      : checking.kind === 'done' && !checking.reply.ok
        ? strings.actions.failed(checking.reply.error.message)
        : checkOutcome(checkedAt, peer, now);
  return (
    <footer>
      <p className="outcome" role="status" data-testid="outcome">
        {outcome}
      </p>
      <BusyButton
        label={words.check}
        look="pri"
        testId="check"
        sinceMs={busySince(checking)}
        onClick={() => {
          setNewest('check');
          setCheckedAt(now);
          check();
        }}
      />
      <BusyButton
        label={words.ping}
        testId="ping"
        sinceMs={busySince(pinging)}
        onClick={() => {
          setNewest('ping');
          setSeq(seq + 1);
          ping();
        }}
      />
    </footer>
  );
}

function Facts({ peer }: { readonly peer: PeerView }): ReactNode {
  return (
    <dl className="facts2">
      <dt>{words.addresses}</dt>
      {peer.addresses.map((address) => (
        <dd key={address}>
          {address}
          <CopyButton text={address} what={address} />
        </dd>
      ))}
      <dt>{words.key}</dt>
      <dd className="mono">
        <span>{peer.publicKey}</span>
        <CopyButton text={peer.publicKey} what={words.key.toLowerCase()} />
      </dd>
    </dl>
  );
}

function close(name: string): void {
  go({ page: 'peers', peer: null });
  document.querySelector<HTMLElement>(`tr[data-peer="${CSS.escape(name)}"] .rowlink`)?.focus();
}

export function PeerDrawer({ snapshot, name }: { readonly snapshot: Snapshot; readonly name: string }): ReactNode {
  const peer = snapshot.peers.find((candidate) => candidate.name === name);
  const entries = snapshot.history.filter((entry) => entry.peer === name || entry.unreachable.includes(name)).slice(-HISTORY_SHOWN).toReversed();
  return (
    <aside className="drawer" aria-label={strings.peers.details(name)} data-testid="drawer">
      <header>
        <div>
          <h2>{name}</h2>
          <span className="sec">{peer?.addresses[0] ?? strings.unknown}</span>
        </div>
        <button type="button" className="ib" aria-label={words.close} onClick={() => close(name)}>
          <Icon name="x" />
        </button>
      </header>
      {peer === undefined ? (
        <p className="scroll sec">{words.gone(name)}.</p>
      ) : (
        <>
          <div className="scroll" tabIndex={0} role="group" aria-label={strings.peers.details(name)}>
            <Why peer={peer} snapshot={snapshot} />
            <Figures peer={peer} />
            <Sparkline samples={peer.latency} size="wide" />
            <section>
              <h3 className="h2">{words.history}</h3>
              {entries.length === 0 ? (
                <p className="sec">{words.noHistory}</p>
              ) : (
                <ul className="short">
                  {entries.map((entry) => (
                    <ShortEntry key={entry.id} entry={entry} />
                  ))}
                </ul>
              )}
            </section>
            <Facts peer={peer} />
          </div>
          <Questions peer={peer} />
        </>
      )}
    </aside>
  );
}
