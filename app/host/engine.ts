/**
 * The connection engine of a host: a Node in this thread, the packet path beside it, and the answers that screens and
 * commands ask for. Electron main, the headless host and the sandbox start it; they reach it as an EnginePort.
 *
 * Nobody watching, it wakes only at deadlines and for facts.
 */
import os from 'node:os';
import { deflateRawSync } from 'node:zlib';
import type { AccountEntry, CommandResult, Diagnostics, FlowProtocol, Netcheck, Patch, PingReply, SandboxView, ShellView, Snapshot, Status, TunnelLack, WhyAnswer } from '../api/schema.ts';
import { toNetcheck } from '../api/netcheck.ts';
import { toSnapshot } from '../api/snapshot.ts';
import { toHistory, toStatus } from '../api/status.ts';
import { refusal, type Refusal } from '../api/answers.ts';
import { protocolNumber, toWhy } from '../api/why.ts';
import type { PeerId } from '../base/brand.ts';
import type { EndpointTable } from '../base/endpoints.ts';
import { formatEndpoint, type IpEndpoint } from '../base/ip.ts';
import type { Via } from '../base/via.ts';
import type { NodeConfig } from '../node/types.ts';
import { Counters, countersBytes, MAX_PEERS } from '../ports/counters.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import type { DatagramsFactory } from '../ports/datagrams.ts';
import type { Effect } from '../ports/effects.ts';
import type { OsTold, OsWatchCommand } from '../ports/os-watch.ts';
import type { Log } from '../ports/log.ts';
import type { DesiredOs, GuardAsk, GuardTold } from '../ports/os-state.ts';
import { LANE_FRAMES, type RelayCarrier } from '../ports/relay-lane.ts';
import { RELAY_RING_BYTES, RelayRing, type RelayRings } from '../ports/relay-ring.ts';
import { RecordedNode } from '../recorder/recorded-node.ts';
import { formatRecording } from '../recorder/recording.ts';
import type { Duration, Instant } from '../time/instant.ts';
import type { PowerEvent } from '../time/sleep-detector.ts';
import type { HostClock } from './clock.ts';
import { createOsRng } from './crypto/os-rng.ts';
import { createSodiumCrypto } from './crypto/sodium-crypto.ts';
import type { Answer, EnginePort } from './engine-port.ts';
import { PacketKeeper } from './packet-keeper.ts';
import type { PacketThreadShared, StartPacketThread } from './packet-thread.ts';
import { PatchFeed } from './patch-feed.ts';
import { openPortTun, type PortTunFar } from './portable/port-tun.ts';
import { Runner } from './runner.ts';
import { sameThread } from './same-thread.ts';
import type { ControlLinkPort, GatewayLinkPort, RelayLinkPort, TailnetHost, TailnetInput, WebProbe } from './tailnet-host.ts';
import { LoopDelay } from './loop-delay.ts';
import { WakeUps } from './wake-ups.ts';
import type { DeviceFar } from './worker/open-device.ts';
import { inWorker } from './worker/portable-link.ts';

/** Longer than a whole check takes. */
const NETCHECK_WITHIN: Duration = 12_000;

/** Packets for relays before this thread looks at anything else. */
const RELAYED_A_TURN = 256;

export interface EngineOptions {
  /** Undefined: the engine runs without a network until `restart` gives it one. */
  readonly config: NodeConfig | undefined;
  /** UDP; 0: a free one. */
  readonly listenPort: number;
  /** A port that cannot be had is no reason not to start. */
  readonly orAnyPort?: boolean;
  /** The far end; the engine connects to it, anew after a crash of the packet thread. */
  readonly tun: PortTunFar | DeviceFar;
  readonly log: Log;
  readonly clock: HostClock;
  /** A function makes another kind, such as the fast one of Linux. */
  readonly packetThread: 'worker' | 'same-thread' | ((shared: PacketThreadShared) => StartPacketThread);
  /** Whom the UDP sockets hear; `loopback` in a sandbox. */
  readonly reach?: 'anywhere' | 'loopback';
  readonly version: string;
  /** For a tailnet; absent where only static networks are started. */
  readonly tailnet?: TailnetHost;
  /** Kept accounts; absent where no server is used. */
  readonly accounts?: () => AccountEntry[];
  /** What a sandbox offers to break; absent in a real network. */
  readonly sandbox?: () => SandboxView;
  /** What surrounds the engine; absent where that is a command line only. */
  readonly shell?: () => ShellView;
  /** Why packets of programs do not reach the network; absent where they do. */
  readonly tunnelLack?: TunnelLack;
  /** Obeys what the node asks of the system's network, in order; answers go to `osTold`, later. Absent: nobody watches. */
  readonly osWatch?: (command: OsWatchCommand) => void;
  /** Looks at the system, repairs it and proves it: what was set up (`osSet` with `desired`) is asked for here, and answered by `guardTold`, later. */
  readonly osGuard?: (ask: GuardAsk) => void;
  /** Hears every fact of the packet thread, after the node. */
  readonly onFact?: (fact: DataplaneFact) => void;
  /** Replaces UDP, in tests with `same-thread`. */
  readonly datagrams?: (endpoints: EndpointTable, counters: Counters) => DatagramsFactory;
}

