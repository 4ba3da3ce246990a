/**
 * How much of the system a look reads. In a fight the two tables of routing are read alone, and only the one that was touched:
 * everything else is told of by events of another kind, which ask for a look at all of it, as does WHOLE_EVERY. Pure.
 * Callers: guard.ts; who answers a guard from a whole observation.
 */
import type { OsEvent } from '../ports/os-network.ts';
import type { GuardAsk, GuardTold, ObservedOs, OsPart, SeenParts, WantedItem } from '../ports/os-state.ts';

/** What is to be read: all, or these. */
export type Reading = 'all' | ReadonlySet<OsPart>;

export const NOTHING: Reading = new Set();
const ROUTES: Reading = new Set(['routes']);
const RULES: Reading = new Set(['rules']);

export function both(one: Reading, other: Reading): Reading {
  return one === 'all' || other === 'all' ? 'all' : new Set([...one, ...other]);
}

/** A link or an address that goes takes routes with it that the system does not name. */
export function readingAfter({ kind }: OsEvent): Reading {
  return kind === 'route' ? ROUTES : kind === 'rule' ? RULES : 'all';
}

export function readingOf(items: readonly WantedItem[]): Reading {
  return items.map(({ kind }): Reading => (kind === 'route' ? ROUTES : kind === 'rule' ? RULES : 'all')).reduce(both, NOTHING);
}

export function withParts(seen: ObservedOs, { settings, routes, rules }: SeenParts): ObservedOs {
  return { ...seen, settings, network: { ...seen.network, routes: routes ?? seen.network.routes, rules: rules ?? seen.network.rules } };
}

/** The answer of a host to which all of it costs nothing. */
export function answerOf({ id, only }: Extract<GuardAsk, { kind: 'look' }>, seen: ObservedOs): GuardTold {
  if (only === undefined) return { kind: 'seen', id, seen };
  const { routes, rules } = seen.network;
  return { kind: 'seen-parts', id, seen: { settings: seen.settings, ...(only.includes('routes') ? { routes } : {}), ...(only.includes('rules') ? { rules } : {}) } };
}
