/** Starts the page on a bridge: theme, clock, store, React. Called once by main.tsx, and by the fake page of the tests. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './styles/index.css';
import { App } from './app.tsx';
import type { Bridge } from './bridge.ts';
import { runClock } from './clock.ts';
import { LinkContext } from './link-context.ts';
import { looked, restoreLooks } from './looks.ts';
import { Link } from './store.ts';
import { restoreTheme } from './theme.ts';

export function start(bridge: Bridge): void {
  const root = document.getElementById('root');
  if (root === null) throw new Error('index.html has no #root');
  restoreTheme();
  restoreLooks();
  const link = new Link(bridge, () => performance.now());
  runClock(() => {
    link.tick();
    looked();
  });
  createRoot(root).render(
    <StrictMode>
      <LinkContext value={link}>
        <App />
      </LinkContext>
    </StrictMode>,
  );
}
