/**
 * The life of the one window, as a pure function: what it is now and what happened give what it is next and what is to be
 * done. It knows no Electron and no clock. Whoever drives it (window.ts) does the effects in order and calls with `time` at
 * `deadlineOf`. Two windows cannot be: only `absent` makes one, and what makes one leaves `absent`.
 */
import type { Instant } from '../app/time/instant.ts';
import { after } from '../app/time/instant.ts';
import type { WindowPage } from './tray-view.ts';

/** Hidden for so long, it gives its memory back. ms. */
export const DESTROY_AFTER = 120_000;
/** A page that has not drawn by then is shown as it is. ms. */
export const SHOW_WITHIN = 2_000;
/** A page that answers nobody for so long is made anew. ms. */
export const HUNG_AFTER = 15_000;
/** More deaths than `MOST` within `WITHIN` ms, and it waits for a person. */
export const DEATHS = { MOST: 3, WITHIN: 300_000 } as const;

export type WindowState =
  | { readonly kind: 'absent' }
  /** Made, not seen yet. */
  | { readonly kind: 'opening'; readonly showAt: Instant }
  /** `hungAt`: taken for dead then; null: it answers. */
  | { readonly kind: 'shown'; readonly hungAt: Instant | null }
  | { readonly kind: 'hidden'; readonly destroyAt: Instant }
  /** The app ends: there is no window any more, and none comes. */
  | { readonly kind: 'left' };

export interface WindowLife {
  readonly state: WindowState;
  /** When pages died, the newest last. */
  readonly deaths: readonly Instant[];
  /** A person knows that closing ends nothing. */
  readonly toldOfTray: boolean;
}

export type WindowInput =
  /** Null: where it is. */
  | { readonly kind: 'show'; readonly page: WindowPage | null }
  /** It has drawn for the first time. */
  | { readonly kind: 'drawn' }
  /** A person closes it. */
  | { readonly kind: 'close' }
  /** It is gone, and nobody here asked for that. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'page-gone' }
  | { readonly kind: 'hung' }
  | { readonly kind: 'answers' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'time' };

export type WindowEffect =
  | { readonly kind: 'create'; readonly page: WindowPage | null }
  | { readonly kind: 'load'; readonly page: WindowPage }
  /** In front of the others, with the keyboard. */
  | { readonly kind: 'show' }
  | { readonly kind: 'hide' }
  | { readonly kind: 'destroy' }
  /** That it is still in the tray: once in the life of an installation. */
  | { readonly kind: 'tell-of-tray' }
  /** That the page does not stay alive. */
  | { readonly kind: 'tell-of-deaths' };

export interface Step {
  readonly life: WindowLife;
  readonly effects: readonly WindowEffect[];
}

export const noWindow = (toldOfTray: boolean): WindowLife => ({ state: { kind: 'absent' }, deaths: [], toldOfTray });

/** Undefined: it stays as it is. */
export function deadlineOf({ state }: WindowLife): Instant | undefined {
  switch (state.kind) {
    case 'opening':
      return state.showAt;
    case 'shown':
      return state.hungAt ?? undefined;
    case 'hidden':
      return state.destroyAt;
    case 'absent':
    case 'left':
      return undefined;
  }
}

export function step(life: WindowLife, input: WindowInput, now: Instant): Step {
  const { state } = life;
  const to = (next: WindowState, ...effects: WindowEffect[]): Step => ({ life: { ...life, state: next }, effects });
  const stay: Step = { life, effects: [] };
  if (input.kind === 'leave') return state.kind === 'absent' || state.kind === 'left' ? to({ kind: 'left' }) : to({ kind: 'left' }, { kind: 'destroy' });
  switch (state.kind) {
    case 'left':
      return stay;
    case 'absent':
      return input.kind === 'show' ? to({ kind: 'opening', showAt: after(now, SHOW_WITHIN) }, { kind: 'create', page: input.page }) : stay;
    case 'opening':
      if (input.kind === 'show' && input.page !== null) return { life, effects: [{ kind: 'load', page: input.page }] };
      if (input.kind === 'drawn' || (input.kind === 'time' && now >= state.showAt)) return to({ kind: 'shown', hungAt: null }, { kind: 'show' });
      if (input.kind === 'page-gone') return died(life, now);
      return input.kind === 'closed' ? to({ kind: 'absent' }) : stay;
    case 'shown':
      if (input.kind === 'show') return { life, effects: [...loadOf(input.page), { kind: 'show' }] };
      if (input.kind === 'close') return hide(life, now);
      if (input.kind === 'page-gone' || (input.kind === 'time' && state.hungAt !== null && now >= state.hungAt)) return died(life, now);
      if (input.kind === 'hung') return state.hungAt === null ? to({ kind: 'shown', hungAt: after(now, HUNG_AFTER) }) : stay;
      if (input.kind === 'answers') return to({ kind: 'shown', hungAt: null });
      return input.kind === 'closed' ? to({ kind: 'absent' }) : stay;
    case 'hidden':
      if (input.kind === 'show') return to({ kind: 'shown', hungAt: null }, ...loadOf(input.page), { kind: 'show' });
      // Nobody sees it: a new one is made when somebody wants to.
      if (input.kind === 'page-gone' || input.kind === 'hung' || (input.kind === 'time' && now >= state.destroyAt)) return to({ kind: 'absent' }, { kind: 'destroy' });
      return input.kind === 'closed' ? to({ kind: 'absent' }) : stay;
  }
}

const loadOf = (page: WindowPage | null): WindowEffect[] => (page === null ? [] : [{ kind: 'load', page }]);

function hide(life: WindowLife, now: Instant): Step {
  const effects: WindowEffect[] = life.toldOfTray ? [{ kind: 'hide' }] : [{ kind: 'hide' }, { kind: 'tell-of-tray' }];
  return { life: { ...life, state: { kind: 'hidden', destroyAt: after(now, DESTROY_AFTER) }, toldOfTray: true }, effects };
}

/** Somebody looked at it: a new one takes its place, unless this happens over and over. */
function died(life: WindowLife, now: Instant): Step {
  const deaths = [...life.deaths.filter((at) => now - at < DEATHS.WITHIN), now].slice(-DEATHS.MOST - 1);
  if (deaths.length > DEATHS.MOST) return { life: { ...life, state: { kind: 'absent' }, deaths }, effects: [{ kind: 'destroy' }, { kind: 'tell-of-deaths' }] };
  return { life: { ...life, state: { kind: 'opening', showAt: after(now, SHOW_WITHIN) }, deaths }, effects: [{ kind: 'destroy' }, { kind: 'create', page: null }] };
}
