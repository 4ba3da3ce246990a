/** The peers in one glance: path, latency with its plot, age of the handshake and of the last data, bytes. */
import type { ReactNode } from 'react';
import type { PeerView, Snapshot } from '../../../app/api/schema.ts';
import { peerState, peerTone } from '../derive.ts';
import { Status } from '../icons.tsx';
import { t } from '../language.ts';
import { PathBadge } from '../parts/path-badge.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { ageText, Bytes, latencyText } from '../parts/values.tsx';
import { href } from '../route.ts';
import { usePage } from '../store.ts';

const SHOWN = 6;

function Row({ peer, provedForMs }: { readonly peer: PeerView; readonly provedForMs: number }): ReactNode {
  const now = usePage((page) => page.now);
  const state = peerState(peer, now, provedForMs);
  return (
    <tr data-testid="mini-peer" data-peer={peer.name} data-state={state}>
      <td className="nm c-name">
        <span className="nmw">
          <Status tone={peerTone(state)} word={t(`peer-state.${state}`)} />
          <a href={href({ page: 'peers', peer: peer.name })}>{peer.name}</a>
        </span>
      </td>
      <td className="c-path">
        <PathBadge peer={peer} state={state} />
      </td>
      <td className="c-plot">
        <Sparkline samples={peer.latency} size="large" />
      </td>
      <td className="c-ms r">{latencyText(peer.path.latencyMs)}</td>
      <td className="c-hs r sec">{ageText(peer.handshakeAt, now)}</td>
      <td className="c-dat r">{ageText(peer.lastDataAt, now)}</td>
      <td className="c-rx r">
        <Bytes rx={peer.rxBytes} tx={peer.txBytes} />
      </td>
    </tr>
  );
}

export function MiniPeers({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const shown = snapshot.peers.slice(0, SHOWN);
  if (shown.length === 0) return null;
  return (
    <table className="mini" data-testid="mini-peers">
      <caption className="sr">{t('peers.title')}</caption>
      <thead>
        <tr>
          <th scope="col" className="c-name">{t('peers.column.name')}</th>
          <th scope="col" className="c-path">{t('peers.column.path')}</th>
          <td className="c-plot" />
          <th scope="col" className="c-ms r">{t('peers.column.latency')}</th>
          <th scope="col" className="c-hs r">{t('peers.column.handshake')}</th>
          <th scope="col" className="c-dat r">{t('peers.column.data')}</th>
          <th scope="col" className="c-rx r">{t('peers.column.bytes')}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((peer) => (
          <Row key={peer.id} peer={peer} provedForMs={snapshot.provedForMs} />
        ))}
      </tbody>
    </table>
  );
}
