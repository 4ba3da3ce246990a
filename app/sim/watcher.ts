/**
 * Sees all that happens in a World and holds it against the rules that must never break. It acts on nothing. Each rule
 * has a name, by which its violations, its meta-test (a host broken on purpose) and a reader find it.
 */
import type { PeerId } from '../base/brand.ts';
import { arenaOver } from '../base/batch.ts';
import { equalIp, formatIp, type IpAddress } from '../base/ip.ts';
import { toBase64 } from '../keys/keys.ts';
import type { DataplaneCommand, DataplaneFact } from '../ports/dataplane.ts';
import type { Effect } from '../ports/effects.ts';
import { createInnerHeader, readIpHeader } from '../wire/ip-packet.ts';
import { REKEY_TIMEOUT, STAGED_PACKETS } from '../wireguard/constants.ts';
import { FilterWatch } from './filter-watch.ts';
import { NonceWatch, type LeftBy } from './nonce-watch.ts';
import { DRAIN_LIMIT, type SimHost, type StepKind } from './sim-host.ts';
import { TraceHash } from '../base/trace-hash.ts';

export type Rule =
  | 'plaintext on a link'
  | 'inner source is not the sender'
  | 'forbidden by the filter'
  | 'nonce used twice'
  | 'queue not bounded'
  | 'no deadline'
  | 'too many steps'
  | 'too many handshakes'
  | 'too many teardowns'
  | 'reachable but silent'
  | 'path to a stranger'
  | 'not the truth'
  | 'error log'
  | 'threw'
  | 'scenario';

export interface Violation {
  readonly rule: Rule;
  /** Virtual seconds. */
  readonly atSeconds: number;
  readonly text: string;
}

export interface Tally {
  steps: number;
  datagrams: number;
  datagramBytes: number;
  handshakesSent: number;
  sessions: number;
  suspicions: number;
  /** Timer wake-ups by reason. */
  readonly wakeUps: Map<string, number>;
}

export const CANARY_LENGTH = 16;
const VIOLATIONS_KEPT = 50;
/** Data datagrams that one mutation may release to one endpoint: the waiting queue, and what an answer adds. */
const RELEASED_AT_ONCE = STAGED_PACKETS + 4;
/** Wake-ups of one host in one virtual second, beside 4 for each peer. */
const WAKE_UPS_PER_SECOND = 20;
/** The teardown budget: one socket replacement in this many ms. */
const TEARDOWN_EVERY = 30_000;
/** A timer's fraction of a millisecond. */
const SLACK_MS = 1;

interface HostState {
  readonly sessions: Set<PeerId>;
  readonly handshakes: Set<PeerId>;
  readonly initiatedAt: Map<PeerId, number>;
  /** Public keys of peers, as the packet path was told. */
  readonly keys: Map<PeerId, string>;
  /** Wake-ups in `second`, and at exactly `moment`. */
  second: number;
  inSecond: number;
  moment: number;
  atMoment: number;
  /** Data datagrams per endpoint since the last mutation ended. */
  readonly released: Map<string, number>;
  tellsDeadline: boolean;
  readonly startedAt: number;
  teardownsTold: boolean;
}

export class Watcher {
  readonly hash = new TraceHash();
  readonly violations: Violation[] = [];
  readonly tally: Tally = { steps: 0, datagrams: 0, datagramBytes: 0, handshakesSent: 0, sessions: 0, suspicions: 0, wakeUps: new Map() };
  readonly canary: Uint8Array;
  readonly #now: () => number;
  readonly #nonces = new NonceWatch();
  readonly #filters = new FilterWatch();
  readonly #header = createInnerHeader();
  readonly #states: HostState[] = [];

  constructor(canary: Uint8Array, now: () => number) {
    this.canary = canary;
    this.#now = now;
  }

