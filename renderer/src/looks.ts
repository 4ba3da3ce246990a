/**
 * When this window was last looked at, and the newest time nobody did: "while you were away". A look is a tick of the clock,
 * which runs only while the page is visible; so a hidden or closed window, a sleeping computer and a crash are all told by
 * the one gap that they leave. Kept in localStorage, in wall time of the engine. It counts nothing (reconnects.ts does).
 */
import { create } from 'zustand';
import { usePage, wallNow } from './store.ts';

/** ms since 1970, both. */
export type Absence = { readonly from: number; readonly to: number };
export type Looks = { readonly lookedAt: number | null; readonly away: Absence | null };

/** A gap shorter than this is no absence. */
export const AWAY_AFTER_MS = 60_000;
/** What a return sets going, such as a wake, belongs to the absence. */
export const RETURN_MS = 15_000;
/** Between two writes while one looks. */
const KEEP_EVERY_MS = 10_000;
const KEY = 'bowline.looks';
const NEVER: Looks = { lookedAt: null, away: null };

/** One more look, at `wall`. The newest absence replaces an older one; the history keeps what happened in both. Pure. */
export function look({ lookedAt, away }: Looks, wall: number): Looks {
  if (lookedAt === null || wall - lookedAt < AWAY_AFTER_MS) return { lookedAt: wall, away };
  return { lookedAt: wall, away: { from: lookedAt, to: wall } };
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** What was kept; anything else reads as never. Pure. */
export function parseLooks(text: string | null): Looks {
  try {
    const { lookedAt, away } = JSON.parse(text ?? '{}') as Record<string, unknown>;
    if (!isTime(lookedAt)) return NEVER;
    const { from, to } = (away ?? {}) as Record<string, unknown>;
    return { lookedAt, away: isTime(from) && isTime(to) ? { from, to } : null };
  } catch {
    return NEVER;
  }
}

export const useLooks = create<Looks>(() => NEVER);
let keptAt = -Infinity;

function keep(looks: Looks): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(looks));
  } catch {
    // Storage may be forbidden; absences are then known while the page lives.
  }
}

/** At start. */
export function restoreLooks(page: Document = document): void {
  try {
    useLooks.setState(parseLooks(localStorage.getItem(KEY)));
  } catch {
    // As above.
  }
  page.addEventListener('visibilitychange', () => {
    if (page.visibilityState === 'hidden') keep(useLooks.getState());
  });
}

/** At each tick. */
export function looked(): void {
  const { snapshot, now } = usePage.getState();
  if (snapshot === null) return;
  const wall = wallNow(snapshot, now);
  const before = useLooks.getState();
  const after = look(before, wall);
  useLooks.setState(after);
  if (after.away === before.away && Math.abs(wall - keptAt) < KEEP_EVERY_MS) return;
  keptAt = wall;
  keep(after);
}

export function markAsRead(): void {
  useLooks.setState({ away: null });
  keep(useLooks.getState());
}
