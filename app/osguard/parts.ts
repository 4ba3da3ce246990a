/**
 * How much of the system a look reads. In a fight the two tables of routing are read alone, and only the one that was touched:
 * everything else is told of by events of another kind, which ask for a look at all of it, as does WHOLE_EVERY. Pure.
 * Callers: guard.ts; who answers a guard from a whole observation.
 */
import { equalPrefix } from '../base/ip.ts';
import type { OsEvent } from '../ports/os-network.ts';
import type { GuardAsk, GuardTold, ObservedOs, OsPart, RepairResult, SeenParts, WantedItem } from '../ports/os-state.ts';

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

/** As it was seen, without the route that the system says is gone; undefined: it does not say that of a route that was seen. */
export function withoutRoute(seen: ObservedOs, event: OsEvent): ObservedOs | undefined {
  if (event.kind !== 'route' || event.action !== 'removed' || event.route === undefined) return undefined;
  const { table, type, link, metric, prefix } = event.route;
  const there = seen.network.routes.filter((route) => route.table === table && route.type === type && route.link === link && route.metric === metric && equalPrefix(route.prefix, prefix));
  // One of two alike: which of them went is for a look.
  if (there.length !== 1) return undefined;
  return { ...seen, network: { ...seen.network, routes: seen.network.routes.filter((route) => route !== there[0]) } };
}

/** The answer of a host to which all of it costs nothing. */
export function answerOf({ id, only }: Extract<GuardAsk, { kind: 'look' }>, seen: ObservedOs): GuardTold {
  return only === undefined ? { kind: 'seen', id, seen } : { kind: 'seen-parts', id, seen: partsOf(seen, only) };
}

/** The answer of such a host to a repair that is made; `seen`: afterwards. */
export function repairedOf({ id, only }: Extract<GuardAsk, { kind: 'repair' }>, result: RepairResult, seen: ObservedOs): GuardTold {
  return { kind: 'repaired', id, result, ...(only === undefined ? {} : { seen: partsOf(seen, only) }) };
}

function partsOf({ settings, network: { routes, rules } }: ObservedOs, only: readonly OsPart[]): SeenParts {
  return { settings, ...(only.includes('routes') ? { routes } : {}), ...(only.includes('rules') ? { rules } : {}) };
}
