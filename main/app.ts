/**
 * The app as a sequence, on ports: lock, sandbox and refusals before anything is opened, then tray, engine and window.
 * Everything it touches is handed in, so that a test can watch the order. No Electron import.
 */
import { applyPatch } from '../app/api/patch.ts';
import type { Snapshot } from '../app/api/schema.ts';
import { webLink } from '../app/api/web-link.ts';
import type { AccountsPort, EnginePort, SandboxPort, ShellPort } from '../app/host/engine-port.ts';
import { pickLanguage } from '../app/language/languages.ts';
import { translator } from '../app/language/texts.ts';
import type { Log } from '../app/ports/log.ts';
import type { Store } from '../app/ports/store.ts';
import { SCHEME } from './bridge.ts';
import { LINK_SCHEME, linkAmong, readLink, type Link } from './deep-link.ts';
import { reportFaults } from './faults.ts';
import type { Clock } from './face-feed.ts';
import { keepFrameTheme } from './frame-theme.ts';
import { serveIpc } from './ipc.ts';
import type { ElectronPort, PageFile } from './ports.ts';
import { Leaving } from './leaving.ts';
import { keepMenuBar } from './menu-bar.ts';
import { followPower } from './power.ts';
import { TrayHost } from './tray-host.ts';
import type { WindowPage } from './tray-view.ts';
import { MainWindow } from './window.ts';

export interface Started {
  readonly engine: EnginePort;
  readonly sandbox?: SandboxPort;
  readonly accounts?: AccountsPort;
  readonly shell?: ShellPort;
  /** Somebody asked over the control socket to end it; absent where there is none. */
  readonly asked?: Promise<void>;
  /** Ends the engine, and what was started for it. */
  readonly stop: () => Promise<void>;
  /** What of that needs no waiting; absent where the system is not touched. */
  readonly takeBackNow?: () => void;
}

export interface AppParts {
  readonly electron: ElectronPort;
  /** Opened after the lock is ours. */
  readonly openLog: () => Log;
  /** `endEngine`: ends it in order, or what of that needs no waiting when it is late. */
  readonly startEngine: (log: Log, endEngine: () => Promise<void>) => Promise<Started>;
  /** For what is kept of the window. */
  readonly openStore: (log: Log) => Store;
  readonly answerPage: (address: string) => PageFile;
  readonly preloadFile: string;
  readonly clock: Clock;
  /** A switch that would open a packaged app (opening-switches.ts); absent: there is none. */
  readonly openedBy?: string | undefined;
  /** No window at the start: the system started it at login. Asked after ready; absent: there is one. */
  readonly startsHidden?: () => boolean;
  /** Of the first launch, written by whoever made it; absent: none. */
  readonly args?: readonly string[];
  /** Takes what a link asks for, for the page to show. */
  readonly invite?: (server: string) => void;
}

/** ms that the engine has to end in order; less than leaving.ts waits, as what needs no waiting comes after it. */
const STOP_WITHIN = 4_500;