/** Starts an engine: its socket is bound when this resolves. Rejects with a StartError that says what to do. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const engine = new Engine(options);
  await engine.begin();
  return engine;
}

export class Engine implements EnginePort {
  readonly #options: EngineOptions;
  readonly #startedAt: Instant;
  /** Wall time at which a person last read the history by the command line. */
  #lookedAt: number | undefined;
  readonly #controlLink: ControlLinkPort | undefined;
  readonly #relayLink: RelayLinkPort | undefined;
  readonly #gatewayLink: GatewayLinkPort | undefined;
  readonly #counters: Counters;
  readonly #relays: RelayRings = { toRelays: new RelayRing(new SharedArrayBuffer(RELAY_RING_BYTES)), fromRelays: new RelayRing(new SharedArrayBuffer(RELAY_RING_BYTES)) };
  readonly #eventWakeUps = new WakeUps();
  readonly #loop = new LoopDelay();
  readonly #packetWakeUps = new WakeUps(WakeUps.shared());
  readonly #node: RecordedNode;
  readonly #runner: Runner;
  readonly #packets: PacketKeeper;
  readonly #feed: PatchFeed;
  readonly #pings = new Map<number, (latencyMs: number | undefined, via: Via | undefined) => void>();
  readonly #netchecks = new Map<number, () => void>();
  #netchecksAsked = 0;
  #pingsAsked = 0;
  #stopping: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    const { clock, config, log } = options;
    const rng = createOsRng();
    this.#options = options;
    this.#startedAt = clock.now();
    if (config?.kind === 'static' && config.peers.length > MAX_PEERS) throw new RangeError(`a node has at most ${MAX_PEERS} peers, not ${config.peers.length}`);
    this.#counters = new Counters(MAX_PEERS, new SharedArrayBuffer(countersBytes(MAX_PEERS)));
    const { tailnet } = options;
    this.#node = new RecordedNode({
      version: options.version,
      rng,
      crypto: createSodiumCrypto(),
      counters: this.#counters,
      pack: (bytes) => deflateRawSync(bytes),
      ...(tailnet === undefined ? {} : { createMachines: (ports) => tailnet.createMachines(ports), relayed: (region, peer, bytes) => this.#toPackets(region, peer, bytes) }),
    });
    this.#controlLink = tailnet?.openControlLink((event) => this.#runner.feed({ kind: 'control-link', event }));
    this.#relayLink = tailnet?.openRelayLink((event) => this.#runner.feed({ kind: 'relay-link', event }), this.#carrier());
    this.#gatewayLink = tailnet?.openGatewayLink?.((datagram) => this.#runner.feed({ kind: 'gateway-datagram', datagram }));
    this.#packets = new PacketKeeper({
      start: this.#packetThread(),
      clock,
      rng,
      log,
      events: { facts: (facts) => this.#heard(facts), slept: (forMs) => this.#runner.slept(forMs), relayedWaits: () => this.#moveRelayed(), lane: (event) => this.#relayLink?.lane(event) },
      lost: () => this.#relayLink?.lanesLost(),
      recreated: () => {
        // The old thread may have ended between taking note that we sleep and waking us.
        this.#moveRelayed();
        this.#runner.feed({ kind: 'check', peer: undefined });
      },
    });
    this.#runner = new Runner({
      node: this.#node,
      clock,
      wakeUps: this.#eventWakeUps,
      loop: this.#loop,
      commands: (commands) => this.#packets.send(commands),
      effect: (effect) => this.#interpret(effect),
      onSlept: () => this.#packets.clockMoved(),
    });
    this.#feed = new PatchFeed({
      make: (revision) => this.#snapshot(revision),
      now: () => clock.now(),
      wall: () => clock.wall(),
      movement: () => this.#movement(),
      watched: (on) => this.#runner.feed({ kind: 'watch', on }),
      wakeUps: this.#eventWakeUps,
      loop: this.#loop,
    });
  }

  /** Once, by `startEngine`. */
  async begin(): Promise<void> {
    const { config, listenPort, orAnyPort, clock } = this.#options;
    await this.#packets.start(listenPort, orAnyPort);
    this.#moveRelayed();
    if (config !== undefined) this.#runner.feed({ kind: 'start', config, wall: clock.wall() });
  }

  snapshot(): Snapshot {
    return this.#feed.snapshot();
  }

  subscribe(onPatch: (patch: Patch) => void): () => void {
    return this.#feed.subscribe(onPatch);
  }

  watch(): () => void {
    return this.#feed.watch();
  }

  async ping(text: string, seq: number): Promise<Answer<{ peer: string; reply: PingReply | null }>> {
    const peer = this.#node.peerNamed(text);
    if (peer === undefined) return this.#unknownPeer(text);
    const request = this.#pingsAsked++;
    const { latencyMs, via } = await new Promise<{ readonly latencyMs: number | undefined; readonly via: Via | undefined }>((resolve) => {
      this.#pings.set(request, (latencyMs, via) => resolve({ latencyMs, via }));
      this.#runner.feed({ kind: 'ping', peer, request });
    });
    const { peers, relays } = this.#snapshot(0);
    const view = peers.find((candidate) => candidate.id === peer);
    const name = view?.name ?? text;
    if (latencyMs === undefined || view === undefined) return { ok: true, value: { peer: name, reply: null } };
    // The way that this very answer came; packets may go another way by now.
    const path = via === undefined ? { kind: view.path.kind, via: view.path.via } : { kind: via.kind, via: via.kind === 'direct' ? formatEndpoint(via.endpoint) : (relays.find(({ region }) => region === via.region)?.code ?? String(via.region)) };
    return { ok: true, value: { peer: name, reply: { seq, latencyMs, path } } };
  }

  power(event: PowerEvent): void {
    if (this.#stopping === undefined) this.#runner.power(event);
  }

  check(text: string | null): Answer<{ asked: number }> {
    const peer = text === null ? undefined : this.#node.peerNamed(text);
    if (text !== null && peer === undefined) return this.#unknownPeer(text);
    this.#packets.revive();
    this.#runner.feed({ kind: 'check', peer });
    if (peer === undefined) this.#runner.feed({ kind: 'retry-server' });
    return { ok: true, value: { asked: peer === undefined ? this.#node.peerIds().length : 1 } };
  }

  tryDirect(text: string | null): Answer<{ asked: number }> {
    const peer = text === null ? undefined : this.#node.peerNamed(text);
    if (text !== null && peer === undefined) return this.#unknownPeer(text);
    const { account, peers } = this.#snapshot(0);
    if (account === null) return refusal('no-map', 'answer.no-map');
    this.#runner.feed({ kind: 'try-direct', peer });
    return { ok: true, value: { asked: peer === undefined ? peers.filter(({ path }) => path.kind === 'relay').length : 1 } };
  }

  async netcheck(): Promise<Answer<Netcheck>> {
    const request = this.#netchecksAsked++;
    const done = await new Promise<boolean>((resolve) => {
      const late = setTimeout(() => resolve(false), NETCHECK_WITHIN);
      this.#netchecks.set(request, () => {
        clearTimeout(late);
        resolve(true);
      });
      this.#runner.feed({ kind: 'netcheck', request });
    });
    this.#netchecks.delete(request);
    if (!done) return refusal('not-measured', 'answer.not-measured', { seconds: NETCHECK_WITHIN / 1_000 });
    return { ok: true, value: toNetcheck(this.#snapshot(0)) };
  }

  why(text: string, flow: { readonly protocol: FlowProtocol; readonly port: number } | undefined): Answer<WhyAnswer> {
    const id = this.#node.peerNamed(text);
    if (id === undefined) return this.#unknownPeer(text);
    const snapshot = this.#snapshot(0);
    const peer = snapshot.peers.find((candidate) => candidate.id === id);
    if (peer === undefined) return this.#unknownPeer(text);
    const verdict = flow === undefined ? undefined : this.#node.whyFlow(id, { protocol: protocolNumber(flow.protocol), port: flow.port });
    return { ok: true, value: toWhy(peer, flow, verdict, snapshot.now) };
  }

  status(verbose: boolean): Status {
    const snapshot = this.#snapshot(0);
    return toStatus(snapshot, verbose ? this.#program() : undefined);
  }

  diagnostics(): Diagnostics {
    const system = `${os.type()} ${os.release()} ${process.arch}, Node ${process.versions.node}`;
    return { snapshot: this.#snapshot(0), ...this.#node.audit(), program: { ...this.#program(), system, loop: this.#loop.view() }, recording: formatRecording(this.#node.recording()) };
  }

  #program(): NonNullable<Status['verbose']> {
    return {
      version: this.#options.version,
      uptimeSeconds: Math.round((this.#options.clock.now() - this.#startedAt) / 100) / 10,
      refusals: { ...this.#counters.refusals() },
      wakeups: { ...named('event', this.#eventWakeUps), ...named('packets', this.#packetWakeUps) },
      teardowns: this.#node.teardowns,
      memoryBytes: process.memoryUsage.rss(),
    };
  }

  history(sinceMs?: number, look = false): CommandResult<'history'> {
    const snapshot = this.#snapshot(0);
    const told = toHistory(snapshot, sinceMs, this.#lookedAt);
    if (look) this.#lookedAt = snapshot.wall;
    return told;
  }

  /** The sandbox's suspend: every clock of this engine jumps as after a real one. */
  simulateSleep(forMs: Duration): void {
    this.#options.clock.simulateSleep(forMs);
    this.#packets.clockMoved();
    this.#runner.checkClock();
  }

  /** The name of this peer's endpoint was resolved. */
  endpointFound(peer: PeerId, endpoint: IpEndpoint): void {
    this.#runner.feed({ kind: 'endpoint-found', peer, endpoint });
  }

  /** Begins anew with another configuration, such as another account. The packet thread and its socket stay. */
  restart(config: NodeConfig): void {
    this.#runner.feed({ kind: 'start', config, wall: this.#options.clock.wall() });
  }

  /** Ends the network, not the engine: signed out of the last account. */
  idle(): void {
    this.#runner.feed({ kind: 'stop' });
  }

  tell(input: TailnetInput): void {
    this.#runner.feed(input);
  }

  /** Answers to `options.osGuard`. */
  guardTold(told: GuardTold): void {
    this.#runner.feed({ kind: 'os-guard', told });
  }

  /** The operating system was set up for `device`. `desired`: what is to be kept up from now on, through `options.osGuard`. */
  osSet(device: string, routes: number, desired?: DesiredOs): void {
    this.#runner.feed({ kind: 'os-set', device, routes, ...(desired === undefined ? {} : { desired }) });
  }

  /** Another device stands behind the descriptor that `tun` gave. */
  deviceReplaced(): void {
    this.#packets.deviceReplaced();
  }

  /** What the system tells of its network, in order. */
  osTold(told: readonly OsTold[]): void {
    this.#eventWakeUps.count('changes of the network');
    this.#runner.feedAll(told.map((one) => ({ kind: 'os', told: one })));
  }

  /** It could not be set up as the network needs it. `why`: sentences for a person. */
  osRefused(device: string, why: string): void {
    this.#runner.feed({ kind: 'os-refused', device, why });
  }

  /** The sandbox's peers move: the socket takes another port, as after a NAT forgot the old one. */
  takeNewPort(): void {
    this.#packets.send([{ kind: 'rebind' }]);
  }

  /** What a sandbox or the shell shows, or the list of accounts, changed. */
  extrasChanged(): void {
    this.#feed.changed();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#runner.feed({ kind: 'stop' });
    this.#runner.close();
    this.#controlLink?.close();
    this.#relayLink?.close();
    this.#gatewayLink?.close();
    for (const answer of this.#netchecks.values()) answer();
    this.#feed.close();
    await this.#packets.stop();
    this.#options.tun.close();
  }

  #packetThread(): StartPacketThread {
    const { packetThread, tun, clock, datagrams } = this.#options;
    const shared = { clock, counters: this.#counters, wakeUps: this.#packetWakeUps, relays: this.#relays };
    if (typeof packetThread === 'function') return packetThread({ ...shared, peers: MAX_PEERS });
    if (packetThread === 'worker') return inWorker({ ...shared, tun, peers: MAX_PEERS, reach: this.#options.reach ?? 'anywhere' });
    return sameThread({
      ...shared,
      crypto: createSodiumCrypto(),
      rng: createOsRng(),
      openTun: () => {
        const near = tun.connect();
        if (!('port' in near)) throw new TypeError('a device of the system is moved by the packet worker');
        return openPortTun(near, this.#counters);
      },
      ...(datagrams === undefined ? {} : { datagrams }),
    });
  }

  #carrier(): RelayCarrier {
    const takes = (): boolean => this.#packets.takesLanes;
    return {
      get isThere() {
        return takes();
      },
      take: (lane) => this.#packets.lane({ kind: 'lane-open', lane }),
      send: (command) => void this.#packets.lane(command),
    };
  }

  #heard(facts: readonly DataplaneFact[]): void {
    this.#eventWakeUps.count('facts of the packet thread');
    this.#runner.feedAll(facts.map((fact) => ({ kind: 'fact', fact })));
    if (this.#options.onFact !== undefined) for (const fact of facts) this.#options.onFact(fact);
  }

  #interpret(effect: Exclude<Effect, { readonly kind: 'dataplane' }>): void {
    switch (effect.kind) {
      case 'changed':
        this.#feed.changed();
        return;
      case 'pinged': {
        const answer = this.#pings.get(effect.request);
        this.#pings.delete(effect.request);
        answer?.(effect.latencyMs, effect.via);
        return;
      }
      case 'control-link':
        this.#controlLink?.send(effect.command);
        return;
      case 'relay-link':
        this.#relayLink?.send(effect.command);
        return;
      case 'gateway-link':
        this.#gatewayLink?.send(effect.command);
        return;
      case 'resolve':
        void this.#resolve(effect.host);
        return;
      case 'web-probe':
        void this.#webProbe(effect);
        return;
      case 'netchecked':
        this.#netchecks.get(effect.request)?.();
        this.#netchecks.delete(effect.request);
        return;
      case 'persist':
        this.#options.tailnet?.persist(effect.keys);
        return;
      case 'open-url':
        this.#options.tailnet?.openUrl(effect.url, effect.why);
        return;
      case 'overlay':
        this.#options.tailnet?.overlay(effect.overlay);
        return;
      case 'os-watch':
        this.#options.osWatch?.(effect.command);
        return;
      case 'os-guard':
        this.#options.osGuard?.(effect.ask);
        return;
      case 'log':
        this.#options.log.write(effect.level, effect.area, effect.text);
        return;
      default:
        return effect satisfies never;
    }
  }

  async #resolve(host: string): Promise<void> {
    const addresses = (await this.#options.tailnet?.resolve(host)) ?? [];
    if (this.#stopping === undefined) this.#runner.feed({ kind: 'resolved', host, addresses });
  }

  async #webProbe(probe: WebProbe): Promise<void> {
    const answer = (await this.#options.tailnet?.webProbe(probe)) ?? { latencyMs: undefined, portal: false };
    if (this.#stopping === undefined) this.#runner.feed({ kind: 'web-answered', id: probe.id, ...answer });
  }

  /** A packet that a relay brought. */
  #toPackets(region: number, peer: PeerId, bytes: Uint8Array): void {
    const { fromRelays } = this.#relays;
    if (!fromRelays.push(region, peer, bytes)) this.#counters.refuse('relay: queue from relays full');
    else if (fromRelays.mustWake()) this.#packets.relayedWaits();
  }

  /** Packets for relays: a share of them now, the rest after whatever else waits for this thread. */
  #moveRelayed(): void {
    const { toRelays } = this.#relays;
    if (this.#stopping !== undefined) return;
    let now = this.#options.clock.now();
    const taken = toRelays.take(RELAYED_A_TURN, (region, peer, bytes) => {
      if (peer !== LANE_FRAMES) return this.#node.sendRelayed(region, peer, bytes, now);
      this.#relayLink?.frames(region, bytes);
      now = this.#options.clock.now();
    });
    this.#runner.drained(() => this.#node.flushRelayed(now));
    if (taken < RELAYED_A_TURN && toRelays.sleep()) return;
    setImmediate(() => this.#moveRelayed());
  }

  #snapshot(revision: number): Snapshot {
    const { clock, version, sandbox, shell, accounts, tunnelLack } = this.#options;
    const now = clock.now();
    return toSnapshot(this.#node.view(now), { revision, now, wall: clock.wall(), version, accounts: accounts?.() ?? [], sandbox: sandbox?.() ?? null, shell: shell?.() ?? null, ...(tunnelLack === undefined ? {} : { tunnelLack }) });
  }

  #movement(): number {
    let sum = 0;
    for (const peer of this.#node.peerIds()) {
      sum += this.#counters.read(peer, 'rxPackets') + this.#counters.read(peer, 'txPackets') + this.#counters.read(peer, 'lastAuthenticAt');
    }
    return sum;
  }

  #unknownPeer(text: string): Refusal {
    return refusal('unknown-peer', 'answer.unknown-peer', { name: JSON.stringify(text) });
  }
}

function named(thread: string, wakeUps: WakeUps): Record<string, number> {
  return Object.fromEntries(Object.entries(wakeUps.all()).map(([why, n]) => [`${thread}: ${why}`, n]));
}
