/**
 * What the page knows: the newest snapshot, the engine's time, and whether the engine still answers. Patches are applied
 * in order; a gap, a new socket, or 15 s without a word ask for a new snapshot. It draws nothing and decides nothing about
 * peers. Contact is 'lost' when the socket is closed, or when a request has waited 5 s and nothing at all arrived since.
 */
import { create } from 'zustand';
import type { ApiError, Checked, CommandParams, CommandResult, PageCommand, Snapshot } from '../../app/api/schema.ts';
import { applyPatch } from '../../app/api/patch.ts';
import { CLOSED, type Bridge } from './bridge.ts';

export const ANSWER_WITHIN_MS = 5_000;
export const SIGN_OF_LIFE_MS = 15_000;
/** A clock that ticks once a second and was not called for so long: the page, or the whole computer, stood still. */
export const STOOD_STILL_MS = 5_000;

/** `sinceMs` and `heardMs` are in the page's own monotonic time. */
export type Contact =
  | { readonly kind: 'connecting'; readonly sinceMs: number }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly why: 'closed' | 'silent'; readonly heardMs: number };

export type PageState = {
  readonly contact: Contact;
  readonly snapshot: Snapshot | null;
  /** Engine time in ms, moved on by the clock between messages. */
  readonly now: number;
  /** The page's own monotonic time at the last tick or message. */
  readonly pageMs: number;
  readonly fault: ApiError | null;
};

export const usePage = create<PageState>(() => ({ contact: { kind: 'connecting', sinceMs: 0 }, snapshot: null, now: 0, pageMs: 0, fault: null }));

/** ms since 1970 at engine time `now`, as the engine sees it. */
export const wallNow = (snapshot: Snapshot, now: number): number => snapshot.wall + now - snapshot.now;

/** One per page: connects a bridge to the store. */
export class Link {
  readonly #bridge: Bridge;
  readonly #time: () => number;
  #heardMs: number;
  #receivedMs: number;
  /** When each request that still waits was sent. */
  readonly #waiting = new Set<{ readonly sentMs: number }>();
  #asking = false;

  constructor(bridge: Bridge, time: () => number) {
    this.#bridge = bridge;
    this.#time = time;
    this.#heardMs = time();
    this.#receivedMs = this.#heardMs;
    usePage.setState({ contact: { kind: 'connecting', sinceMs: this.#heardMs }, snapshot: null, now: 0, pageMs: this.#heardMs, fault: null });
    bridge.onPatch((patch) => {
      this.#heard();
      const { snapshot } = usePage.getState();
      if (snapshot === null) return;
      const next = applyPatch(snapshot, patch);
      if (next === 'gap') void this.refresh();
      else if (next !== snapshot) this.#show(next);
    });
    bridge.onConnection((connection) => {
      if (connection === 'open') void this.refresh();
      if (connection === 'closed') this.#lose('closed');
    });
  }

  /** Asks the engine; never rejects. */
  async request<N extends PageCommand>(command: N, params: CommandParams<N>): Promise<Checked<CommandResult<N>>> {
    const ticket = { sentMs: this.#time() };
    this.#waiting.add(ticket);
    try {
      const reply = await this.#bridge.request(command, params);
      if (reply.ok || reply.error.code !== 'closed') this.#heard();
      return reply;
    } catch {
      return CLOSED;
    } finally {
      this.#waiting.delete(ticket);
    }
  }

  /** A whole new snapshot; several calls at once ask once. */
  async refresh(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const reply = await this.request('snapshot', {});
    this.#asking = false;
    if (reply.ok) this.#show(reply.value);
    else if (reply.error.code !== 'closed') usePage.setState({ fault: reply.error });
  }

  /** Once a second while the page is visible: moves the ages on and notices silence. */
  tick(): void {
    const pageMs = this.#time();
    const { snapshot, contact, pageMs: before } = usePage.getState();
    const oldest = Math.min(...[...this.#waiting].map((ticket) => ticket.sentMs));
    if (pageMs - Math.max(oldest, this.#heardMs) > ANSWER_WITHIN_MS && contact.kind !== 'lost') this.#lose('silent');
    const stoodStill = pageMs - before > STOOD_STILL_MS;
    if (contact.kind === 'live' && (stoodStill || pageMs - this.#heardMs > SIGN_OF_LIFE_MS)) void this.refresh();
    if (snapshot === null) usePage.setState({ pageMs });
    else usePage.setState({ pageMs, now: Math.max(usePage.getState().now, snapshot.now + pageMs - this.#receivedMs) });
  }

  #heard(): void {
    this.#heardMs = this.#time();
    const { contact, snapshot } = usePage.getState();
    // The socket stayed open, so no patch can have been missed.
    if (contact.kind === 'lost' && contact.why === 'silent' && snapshot !== null) usePage.setState({ contact: { kind: 'live' } });
  }

  #show(snapshot: Snapshot): void {
    this.#receivedMs = this.#time();
    usePage.setState({ snapshot, now: snapshot.now, pageMs: this.#receivedMs, contact: { kind: 'live' }, fault: null });
  }

  #lose(why: 'closed' | 'silent'): void {
    if (usePage.getState().snapshot === null) return;
    usePage.setState({ contact: { kind: 'lost', why, heardMs: this.#heardMs } });
  }
}
