/**
 * A node of a tailnet with its control machine in the test's hands: the test says what the server said, as outputs of the
 * machine, and sees what the node made of it. Maps are plain Maps; the real machine and a server of ours are in the simulator.
 */
import type { PeerId } from '../../app/base/brand.ts';
import { parseEndpoint, parsePrefix } from '../../app/base/ip.ts';
import { createSeededRng } from '../../app/base/seeded-rng.ts';
import type { NetworkChange, NetworkView } from '../../app/control/network-view.ts';
import { NO_KEYS, type ControlInput, type ControlKeys, type ControlLike, type ControlOutput, type ControlState } from '../../app/control/types.ts';
import { PrivateKey } from '../../app/keys/keys.ts';
import { Node } from '../../app/node/node.ts';
import type { NodeInput, NodeView, PeerView, TailnetNodeConfig } from '../../app/node/types.ts';
import { Counters } from '../../app/ports/counters.ts';
import type { DataplaneCommand, DataplaneFact } from '../../app/ports/dataplane.ts';
import type { Effect } from '../../app/ports/effects.ts';
import { instant, wallTime, type Instant, type WallTime } from '../../app/time/instant.ts';
import type { NetNode, RelayMap, RelayRegion } from '../../app/wire/netmap/types.ts';
import { FakeNetcheck, FakePaths, FakePortMap, FakeRelays } from './fake-mesh.ts';
import { WALL_AT_ZERO, type Told } from './test-node.ts';

export const OWN_KEY = new PrivateKey(new Uint8Array(32).fill(77));
const NOTHING: NetworkChange = { self: false, peersPut: [], peersRemoved: [], relays: false, dns: false, filter: false, users: false, domain: false, health: false };

export class FakeControl implements ControlLike {
  state: ControlState = { phase: 'off', since: instant(0) };
  view: NetworkView | undefined;
  readonly counts = { connects: 0, teardowns: 0, registers: 0, streams: 0, updates: 0, messages: 0, refusals: new Map() };
  readonly inputs: ControlInput[] = [];
  readonly outputs: ControlOutput[] = [];

  handle(input: ControlInput): void {
    this.inputs.push(input);
  }

  poll(): ControlOutput | undefined {
    return this.outputs.shift();
  }

  nextDeadline(): undefined {
    return undefined;
  }

  expire(): void {}
}

export class TestTailnet {
  now: Instant = instant(1_000_000);
  readonly counters: Counters;
  readonly machines: { control: FakeControl; paths: FakePaths; relays: FakeRelays; netcheck: FakeNetcheck; portMap: FakePortMap }[] = [];
  /** WireGuard packets that relays brought. */
  readonly relayed: { region: number; peer: PeerId; bytes: Uint8Array }[] = [];
  readonly node: Node;
  readonly peers = new Map<number, NetNode>();
  commands: DataplaneCommand[] = [];
  effects: Effect[] = [];
  expired = new Set<number>();
  self: NetNode = netNode(1, { name: 'ada.tail.example.org' });
  filter: NetworkView['filter'] = [];
  relayMap: RelayMap = { regions: new Map(), scores: new Map(), omitDefaultRegions: true };
  #revision = 0;

  constructor(rows = 8) {
    this.counters = new Counters(rows);
    this.node = new Node({
      rng: createSeededRng(1),
      counters: this.counters,
      createMachines: () => {
        const machines = { control: new FakeControl(), paths: new FakePaths(), relays: new FakeRelays(), netcheck: new FakeNetcheck(), portMap: new FakePortMap() };
        this.machines.push(machines);
        return machines;
      },
      relayed: (region, peer, bytes) => void this.relayed.push({ region, peer, bytes: bytes.slice() }),
    });
  }

  /** Running, with peers 2 to `peers` + 1 and the first map taken. */
  static joined(peers = 3, rows = 8): TestTailnet {
    const test = new TestTailnet(rows);
    test.start();
    for (let id = 2; id < peers + 2; id++) test.peers.set(id, netNode(id));
    test.live();
    test.map({ self: true, peersPut: 'all', filter: true, dns: true });
    return test;
  }

  get control(): FakeControl {
    return this.machines.at(-1)!.control;
  }

  get paths(): FakePaths {
    return this.machines.at(-1)!.paths;
  }

  get relays(): FakeRelays {
    return this.machines.at(-1)!.relays;
  }

  get netcheck(): FakeNetcheck {
    return this.machines.at(-1)!.netcheck;
  }

  get portMap(): FakePortMap {
    return this.machines.at(-1)!.portMap;
  }

  start(url = 'https://hs.example.org'): void {
    this.input({ kind: 'start', config: tailnetConfig(url), wall: wallTime(WALL_AT_ZERO) });
  }

  input(input: NodeInput): void {
    this.node.handle(input, this.now);
    this.drain();
  }

  /** The control machine is in this state, and says so. */
  state(state: ControlState): void {
    this.control.state = state;
    this.say({ kind: 'changed' });
  }

  live(): void {
    this.state({ phase: 'live', since: this.now, lastMessageAt: this.now, signIn: undefined });
  }

  /** Makes the outputs come with the next input. */
  say(...outputs: ControlOutput[]): void {
    this.control.outputs.push(...outputs);
    this.input({ kind: 'retry-server' });
  }

