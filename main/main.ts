/**
 * Entry of the tray app: puts the real parts together and starts them. There is no sign-in and no privileged helper yet,
 * so the engine it hosts is the sandbox network of the demo; docs/PLATFORMS.md says so to people.
 */
import { fileURLToPath } from 'node:url';
import { startSandbox } from '../app/host/sandbox/sandbox.ts';
import { openAppLog } from './app-log.ts';
import { runApp } from './app.ts';
import { createElectronAdapter, logFile } from './electron-adapter.ts';
import type { Clock } from './face-feed.ts';
import { answerPage, indexPage } from './page-files.ts';

const index = indexPage(fileURLToPath(new URL('../renderer', import.meta.url)));

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
  async startEngine(log) {
    const sandbox = await startSandbox({ log });
    return { engine: sandbox.engine, sandbox: sandbox.faults, accounts: sandbox.accounts, stop: () => sandbox.close() };
  },
  clock: systemClock,
  answerPage: (address) => answerPage(index, address),
  preloadFile: fileURLToPath(new URL('./preload.cjs', import.meta.url)),
});
