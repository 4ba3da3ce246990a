/** One peer in full: why it has its path, its figures, the addresses that were tried, its own history, and what can be asked. */
import type { ReactNode } from 'react';
import { formatAge, formatBytes, say } from '../speak.ts';
import type { PeerView, Snapshot } from '../../../app/api/schema.ts';
import { peerState, peerTone } from '../derive.ts';
import { Icon, Status } from '../icons.tsx';
import { Candidates } from '../parts/candidates.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { pathWord } from '../parts/path-badge.tsx';
import { PeerQuestions } from '../parts/peer-questions.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { ageText, latencyText } from '../parts/values.tsx';
import { go, href } from '../route.ts';
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

function nextTry({ path }: PeerView, now: number): string {
  if (path.kind === 'direct') return words.notNeeded;
  if (path.nextTryAt === null) return words.withNextPacket;
  return path.nextTryAt > now ? words.inTime(formatAge(path.nextTryAt - now)) : words.tryingNow;
}

function Figures({ peer }: { readonly peer: PeerView }): ReactNode {
  const now = usePage((page) => page.now);
  return (
    <dl className="kv">
      {peer.path.sinceAt === null ? null : (
        <>
          <div className="wide">
            <dt className="lbl">{words.path}</dt>
            <dd data-testid="path">
              {pathWord(peer)} <span className="dim">{words.since(formatAge(now - peer.path.sinceAt))}</span>
            </dd>
          </div>
          <div>
            <dt className="lbl">{words.nextTry}</dt>
            <dd data-testid="next-try">{nextTry(peer, now)}</dd>
          </div>
        </>
      )}
      <div>
        <dt className="lbl">{words.latency}</dt>
        <dd>
          {latencyText(peer.path.latencyMs)} <span className="dim">{peer.path.latencyMs === null ? '' : words.ways[peer.path.kind](peer.path.via)}</span>
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
            <Candidates peer={peer} />
            <section>
              <h3 className="h2">
                {words.history}
                <span className="end">
                  <a href={href({ page: 'history', peer: name })}>{words.allHistory}</a>
                </span>
              </h3>
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
          <PeerQuestions peer={peer} />
        </>
      )}
    </aside>
  );
}
