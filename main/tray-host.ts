/**
 * The tray as a whole, with the notifications beside it: hears of the engine, shows the one face in both, does what is chosen.
 * Started before there is an engine. The app hands it ports and tells it snapshots and wake-ups; everything else stays in here.
 */
import type { Snapshot } from '../app/api/schema.ts';
import { resolveLanguage, type Language } from '../app/language/languages.ts';
import { FaceFeed, type Clock, type Shown } from './face-feed.ts';
import type { NotePort } from './note-port.ts';
import { Notifier, type Remark } from './notifier.ts';
import { trayActions, type TrayReach } from './tray-actions.ts';
import { TrayDesk } from './tray-desk.ts';
import type { TrayPort } from './tray-port.ts';
import { trayView } from './tray-view.ts';
import { trayWords, type TrayWords } from './tray-words.ts';
import { Tray } from './tray.ts';

export interface TrayParts extends Omit<TrayReach, 'words'> {
  readonly port: TrayPort;
  readonly clock: Clock;
  /** What the system prefers, best first (BCP 47). */
  readonly preferredLanguages: readonly string[];
  readonly notes: NotePort;
}

export class TrayHost {
  readonly #parts: TrayParts;
  readonly #tray: Tray;
  readonly #desk: TrayDesk;
  readonly #feed: FaceFeed;
  readonly #notifier: Notifier;
  #words: TrayWords;

  constructor(parts: TrayParts) {
    this.#parts = parts;
    this.#words = trayWords(resolveLanguage('system', parts.preferredLanguages), parts.wall);
    this.#notifier = new Notifier(parts.notes, parts.clock, parts.open);
    this.#desk = new TrayDesk(
      trayActions({ ...parts, words: () => this.#words }),
      parts.clock,
      () => this.#feed.refresh(),
      (action, outcome) => this.#notifier.outcome(action, outcome, this.#words),
    );
    this.#tray = new Tray(parts.port, () => parts.clock.time(), (id, action) => void this.#desk.run(id, action));
    this.#feed = new FaceFeed(parts.clock, (shown) => this.#show(shown));
    this.#feed.refresh();
  }

  see(snapshot: Snapshot): void {
    this.#feed.see(snapshot);
  }

  /** The computer woke. */
  woke(): void {
    this.#notifier.woke();
    this.#feed.doubt();
  }

  /** The engine does not answer. */
  lost(): void {
    this.#feed.lose();
  }

  /** What a person should know of the app itself. */
  remark(what: Remark): void {
    this.#notifier.remark(what, this.#words);
  }

  stop(): void {
    this.#feed.stop();
    this.#desk.stop();
    this.#notifier.stop();
  }

  #show(shown: Shown): number | null {
    const { face, snapshot, now, wall } = shown;
    const language = this.#language(snapshot);
    if (language !== this.#words.language) this.#words = trayWords(language, this.#parts.wall);
    const view = trayView({ face, accounts: snapshot?.accounts ?? [], update: snapshot?.shell?.update ?? null, desk: this.#desk.state, now, wall }, this.#words);
    this.#tray.show(view);
    if (snapshot !== null) this.#notifier.see(shown, this.#words);
    return view.changesAt;
  }

  #language(snapshot: Snapshot | null): Language {
    return resolveLanguage(snapshot?.shell?.settings.language ?? 'system', this.#parts.preferredLanguages);
  }
}
