/**
 * How the app ends and what it lives through, on the real Electron: quits, the end of the system and of a session, power, faults.
 * Without a decision of its own. Tests see what it does with stand-ins for Electron's objects, which quit as Electron does.
 */
import { app, autoUpdater, BaseWindow, powerMonitor } from 'electron';
import { HIDDEN } from './login-standing.ts';
import type { ElectronPort } from './ports.ts';

type Life = Pick<ElectronPort, 'onQuit' | 'onQuitForUpdate' | 'onPower' | 'onSessionEnd' | 'onExit' | 'onFault' | 'onHelperGone' | 'quit' | 'startAfterQuit'>;

export function lifeOfApp(): Life {
  let startsAgain = false;
  return {
    onQuit(ask) {
      app.on('before-quit', (event) => {
        const leave = ask();
        if (leave.kind === 'go') return;
        event.preventDefault();
        void leave.until.then(() => app.quit());
      });
    },
    onQuitForUpdate: (callback) => void autoUpdater.on('before-quit-for-update', callback),
    onPower(callback) {
      powerMonitor.on('suspend', () => callback('suspend'));
      powerMonitor.on('resume', () => callback('resume'));
      powerMonitor.on('lock-screen', () => callback('lock'));
      powerMonitor.on('unlock-screen', () => callback('unlock'));
      // Its event is missing in Electron's types. Whoever prevents it is waited for (macOS: until it quits; Linux: 5 s).
      powerMonitor.on('shutdown', (...[event]: unknown[]) => {
        if (isPreventable(event)) event.preventDefault();
        callback('shutdown');
      });
    },
    onSessionEnd,
    onExit: (callback) => void process.on('exit', callback),
    onFault(callback) {
      process.on('uncaughtException', callback);
      process.on('unhandledRejection', callback);
    },
    onHelperGone: (callback) => void app.on('child-process-gone', (_event, { type, reason, exitCode }) => callback(`${type}: ${reason}, ${exitCode}`)),
    quit: () => app.quit(),
    startAfterQuit() {
      if (startsAgain) return;
      startsAgain = true;
      app.relaunch({ args: process.argv.slice(1).filter((arg) => arg !== HIDDEN) });
    },
  };
}

const isPreventable = (event: unknown): event is { preventDefault(): void } => typeof event === 'object' && event !== null && 'preventDefault' in event && typeof event.preventDefault === 'function';

/** Held, as one that nobody holds could be collected. */
const ears = new Set<BaseWindow>();

/** Windows tells it to windows alone, and ours is mostly not there: one without a page and never shown hears it always. */
function onSessionEnd(callback: () => void): void {
  if (process.platform !== 'win32') return;
  const ear = new BaseWindow({ show: false, skipTaskbar: true, focusable: false, width: 1, height: 1, title: 'Bowline' });
  ears.add(ear);
  ear.on('session-end', callback);
  // No person can close it: an installer asks each window of the program to close before it ends the program by force.
  ear.on('close', () => app.quit());
}