  /** An update of the map as it stands. */
  map(change: Partial<NetworkChange>): void {
    const view: NetworkView = {
      revision: ++this.#revision,
      self: this.self,
      peers: new Map(this.peers),
      relays: this.relayMap,
      dns: { resolvers: [], routes: new Map(), fallbackResolvers: [], domains: [], magicDns: true, extraRecords: [], certDomains: [] },
      filter: this.filter,
      users: new Map([[1, { id: 1, loginName: 'ada', displayName: 'Ada' }]]),
      domain: 'tail.example.org',
      health: [],
    };
    this.control.view = view;
    this.say({ kind: 'view', view, change: { ...NOTHING, ...change }, expired: this.expired, keyExpiry: (this.self.keyExpiry ?? null) });
  }

  put(id: number, change: Partial<NetNode> = {}): void {
    this.peers.set(id, { ...(this.peers.get(id) ?? netNode(id)), ...change });
    this.map({ peersPut: [id] });
  }

  remove(id: number): void {
    this.peers.delete(id);
    this.map({ peersRemoved: [id] });
  }

  tell(fact: Told): void {
    this.input({ kind: 'fact', fact: { ...fact, at: this.now } as DataplaneFact });
  }

  session(id: number): void {
    const peer = id as PeerId;
    this.counters.setAt(peer, 'handshakeAt', this.now);
    this.counters.setAt(peer, 'lastAuthenticAt', this.now);
    this.tell({ kind: 'session', peer, role: 'initiator', attempts: 1, rttMs: 4, replaced: 'none' });
  }

  /** The packet thread carries out every removal so far. */
  removals(): void {
    for (const command of this.commands.splice(0)) if (command.kind === 'remove-peer') this.tell({ kind: 'peer-removed', peer: command.peer });
  }

  drain(): void {
    for (let effect = this.node.poll(); effect !== undefined; effect = this.node.poll()) {
      this.effects.push(effect);
      if (effect.kind === 'dataplane') this.commands.push(effect.command);
    }
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (let next = this.node.nextDeadline(), i = 0; next !== undefined && next.at <= end; next = this.node.nextDeadline()) {
      if (i++ > 10_000) throw new Error(`the node does not come to rest: ${next.why}`);
      this.now = instant(Math.max(next.at, this.now));
      this.node.expire(this.now);
      this.drain();
    }
    this.now = instant(end);
  }

  /** What was commanded since the last time, as short texts: `put-peer 1`. */
  said(): string[] {
    return this.commands.splice(0).map((command) => (command.kind === 'put-peer' ? `put-peer ${command.peer.id}` : 'peer' in command ? `${command.kind} ${command.peer}` : command.kind));
  }

  view(): NodeView {
    return this.node.view(this.now);
  }

  peer(name: string): PeerView {
    const found = this.view().peers.find((peer) => peer.name === name);
    if (found === undefined) throw new Error(`no peer is called ${name}`);
    return found;
  }
}

export function netNode(id: number, change: Partial<NetNode> = {}): NetNode {
  return {
    id,
    stableId: String(id),
    name: `node-${id}.tail.example.org`,
    user: 1,
    key: keyOf(id),
    machineKey: undefined,
    discoKey: undefined,
    addresses: [parsePrefix(`100.64.${id >>> 8}.${id & 255}/32`)!],
    allowedIps: [parsePrefix(`100.64.${id >>> 8}.${id & 255}/32`)!],
    primaryRoutes: [],
    endpoints: [1, 2, 3].map((n) => parseEndpoint(`198.51.${id & 255}.${n}:41641`)!),
    homeRelay: 0,
    hostname: `node-${id}`,
    os: 'linux',
    tags: [],
    capabilities: new Map(),
    cap: 130,
    online: true,
    lastSeen: undefined,
    keyExpiry: undefined,
    expired: false,
    machineAuthorized: true,
    wireGuardOnly: false,
    jailed: false,
    ...change,
  };
}

/** `lab-900` and so on, of one node. */
export function region(id: number): RelayRegion {
  const node = { name: `${id}a`, hostName: 'derp.example.org', certName: '', ipv4: 'dns', ipv6: 'off', stunPort: 3_478, stunOnly: false, relayPort: 443, canPort80: false, insecureForTests: false } as const;
  return { id, code: `lab-${id}`, name: `Lab ${id}`, avoid: false, noMeasureNoHome: false, nodes: [node] };
}

export function keyOf(n: number): Uint8Array {
  const key = new Uint8Array(32).fill(n & 255);
  key[1] = n >>> 8;
  return key;
}

export function tailnetConfig(url: string, keys: ControlKeys = { ...NO_KEYS, nodeKey: OWN_KEY }): TailnetNodeConfig {
  return {
    kind: 'tailnet',
    name: 'ada-laptop',
    mtu: 1_280,
    acceptRoutes: false,
    discoKey: new PrivateKey(new Uint8Array(32).fill(44)),
    control: {
      url,
      machineKey: new PrivateKey(new Uint8Array(32).fill(66)),
      discoKey: new Uint8Array(32).fill(55),
      keys,
      authKey: undefined,
      ephemeral: false,
      host: { os: 'linux', osVersion: '6', hostname: 'ada-laptop', clientVersion: '0', backendLogId: '00', arch: 'amd64', routableIps: [], requestTags: [], shieldsUp: false },
    },
  };
}

export const atWall = (ms: number): WallTime => wallTime(WALL_AT_ZERO + ms);
