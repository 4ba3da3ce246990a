/** Starts the page on a bridge: theme, language, clock, store, React. Called once by main.tsx, and by the fake page of the tests. */
import { StrictMode, useEffect, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import './styles/index.css';
import { App } from './app.tsx';
import type { Bridge } from './bridge.ts';
import { runClock } from './clock.ts';
import { rememberFocus } from './focus.ts';
import { followLanguage, useLanguage } from './language.ts';
import { LinkContext } from './link-context.ts';
import { looked, restoreLooks } from './looks.ts';
import { pageTime } from './page-time.ts';
import { Link, usePage } from './store.ts';
import { followTheme, restoreTheme } from './theme.ts';

let giveFocusBack = (): void => {};

/** Drawn anew in another language. */
function Speaking(): ReactNode {
  const language = useLanguage((spoken) => spoken.language);
  useEffect(() => giveFocusBack());
  return <App key={language} />;
}

export function start(bridge: Bridge): void {
  const root = document.getElementById('root');
  if (root === null) throw new Error('index.html has no #root');
  restoreTheme();
  followLanguage();
  restoreLooks();
  usePage.subscribe(({ snapshot }, { snapshot: before }) => {
    // Only what is new: a theme chosen by the button stays until the setting changes.
    if (snapshot?.shell?.settings.theme !== before?.shell?.settings.theme) followTheme(snapshot?.shell?.settings.theme);
  });
  // Before the page hears of it, and is drawn anew.
  useLanguage.subscribe(() => (giveFocusBack = rememberFocus()));
  const link = new Link(bridge, pageTime);
  runClock(() => {
    link.tick();
    looked();
  });
  createRoot(root).render(
    <StrictMode>
      <LinkContext value={link}>
        <Speaking />
      </LinkContext>
    </StrictMode>,
  );
}
