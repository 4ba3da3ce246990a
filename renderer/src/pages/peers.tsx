/** All peers: search with '/', filter, sort, and details beside the table. */
import { useEffect, useRef, useState, type ReactNode, type RefObject } from 'react';
import type { Snapshot } from '../../../app/api/schema.ts';
import { pageFace } from '../face.ts';
import { Icon } from '../icons.tsx';
import { t } from '../language.ts';
import { Empty } from '../parts/empty.tsx';
import { Choices } from '../parts/choices.tsx';
import { go } from '../route.ts';
import { usePage } from '../store.ts';
import { PeerDrawer } from './peer-drawer.tsx';
import { FILTERS, useChosenPeers, type Filter, type Sort } from './peer-order.ts';
import { PeersTable } from './peers-table.tsx';

/** '/' goes to the search field, Escape closes the details and gives the focus back to the row. */
function useKeys(search: RefObject<HTMLInputElement | null>, open: string | null): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLInputElement;
      if (event.key === '/' && !typing) {
        event.preventDefault();
        search.current?.focus();
        search.current?.select();
      }
      if (event.key === 'Escape' && open !== null && !typing) {
        go({ page: 'peers', peer: null });
        document.querySelector<HTMLElement>(`tr[data-peer="${CSS.escape(open)}"] .rowlink`)?.focus();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [search, open]);
}

function NoRows({ snapshot, query, filter, onClear }: { readonly snapshot: Snapshot; readonly query: string; readonly filter: Filter; readonly onClear: () => void }): ReactNode {
  if (snapshot.peers.length === 0) return <Empty title={t('peers.empty')} text={t('peers.empty-text')} />;
  const searched = query.trim() !== '';
  return (
    <Empty title={searched ? t('peers.no-match', { query }) : t('peers.none-here', { filter: t(`peers.filter.${filter}`) })} text={searched ? t('peers.no-match-text', { n: snapshot.peers.length }) : t('peers.none-here-text')}>
      <button type="button" className="btn" onClick={onClear}>
        {t('peers.clear')}
      </button>
    </Empty>
  );
}

/** By itself, so that a tick of the clock draws no table. The face has counted them: ten thousand are looked at once. */
function Summary({ total }: { readonly total: number }): ReactNode {
  const proved = usePage((page) => pageFace(page).devices.direct + pageFace(page).devices.relayed);
  return <span className="sum">{t('peers.summary', { n: total, proved })}</span>;
}

export function PeersPage({ snapshot, open }: { readonly snapshot: Snapshot; readonly open: string | null }): ReactNode {
  const search = useRef<HTMLInputElement>(null);
  const [query, setQuery] = useState('');
  const [filter, setFilter] = useState<Filter>('all');
  const [sort, setSort] = useState<Sort>({ column: 'name', direction: 'ascending' });
  const [still, setStill] = useState(false);
  useKeys(search, open);
  const chosen = useChosenPeers(snapshot.peers, query, filter, sort, still);
  const clear = (): void => {
    setQuery('');
    setFilter('all');
    // The button that was pressed goes with the empty list.
    search.current?.focus();
  };
  return (
    <div className={`screen split ${open === null ? '' : 'open'}`} data-testid="peers">
      <div className="col">
        <div className="bar">
          <h1>
            {t('peers.title')} <Summary total={snapshot.peers.length} />
          </h1>
        </div>
        <div className="tools">
          <label className="field">
            <Icon name="search" />
            <span className="sr">{t('peers.search')}</span>
            <input
              ref={search}
              type="text"
              spellCheck={false}
              autoComplete="off"
              placeholder={t('peers.search')}
              value={query}
              onChange={(event) => setQuery(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === 'Escape') setQuery('');
                if (event.key === 'ArrowDown') document.querySelector<HTMLElement>('[data-row="0"]')?.focus();
              }}
            />
            <span className="kbd" aria-hidden="true">
              /
            </span>
          </label>
          <span className="grow" />
          <Choices label={t('peers.filter')} choices={FILTERS.map((value) => ({ value, label: t(`peers.filter.${value}`) }))} value={filter} onChoose={setFilter} />
        </div>
        {chosen.length === 0 ? (
          <div className="body">
            <NoRows snapshot={snapshot} query={query} filter={filter} onClear={clear} />
          </div>
        ) : (
          <PeersTable peers={chosen} provedForMs={snapshot.provedForMs} open={open} sort={sort} onSort={setSort} onStill={setStill} />
        )}
      </div>
      {open === null ? null : <PeerDrawer key={open} snapshot={snapshot} name={open} />}
    </div>
  );
}
