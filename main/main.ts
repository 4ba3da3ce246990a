/**
 * The tray app, loaded by start.ts: puts the real parts together and starts them. With `--sandbox` it hosts the private network of the
 * demo on this computer (run from its source alone), else the tailnet of this person.
 */
import { fileURLToPath } from 'node:url';
import { OWN_LINKS } from '../app/host/shell/links.ts';
import { systemName } from '../app/host/shell/headless-shell.ts';
import { createShell, type Shell } from '../app/host/shell/shell.ts';
import { UPDATE_FEED, UPDATE_KEYS } from '../app/host/update/pinned.ts';
import { Updater } from '../app/host/update/updater.ts';
import { VERSION } from '../app/host/version.ts';
import { createFileStore } from '../app/host/store.ts';
import type { Store } from '../app/ports/store.ts';
import { openAppLog } from './app-log.ts';
import { runApp } from './app.ts';
import { createElectronAdapter, isPackaged, logFile, ownFolder, preferredLanguages } from './electron-adapter.ts';
import { createElectronHands, startsHidden } from './electron-hands.ts';
import type { Clock } from './face-feed.ts';
import { Invitation } from './invitation.ts';
import { lookAtBuild, updaterParts } from './electron-update.ts';
import { createVault } from './electron-vault.ts';
import { hostSandbox, hostTailnet, noSandbox } from './engine-host.ts';
import { openingSwitch } from './opening-switches.ts';
import { LateUpdates, lookByItself } from './late-updates.ts';
import { answerPage, indexPage } from './page-files.ts';

const index = indexPage(fileURLToPath(new URL('../renderer', import.meta.url)));

const invitation = new Invitation();

const systemClock: Clock = {
  time: () => performance.now(),
  wake(afterMs, callback) {
    const timer = setTimeout(callback, afterMs);
    return () => clearTimeout(timer);
  },
};

void runApp({
  electron: createElectronAdapter(),
  openLog: () => openAppLog(logFile(), 'info'),
  openStore: (log) => createFileStore(ownFolder(), log),
  clock: systemClock,
  openedBy: isPackaged() ? openingSwitch(process.argv) : undefined,
  startsHidden,
  args: process.argv.slice(1),
  invite: (server) => invitation.put(server),
  startEngine(log, endEngine) {
    // Not waited for: the engine is what a person waits for.
    const build = lookAtBuild(UPDATE_FEED, UPDATE_KEYS);
    const shell = (store: Store): Shell => {
      const updates = new LateUpdates(build.then((known) => new Updater({ ...updaterParts(known, log), feed: UPDATE_FEED ?? '', keys: UPDATE_KEYS, version: VERSION, endEngine, store, log, wall: () => Date.now() })));
      const made = createShell({ store, log, links: OWN_LINKS, around: { system: systemName(), hands: createElectronHands(updates), invitations: invitation } });
      lookByItself(systemClock, updates, () => made.settings.updates === 'ask');
      return made;
    };
    if (!process.argv.includes('--sandbox')) return hostTailnet(log, shell, createVault());
    return isPackaged() ? noSandbox(preferredLanguages()) : hostSandbox(log, shell);
  },
  answerPage: (address) => answerPage(index, address),
  preloadFile: fileURLToPath(new URL('./preload.cjs', import.meta.url)),
});
