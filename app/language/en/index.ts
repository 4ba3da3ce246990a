/**
 * English, put together from its areas. A key begins with the name of its area.
 *
 * One word for one thing, here as in German (de/index.ts):
 *   network           what a server or a file describes; "the network here" is the one this computer is plugged into
 *   device            a member of the network. "This device": this computer as a member, with its name, address, key and sign-in
 *   this computer     the machine: its system, its clock, its disk, the network around it
 *   network device    what the system has for the tunnel; never "device" alone
 *   peer              the pages' and the command line's name for the other devices; sentences say "device"
 *   server            the control server; "control" alone is the name of its truth
 *   way, path         how packets get to a device: a sentence says way, a column path. Direct, or by relay
 *   engine            what keeps the network up, where it is told apart from what shows it; else Bowline
 *   proved            heard of within its stated time, by data that nobody else can make
 */
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
