/**
 * What surrounds the engine, for every face: settings, clipboard, report, links, updates. With hands (Electron) it does these
 * things; without them it says that the page does. A page chooses from tables and names no path, address or file. Made
 * before the engine, which asks it for its view; `useEngine` gives it the running one.
 */
import { refusal, refused, type Said } from '../../api/answers.ts';
import type { CommandParams, CommandResult, KeysView, LoginItemState, Settings, ShellView } from '../../api/schema.ts';
import { webLink } from '../../api/web-link.ts';
import { translator, type TextKey, type Values } from '../../language/texts.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import type { Answer, EnginePort, ShellPort } from '../engine-port.ts';
import { fileText, makeReport } from '../report.ts';
import type { Surroundings } from './hands.ts';
import type { Links } from './links.ts';
import { SettingsStore } from './settings-store.ts';

/** A running engine, as a shell needs it. */
type ShelledEngine = EnginePort & { extrasChanged(): void };

export interface Shell extends ShellPort {
  /** Once it runs: whom to tell of changes, and of whom reports are made. */
  useEngine(engine: ShelledEngine): void;
  readonly settings: Settings;
  /** How the keys of accounts lie on disk, once somebody keeps some. */
  useKeys(view: () => KeysView): void;
}

export interface ShellInit {
  readonly store: Store;
  readonly log: Log;
  readonly links: Links;
  readonly around: Surroundings;
  /** Monotonic ms. */
  readonly time?: () => number;
}

/** A view is made several times a second, and asking the system for its login items is no small thing there. ms. */
const LOGIN_ITEM_FRESH = 10_000;

/** The report is English, as whoever reads it may be. */
const { text: say } = translator('en');
const said = (key: TextKey, values: Values = {}): Said => ({ key, values });
const done = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export function createShell({ store, log, links, around, time = () => performance.now() }: ShellInit): Shell {
  const settings = new SettingsStore(store, log);
  const { hands } = around;
  let engine: ShelledEngine | undefined;
  hands?.updates.onChange(() => engine?.extrasChanged());
  around.invitations?.onChange(() => engine?.extrasChanged());
  let keys: () => KeysView | null = () => null;

  const signIn = (): string | null => webLink(engine?.snapshot().account?.signInUrl ?? '');

  let login: { readonly state: LoginItemState | null; readonly askedAt: number } = { state: null, askedAt: -Infinity };

  /** The system's own list is the truth: a person may have changed it there. */
  function loginState(): LoginItemState | null {
    if (hands?.loginItem !== undefined && time() - login.askedAt >= LOGIN_ITEM_FRESH) login = { state: hands.loginItem.state(), askedAt: time() };
    return login.state;
  }

  /** Undefined: the system says that it is so. */
  function whyNotAtLogin(on: boolean): Said | undefined {
    const why = hands?.loginItem?.set(on);
    login = { ...login, askedAt: -Infinity };
    if (why !== undefined) return said('shell.login-item-refused', { why });
    const state = loginState();
    return state === null || (state === 'on') === on ? undefined : said(`shell.login-item.${state}`);
  }

  function view(): ShellView {
    const kept = settings.get();
    return {
      kind: hands === undefined ? 'headless' : 'tray',
      system: around.system,
      settings: { ...kept, startAtLogin: loginState() === 'on' },
      can: { startAtLogin: hands?.loginItem !== undefined, notify: hands?.notifies ?? false, updates: (hands?.updates.view().kind ?? 'off') !== 'off' },
      update: hands?.updates.view() ?? { kind: 'off', why: 'by-the-system' },
      loginItem: loginState(),
      keys: keys(),
      links: Object.keys(links) as (keyof Links)[],
      ...(around.invitations?.server === undefined ? {} : { invitation: { server: around.invitations.server } }),
    };
  }

  /** Undefined: nothing that is asked for is out of reach here. */
  function outOfReach(change: CommandParams<'changeSettings'>['change']): Said | undefined {
    if (change.startAtLogin === true && hands?.loginItem === undefined) return said('shell.no-login-item');
    if (change.notify !== undefined && hands?.notifies !== true) return said('shell.no-notifications');
    if (change.updates !== undefined && view().can.updates === false) return said('shell.no-updates');
    return undefined;
  }

  function changeSettings(change: CommandParams<'changeSettings'>['change']): Answer<CommandResult<'changeSettings'>> {
    const why = outOfReach(change);
    if (why !== undefined) return refused('cannot', why);
    if (change.startAtLogin !== undefined) {
      const other = whyNotAtLogin(change.startAtLogin);
      engine?.extrasChanged();
      if (other !== undefined) return refused('not-kept', other);
    }
    const unkept = settings.change(change);
    if (unkept !== undefined) return refusal('not-kept', 'shell.settings-not-kept', { why: unkept });
    engine?.extrasChanged();
    return done({ settings: view().settings });
  }

  return {
    view,
    changeSettings,
    get settings() {
      return view().settings;
    },
    useEngine: (running) => {
      engine = running;
    },
    useKeys: (view) => {
      keys = view;
    },
    async keepReport({ names, to }, shown) {
      if (engine === undefined) return refusal('no-engine', 'shell.no-engine');
      const report = shown ?? makeReport(engine.diagnostics(), names);
      // Who saw the report gets what was seen; who did not is told where the rest is.
      const copied = shown === undefined ? `${report.text}\n\n${say('shell.recording-in-file')}\n` : report.text;
      const kept = to === 'clipboard' ? copied : fileText(report);
      const bytes = Buffer.byteLength(kept);
      if (hands === undefined) return done({ kept: 'not-here', where: null, bytes });
      if (to === 'clipboard') {
        hands.copy(kept);
        return done({ kept: 'clipboard', where: null, bytes });
      }
      const placed = await hands.place(report.fileName, kept);
      if (placed.kind === 'failed') return refusal('not-written', 'shell.report-not-written', { why: placed.why });
      return done(placed.kind === 'placed' ? { kept: 'file', where: placed.where, bytes } : { kept: 'cancelled', where: null, bytes: 0 });
    },
    copyText(text) {
      hands?.copy(text);
      return done({ copied: hands !== undefined });
    },
    openLink(link) {
      const url = link === 'sign-in' ? signIn() : (links[link] ?? null);
      if (url === null) return refusal('no-link', link === 'sign-in' ? 'shell.no-sign-in' : 'shell.no-link');
      hands?.open(url);
      return done({ url: hands === undefined ? url : null });
    },
    dropInvitation() {
      const dropped = around.invitations?.server !== undefined;
      around.invitations?.drop();
      return done({ dropped });
    },
    update: (step) => (hands === undefined || !view().can.updates ? refusal('cannot', 'shell.no-updates') : done({ begun: hands.updates.begin(step) })),
  };
}
