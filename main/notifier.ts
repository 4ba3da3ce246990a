/**
 * Gives alerts their words and the system's notifications their life: shows, takes back, and opens the page that says more.
 * When something is told is decided by app/api/alerts.ts.
 */
import { Alerts, type AlertOutput } from '../app/api/alerts.ts';
import { formatDuration } from '../app/api/units.ts';
import { instant } from '../app/time/instant.ts';
import type { Clock, Shown } from './face-feed.ts';
import type { Note, NotePort } from './note-port.ts';
import { plainLine } from './plain-line.ts';
import { steadyLeft } from './steady-age.ts';
import type { Outcome } from './tray-desk.ts';
import type { TrayAction, WindowPage } from './tray-view.ts';
import type { TrayWords } from './tray-words.ts';

/** Of the app itself, not of the network. */
export type Remark = 'window.in-tray' | 'window.deaths' | 'window.fault' | 'window.link-refused';

type Told = Extract<AlertOutput, { kind: 'show' }>['concern'];

/** What came of a click in the tray stays for so long (ms). */
export const OUTCOME_FOR = 8_000;
const OUTCOME = 'outcome';
const REMARK = 'remark';
const REMARK_PAGES: Readonly<Record<Remark, WindowPage>> = { 'window.in-tray': 'overview', 'window.deaths': 'diagnostics', 'window.fault': 'diagnostics', 'window.link-refused': 'accounts' };
const TITLE_MOST = 80;
const BODY_MOST = 250;

const PAGES: Readonly<Record<Told['kind'], WindowPage>> = { connection: 'health', engine: 'overview', 'sign-in': 'overview', 'server-key': 'overview', system: 'health', key: 'overview', over: 'history' };

export class Notifier {
  readonly #port: NotePort;
  readonly #clock: Clock;
  readonly #alerts = new Alerts();
  /** Pages of what is shown, by id. */
  readonly #pages = new Map<string, WindowPage>();
  #shown: { readonly now: number; readonly wall: number; readonly words: TrayWords; readonly quiet: boolean } | undefined;
  #cancel: () => void = () => {};
  #forget: () => void = () => {};

  constructor(port: NotePort, clock: Clock, open: (page: WindowPage) => void) {
    this.#port = port;
    this.#clock = clock;
    port.onClick((id) => {
      open(this.#pages.get(id) ?? 'overview');
      this.#alerts.handle({ kind: 'closed', id }, this.#now());
      this.#drain();
    });
    port.onClosed((id) => {
      this.#alerts.handle({ kind: 'closed', id }, this.#now());
      this.#drain();
    });
  }

  see({ face, snapshot, now, wall }: Shown, words: TrayWords): void {
    const notify = snapshot?.shell?.settings.notify ?? 'problems';
    this.#shown = { now, wall, words, quiet: notify === 'none' };
    this.#alerts.handle({ kind: 'face', face, keyExpiresAt: snapshot?.account?.keyExpiresAt ?? null, wall, notify }, this.#now());
    this.#drain();
  }

  woke(): void {
    this.#alerts.handle({ kind: 'woke' }, this.#now());
    this.#drain();
  }

  /** The menu is closed by the click, so what it shows of the outcome is not seen. What is seen by itself is not told. */
  outcome(action: TrayAction, outcome: Outcome, words: TrayWords): void {
    const seen = outcome.kind === 'done' && (action.kind === 'sign-in' || action.kind === 'switch');
    if (seen || this.#shown?.quiet === true) return;
    this.#pages.set(OUTCOME, 'overview');
    this.#port.show({ id: OUTCOME, title: 'Bowline', body: plainLine(words.text(outcome.key, outcome.values), BODY_MOST), silent: true });
    this.#forget();
    this.#forget = this.#clock.wake(OUTCOME_FOR, () => this.#port.close(OUTCOME));
  }

  /** That the window dies answers a click that showed nothing, so it is told whatever the setting is. */
  remark(what: Remark, words: TrayWords): void {
    if (what === 'window.in-tray' && this.#shown?.quiet === true) return;
    this.#pages.set(REMARK, REMARK_PAGES[what]);
    this.#port.show({ id: REMARK, title: 'Bowline', body: plainLine(words.text(what), BODY_MOST), silent: true });
  }

  stop(): void {
    this.#cancel();
    this.#forget();
    for (const id of this.#pages.keys()) this.#port.close(id);
    this.#pages.clear();
  }

  #now(): ReturnType<typeof instant> {
    return instant(this.#clock.time());
  }

  #drain(): void {
    for (let out = this.#alerts.poll(); out !== undefined; out = this.#alerts.poll()) {
      if (out.kind === 'close') {
        this.#pages.delete(out.id);
        this.#port.close(out.id);
      } else if (this.#shown !== undefined) {
        this.#pages.set(out.id, PAGES[out.concern.kind]);
        const { title, body } = noteWords(out.concern, this.#shown);
        this.#port.show({ id: out.id, silent: out.concern.kind === 'over', title: plainLine(title, TITLE_MOST), body: plainLine(body, BODY_MOST) });
      }
    }
    this.#cancel();
    const next = this.#alerts.nextDeadline();
    this.#cancel =
      next === undefined
        ? () => {}
        : this.#clock.wake(Math.min(LONGEST, Math.max(1, next.at - this.#clock.time())), () => {
            this.#alerts.expire(this.#now());
            this.#drain();
          });
  }
}

/** Timers hold no longer than some weeks. */
const LONGEST = 86_400_000;

function noteWords(told: Told, { words, now, wall }: { readonly words: TrayWords; readonly now: number; readonly wall: number }): Pick<Note, 'title' | 'body'> {
  switch (told.kind) {
    case 'connection':
      return { title: words.text('alerts.connection'), body: told.cause === null ? words.text('alerts.connection-unknown') : words.say(told.cause, now) };
    case 'engine':
      return { title: words.text('alerts.engine'), body: words.text('alerts.engine-text') };
    case 'sign-in':
      return { title: words.text('alerts.sign-in', { host: told.host }), body: told.cause === null ? words.text('alerts.sign-in-text') : words.say(told.cause, now) };
    case 'server-key':
      return { title: words.text('alerts.server-key', { host: told.host }), body: words.text('alerts.server-key-text') };
    case 'system':
      return { title: words.text('alerts.system'), body: words.say(told.cause, now) };
    case 'key':
      return { title: words.text('alerts.key', { left: formatDuration(steadyLeft(told.expiresAt, wall).value, words.language) }), body: words.text('alerts.key-text', { host: told.host }) };
    case 'over':
      return { title: words.text('alerts.over'), body: words.text('alerts.over-text', { took: formatDuration(told.tookMs, words.language) }) };
  }
}
