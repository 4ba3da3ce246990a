/** The window: sidebar, one page of the route, and in its place the truth when the engine is not there. */
import { useEffect, type ReactNode } from 'react';
import { say } from './speak.ts';
import { pageFace } from './face.ts';
import { guideInstead, GuidePage } from './guide/guide-page.tsx';
import { isNewcomer } from './guide/progress.ts';
import { t } from './language.ts';
import { AccountsPage } from './pages/accounts.tsx';
import { DiagnosticsPage } from './pages/diagnostics.tsx';
import { GonePage } from './pages/gone.tsx';
import { HealthPage } from './pages/health.tsx';
import { HistoryPage } from './pages/history.tsx';
import { JoinLinkPage } from './pages/join-link.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { PeersPage } from './pages/peers.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { StartingPage } from './pages/starting.tsx';
import { isJoining, JoiningPage } from './parts/account-panel.tsx';
import { useRoute, type Route } from './route.ts';
import { Sidebar } from './sidebar.tsx';
import { usePage } from './store.ts';

function Page({ route }: { readonly route: Route }): ReactNode {
  const contact = usePage((page) => page.contact);
  const snapshot = usePage((page) => page.snapshot);
  if (snapshot === null) return <StartingPage />;
  if (contact.kind === 'lost') return <GonePage contact={contact} snapshot={snapshot} />;
  switch (route.page) {
    case 'overview':
      if (isNewcomer(snapshot)) return <GuidePage snapshot={snapshot} at="about" />;
      if (snapshot.account !== null && isJoining(snapshot)) return <JoiningPage snapshot={snapshot} account={snapshot.account} />;
      return <OverviewPage snapshot={snapshot} />;
    case 'peers':
      return <PeersPage snapshot={snapshot} open={route.peer} />;
    case 'history':
      return <HistoryPage snapshot={snapshot} peer={route.peer} />;
    case 'health':
      return <HealthPage snapshot={snapshot} />;
    case 'diagnostics':
      return <DiagnosticsPage snapshot={snapshot} />;
    case 'settings':
      return <SettingsPage snapshot={snapshot} />;
    case 'join':
      return <JoinLinkPage snapshot={snapshot} />;
    case 'accounts':
      return <AccountsPage snapshot={snapshot} adding={route.adding} />;
    case 'guide':
      return <GuidePage snapshot={snapshot} at={route.at} />;
  }
}

/** The sentence for the tab, which changes only with the state. */
function useTitle(): void {
  const title = usePage((page) => {
    const { state, sentence } = pageFace(page);
    if (state === 'lost') return `${t('gone.chip')} - Bowline`;
    return sentence === null ? 'Bowline' : `${say(sentence, page.now)} - Bowline`;
  });
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/** A newcomer's place is the guide, and stays so after the network is joined, until the person leaves it. */
function useGuide(route: Route): void {
  const place = usePage(({ snapshot }) => (route.page === 'overview' && snapshot !== null ? guideInstead(snapshot) : null));
  useEffect(() => {
    if (place !== null) window.location.replace(place);
  }, [place]);
}

export function App(): ReactNode {
  const route = useRoute();
  useTitle();
  useGuide(route);
  return (
    <div className="app">
      <Sidebar route={route} />
      <main className="main">
        <Page route={route} />
      </main>
    </div>
  );
}
