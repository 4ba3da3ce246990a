/**
 * Compares what a node tells with what the World knows: a peer is not called proved when nothing of it arrived for long
 * though it was asked, not called silent while its answers arrive, and no age is younger than the truth.
 */
import type { PeerView } from '../node/types.ts';
import { seconds, type Duration } from '../time/instant.ts';
import type { Flow } from './oracle.ts';
import type { SimHost } from './sim-host.ts';
import type { Watcher } from './watcher.ts';

/** Asked all the time and not heard of for this long: "proved" is then a lie. SUSPECT_AFTER at its longest, and as long again. */
const LIE_AFTER: Duration = seconds(30);
/** Answers arrived without a longer gap than this, for LIE_AFTER: "silent" is then a lie. */
const ANSWERS_WITHIN: Duration = seconds(5);
/** A flow that sends more rarely than this does not ask all the time. */
const ASKS_OFTEN: Duration = seconds(5);
const LATER_MS = 0.001;

interface Ear {
  /** World time of the last genuine datagram, and since when they came without a long gap. */
  heardAt: number;
  steadySince: number;
}

export class TruthWatch {
  readonly #watcher: Watcher;
  readonly #ears = new Map<string, Ear>();
  /** World time since which a host has been up without a break. */
  readonly #upSince = new Map<SimHost, number>();

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
  }

  /** A genuine datagram of `author` reached `host`. */
  heard(host: SimHost, author: SimHost, nowMs: number): void {
    const key = `${host.index} ${author.index}`;
    const ear = this.#ears.get(key);
    if (ear === undefined) this.#ears.set(key, { heardAt: nowMs, steadySince: nowMs });
    else {
      if (nowMs - ear.heardAt > ANSWERS_WITHIN) ear.steadySince = nowMs;
      ear.heardAt = nowMs;
    }
  }

  /** The host started or woke: it has a new life to judge by. */
  up(host: SimHost, nowMs: number): void {
    this.#upSince.set(host, nowMs);
  }

  check(hosts: readonly SimHost[], flows: readonly Flow[], nowMs: number): void {
    for (const host of hosts) {
      const engine = host.engine;
      if (host.power !== 'up' || engine === undefined) continue;
      const view = engine.node.view(host.now());
      for (const peer of view.peers) this.#ages(host, peer, nowMs);
      const asked = flows.filter((flow) => flow.from === host && flow.everyMs <= ASKS_OFTEN);
      let dead = 0;
      for (const flow of asked) {
        const peer = view.peers.find((candidate) => candidate.id === host.peerIdOf(flow.to));
        if (peer === undefined) continue;
        if (this.#isDead(flow, nowMs)) {
          dead++;
          if (peer.health === 'proved') this.#lie(host, `${flow.to.name} is proved, though nothing of it arrived for ${this.#silence(flow, nowMs)} s`);
        } else if (this.#isWell(flow, nowMs) && (peer.health === 'silent' || peer.health === 'never')) {
          this.#lie(host, `${flow.to.name} is ${peer.health}, though its answers arrive`);
        }
      }
      if (dead > 0 && dead === view.peers.length && view.overall.state === 'connected') this.#lie(host, 'it is connected, though no peer was heard of');
    }
  }

  #ages(host: SimHost, peer: PeerView, nowMs: number): void {
    const heardAt = this.#ears.get(`${host.index} ${host.peerHost(peer.id)?.index ?? -1}`)?.heardAt ?? -Infinity;
    const claimed = peer.lastDataAt === null ? -Infinity : nowMs - (host.now() - peer.lastDataAt);
    if (claimed > heardAt + LATER_MS) this.#lie(host, `data of ${peer.name} came ${Math.round(nowMs - claimed)} ms ago, though the last datagram came ${Math.round(nowMs - heardAt)} ms ago`);
  }

  #isDead(flow: Flow, nowMs: number): boolean {
    const since = Math.max(this.#ear(flow)?.heardAt ?? 0, this.#upSince.get(flow.from) ?? nowMs);
    return nowMs - since > LIE_AFTER;
  }

  #isWell(flow: Flow, nowMs: number): boolean {
    const ear = this.#ear(flow);
    if (ear === undefined || nowMs - ear.heardAt > ANSWERS_WITHIN || flow.lastReplyAt === undefined) return false;
    return nowMs - Math.max(ear.steadySince, this.#upSince.get(flow.from) ?? nowMs) > LIE_AFTER && nowMs - flow.lastReplyAt <= ANSWERS_WITHIN;
  }

  #silence(flow: Flow, nowMs: number): number {
    return Math.round((nowMs - (this.#ear(flow)?.heardAt ?? 0)) / 1_000);
  }

  #ear(flow: Flow): Ear | undefined {
    return this.#ears.get(`${flow.from.index} ${flow.to.index}`);
  }

  #lie(host: SimHost, text: string): void {
    this.#watcher.violate('not the truth', `${host.name} says: ${text}`);
  }
}