  violate(rule: Rule, text: string): void {
    if (this.violations.length < VIOLATIONS_KEPT) this.violations.push({ rule, atSeconds: this.#now() / 1_000, text });
  }

  /** A new engine: what was known of the old one is void. */
  started(host: SimHost): void {
    this.#states[host.index] = {
      sessions: new Set(),
      handshakes: new Set(),
      initiatedAt: new Map(),
      keys: new Map(),
      second: -1,
      inSecond: 0,
      moment: -1,
      atMoment: 0,
      released: new Map(),
      tellsDeadline: true,
      startedAt: this.#now(),
      teardownsTold: false,
    };
  }

  /** A datagram leaves a host. */
  datagram(from: SimHost, to: string, bytes: Uint8Array): void {
    this.tally.datagrams++;
    this.tally.datagramBytes += bytes.length;
    this.hash.number(this.#now());
    this.hash.word(from.index);
    this.hash.text(to);
    this.hash.bytes(bytes);
    if (contains(bytes, this.canary)) this.violate('plaintext on a link', `${from.name} sent a packet to ${to} as it was`);
    this.#judgeNonce(from, bytes, 'link');
    if (bytes[0] === 4) {
      const released = this.#states[from.index]!.released;
      released.set(to, (released.get(to) ?? 0) + 1);
    }
  }

  /** A packet leaves a host for a relay; what carries it is encrypted once more. */
  relayed(from: SimHost, bytes: Uint8Array): void {
    if (contains(bytes, this.canary)) this.violate('plaintext on a link', `${from.name} sent a packet to a relay as it was`);
    this.#judgeNonce(from, bytes, 'relay');
  }

  #judgeNonce(from: SimHost, bytes: Uint8Array, by: LeftBy): void {
    const reuse = this.#nonces.check(`${from.name}#${from.generation}`, bytes, by);
    if (reuse !== undefined) this.violate('nonce used twice', reuse);
  }

  /** A packet goes into the tunnel at `from`. */
  sent(from: SimHost, packet: Uint8Array): void {
    if (from.filter.kind !== 'off') this.#filters.sent(from, packet);
  }

  /** A packet leaves the tunnel at `to`; `author` sealed the datagram it came in, if anyone did. */
  packet(to: SimHost, packet: Uint8Array, peer: PeerId, author: SimHost | undefined): void {
    const header = this.#header;
    if (readIpHeader(arenaOver(packet), 0, packet.length, header) !== 'ok') {
      this.violate('inner source is not the sender', `${to.name} was handed something that is no IP packet`);
      return;
    }
    const forbidden = this.#filters.complaint(to, packet);
    if (forbidden !== undefined) this.violate('forbidden by the filter', `${to.name} was handed ${forbidden}`);
    const source: IpAddress = { family: header.family, w0: header.s0, w1: header.s1, w2: header.s2, w3: header.s3 };
    if (author === undefined) this.violate('inner source is not the sender', `${to.name} was handed a packet that no peer sealed`);
    else if (!author.addresses.some((own) => equalIp(own, source))) this.violate('inner source is not the sender', `${author.name} reached ${to.name} in the name of ${formatIp(source)}`);
    else if (to.peerHost(peer) !== author) this.violate('inner source is not the sender', `${to.name} took a packet of ${author.name} for one of ${to.peerHost(peer)?.name ?? 'nobody'}`);
  }

  fact(host: SimHost, fact: DataplaneFact): void {
    this.hash.value(fact);
    const state = this.#states[host.index]!;
    switch (fact.kind) {
      case 'handshake-sent': {
        this.tally.handshakesSent++;
        const before = state.initiatedAt.get(fact.peer);
        const gap = before === undefined ? Infinity : this.#now() - before;
        if (gap < REKEY_TIMEOUT - SLACK_MS) this.violate('too many handshakes', `${host.name} began a handshake with ${host.peerHost(fact.peer)?.name ?? '?'} ${Math.round(gap)} ms after the last one`);
        state.initiatedAt.set(fact.peer, this.#now());
        state.handshakes.add(fact.peer);
        return;
      }
      case 'session':
        this.tally.sessions++;
        state.sessions.add(fact.peer);
        state.handshakes.delete(fact.peer);
        return;
      case 'session-ended':
        state.sessions.delete(fact.peer);
        return;
      case 'handshake-gave-up':
        state.handshakes.delete(fact.peer);
        return;
      case 'suspect':
        this.tally.suspicions++;
        return;
      case 'endpoint':
      case 'peer-removed':
      case 'answered':
      case 'probe-answered':
      case 'datagram':
      case 'active':
      case 'arrival':
      case 'disco-key':
      case 'flow-refused':
      case 'under-load':
      case 'underlay':
        return;
      default:
        return fact satisfies never;
    }
  }

  effect(host: SimHost, effect: Effect): void {
    this.hash.value(effect);
    if (effect.kind === 'dataplane') this.#command(host, effect.command);
    if (effect.kind === 'log' && effect.level === 'error') this.violate('error log', `${host.name}: ${effect.area}: ${effect.text}`);
  }

  /** Under another key, of ours or the peer's, a handshake is not one more of the same. */
  #command(host: SimHost, command: DataplaneCommand): void {
    const state = this.#states[host.index]!;
    if (command.kind === 'identity') state.initiatedAt.clear();
    else if (command.kind === 'remove-peer') state.initiatedAt.delete(command.peer);
    else if (command.kind === 'put-peer') {
      const { id } = command.peer;
      const key = toBase64(command.peer.publicKey);
      if (state.keys.get(id) !== key) state.initiatedAt.delete(id);
      state.keys.set(id, key);
    }
  }

  /** One mutation of an engine is over and drained. */
  stepped(host: SimHost, kind: StepKind, outputs: number, why: string | undefined): void {
    const state = this.#states[host.index]!;
    this.tally.steps++;
    if (outputs >= DRAIN_LIMIT) this.violate('queue not bounded', `${host.name} had ${outputs} outputs after one ${kind} and did not come to rest`);
    for (const [to, count] of state.released) if (count > RELEASED_AT_ONCE) this.violate('queue not bounded', `${host.name} let ${count} packets go to ${to} at once`);
    state.released.clear();
    if (why !== undefined) this.#wokeUp(host, state, why);
    const due = host.nextDeadline() !== undefined;
    if (!due && state.tellsDeadline && this.#needsDeadline(host, state)) this.violate('no deadline', `${host.name} has a session, a handshake or a keepalive to tend, and no deadline`);
    state.tellsDeadline = due;
  }

  /** Now and then: the budget of repairs that hurt. `things`: sockets and connections that the host has, each with a budget. */
  audit(host: SimHost, things = 1): void {
    const state = this.#states[host.index];
    const teardowns = host.engine?.node.teardowns ?? 0;
    if (state === undefined || state.teardownsTold || teardowns <= things * (1 + (this.#now() - state.startedAt) / TEARDOWN_EVERY)) return;
    state.teardownsTold = true;
    this.violate('too many teardowns', `${host.name} replaced its socket ${teardowns} times in ${Math.round((this.#now() - state.startedAt) / 1_000)} s`);
  }

  threw(host: SimHost, error: unknown): void {
    this.violate('threw', `${host.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  /** True when the host wakes again and again without time passing. Reported once. */
  spins(host: SimHost): boolean {
    const state = this.#states[host.index]!;
    if (state.moment !== this.#now() || state.atMoment <= this.#wakeUpBound(host)) return false;
    this.violate('too many steps', `${host.name} wakes without end for "${host.nextDeadline()?.why ?? 'nothing'}"`);
    return true;
  }

  #wokeUp(host: SimHost, state: HostState, why: string): void {
    this.tally.wakeUps.set(why, (this.tally.wakeUps.get(why) ?? 0) + 1);
    const now = this.#now();
    state.atMoment = state.moment === now ? state.atMoment + 1 : 1;
    state.moment = now;
    const second = Math.floor(now / 1_000);
    state.inSecond = state.second === second ? state.inSecond + 1 : 1;
    state.second = second;
    if (state.inSecond === this.#wakeUpBound(host) + 1) this.violate('too many steps', `${host.name} woke ${state.inSecond} times within one second, last for "${why}"`);
  }

  #wakeUpBound(host: SimHost): number {
    return WAKE_UPS_PER_SECOND + 4 * (host.member?.peerCount ?? host.peers.length);
  }

  #needsDeadline(host: SimHost, state: HostState): boolean {
    return state.sessions.size > 0 || state.handshakes.size > 0 || host.peers.some((peer) => peer.persistentKeepaliveMs > 0 && peer.endpoint !== undefined);
  }
}

function contains(bytes: Uint8Array, wanted: Uint8Array): boolean {
  const first = wanted[0]!;
  for (let at = bytes.indexOf(first); at >= 0 && at + wanted.length <= bytes.length; at = bytes.indexOf(first, at + 1)) {
    let same = 1;
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
    if (same === wanted.length) return true;
  }
  return false;
}
