/** Where one is and how it stands: this device, the pages that exist, the theme, and the state in two lines. */
import type { ReactNode } from 'react';
import type { Snapshot } from '../../app/api/schema.ts';
import { formatAge } from './speak.ts';
import { hostOf } from './account.ts';
import { useFace } from './face.ts';
import { isFirstRun } from './guide/progress.ts';
import { Icon, Status, type IconName } from './icons.tsx';
import { t } from './language.ts';
import { useAbsence } from './parts/away.tsx';
import { href, type Route } from './route.ts';
import { usePage } from './store.ts';
import { chooseTheme, THEMES, useTheme } from './theme.ts';

const PAGES: readonly { readonly route: Exclude<Route, { readonly page: 'guide' | 'join' }>; readonly icon: IconName }[] = [
  { route: { page: 'overview' }, icon: 'knot' },
  { route: { page: 'peers', peer: null }, icon: 'peers' },
  { route: { page: 'history', peer: null }, icon: 'history' },
  { route: { page: 'health' }, icon: 'health' },
  { route: { page: 'accounts', adding: false }, icon: 'accounts' },
  { route: { page: 'diagnostics' }, icon: 'diagnostics' },
  { route: { page: 'settings' }, icon: 'settings' },
];

const NOTHING: Snapshot['history'] = [];

function Chip(): ReactNode {
  const { contact, pageMs } = usePage();
  const { state, tone, need, ages } = useFace();
  const firstRun = usePage(({ snapshot }) => snapshot !== null && isFirstRun(snapshot));
  if (state === 'starting') return null;
  if (state === 'lost') {
    return (
      <div className="chip" data-testid="chip">
        <Status tone={tone} />
        <b>{t('gone.chip')}</b>
        <small>{contact.kind === 'lost' ? formatAge(pageMs - contact.heardMs) : ''}</small>
      </div>
    );
  }
  if (need !== null && need.kind !== 'renewal') {
    return (
      <div className="chip" data-testid="chip">
        <Status tone={need.kind === 'answer' ? 'down' : 'stale'} />
        <b>{t(`chip.need.${need.kind}`)}</b>
        <small>{need.host}</small>
      </div>
    );
  }
  if (firstRun) {
    return (
      <div className="chip" data-testid="chip">
        <Status tone={tone} />
        <b>{t('chip.first-run')}</b>
        <small>{t('chip.no-server')}</small>
      </div>
    );
  }
  return (
    <div className="chip" data-testid="chip">
      <Status tone={tone} />
      <b>{t(`chip.state.${state}`)}</b>
      <small>{ages === null ? t('chip.no-data') : t('chip.data-ago', { age: formatAge(ages.newest) })}</small>
    </div>
  );
}

function ThemeButton(): ReactNode {
  const theme = useTheme((chosen) => chosen.theme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  const label = t('theme.button', { theme: t(`theme.name.${theme}`) });
  return (
    <button type="button" className="ib theme" data-testid="theme" aria-label={label} title={label} onClick={() => chooseTheme(next)}>
      <Icon name="theme" />
    </button>
  );
}

/** How many reconnects wait to be read. */
function Unread(): ReactNode {
  const history = usePage(({ snapshot }) => snapshot?.history);
  const absence = useAbsence(history ?? NOTHING);
  if (absence === null || absence.reconnects.count === 0) return null;
  return (
    <span className="n" data-testid="unread">
      <span aria-hidden="true">{absence.reconnects.count}</span>
      <span className="sr">{t('away.count', { n: absence.reconnects.count })}</span>
    </span>
  );
}

/** Where this device is: the sandbox, the account, or its address. */
function underName({ sandbox, account, self }: Snapshot): string {
  if (sandbox !== null) return t('sandbox.name');
  if (account === null) return self.addresses[0] ?? '';
  return account.user ?? hostOf(account.server);
}

export function Sidebar({ route }: { readonly route: Route }): ReactNode {
  const name = usePage(({ snapshot }) => snapshot?.self.name ?? 'Bowline');
  const under = usePage(({ snapshot }) => (snapshot === null ? '' : underName(snapshot)));
  return (
    <header className="side">
      <div className="acct">
        <Icon name="knot" className="mark" />
        <span>
          <b>{name}</b>
          {under}
        </span>
      </div>
      <nav className="nav" aria-label={t('nav.label')}>
        {PAGES.map(({ route: target, icon }) => (
          <a key={target.page} href={href(target)} title={t(`nav.${target.page}`)} aria-current={target.page === (route.page === 'guide' || route.page === 'join' ? 'overview' : route.page) ? 'page' : undefined} className={target.page === 'diagnostics' ? 'not-phone' : undefined}>
            <Icon name={icon} />
            {t(`nav.${target.page}`)}
            {target.page === 'history' ? <Unread /> : null}
          </a>
        ))}
      </nav>
      <div className="grow" />
      <div className="sidefoot">
        <Chip />
        <ThemeButton />
      </div>
    </header>
  );
}
