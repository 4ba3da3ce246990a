/**
 * One mesh node: owns the machines, the life-cycle, the peers and what is told about them. Pure. It speaks to the packet
 * thread in commands and facts, and reads the shared counters; it never sees a packet.
 *
 *   inputs  -> Node -> effects (dataplane commands, changed, pinged, log)
 *   facts of the packet thread feed the peers; RepairLadder decides repairs; History remembers; view.ts tells.
 *
 * Callers: the runner in host/ and the World in sim/, which drain `poll` after each mutation.
 */
import type { PeerId } from '../base/brand.ts';
import { equalIp, formatEndpoint, parseIp, type IpAddress, type IpEndpoint } from '../base/ip.ts';
import { RingQueue } from '../base/ring.ts';
import type { ControlInput } from '../control/types.ts';
import type { Counters } from '../ports/counters.ts';
import type { DataplaneCommand, DataplaneFact } from '../ports/dataplane.ts';
import type { Effect } from '../ports/effects.ts';
import type { Via } from '../base/via.ts';
import type { Rng } from '../ports/rng.ts';
import { earlier, type Deadline, type Machine } from '../time/deadline.ts';
import { after, instant, type Duration, type Instant, type WallTime } from '../time/instant.ts';
import { TimerTable } from '../time/timer-table.ts';
import { DOUBT_RELAY_AFTER, ECHO_DEADLINE, WATCH_EVERY, WATCH_PEERS } from './constants.ts';
import { Echoes, type EchoPurpose, type SentEcho } from './echoes.ts';
import { FilterMemory } from './filter-memory.ts';
import type { TailnetMachines } from './mesh/machines.ts';
import { Mesh } from './mesh/mesh.ts';
import { MeshHistory } from './mesh/mesh-history.ts';
import { History } from './history.ts';
import { NetworkWatch, type NetmonLike } from './network-watch.ts';
import { PeerIds } from './peer-ids.ts';
import { OsKeeper } from './os-keeper.ts';
import { NodePeer } from './peer.ts';
import { RepairLadder } from './repair-ladder.ts';
import { TailnetPeers } from './tailnet-peers.ts';
import { Tailnet } from './tailnet.ts';
import { meshWaysKept } from './mesh-view.ts';
import type { FilterVerdictView, FlowQuestion, NodeAudit, NodeConfig, NodeInput, NodeView, TailnetNodeConfig } from './types.ts';
import { UnderlaySocket } from './underlay-socket.ts';
import { buildView, stoppedView, type ViewCache } from './view.ts';

export interface NodeInit {
  readonly rng: Rng;
  /** The memory that the packet thread writes. */
  readonly counters: Counters;
  /** Fresh for each start. Undefined: only static networks. */
  readonly createMachines?: () => TailnetMachines;
  /** Undefined: the product's. */
  readonly createNetmon?: (rng: Rng) => NetmonLike;
  /** Takes WireGuard packets that a relay brought, for the packet thread. `bytes` are valid only during the call. */
  readonly relayed?: (region: number, peer: PeerId, bytes: Uint8Array) => void;
}

type Life =
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'running';
      readonly config: NodeConfig;
      readonly startedAt: Instant;
      readonly peers: ReadonlyMap<PeerId, NodePeer>;
      readonly ladder: RepairLadder;
      /** Of a tailnet. */
      readonly tailnet: Tailnet | undefined;
    };
type Running = Extract<Life, { kind: 'running' }>;

const EFFECTS_WAITING = 65_536;

export class Node implements Machine<NodeInput, Effect> {
  readonly #init: NodeInit;
  readonly #effects = new RingQueue<Effect>(EFFECTS_WAITING);
  readonly #timers = new TimerTable<'watch'>(['watch'], 'node');
  readonly #echoes = new Echoes();
  readonly #history = new History();
  readonly #filterMemory = new FilterMemory();
  readonly #socket = new UnderlaySocket({ history: this.#history, wall: (at) => this.#wallAt(at), warn: (text) => this.#log('warn', text) });
  readonly #ids: PeerIds;
  readonly #watch: NetworkWatch;
  readonly #shown: ViewCache = new WeakMap();
  #life: Life = { kind: 'stopped' };
  #wallOffset: Duration = 0;
  readonly #os: OsKeeper;
  #watchFrom = 0;
  /** Of the input or deadline that is worked on. */
  #now = instant(0);
  #changed = false;