export async function runApp({ electron, openLog, openStore, startEngine, answerPage, preloadFile, clock, openedBy, startsHidden, args = [], invite }: AppParts): Promise<void> {
  if (openedBy !== undefined) {
    const { text } = translator(pickLanguage(electron.preferredLanguages()));
    electron.showError(text('app.not-started'), text('app.opening-switch', { name: openedBy }));
    electron.quit();
    return;
  }
  if (!electron.takeSingleInstanceLock()) {
    electron.quit();
    return;
  }
  const log = openLog();
  electron.enableSandbox();
  electron.drawWithoutGpu();
  electron.registerScheme(SCHEME);
  /** Followed once there is an engine to show. */
  let waiting = linkAmong(args);
  let follow = (link: Link): void => {
    waiting = link;
  };
  electron.takeLinks(LINK_SCHEME, (url) => follow(readLink(url)));
  await electron.whenReady();
  /** Empty until the engine runs. */
  const running: Partial<Started> = {};
  let starting: Promise<Started> | undefined;
  electron.denyByDefault(SCHEME, (url) => isSignInLink(url, running.engine));
  electron.serve(SCHEME, answerPage);
  electron.keepRunningWithoutWindows();
  const preferredLanguages = electron.preferredLanguages();
  const themeFrame = keepFrameTheme((theme) => electron.setFrameTheme(theme));
  const speakMenuBar = keepMenuBar((bar) => electron.setMenuBar(bar), preferredLanguages);

  const window = new MainWindow({
    electron,
    preloadFile,
    log,
    store: openStore(log),
    clock,
    watch: () => running.engine?.watch() ?? (() => {}),
    tell: (what) => tray.remark(what),
  });
  /** A window before there is an engine would have nothing to ask: whoever wants one gets it then. */
  let wanted: { readonly page: WindowPage | null } | undefined = startsHidden?.() === true ? undefined : { page: null };
  const open = (page: WindowPage | null): void => {
    if (running.engine === undefined) wanted = { page };
    else window.show(page);
  };
  const notes = electron.createNotes();
  const tray = new TrayHost({
    port: electron.createTray(),
    notes,
    clock,
    preferredLanguages,
    running: () => running,
    copy: (text) => electron.copy(text),
    open,
    quit: () => electron.quit(),
    wall: () => Date.now(),
  });
  /** One that only starts ends once it runs: in the middle it has changes of the system that nobody could take back. */
  const stopEngine = (): Promise<void> | undefined => running.stop?.() ?? starting?.then(({ stop }) => stop(), () => undefined);
  const endEngine = async (): Promise<void> => {
    await Promise.race([stopEngine(), new Promise<void>((late) => clock.wake(STOP_WITHIN, late))]);
    running.takeBackNow?.();
  };
  const leaving = new Leaving({
    clock,
    finish: () => {
      tray.stop();
      window.leave();
      return endEngine();
    },
    takeBackNow: () => running.takeBackNow?.(),
  });
  electron.onQuit(() => leaving.ask());
  electron.onSecondInstance((others) => {
    // Whoever starts it while it still ends has nothing to look at otherwise.
    if (leaving.phase === 'ending') return electron.startAfterQuit();
    const link = linkAmong(others);
    if (link === undefined) open(null);
    else follow(link);
  });
  electron.onActivate(() => open(null));
  electron.onQuitForUpdate(() => {
    window.leave();
    leaving.goNow();
  });
  electron.onSessionEnd(() => {
    log.write('info', 'power', 'the session ends');
    leaving.endNow();
    electron.quit();
  });
  electron.onExit(() => running.takeBackNow?.());
  reportFaults(electron, notes, log, () => tray.remark('window.fault'));
  let snapshot: Snapshot | undefined;
  const see = (seen: Snapshot): void => {
    snapshot = seen;
    tray.see(seen);
    speakMenuBar(seen.shell?.settings.language ?? 'system');
    themeFrame(seen.shell?.settings.theme ?? 'system');
  };
  followPower(electron, () => running.engine, log, () => {
    tray.woke();
    if (running.engine !== undefined) see(running.engine.snapshot());
  });

  let started: Started;
  try {
    starting = startEngine(log, endEngine);
    started = await starting;
  } catch (error) {
    if (leaving.phase !== 'running') return;
    const why = error instanceof Error ? error.message : String(error);
    log.write('error', 'app', `the engine did not start: ${why}`);
    electron.showError(translator(pickLanguage(preferredLanguages)).text('app.engine-not-started'), why);
    electron.quit();
    return;
  }
  const { engine, sandbox, accounts, shell } = started;
  Object.assign(running, started);
  // Whoever ends the app waits for it, and ends it too.
  if (leaving.phase !== 'running') return;
  void started.asked?.then(() => electron.quit());
  serveIpc({ electron, engine, ...(sandbox === undefined ? {} : { sandbox }), ...(accounts === undefined ? {} : { accounts }), ...(shell === undefined ? {} : { shell }), log, isOurs: (id) => window.isOurs(id) });
  see(engine.snapshot());
  engine.subscribe((patch) => {
    window.sendPatch(patch);
    const next = snapshot === undefined ? 'gap' : applyPatch(snapshot, patch);
    see(next === 'gap' ? engine.snapshot() : next);
  });
  follow = (link) => {
    // The text itself may hold a secret.
    log.write('info', 'link', link.kind === 'refused' ? `a link was refused: ${link.why}` : `a link was followed: ${link.kind}`);
    if (link.kind === 'refused') tray.remark('window.link-refused');
    if (link.kind === 'join') invite?.(link.server);
    window.show(link.kind === 'join' ? 'join' : null);
  };
  if (waiting !== undefined) follow(waiting);
  else if (wanted !== undefined) window.show(wanted.page);
}

/** The page may open one thing outside: the sign-in link that the engine itself shows now. */
function isSignInLink(url: string, engine: EnginePort | undefined): boolean {
  return webLink(url) !== null && engine?.snapshot().account?.signInUrl === url;
}
