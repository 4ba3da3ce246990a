/**
 * About how many bytes of memory a part of the view takes. Deltas are small each, but nothing else bounds their sum: a
 * session that weighs too much refuses the next one. An estimate, never too small by more than a half. Pure arithmetic.
 */
import type { FilterSet } from '../wire/netmap/filter-rules.ts';
import type { NetNode, UserProfile } from '../wire/netmap/types.ts';

const NODE = 1_000;
const PREFIX = 150;
const VALUE = 50;

export function weighNode(node: NetNode | undefined): number {
  if (node === undefined) return 0;
  const prefixes = node.addresses.length + node.primaryRoutes.length + node.endpoints.length + (node.allowedIps === node.addresses ? 0 : node.allowedIps.length);
  const texts = node.name.length + node.hostname.length + node.stableId.length + node.os.length;
  let weight = NODE + prefixes * PREFIX + texts * 2;
  for (const tag of node.tags) weight += weighJson(tag);
  for (const [name, values] of node.capabilities) weight += weighJson(name) + weighJson(values);
  return weight;
}

export function weighFilter(set: FilterSet): number {
  let weight = VALUE;
  for (const rule of set.rules) weight += 500 + (rule.sources.length + rule.destinations.length) * PREFIX * 2;
  return weight;
}

export function weighUser(user: UserProfile): number {
  return 300 + (user.loginName.length + user.displayName.length) * 2;
}

/** Any value that JSON can hold; its depth was bounded when it was read. */
export function weighJson(value: unknown): number {
  if (typeof value === 'string') return VALUE + value.length * 2;
  if (typeof value !== 'object' || value === null) return VALUE;
  let weight = VALUE;
  if (Array.isArray(value)) for (const item of value) weight += weighJson(item);
  else for (const [name, item] of Object.entries(value)) weight += VALUE + name.length * 2 + weighJson(item);
  return weight;
}
