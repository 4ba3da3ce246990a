/** English, put together from its areas. A key begins with the name of its area. */
import { about } from './about.ts';
import { alerts } from './alerts.ts';
import { answers } from './answers.ts';
import { app } from './app.ts';
import { cli } from './cli.ts';
import { diagnostics } from './diagnostics.ts';
import { engineHistory } from './engine-history.ts';
import { engineParts } from './engine-parts.ts';
import { engineStates } from './engine-states.ts';
import { engineTroubles } from './engine-troubles.ts';
import { engineTruths } from './engine-truths.ts';
import { engineWays } from './engine-ways.ts';
import { explainStates } from './explain-states.ts';
import { explainTroubles } from './explain-troubles.ts';
import { explainTruths } from './explain-truths.ts';
import { explainWays } from './explain-ways.ts';
import { guide } from './guide.ts';
import { keys } from './keys.ts';
import { menu } from './menu.ts';
import { pageAccount } from './page-account.ts';
import { pageAccounts } from './page-accounts.ts';
import { pageContact } from './page-contact.ts';
import { pageFrame } from './page-frame.ts';
import { pageHealth } from './page-health.ts';
import { pageHistory } from './page-history.ts';
import { pageJoin } from './page-join.ts';
import { pageOverview } from './page-overview.ts';
import { pagePeer } from './page-peer.ts';
import { pagePeers } from './page-peers.ts';
import { pageSandbox } from './page-sandbox.ts';
import { problems } from './problems.ts';
import { report } from './report.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { tray } from './tray.ts';
import { units } from './units.ts';
import { window } from './window.ts';

export const en = {
  ...about,
  ...alerts,
  ...answers,
  ...app,
  ...cli,
  ...diagnostics,
  ...engineHistory,
  ...engineParts,
  ...engineStates,
  ...engineTroubles,
  ...engineTruths,
  ...engineWays,
  ...explainStates,
  ...explainTroubles,
  ...explainTruths,
  ...explainWays,
  ...guide,
  ...keys,
  ...menu,
  ...pageAccount,
  ...pageAccounts,
  ...pageContact,
  ...pageFrame,
  ...pageHealth,
  ...pageHistory,
  ...pageJoin,
  ...pageOverview,
  ...pagePeer,
  ...pagePeers,
  ...pageSandbox,
  ...problems,
  ...report,
  ...settings,
  ...shell,
  ...tray,
  ...units,
  ...window,
} as const;
