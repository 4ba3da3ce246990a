/**
 * German, put together from its areas: every key of English, and no other. Nobody is addressed, neither as du nor as Sie.
 *
 * Ein Wort für eine Sache:
 *   Netz                    network; das Netz, in dem dieser Computer steht, ist „das Netz hier“
 *   Gerät, dieses Gerät     device, this device: Mitglied des Netzes, mit Name, Adresse, Schlüssel und Anmeldung. Nie „Rechner“
 *   dieser Computer         this computer: die Maschine, ihr System, ihre Uhr, ihr Datenträger
 *   Netzwerkschnittstelle   network device: was das System für den Tunnel hat. Nie „Gerät“
 *   Peer                    peer: nur als Name der Seite und in der Konfiguration; Sätze sagen Gerät
 *   Kontrollserver, Server  control server, server
 *   Weg                     way und path; direkt oder über ein Relay (das Relay)
 *   Engine                  engine (die Engine). Nie „Dienst“ oder „Programm“
 *   Systemleiste            tray; die Anleitung nennt sie, wie das jeweilige System es tut
 *   anmelden                sign in, bei einem Server; abgemeldet: signed out
 *   bestätigt               proved
 *   Mitteilung              notification
 *   Aktualisierung          update
 *   Ersatzname              stand-in
 *   speichern               save
 * Was ein fremdes Programm oder das System auf Englisch meldet, steht in Anführungszeichen.
 */
import type { TextKey } from '../texts.ts';
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

export const de: Readonly<Record<TextKey, string>> = {
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
};
