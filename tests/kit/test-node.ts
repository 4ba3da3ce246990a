/**
 * A node with its inputs and outputs in hand, for the tests of this folder: facts are told by the test, commands are
 * collected, time is a variable. No packet path: the simulator has that.
 */
import type { PeerId } from '../../app/base/brand.ts';
import { ipv4, parseEndpoint, parseIp, parsePrefix } from '../../app/base/ip.ts';
import { createSeededRng } from '../../app/base/seeded-rng.ts';
import { PrivateKey, PublicKey } from '../../app/keys/keys.ts';
import { Counters } from '../../app/ports/counters.ts';
import type { DataplaneCommand, DataplaneFact } from '../../app/ports/dataplane.ts';
import type { Effect } from '../../app/ports/effects.ts';
import { instant, wallTime, type Instant } from '../../app/time/instant.ts';
import { Node } from '../../app/node/node.ts';
import type { HistoryView, NodeView, PeerView, StaticNodeConfig } from '../../app/node/types.ts';

export const WALL_AT_ZERO = 1_800_000_000_000;
const NAMES = ['harbour', 'lantern', 'orchard', 'quay', 'sluice'];

/** A fact without its time: the test's clock gives it. */
export type Told = DataplaneFact extends infer F ? (F extends { at: Instant } ? Omit<F, 'at'> : never) : never;

export class TestNode {
  now: Instant = instant(1_000_000);
  readonly counters = new Counters(8);
  readonly node = new Node({ rng: createSeededRng(1), counters: this.counters });
  commands: DataplaneCommand[] = [];
  effects: Effect[] = [];
  wakeups: string[] = [];

  static started(peers = 3): TestNode {
    const test = new TestNode();
    test.node.handle({ kind: 'start', config: testConfig(peers), wall: wallTime(WALL_AT_ZERO) }, test.now);
    test.drain();
    return test;
  }

  /** Started, and every peer has answered its first handshake and sent data. */
  static connected(peers = 3): TestNode {
    const test = TestNode.started(peers);
    for (let id = 0; id < peers; id++) {
      test.session(id);
      test.hear(id);
    }
    // The one probe of a first session: nobody answers it here, unless the test says so later.
    test.run(2_000);
    for (let id = 0; id < peers; id++) test.hear(id);
    test.commands = [];
    return test;
  }

  drain(): void {
    for (let effect = this.node.poll(); effect !== undefined; effect = this.node.poll()) {
      this.effects.push(effect);
      if (effect.kind === 'dataplane') this.commands.push(effect.command);
    }
  }

  /** Moves time forward, firing each deadline at its moment. */
  run(ms: number): void {
    const end = this.now + ms;
    for (let next = this.node.nextDeadline(); next !== undefined && next.at <= end; next = this.node.nextDeadline()) {
      this.now = instant(Math.max(next.at, this.now));
      this.wakeups.push(next.why);
      if (this.wakeups.length > 10_000) throw new Error(`the node does not come to rest: ${next.why}`);
      this.node.expire(this.now);
      this.drain();
    }
    this.now = instant(end);
  }

  tell(fact: Told): void {
    this.node.handle({ kind: 'fact', fact: { ...fact, at: this.now } as DataplaneFact }, this.now);
    this.drain();
  }

  session(id: number, change: Partial<Extract<DataplaneFact, { kind: 'session' }>> = {}): void {
    this.counters.setAt(id as PeerId, 'handshakeAt', this.now);
    this.tell({ kind: 'session', peer: id as PeerId, role: 'initiator', attempts: 1, rttMs: 4, replaced: 'none', ...change });
  }

  /** An authentic packet arrives. */
  hear(id: number): void {
    this.counters.setAt(id as PeerId, 'lastAuthenticAt', this.now);
  }

  /** Data goes out. */
  send(id: number): void {
    this.counters.setAt(id as PeerId, 'lastSentAt', this.now);
  }

  /** WireGuard notices that data sent 3 s ago was not answered. */
  suspect(id: number): void {
    this.send(id);
    this.tell({ kind: 'suspect', peer: id as PeerId, since: instant(this.now - 3_000) });
  }

  answer(id: number): void {
    this.hear(id);
    this.tell({ kind: 'answered', peer: id as PeerId, silentForMs: 1 });
  }

  /** Answers every probe command that waits, as a peer that answers pings would. */
  answerProbes(): void {
    const probes = this.commands.filter((command) => command.kind === 'probe');
    this.commands = this.commands.filter((command) => command.kind !== 'probe');
    for (const probe of probes) {
      this.hear(probe.peer);
      this.tell({ kind: 'probe-answered', peer: probe.peer, token: probe.token, rttMs: 2.5, via: { kind: 'direct', endpoint: { address: ipv4(0xc0000201), port: 1 } } });
    }
  }

  count(kind: DataplaneCommand['kind'], id?: number): number {
    return this.commands.filter((command) => command.kind === kind && (id === undefined || ('peer' in command && command.peer === id))).length;
  }

  view(): NodeView {
    return this.node.view(this.now);
  }

  peer(id: number): PeerView {
    return this.view().peers[id]!;
  }

  history(): HistoryView[] {
    return this.view().history;
  }

  last(): HistoryView {
    return this.history().at(-1)!;
  }
}

export function testConfig(peers: number): StaticNodeConfig {
  return {
    kind: 'static',
    name: 'ada',
    privateKey: new PrivateKey(new Uint8Array(32).fill(9)),
    publicKey: new PublicKey(new Uint8Array(32).fill(8)),
    addresses: [parseIp('100.64.0.1')!],
    mtu: 1_420,
    peers: NAMES.slice(0, peers).map((name, i) => ({
      name,
      publicKey: new PublicKey(new Uint8Array(32).fill(i + 1)),
      endpoint: parseEndpoint(`192.0.2.${i + 1}:51820`)!,
      allowedIps: [parsePrefix(`100.64.0.${i + 2}/32`)!],
      persistentKeepaliveMs: 0,
    })),
  };
}