  constructor(init: NodeInit) {
    this.#init = init;
    this.#ids = new PeerIds(init.counters.rows);
    this.#watch = new NetworkWatch({
      rng: init.rng,
      createNetmon: init.createNetmon,
      history: this.#history,
      wall: (at) => this.#wallAt(at),
      command: (command) => this.#emit({ kind: 'os-watch', command }),
      log: (level, text) => this.#emit({ kind: 'log', level, area: 'network', text }),
      network: (state, now) => this.#network(state, now),
      slightly: (now) => this.#mesh?.lookAgain(now),
      families: (families, now) => this.#mesh?.setFamilies(families, now),
      gateway: (gateway, now) => this.#mesh?.gateway(gateway, now),
      local: (endpoints, now) => this.#mesh?.setLocal(endpoints, now),
      device: (truth) => this.#os.deviceIs(truth, this.#now),
      cutOff: () => (this.#life.kind === 'running' ? [...this.#life.peers.values()].filter(({ standing }) => standing.kind === 'live').map(({ name }) => name) : []),
    });
    this.#os = new OsKeeper({
      rng: init.rng,
      history: this.#history,
      wall: (at) => this.#wallAt(at),
      ask: (ask) => this.#emit({ kind: 'os-guard', ask }),
      warn: (text) => this.#log('warn', text),
    });
  }

  handle(input: NodeInput, now: Instant): void {
    this.#now = now;
    switch (input.kind) {
      case 'start':
        this.#start(input.config, input.wall, now);
        break;
      case 'stop':
        this.#stop(now);
        break;
      case 'fact':
        if (input.fact.kind === 'peer-removed') this.#ids.drained(input.fact.peer);
        else if (this.#life.kind === 'running') this.#takeFact(this.#life, input.fact, now);
        break;
      case 'slept':
        this.#setWall(input.wall, now);
        if (this.#life.kind === 'running') this.#life.ladder.beginRound(input.forMs, now);
        this.#control({ kind: 'slept', forMs: input.forMs, wall: input.wall }, now);
        this.#mesh?.slept(input.forMs, now);
        this.#watch.handle({ kind: 'slept' }, now);
        this.#os.told({ kind: 'look' }, now);
        break;
      case 'wall-clock':
        this.#setWall(input.wall, now);
        this.#control(input, now);
        break;
      case 'watch':
        if (input.on) this.#timers.setIfIdle('watch', now);
        else this.#timers.clear('watch');
        return;
      case 'ping':
        this.#ping(input.peer, input.request, now);
        return;
      case 'check':
        if (this.#life.kind === 'running') this.#check(this.#life, input.peer, now);
        break;
      case 'endpoint-found':
        if (this.#life.kind === 'running') this.#endpointFound(this.#life, input.peer, input.endpoint);
        break;
      case 'os-set':
        this.#os.set(input.device, input.routes, input.desired, now);
        break;
      case 'os-refused':
        this.#os.refused(input.device, input.why, now);
        break;
      case 'control-link':
        this.#control({ kind: 'link', event: input.event }, now);
        break;
      case 'os':
        if (input.told.kind === 'event') this.#os.told(input.told, now);
        if (!this.#watch.handle(input.told, now)) return;
        break;
      case 'os-guard':
        this.#os.told(input.told, now);
        break;
      case 'network':
        this.#network(input.state, now);
        break;
      case 'local-endpoints':
        this.#mesh?.setLocal(input.endpoints, now);
        break;
      case 'families':
        this.#mesh?.setFamilies(input, now);
        break;
      case 'gateway':
        this.#mesh?.gateway(input, now);
        break;
      case 'gateway-datagram':
        this.#mesh?.gateway({ kind: 'datagram', ...input.datagram }, now);
        break;
      case 'relay-link':
        // Bulk: what it changes for a screen is told by the mesh.
        this.#mesh?.relayLink(input.event, now);
        return;
      case 'resolved':
        this.#mesh?.resolved(input.host, input.addresses, now);
        break;
      case 'web-answered':
        this.#mesh?.webAnswered(input.id, input.latencyMs, input.portal, now);
        break;
      case 'try-direct':
        this.#mesh?.tellPaths(input, now);
        break;
      case 'netcheck':
        if (this.#mesh === undefined) this.#emit({ kind: 'netchecked', request: input.request });
        else this.#mesh.check(input.request, now);
        return;
      case 'retry-server':
        this.#control({ kind: 'retry' }, now);
        this.#mesh?.retry(now);
        break;
      case 'sign-in':
      case 'sign-out':
      case 'accept-server-key':
      case 'host-facts':
        this.#control(input, now);
        break;
      default:
        return input satisfies never;
    }
    this.#changed = true;
  }

  poll(): Effect | undefined {
    const effect = this.#effects.shift();
    if (effect !== undefined) return effect;
    if (!this.#changed) return undefined;
    this.#changed = false;
    return { kind: 'changed' };
  }

  nextDeadline(): Deadline | undefined {
    const own = earlier(earlier(this.#timers.next(), this.#echoes.next()), earlier(this.#watch.nextDeadline(), this.#os.nextDeadline()));
    return this.#life.kind === 'running' ? earlier(earlier(own, this.#life.ladder.nextDeadline()), this.#life.tailnet?.nextDeadline()) : own;
  }

  expire(now: Instant): void {
    this.#now = now;
    for (let lost = this.#echoes.takeLost(now); lost !== undefined; lost = this.#echoes.takeLost(now)) this.#echoLost(lost, now);
    if (this.#timers.takeDue(now) === 'watch') {
      this.#timers.set('watch', after(now, WATCH_EVERY));
      if (this.#life.kind === 'running') this.#probeWatched(this.#life, now);
    }
    const due = this.#life.kind === 'running' ? this.#life.ladder.nextDeadline() : undefined;
    if (this.#life.kind === 'running' && due !== undefined && due.at <= now) {
      this.#life.ladder.expire(now);
      this.#changed = true;
    }
    if (this.#life.kind === 'running') this.#expireTailnet(this.#life, now);
    if (this.#watch.expire(now)) this.#changed = true;
    if (this.#os.expire(now)) this.#changed = true;
  }

  get teardowns(): number {
    return this.#life.kind === 'running' ? this.#life.ladder.teardowns + (this.#life.tailnet?.mesh.machines.relays.teardowns ?? 0) : 0;
  }

  /** All that are shown, in that order. */
  peerIds(): PeerId[] {
    return this.#life.kind === 'running' ? [...this.#life.peers.keys()] : [];
  }

  /** By name, overlay address or public key; undefined when no peer has it. */
  peerNamed(text: string): PeerId | undefined {
    if (this.#life.kind === 'stopped') return undefined;
    const address = parseIp(text);
    for (const peer of this.#life.peers.values()) {
      if (peer.name === text || peer.config.publicKey.toString() === text) return peer.id;
      if (address === undefined) continue;
      const owns = peer.config.allowedIps.some((p) => p.bits === (p.address.family === 4 ? 32 : 128) && equalIp(p.address, address));
      if (owns) return peer.id;
    }
    return undefined;
  }

  /** What a report tells beside the view. */
  audit(): NodeAudit {
    return { kept: this.#os.audit(), ways: this.#life.kind === 'running' && this.#mesh !== undefined ? meshWaysKept(this.#mesh, this.#life.peers.values()) : [] };
  }

  /** What the filter does with a new flow to or from this peer; undefined when there is no such peer. */
  whyFlow(id: PeerId, question: FlowQuestion): FilterVerdictView | undefined {
    const peer = this.#life.kind === 'running' ? this.#life.peers.get(id) : undefined;
    return peer === undefined ? undefined : this.#filterMemory.why(id, peer.name, question);
  }

  /** WireGuard packets that the packet thread wants relayed; `flushRelayed` after a run of them. `bytes` are valid only during the call. */
  sendRelayed(region: number, peer: PeerId, bytes: Uint8Array, now: Instant): void {
    this.#mesh?.sendRelayed(region, peer, bytes, now);
  }

  flushRelayed(now: Instant): void {
    this.#mesh?.flush(now);
  }

  view(now: Instant): NodeView {
    if (this.#life.kind === 'stopped') return stoppedView(this.#history, now);
    const { config, peers, ladder, startedAt, tailnet } = this.#life;
    const self =
      config.kind === 'static'
        ? { name: config.name, publicKey: config.publicKey.toString(), addresses: config.addresses }
        : { name: config.name, publicKey: tailnet?.publicKey?.toString() ?? '', addresses: tailnet?.addresses ?? [] };
    return buildView(
      { self, mesh: tailnet?.mesh, account: tailnet?.account(), wallOffset: this.#wallOffset, cache: this.#shown, peers: [...peers.values()], counters: this.#init.counters, ladder, history: this.#history, port: this.#socket.port, underlayError: this.#socket.error, startedAt, os: this.#os.truth(), osView: this.#os.view() },
      now,
    );
  }

  #start(config: NodeConfig, wall: WallTime, now: Instant): void {
    this.#stop(now);
    this.#wallOffset = wall - now;
    const peers = new Map<PeerId, NodePeer>();
    const ladder = new RepairLadder({
      peers,
      counters: this.#init.counters,
      history: this.#history,
      command: (command) => this.#command(command),
      probe: (peer, at) => this.#probe(peer, { kind: 'suspicion' }, at),
      wall: (at) => this.#wallAt(at),
    });
    this.#command({ kind: 'wall-clock', at: now, wall });
    if (config.kind === 'tailnet') {
      const tailnet = this.#createTailnet(config, peers, ladder);
      this.#life = { kind: 'running', config, startedAt: now, peers, ladder, tailnet };
      tailnet.begin(wall, now);
      if (this.#socket.port !== undefined) tailnet.mesh.bound(this.#socket.port, now);
      this.#watch.restate(now);
      return;
    }
    this.#command({ kind: 'set-filter', filter: { kind: 'off' } });
    config.peers.forEach((peer, i) => {
      this.#ids.claim(i as PeerId);
      peers.set(i as PeerId, new NodePeer(i as PeerId, peer, this.#init.rng, now));
    });
    this.#life = { kind: 'running', config, startedAt: now, peers, ladder, tailnet: undefined };
    this.#command({ kind: 'identity', privateKey: config.privateKey.bytes, addresses: config.addresses, mtu: config.mtu });
    for (const peer of peers.values()) {
      const { publicKey, presharedKey, endpoint, allowedIps, persistentKeepaliveMs } = peer.config;
      this.#command({
        kind: 'put-peer',
        peer: {
          id: peer.id,
          publicKey: publicKey.bytes,
          ...(presharedKey === undefined ? {} : { presharedKey: presharedKey.bytes }),
          ...(endpoint === undefined ? {} : { endpoint }),
          allowedIps,
          persistentKeepaliveMs,
          roaming: 'follow',
        },
      });
    }
    ladder.beginRound(undefined, now);
  }

  #createTailnet(config: TailnetNodeConfig, peers: Map<PeerId, NodePeer>, ladder: RepairLadder): Tailnet {
    const { createMachines, rng, relayed } = this.#init;
    if (createMachines === undefined) throw new Error('a node without the machines of a tailnet was started with one');
    const command = (value: DataplaneCommand): void => this.#command(value);
    const machines = createMachines();
    const mesh = new Mesh({
      machines,
      discoKey: config.discoKey,
      peers,
      history: new MeshHistory(this.#history, (at) => this.#wallAt(at)),
      command,
      emit: (effect) => this.#emit(effect),
      changed: () => void (this.#changed = true),
      tell: (input, at) => this.#control(input, at),
      restarted: (peer, at) => ladder.restarted(peer, at),
      probe: (peer, token, via, at) => this.#probe(peer, { kind: 'path', token }, at, via),
      relayed: relayed ?? ((): void => {}),
    });
    return new Tailnet({
      config,
      control: machines.control,
      mesh,
      peers: new TailnetPeers({ peers, ids: this.#ids, ladder, mesh, rng, acceptRoutes: config.acceptRoutes, command }),
      limit: this.#ids.limit,
      ladder,
      history: this.#history,
      command,
      emit: (effect) => {
        // What is taken back is no truth any more.
        if (effect.kind === 'overlay' && effect.overlay === null) this.#os.forget(this.#now);
        this.#emit(effect);
      },
    });
  }

  get #mesh(): Mesh | undefined {
    return this.#life.kind === 'running' ? this.#life.tailnet?.mesh : undefined;
  }

  #network(state: 'down' | 'up' | 'changed', now: Instant): void {
    this.#control({ kind: 'network', now: state }, now);
    this.#mesh?.network(state, now);
    if (this.#life.kind === 'running') this.#life.ladder.network(state, now);
    this.#os.told({ kind: 'look' }, now);
    if (this.#life.kind === 'running' && state !== 'down') this.#proveAnew(this.#life, now);
  }

  #control(input: ControlInput, now: Instant): void {
    if (this.#life.kind === 'running') this.#life.tailnet?.input(input, now);
  }

  #expireTailnet(life: Running, now: Instant): void {
    const due = life.tailnet?.nextDeadline();
    if (due === undefined || due.at > now) return;
    life.tailnet?.expire(now);
    this.#changed = true;
  }

  /** Another network: whoever was heard gets a packet in its session at once, so that it follows us; who does not answer is
   *  asked as after any silence. The rest is asked when there is something to send. */
  #proveAnew(life: Running, now: Instant): void {
    for (const peer of life.peers.values()) {
      if (peer.standing.kind === 'never' || !peer.isReachable) continue;
      if (!this.#probe(peer, { kind: 'suspicion' }, now)) this.#command({ kind: 'initiate', peer: peer.id });
    }
  }

  #stop(now: Instant): void {
    if (this.#life.kind === 'stopped') return;
    this.#life.ladder.stop(now);
    for (const echo of this.#echoes.forgetAll()) if (echo.purpose.kind === 'ping') this.#emit({ kind: 'pinged', request: echo.purpose.request, latencyMs: undefined, via: undefined });
    this.#life.tailnet?.end(now);
    this.#command({ kind: 'forget-sessions' });
    for (const id of this.#life.peers.keys()) {
      this.#command({ kind: 'remove-peer', peer: id });
      this.#ids.removing(id);
      this.#ids.giveBack(id);
    }
    this.#os.forget(now);
    this.#life = { kind: 'stopped' };
  }

  #takeFact(life: Running, fact: Exclude<DataplaneFact, { kind: 'peer-removed' }>, now: Instant): void {
    if (fact.kind === 'under-load') {
      this.#log('debug', fact.on ? 'handshakes arrive faster than they can be answered: asking senders for cookies' : 'handshake load is normal again');
      return;
    }
    if (fact.kind === 'underlay') {
      this.#socket.told(fact, now);
      if (fact.state.kind !== 'bound') return;
      life.tailnet?.mesh.bound(fact.state.port, now);
      this.#watch.bound(fact.state.port, now);
      return;
    }
    if (fact.kind === 'datagram') {
      life.tailnet?.mesh.datagram(fact.from, fact.bytes, now);
      return;
    }
    const peer = life.peers.get(fact.peer);
    if (peer === undefined || !this.#ids.isSettled(fact.peer)) return;
    switch (fact.kind) {
      case 'session':
        peer.handshakes++;
        if (fact.rttMs !== undefined) peer.noteLatency(now, fact.rttMs);
        // The first handshake's time is mostly start-up on both sides: measure once what packets will see.
        if (peer.handshakes === 1 && fact.role === 'initiator') this.#probe(peer, { kind: 'watch' }, now);
        this.#tellDiscoKey(life, peer);
        life.ladder.sessionBegan(peer, fact, now);
        life.ladder.recovered(peer, fact.role === 'initiator' && fact.attempts === 1 && fact.replaced === 'live' ? 'lost-session' : 'new-session', now);
        return;
      case 'endpoint':
        peer.endpoint = fact.endpoint;
        peer.followed = true;
        if (fact.previous !== undefined) life.ladder.moved(peer, formatEndpoint(fact.previous), formatEndpoint(fact.endpoint), fact.silentForMs, now);
        return;
      case 'suspect':
        life.ladder.suspected(peer, fact.since, now);
        life.tailnet?.input({ kind: 'ask-standing' }, now);
        life.tailnet?.mesh.tellPaths({ kind: 'suspect', peer: peer.id }, now);
        life.tailnet?.mesh.unanswered(peer.id, now);
        return;
      case 'active':
        life.tailnet?.mesh.tellPaths({ kind: 'active', peer: peer.id }, now);
        return;
      case 'arrival':
        life.tailnet?.mesh.tellPaths({ kind: 'heard', peer: peer.id, via: fact.via }, now);
        return;
      case 'disco-key':
        life.tailnet?.mesh.tellPaths({ kind: 'disco-key', peer: peer.id, key: fact.key }, now);
        return;
      case 'answered':
        life.ladder.recovered(peer, 'same-session', now);
        return;
      case 'handshake-sent':
        life.ladder.handshakeSent(peer, fact.attempt, now);
        if (fact.attempt >= DOUBT_RELAY_AFTER) life.tailnet?.mesh.unanswered(peer.id, now);
        return;
      case 'handshake-gave-up':
        life.ladder.gaveUp(peer, now);
        return;
      case 'probe-answered':
        this.#echoAnswered(peer, fact, now);
        return;
      case 'flow-refused':
        this.#filterMemory.noteRefused(fact);
        return;
      case 'session-ended':
        return;
      default:
        return fact satisfies never;
    }
  }

  /** Others take a disco key that they hear of from the server for a restart of ours, and end the session that we just made. Told
   *  in the session, it is no news any more when the server tells it. */
  #tellDiscoKey(life: Running, peer: NodePeer): void {
    if (life.config.kind !== 'tailnet' || peer.fromMap === undefined || peer.fromMap.node.wireGuardOnly) return;
    const to = peer.probeAddress(addressesOf(life));
    if (to !== undefined) this.#command({ kind: 'tell-disco-key', peer: peer.id, to, key: life.config.control.discoKey });
  }

  #endpointFound(life: Running, id: PeerId, endpoint: IpEndpoint): void {
    const peer = life.peers.get(id);
    const before = peer?.endpoint;
    if (peer === undefined || (before !== undefined && before.port === endpoint.port && equalIp(before.address, endpoint.address))) return;
    peer.endpoint = endpoint;
    peer.followed = false;
    this.#command({ kind: 'set-endpoint', peer: id, endpoint });
    this.#command({ kind: 'initiate', peer: id });
    if (before !== undefined) life.ladder.resolvedAnew(peer, formatEndpoint(before), formatEndpoint(endpoint));
  }

  #check(life: Running, only: PeerId | undefined, now: Instant): void {
    for (const peer of life.peers.values()) {
      if (only !== undefined && peer.id !== only) continue;
      // Of a map, which may have thousands: all means all that were ever heard.
      if (only === undefined && peer.fromMap !== undefined && peer.standing.kind === 'never') continue;
      if (peer.isReachable) this.#command({ kind: 'initiate', peer: peer.id });
      this.#probe(peer, { kind: 'watch' }, now);
    }
  }

  #ping(id: PeerId, request: number, now: Instant): void {
    const peer = this.#life.kind === 'running' ? this.#life.peers.get(id) : undefined;
    if (peer === undefined || !this.#probe(peer, { kind: 'ping', request }, now)) this.#emit({ kind: 'pinged', request, latencyMs: undefined, via: undefined });
  }

  /** Live peers in turn, at most WATCH_PEERS a round, and only those that are not known to ignore probes. */
  #probeWatched(life: Running, now: Instant): void {
    const all = [...life.peers.values()];
    const round = Math.min(all.length, WATCH_PEERS);
    for (let i = 0; i < round; i++) {
      const peer = all[(this.#watchFrom + i) % all.length];
      if (peer !== undefined && peer.standing.kind === 'live' && peer.mayProbe(now)) this.#probe(peer, { kind: 'watch' }, now);
    }
    this.#watchFrom = all.length === 0 ? 0 : (this.#watchFrom + round) % all.length;
  }

  /** False when this peer cannot be probed (no host address of our family) or too many echoes are on their way. */
  #probe(peer: NodePeer, purpose: EchoPurpose, now: Instant, via?: Via): boolean {
    const to = this.#life.kind === 'running' && peer.fromMap?.expired !== true ? peer.probeAddress(addressesOf(this.#life)) : undefined;
    const token = to === undefined ? undefined : this.#echoes.begin(peer.id, purpose, now);
    if (to === undefined || token === undefined) return false;
    peer.noteProbed(now);
    // A node of a tailnet answers for itself, whatever its system's firewall and our rules say.
    const form = peer.fromMap === undefined || peer.fromMap.node.wireGuardOnly ? 'echo' : 'tsmp';
    this.#command({ kind: 'probe', peer: peer.id, to, token, form, ...(via === undefined ? {} : { via }) });
    return true;
  }

  #echoAnswered(peer: NodePeer, { token, rttMs, via }: Extract<DataplaneFact, { kind: 'probe-answered' }>, now: Instant): void {
    const echo = this.#echoes.answered(token);
    if (echo === undefined) return;
    peer.noteProbeAnswered(now, rttMs);
    if (echo.purpose.kind === 'ping') this.#emit({ kind: 'pinged', request: echo.purpose.request, latencyMs: rttMs, via });
    if (echo.purpose.kind === 'path') this.#mesh?.tellPaths({ kind: 'probe-answered', token: echo.purpose.token }, now);
  }

  #echoLost(echo: SentEcho, now: Instant): void {
    if (echo.purpose.kind === 'ping') this.#emit({ kind: 'pinged', request: echo.purpose.request, latencyMs: undefined, via: undefined });
    const peer = this.#life.kind === 'running' ? this.#life.peers.get(echo.peer) : undefined;
    if (peer === undefined) return;
    const heard = this.#init.counters.readAt(peer.id, 'lastAuthenticAt');
    peer.noteProbeLost(now, heard !== undefined && heard > after(echo.until, -ECHO_DEADLINE));
    this.#changed = true;
  }

  #setWall(wall: WallTime, now: Instant): void {
    this.#wallOffset = wall - now;
    this.#command({ kind: 'wall-clock', at: now, wall });
  }

  #wallAt(now: Instant): WallTime {
    return (now + this.#wallOffset) as WallTime;
  }

  #command(command: DataplaneCommand): void {
    this.#filterMemory.note(command);
    this.#emit({ kind: 'dataplane', command });
  }

  #log(level: 'warn' | 'debug', text: string): void {
    this.#emit({ kind: 'log', level, area: 'node', text });
  }

  #emit(effect: Effect): void {
    if (!this.#effects.push(effect)) throw new Error('effects are not drained: the interpreter must poll after each input');
  }
}

function addressesOf(life: Running): readonly IpAddress[] {
  return life.config.kind === 'static' ? life.config.addresses : (life.tailnet?.addresses ?? []);
}
