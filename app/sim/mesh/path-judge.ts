/**
 * Holds what hosts do and say about their paths against the oracle: direct where that is possible, relayed soon where it is
 * not, and then with a reason that is true. Callers: the scenarios of meshes.
 */
import { seconds, type Duration } from '../../time/instant.ts';
import type { RelayedBecause } from '../../paths/types.ts';
import type { MeshFlow } from './mesh-flow.ts';
import type { MeshHost } from './mesh-host.ts';
import type { MeshWorld } from './mesh-world.ts';
import { honestReasons } from './reach-oracle.ts';

/** From the first packet to the first answer: through the relay, if nothing else. */
export const RELAYED_WITHIN: Duration = seconds(1);
/** From the first packet to a direct path, where one is possible. */
export const DIRECT_WITHIN: Duration = seconds(10);
/** After this a pair is at rest: every candidate was tried and timed out. */
export const AT_REST_AFTER: Duration = seconds(20);

/** A check inside the tunnel is over by then. */
const CHECKED_WITHIN: Duration = seconds(6);
const CHECKS = 2;
/** When a pair is judged at last. */
export const JUDGED_AFTER: Duration = AT_REST_AFTER + CHECKS * CHECKED_WITHIN;

export interface PairTally {
  direct: number;
  relayed: number;
  /** From the first packet, ms. */
  worstAnswerMs: Duration;
}

/** Judges this pair for as long as it takes, once its first packet was sent. To be called before that. */
export function judgePair(world: MeshWorld, flow: MeshFlow, beginsAt: number, tally: PairTally): void {
  const { from, to } = flow;
  world.at(beginsAt + flow.everyMs + RELAYED_WITHIN, () => {
    if (flow.firstAskedAt === undefined) return wrong(world, `${from.name} sent nothing to ${to.name}`);
    const took = flow.firstReplyAt === undefined ? undefined : flow.firstReplyAt - flow.firstAskedAt;
    if (took === undefined || took > RELAYED_WITHIN) wrong(world, `${from.name} had its first answer of ${to.name} ${took === undefined ? 'not yet' : `after ${Math.round(took)} ms`}`);
    else tally.worstAnswerMs = Math.max(tally.worstAnswerMs, took);
  });
  for (let ms = DIRECT_WITHIN; ms <= AT_REST_AFTER; ms += seconds(2)) {
    world.at(beginsAt + ms, () => {
      if (!world.reach(from, to).direct) return;
      for (const [a, b] of [[from, to], [to, from]] as const) if (!a.isDirectTo(b)) wrong(world, `${a.name} is not direct to ${b.name} after ${ms / 1_000} s, though it is possible (${wayText(a, b)})`);
    });
  }
  world.at(beginsAt + AT_REST_AFTER, () => {
    const reach = world.reach(from, to);
    if (reach.direct) tally.direct++;
    else tally.relayed++;
    explained(world, from, to, CHECKS);
    explained(world, to, from, CHECKS);
  });
}

/** Is what `a` tells of its path to `b` the truth? At rest only: one that is being checked just now is asked again, `again` times. */
export function explained(world: MeshWorld, a: MeshHost, b: MeshHost, again = 0): void {
  if (again > 0 && a.viewOf(b)?.path.why.key === 'why.relay-trying') {
    world.at(world.now + CHECKED_WITHIN, () => explained(world, a, b, again - 1));
    return;
  }
  const reach = world.reach(a, b);
  const path = a.viewOf(b)?.path;
  if (path === undefined) return wrong(world, `${a.name} does not show ${b.name}`);
  const reason = REASONS.get(path.why.key);
  if (a.isDirectTo(b)) {
    if (path.kind !== 'direct' || path.why.key !== 'why.direct-proved') wrong(world, `${a.name} is direct to ${b.name} and says: ${path.kind}, ${path.why.key}`);
    return;
  }
  const honest = honestReasons(a, b, reach);
  if (path.kind !== 'relay') wrong(world, `${a.name} is relayed to ${b.name} and says: ${path.kind}, ${path.why.key}`);
  else if (reason === undefined || !honest.has(reason)) wrong(world, `${a.name} says of ${b.name}: ${path.why.key}; the truth: ${[...honest].join(' or ') || 'a direct path is possible'}`);
}

const REASONS: ReadonlyMap<string, RelayedBecause['kind']> = new Map([
  ['why.relay-udp-blocked', 'udp-blocked-here'],
  ['why.relay-family-missing', 'family-missing'],
  ['why.relay-data-lost', 'data-lost'],
  ['why.relay-lossy', 'lossy'],
  ['why.relay-hard-nat', 'hard-nat'],
  ['why.relay-no-answer', 'no-answer'],
  ['why.relay-no-candidates', 'no-candidates'],
]);

export function wayText(a: MeshHost, b: MeshHost): string {
  const way = a.wayTo(b);
  if (way === undefined) return 'no way at all';
  const { direct, relay } = way;
  return `${direct === undefined ? 'no direct one' : 'a direct one not proved'}, ${relay === undefined ? 'no relay' : `relay ${relay}`}`;
}

export function wrong(world: MeshWorld, text: string): void {
  world.watcher.violate('scenario', text);
}

export function must(world: MeshWorld, what: string, holds: boolean): void {
  if (!holds) wrong(world, `not so: ${what}`);
}
