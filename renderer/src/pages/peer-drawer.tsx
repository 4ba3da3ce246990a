/** One peer in full: why it has its path, its figures, the addresses that were tried, its own history, and what can be asked. */
import type { ReactNode } from 'react';
import { formatAge, formatBytes, say } from '../speak.ts';
import type { PeerView, Snapshot } from '../../../app/api/schema.ts';
import { peerState, peerTone } from '../derive.ts';
import { Icon, Status } from '../icons.tsx';
import { t } from '../language.ts';
import { Candidates } from '../parts/candidates.tsx';
import { Explained } from '../parts/explained.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { pathWord, wayWord } from '../parts/path-badge.tsx';
import { PeerQuestions } from '../parts/peer-questions.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { ageText, latencyText, UNKNOWN } from '../parts/values.tsx';
import { go, href } from '../route.ts';
import { usePage } from '../store.ts';
import { ShortEntry } from '../parts/history-entry.tsx';

const HISTORY_SHOWN = 5;

function Why({ peer, snapshot }: { readonly peer: PeerView; readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const state = peerState(peer, now, snapshot.provedForMs);
  const tone = peerTone(state);
  return (
    <div className={`note ${tone}`} data-testid="why">
      <b>
        <Status tone={tone} />
        {t(`peer-state.${state}`)}
        <span className="end">{t('peer.since', { age: formatAge(now - peer.healthSinceAt) })}</span>
      </b>
      <p>{say(peer.path.why, now)}.</p>
      {peer.path.kind === 'direct' ? null : <Explained message={peer.path.why} />}
    </div>
  );
}

function nextTry({ path }: PeerView, now: number): string {
  if (path.kind === 'direct') return t('peer.not-needed');
  if (path.nextTryAt === null) return t('peer.with-next-packet');
  return path.nextTryAt > now ? t('peer.in-time', { wait: formatAge(path.nextTryAt - now) }) : t('peer.trying-now');
}

function Figures({ peer }: { readonly peer: PeerView }): ReactNode {
  const now = usePage((page) => page.now);
  return (
    <dl className="kv">
      {peer.path.sinceAt === null ? null : (
        <>
          <div className="wide">
            <dt className="lbl">{t('peer.path')}</dt>
            <dd data-testid="path">
              {pathWord(peer)} <span className="dim">{t('peer.since', { age: formatAge(now - peer.path.sinceAt) })}</span>
            </dd>
          </div>
          <div>
            <dt className="lbl">{t('peer.next-try')}</dt>
            <dd data-testid="next-try">{nextTry(peer, now)}</dd>
          </div>
        </>
      )}
      <div>
        <dt className="lbl">{t('peer.latency')}</dt>
        <dd>
          {latencyText(peer.path.latencyMs)} <span className="dim">{peer.path.latencyMs === null ? '' : wayWord(peer.path)}</span>
        </dd>
      </div>
      <div>
        <dt className="lbl">{t('peer.data')}</dt>
        <dd>{ageText(peer.lastDataAt, now)}</dd>
      </div>
      <div>
        <dt className="lbl">{t('peer.handshake')}</dt>
        <dd>
          {ageText(peer.handshakeAt, now)}<span className="dim">{t('peer.handshake-count', { n: peer.handshakes })}</span>
        </dd>
      </div>
      <div>
        <dt className="lbl">{t('peer.bytes')}</dt>
        <dd>
          {formatBytes(peer.rxBytes)} / {formatBytes(peer.txBytes)}
        </dd>
      </div>
    </dl>
  );
}

function Facts({ peer }: { readonly peer: PeerView }): ReactNode {
  return (
    <dl className="facts2">
      <dt>{t('peer.addresses')}</dt>
      {peer.addresses.map((address) => (
        <dd key={address}>
          {address}
          <CopyButton text={address} what={address} />
        </dd>
      ))}
      <dt>{t('peer.key')}</dt>
      <dd className="mono">
        <span>{peer.publicKey}</span>
        <CopyButton text={peer.publicKey} what={t('peer.key-to-copy')} />
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
    <aside className="drawer" aria-label={t('peer.details', { name })} data-testid="drawer">
      <header>
        <div>
          <h2>{name}</h2>
          <span className="sec">{peer?.addresses[0] ?? UNKNOWN}</span>
        </div>
        <button type="button" className="ib" aria-label={t('peer.close')} onClick={() => close(name)}>
          <Icon name="x" />
        </button>
      </header>
      {peer === undefined ? (
        <p className="scroll sec">{t('peer.gone', { name })}</p>
      ) : (
        <>
          <div className="scroll" tabIndex={0} role="group" aria-label={t('peer.details', { name })}>
            <Why peer={peer} snapshot={snapshot} />
            <Figures peer={peer} />
            <Sparkline samples={peer.latency} size="wide" />
            <Candidates peer={peer} />
            <section>
              <h3 className="h2">
                {t('peer.history')}
                <span className="end">
                  <a href={href({ page: 'history', peer: name })}>{t('peer.all-history')}</a>
                </span>
              </h3>
              {entries.length === 0 ? (
                <p className="sec">{t('peer.no-history')}</p>
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
          <PeerQuestions peer={peer} />
        </>
      )}
    </aside>
  );
}
