/**
 * Echo traffic from one host of a mesh to another, and what an onlooker who knows the network may expect of it: an answer
 * within SILENT_MOST of the moment since which both could exchange packets. Callers: mesh-world.ts.
 */
import { seconds, type Duration } from '../../time/instant.ts';
import type { MeshHost } from './mesh-host.ts';

/** The promise: no peer is silent for longer while it is reachable. */
export const SILENT_MOST: Duration = seconds(15);
/** Requests of which none is answered by chance: on a lossy way, and on one that loses some of those that are rare. */
const LOST_IN_A_ROW = { lossy: 6, some: 3, none: 1 } as const;
/** Requests this far apart are as good as one: the next tells no sooner. */
const RARE: Duration = seconds(10);

export interface MeshFlow {
  readonly from: MeshHost;
  readonly to: MeshHost;
  everyMs: Duration;
  readonly kind: 'udp' | 'ping';
  readonly family: 4 | 6;
  /** Bytes of each request beside the canary. */
  readonly filler: number;
  sent: number;
  received: number;
  firstAskedAt: number | undefined;
  firstReplyAt: number | undefined;
  lastReplyAt: number | undefined;
  /** Virtual ms; undefined: it is not reachable. */
  reachableSince: number | undefined;
  /** Counts what was broken on its way without a word: each break begins another wait. */
  breaks: number;
  /** The first request since `reachableSince` or the last answer that has no answer yet. */
  waitingSince: number | undefined;
  /** The longest that it had to wait while reachable, ms. */
  worstMs: Duration;
  told: boolean;
}

export function asked(flow: MeshFlow, now: number): void {
  flow.sent++;
  flow.firstAskedAt ??= now;
  if (flow.reachableSince !== undefined) flow.waitingSince ??= now;
}

export function replied(flow: MeshFlow, now: number): void {
  flow.received++;
  flow.firstReplyAt ??= now;
  flow.lastReplyAt = now;
  if (flow.waitingSince !== undefined) flow.worstMs = Math.max(flow.worstMs, now - flow.waitingSince);
  flow.waitingSince = undefined;
  flow.told = false;
}

export function review(flow: MeshFlow, reachable: boolean, breaks: number, now: number): void {
  if (breaks !== flow.breaks) {
    flow.breaks = breaks;
    if (flow.waitingSince !== undefined) flow.waitingSince = now;
  }
  if (reachable) {
    flow.reachableSince ??= now;
  } else {
    flow.reachableSince = undefined;
    flow.waitingSince = undefined;
    flow.told = false;
  }
}

/** Now and then. For how long it waits in vain though it should not, once per silence; undefined: all is well. `loses`: how much
 *  of what goes is lost on the way, so that some requests have no answer though the way is a way. */
export function silence(flow: MeshFlow, loses: 'none' | 'some' | 'lossy', now: number): Duration | undefined {
  if (flow.waitingSince === undefined) return undefined;
  flow.worstMs = Math.max(flow.worstMs, now - flow.waitingSince);
  if (flow.told || now - flow.waitingSince <= SILENT_MOST + LOST_IN_A_ROW[loses === 'some' && flow.everyMs < RARE ? 'none' : loses] * flow.everyMs) return undefined;
  flow.told = true;
  return now - flow.waitingSince;
}
