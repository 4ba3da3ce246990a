/**
 * Which probes a check sends, when, and to whom. Pure. Caller: netcheck.ts.
 *
 * full: every region, three tries over its nodes. incremental: the three nearest of last time and the home. endpoints: the home
 * and one more, since two answers tell whether the NAT takes another port for each destination.
 */
import type { Duration } from '../time/instant.ts';
import type { RelayMap, RelayNode, RelayRegion } from '../wire/netmap/types.ts';
import { FIRST_GUESS, TRY_GAP } from './constants.ts';

export type CheckForm = 'full' | 'incremental' | 'endpoints';

export interface PlannedProbe {
  readonly region: number;
  readonly family: 4 | 6;
  readonly node: RelayNode;
  /** ms after the check began. */
  readonly afterMs: Duration;
}

export interface PlanInit {
  readonly form: CheckForm;
  readonly map: RelayMap;
  readonly home: number | undefined;
  /** Of the last check, by region, ms. */
  readonly latency: ReadonlyMap<number, Duration>;
  readonly families: { readonly ipv4: boolean; readonly ipv6: boolean };
}

export function plan({ form, map, home, latency, families }: PlanInit): PlannedProbe[] {
  const measurable = [...map.regions.values()].filter((region) => stunNodes(region).length > 0 && (!region.noMeasureNoHome || region.id === home));
  const used: readonly (4 | 6)[] = [...(families.ipv4 ? [4 as const] : []), ...(families.ipv6 ? [6 as const] : [])];
  const probes: PlannedProbe[] = [];
  const add = (region: RelayRegion, tries: number, gap: Duration): void => {
    const nodes = stunNodes(region);
    for (let k = 0; k < tries; k++) {
      const node = nodes[k % nodes.length]!;
      for (const family of used) if (has(node, family)) probes.push({ region: region.id, family, node, afterMs: k * gap });
    }
  };
  if (form === 'full' || latency.size === 0) {
    for (const region of measurable) add(region, 3, TRY_GAP);
    return probes.toSorted((a, b) => a.afterMs - b.afterMs);
  }
  const near = measurable
    .filter((region) => region.id === home || !region.avoid)
    .toSorted((a, b) => (latency.get(a.id) ?? Infinity) - (latency.get(b.id) ?? Infinity));
  const chosen = near.slice(0, form === 'endpoints' ? 2 : 3);
  const homeRegion = measurable.find(({ id }) => id === home);
  if (homeRegion !== undefined && !chosen.includes(homeRegion)) chosen[form === 'endpoints' ? Math.min(1, chosen.length) : chosen.length] = homeRegion;
  chosen.forEach((region, i) => {
    const tries = form === 'endpoints' ? 3 : region.id === home ? 4 : i < 2 ? 2 : 1;
    const known = latency.get(region.id);
    add(region, tries, known === undefined ? FIRST_GUESS : Math.max(TRY_GAP / 2, known * 1.2 + 50));
  });
  return probes.toSorted((a, b) => a.afterMs - b.afterMs);
}

function stunNodes(region: RelayRegion): readonly RelayNode[] {
  return region.nodes.filter((node) => node.stunPort !== undefined);
}

function has(node: RelayNode, family: 4 | 6): boolean {
  return (family === 4 ? node.ipv4 : node.ipv6) !== 'off';
}
