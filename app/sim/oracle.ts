/**
 * Knows the whole network and so whether two hosts could reach each other, and asks whether echoes then flow. A flow is
 * echo traffic from one host to another. It is reachable while both hosts run, the link is not cut, and the sender
 * knows where the other is; after `allowance` of that without an answer, the engine has failed.
 */
import { seconds, type Duration } from '../time/instant.ts';
import type { Link } from './link.ts';
import type { SimHost } from './sim-host.ts';
import type { Watcher } from './watcher.ts';

export interface Flow {
  readonly from: SimHost;
  readonly to: SimHost;
  /** False while nothing is to pass between them, such as by the server's rules. */
  allowed: boolean;
  readonly link: Link;
  readonly everyMs: Duration;
  readonly kind: 'udp' | 'ping';
  readonly family: 4 | 6;
  sent: number;
  received: number;
  /** Virtual ms since which it is reachable; undefined when it is not. */
  reachableSince: number | undefined;
  lastReplyAt: number | undefined;
  /** Virtual ms of the first request that still waits for any answer, since it is reachable. */
  askedAt: number | undefined;
  told: boolean;
}

/** How soon a flow must run again on a link that loses nothing: suspicion 3 s, probe 1 s, one handshake retry 5.3 s, and the way. */
export const RECOVERS_WITHIN: Duration = seconds(10);
/** One more attempt: REKEY_TIMEOUT and its jitter. */
const ATTEMPT: Duration = 5_334;
/** A run of lost attempts less likely than this is not waited for. */
const UNLIKELY = 1e-6;

export class Oracle {
  readonly flows: Flow[] = [];
  /** Flow-seconds during which the oracle would have noticed silence. */
  armedSeconds = 0;
  /** From the first request since it was reachable again to the first answer, ms, for every repair seen. */
  readonly recoveries: Duration[] = [];
  readonly #watcher: Watcher;

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
  }

  asked(flow: Flow, nowMs: number): void {
    flow.sent++;
    if (flow.reachableSince !== undefined) flow.askedAt ??= nowMs;
  }

  replied(flow: Flow, nowMs: number): void {
    flow.received++;
    const { reachableSince, lastReplyAt, askedAt } = flow;
    if (reachableSince !== undefined && askedAt !== undefined && (lastReplyAt ?? -1) < reachableSince) this.recoveries.push(nowMs - askedAt);
    flow.lastReplyAt = nowMs;
    flow.askedAt = undefined;
    flow.told = false;
  }

  /** After anything that may change who reaches whom. */
  review(nowMs: number, reachable: (flow: Flow) => boolean): void {
    for (const flow of this.flows) {
      if (reachable(flow)) {
        flow.reachableSince ??= nowMs;
      } else {
        forget(flow);
      }
    }
  }

  /** What was promised for the old shape of a link does not hold for the new one. */
  beginAgain(link: Link | undefined): void {
    for (const flow of this.flows) if (flow.link === link) forget(flow);
  }

  /** Once per virtual second, after a review. */
  tick(nowMs: number): void {
    for (const flow of this.flows) {
      if (flow.reachableSince === undefined) continue;
      this.armedSeconds++;
      const silent = flow.askedAt === undefined ? 0 : nowMs - flow.askedAt;
      if (flow.told || silent <= allowance(flow)) continue;
      flow.told = true;
      this.#watcher.violate('reachable but silent', `${flow.from.name} could reach ${flow.to.name} since ${flow.reachableSince / 1_000} s, and had no answer for ${Math.round(silent / 1_000)} s`);
    }
  }
}

function forget(flow: Flow): void {
  flow.reachableSince = undefined;
  flow.askedAt = undefined;
  flow.told = false;
}

/** ms. Longer on a link that loses packets: an attempt needs two datagrams to arrive. */
export function allowance(flow: Flow): Duration {
  const fails = 1 - (1 - flow.link.shape.loss) ** 2;
  const attempts = fails === 0 ? 0 : Math.ceil(Math.log(UNLIKELY) / Math.log(fails));
  return RECOVERS_WITHIN + flow.everyMs + 2 * (flow.link.shape.delayMs + flow.link.shape.jitterMs) + attempts * ATTEMPT;
}
