/** The table of peers: sortable heads, one tab stop, Up, Down and the page keys between rows, Enter opens. */
import { memo, useMemo, useRef, type KeyboardEvent, type ReactNode } from 'react';
import type { PeerView } from '../../../app/api/schema.ts';
import { peerState, peerTone } from '../derive.ts';
import { Icon, Status } from '../icons.tsx';
import { t } from '../language.ts';
import { PathBadge } from '../parts/path-badge.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { ageText, Bytes, latencyText, UNKNOWN } from '../parts/values.tsx';
import { go } from '../route.ts';
import { usePage } from '../store.ts';
import { COLUMNS, type Column, type Sort } from './peer-order.ts';
import { useRowWindow } from './peers-window.ts';

const CLASSES: Readonly<Record<Column, string>> = { name: 'c-name', address: 'c-addr', path: 'c-path', latency: 'c-lat r', handshake: 'c-hs r', data: 'c-dat r', bytes: 'c-rx r' };

function Head({ column, sort, onSort }: { readonly column: Column; readonly sort: Sort; readonly onSort: (sort: Sort) => void }): ReactNode {
  const chosen = sort.column === column;
  const turned = sort.direction === 'ascending' ? 'descending' : 'ascending';
  return (
    <th scope="col" role="columnheader" className={CLASSES[column]} aria-sort={chosen ? sort.direction : undefined}>
      <button type="button" onClick={() => onSort({ column, direction: chosen ? turned : 'ascending' })}>
        {t(`peers.column.${column}`)}
        {chosen ? <Icon name={sort.direction === 'ascending' ? 'down' : 'up'} /> : null}
      </button>
    </th>
  );
}

type RowProps = { readonly peer: PeerView; readonly index: number; readonly provedForMs: number; readonly open: boolean; readonly tabStop: boolean };

/** Drawn anew when its peer, its state or the text of an age changes. */
const Row = memo(function Row({ peer, index, provedForMs, open, tabStop }: RowProps): ReactNode {
  const state = usePage(({ now }) => peerState(peer, now, provedForMs));
  const handshake = usePage(({ now }) => ageText(peer.handshakeAt, now));
  const data = usePage(({ now }) => ageText(peer.lastDataAt, now));
  return (
    <tr role="row" data-testid="peer-row" data-peer={peer.name} data-state={state} aria-rowindex={index + 2} className={open ? 'is-open' : ''} onClick={() => go({ page: 'peers', peer: peer.name })}>
      <td role="cell" className="nm c-name">
        <span className="nmw">
          <Status tone={peerTone(state)} word={t(`peer-state.${state}`)} />
          <button type="button" className="rowlink" tabIndex={tabStop ? 0 : -1} aria-expanded={open} data-row={index}>
            {peer.name}
          </button>
        </span>
      </td>
      <td role="cell" className="ad c-addr">{peer.addresses[0] ?? UNKNOWN}</td>
      <td role="cell" className="c-path">
        <PathBadge peer={peer} state={state} />
      </td>
      <td role="cell" className="c-lat r">
        <span className="lat">
          <Sparkline samples={peer.latency} />
          <span className="r">{latencyText(peer.path.latencyMs)}</span>
        </span>
      </td>
      <td role="cell" className="c-hs r sec">{handshake}</td>
      <td role="cell" className="c-dat r">{data}</td>
      <td role="cell" className="c-rx r">
        <Bytes rx={peer.rxBytes} tx={peer.txBytes} />
      </td>
    </tr>
  );
});

type Props = {
  readonly peers: readonly PeerView[];
  readonly provedForMs: number;
  readonly open: string | null;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly onStill: (still: boolean) => void;
};

const FRAMES_TO_DRAW = 20;
const PAGE = 10;

function focusSoon(focus: () => boolean, frames: number): void {
  requestAnimationFrame(() => {
    if (!focus() && frames > 0) focusSoon(focus, frames - 1);
  });
}

/** Moves the focus between rows; scrolls first, because far rows are not drawn. */
function moveFocus(event: KeyboardEvent<HTMLElement>, last: number, rowHeight: number): void {
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE, Home: -Infinity, End: Infinity };
  const step = steps[event.key];
  const from = event.target instanceof HTMLElement ? event.target.dataset['row'] : undefined;
  if (step === undefined || from === undefined) return;
  event.preventDefault();
  const to = Math.max(0, Math.min(last, Number(from) + step));
  const scroller = event.currentTarget;
  const focus = (): boolean => {
    const row = scroller.querySelector<HTMLElement>(`[data-row="${to}"]`);
    row?.focus();
    return row !== null;
  };
  if (focus()) return;
  scroller.scrollTop = to * rowHeight;
  focusSoon(focus, FRAMES_TO_DRAW);
}

export function PeersTable({ peers, provedForMs, open, sort, onSort, onStill }: Props): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const { first, end, rowHeight } = useRowWindow(scroller, peers.length);
  const openIndex = useMemo(() => (open === null ? -1 : peers.findIndex((peer) => peer.name === open)), [peers, open]);
  const tabStop = openIndex >= first && openIndex < end ? openIndex : first;
  return (
    <div
      ref={scroller}
      className="tablewrap"
      onPointerEnter={() => onStill(true)}
      onPointerLeave={() => onStill(false)}
      onKeyDown={(event) => moveFocus(event, peers.length - 1, rowHeight)}
    >
      <table role="table" aria-rowcount={peers.length + 1} data-testid="peers-table">
        <caption className="sr">{t('peers.title')}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map((column) => (
              <Head key={column} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {first === 0 ? null : <tr className="gap" aria-hidden="true"><td height={first * rowHeight} /></tr>}
          {peers.slice(first, end).map((peer, i) => (
            <Row key={peer.id} peer={peer} index={first + i} provedForMs={provedForMs} open={peer.name === open} tabStop={first + i === tabStop} />
          ))}
          {end === peers.length ? null : <tr className="gap" aria-hidden="true"><td height={(peers.length - end) * rowHeight} /></tr>}
        </tbody>
      </table>
    </div>
  );
}
