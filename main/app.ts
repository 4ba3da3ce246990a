/**
 * The app as a sequence, on ports: lock, sandbox and refusals before anything is opened, then tray, engine and window.
 * Everything it touches is handed in, so that a test can watch the order. No Electron import.
 */
import { applyPatch } from '../app/api/patch.ts';
import type { AccountsPort, EnginePort, SandboxPort } from '../app/host/engine-port.ts';
import type { Log } from '../app/ports/log.ts';
import { SCHEME } from './bridge.ts';
import { serveIpc } from './ipc.ts';
import type { ElectronPort, PageFile, TrayAction } from './ports.ts';
import { followPower } from './power.ts';
import { Tray } from './tray.ts';
import { MainWindow } from './window.ts';

export interface Started {
  readonly engine: EnginePort;
  readonly sandbox?: SandboxPort;
  readonly accounts?: AccountsPort;
  /** Ends the engine, and what was started for it. */
  readonly stop: () => Promise<void>;
}

export interface AppParts {
  readonly electron: ElectronPort;
  /** Opened after the lock is ours. */
  readonly openLog: () => Log;
  readonly startEngine: (log: Log) => Promise<Started>;
  readonly answerPage: (address: string) => PageFile;
  readonly preloadFile: string;
}

export async function runApp({ electron, openLog, startEngine, answerPage, preloadFile }: AppParts): Promise<void> {
  if (!electron.takeSingleInstanceLock()) {
    electron.quit();
    return;
  }
  const log = openLog();
  electron.enableSandbox();
  electron.registerScheme(SCHEME);
  await electron.whenReady();
  /** Empty until the engine runs: a window before that would have nothing to ask, and it opens by itself then. */
  const running: Partial<Started> = {};
  electron.denyByDefault(SCHEME, (url) => isSignInLink(url, running.engine));
  electron.serve(SCHEME, answerPage);
  electron.keepRunningWithoutWindows();

  const window = new MainWindow(electron, preloadFile, log);
  const open = (): void => {
    if (running.engine !== undefined) window.show();
  };
  const tray = new Tray(electron.createTray(), (action) => act(action, electron, open, running.engine));
  electron.onSecondInstance(open);
  electron.onActivate(open);
  electron.onQuit(async () => running.stop?.());

  let started: Started;
  try {
    started = await startEngine(log);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.write('error', 'app', `the engine did not start: ${why}`);
    electron.showError('Bowline cannot start its engine', why);
    electron.quit();
    return;
  }
  const { engine, sandbox, accounts } = started;
  Object.assign(running, started);
  serveIpc({ electron, engine, ...(sandbox === undefined ? {} : { sandbox }), ...(accounts === undefined ? {} : { accounts }), log, isOurs: (id) => window.isOurs(id) });
  followPower(electron, engine, log);
  let snapshot = engine.snapshot();
  tray.show(snapshot);
  engine.subscribe((patch) => {
    window.sendPatch(patch);
    const next = applyPatch(snapshot, patch);
    snapshot = next === 'gap' ? engine.snapshot() : next;
    tray.show(snapshot);
  });
  window.show();
}

/** The page may open one thing outside: the sign-in link that the engine itself shows now. */
function isSignInLink(url: string, engine: EnginePort | undefined): boolean {
  return /^https?:\/\//i.test(url) && engine?.snapshot().account?.signInUrl === url;
}

function act(action: TrayAction, electron: ElectronPort, open: () => void, engine: EnginePort | undefined): void {
  switch (action.kind) {
    case 'open':
      return open();
    case 'copy':
      return electron.copy(action.text);
    case 'check':
      engine?.check(null);
      return;
    case 'quit':
      return electron.quit();
  }
}
