/** The table of peers: sortable heads, one tab stop, Up, Down and the page keys between rows, Enter opens. */
import { memo, useLayoutEffect, useMemo, useRef, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import type { PeerView } from '../../../app/api/schema.ts';
import { peerState, peerTone, type PeerState } from '../derive.ts';
import { Icon, Status } from '../icons.tsx';
import { t } from '../language.ts';
import { PathBadge } from '../parts/path-badge.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { ageText, Bytes, latencyText, UNKNOWN } from '../parts/values.tsx';
import { go } from '../route.ts';
import { usePage } from '../store.ts';
import { COLUMNS, type Column, type Sort } from './peer-order.ts';
import { places, useRowWindow } from './peers-window.ts';

const CLASSES: Readonly<Record<Column, string>> = { name: 'c-name', address: 'c-addr', path: 'c-path', latency: 'c-lat r', handshake: 'c-hs r', data: 'c-dat r', bytes: 'c-rx r' };

const Head = memo(function Head({ column, sort, onSort }: { readonly column: Column; readonly sort: Sort; readonly onSort: (sort: Sort) => void }): ReactNode {
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
});

/** `top`: its place in px, where only a part of the table is drawn. */
type RowProps = { readonly top: number | undefined; readonly peer: PeerView; readonly index: number; readonly provedForMs: number; readonly open: boolean; readonly tabStop: boolean };

/** Drawn anew when its peer, its state or the text of an age changes: one look at the clock for all of them. */
const Row = memo(function Row({ top, peer, index, provedForMs, open, tabStop }: RowProps): ReactNode {
  const shown = usePage(({ now }) => [peerState(peer, now, provedForMs), ageText(peer.handshakeAt, now), ageText(peer.lastDataAt, now)].join('\n'));
  const [state, handshake, data] = shown.split('\n') as [PeerState, string, string];
  return (
    <tr role="row" data-testid="peer-row" data-peer={peer.name} data-state={state} aria-rowindex={index + 2} style={top === undefined ? undefined : { top }} className={open ? 'is-open' : ''} onClick={() => go({ page: 'peers', peer: peer.name })}>
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
function moveFocus(event: KeyboardEvent<HTMLElement>, last: number): void {
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
  scroller.scrollTop = to * (scroller.querySelector<HTMLElement>('tr[data-peer]')?.offsetHeight ?? 0);
  focusSoon(focus, FRAMES_TO_DRAW);
}

/** The focus stays with its peer when the element of the row is used for another one; with none, when that peer is not drawn. */
function useFocusOfPeer(scroller: RefObject<HTMLElement | null>): (peer: string | undefined) => void {
  const focused = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    const active = document.activeElement;
    if (focused.current === undefined || !(active instanceof HTMLElement) || scroller.current?.contains(active) !== true) return;
    if (active.closest<HTMLElement>('tr')?.dataset['peer'] === focused.current) return;
    const row = scroller.current.querySelector<HTMLElement>(`tr[data-peer="${CSS.escape(focused.current)}"] .rowlink`);
    if (row === null) active.blur();
    else row.focus({ preventScroll: true });
  });
  return (peer) => {
    focused.current = peer;
  };
}

type RowsProps = Pick<Props, 'peers' | 'provedForMs' | 'open'> & { readonly scroller: RefObject<HTMLElement | null> };

/** By itself, so that scrolling draws nothing else. */
function Rows({ scroller, peers, provedForMs, open }: RowsProps): ReactNode {
  const drawn = useRowWindow(scroller, peers.length);
  const { kind, first, end, rowHeight, rested } = drawn;
  const onFocus = useFocusOfPeer(scroller);
  const openIndex = useMemo(() => (open === null ? -1 : peers.findIndex((peer) => peer.name === open)), [peers, open]);
  // While it is scrolled past it, no row is the stop: another one each frame would be drawn for nothing.
  const tabStop = openIndex >= first && openIndex < end ? openIndex : kind === 'whole' ? first : rested;
  return (
    <tbody
      role="rowgroup"
      className={kind}
      style={kind === 'part' ? { height: peers.length * rowHeight } : undefined}
      onFocus={({ target }) => onFocus(target.closest('tr')?.dataset['peer'])}
      onBlur={() => onFocus(undefined)}
    >
      {places(drawn).map(({ index, element }) => {
        const peer = peers[index]!;
        return <Row key={kind === 'whole' ? peer.id : element} top={kind === 'whole' ? undefined : index * rowHeight} peer={peer} index={index} provedForMs={provedForMs} open={peer.name === open} tabStop={index === tabStop} />;
      })}
    </tbody>
  );
}

export function PeersTable({ peers, provedForMs, open, sort, onSort, onStill }: Props): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  return (
    <div ref={scroller} className="tablewrap" onPointerEnter={() => onStill(true)} onPointerLeave={() => onStill(false)} onKeyDown={(event) => moveFocus(event, peers.length - 1)}>
      <table role="table" aria-rowcount={peers.length + 1} data-testid="peers-table">
        <caption className="sr">{t('peers.title')}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map((column) => (
              <Head key={column} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <Rows scroller={scroller} peers={peers} provedForMs={provedForMs} open={open} />
      </table>
    </div>
  );
}
