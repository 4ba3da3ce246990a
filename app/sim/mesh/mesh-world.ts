/**
 * A mesh in one process without time: hosts with the product's engine on a simulated internet of NATs, joined through a
 * control server, with relays and STUN servers. It watches the rules that must never break (watcher.ts) and that no peer is
 * silent which could be reached (mesh-flow.ts). It knows no scenario. Callers: mesh-scenarios.ts and its neighbours.
 */
import { ipv4, ipv6, formatEndpoint, type IpEndpoint } from '../../base/ip.ts';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { toBase64 } from '../../keys/keys.ts';
import type { NodeInput } from '../../node/types.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { DataplaneCommand, DataplaneFact } from '../../ports/dataplane.ts';
import type { Effect } from '../../ports/effects.ts';
import type { OsSystem, OsWatchCommand } from '../../ports/os-watch.ts';
import type { Rng } from '../../ports/rng.ts';
import { seconds, type Duration } from '../../time/instant.ts';
import { isDisco } from '../../wire/disco.ts';
import { isStun } from '../../wire/stun.ts';
import type { ListedNode } from '../control-server/types.ts';
import { viewComplaint } from '../control/view-judge.ts';
import { createEngine, type EngineFactory } from '../engine.ts';
import { randomBytes } from '../random-bytes.ts';
import { SimHost, WALL_ZERO } from '../sim-host.ts';
import { TailnetMember } from '../tailnet-member.ts';
import { SERVER_URL, TailnetServer } from '../tailnet-server.ts';
import { CANARY_LENGTH, Watcher } from '../watcher.ts';
import { Authors } from './authors.ts';
import { Internet } from './internet.ts';
import { asked, replied, review, silence, type MeshFlow } from './mesh-flow.ts';
import { HostOs } from './host-os.ts';
import { MeshHost } from './mesh-host.ts';
import { directReach, type Reach } from './reach-oracle.ts';
import { RelaySite, relayMapOf } from './relay-site.ts';
import { SimClock } from './sim-clock.ts';
import { routersOf, type Network, type Router, type Station } from './topology.ts';

export interface MeshWorldInit {
  readonly seed: number;
  readonly crypto: Crypto;
  /** Two where nothing else is wanted: a NAT's mapping is only known from two answers. */
  readonly relays?: number;
  readonly createEngine?: EngineFactory;
}

export interface MeshFlowOptions {
  readonly everyMs: Duration;
  readonly fromMs?: number;
  readonly kind?: 'udp' | 'ping';
  readonly family?: 4 | 6;
  /** Bytes beside the canary. */
  readonly filler?: number;
}

const PORT = 41_641;
const MTU = 1_280;
const TICK = seconds(1);
const LOSSY = 0.05;
const FIRST_REGION = 901;

export class MeshWorld {
  readonly seed: number;
  readonly crypto: Crypto;
  readonly clock = new SimClock();
  readonly internet: Internet;
  readonly watcher: Watcher;
  readonly tailnet: TailnetServer;
  readonly relays: readonly RelaySite[];
  readonly hosts: MeshHost[] = [];
  readonly flows: MeshFlow[] = [];
  readonly rng: Rng;
  /** Datagrams of STUN and disco that hosts sent. */
  probes = 0;
  /** Told of each datagram that a host sends, and of each fault of a random script. */
  onDatagram: ((from: MeshHost, to: IpEndpoint, bytes: Uint8Array) => void) | undefined;
  onFault: ((name: string) => void) | undefined;
  onEffect: ((from: MeshHost, effect: Effect) => void) | undefined;
  onFact: ((from: MeshHost, fact: DataplaneFact) => void) | undefined;
  readonly #init: MeshWorldInit;
  readonly #authors = new Authors();
  #streams = 0;

  constructor(init: MeshWorldInit) {
    this.seed = init.seed;
    this.#init = init;
    this.crypto = init.crypto;
    this.rng = this.#stream();
    this.watcher = new Watcher(randomBytes(this.rng, CANARY_LENGTH), () => this.now);
    const at = (ms: number, run: () => void): void => this.clock.at(ms, run);
    this.internet = new Internet({ seed: init.seed, now: () => this.now, at });
    this.tailnet = new TailnetServer({ rng: this.#stream(), wallZero: WALL_ZERO, now: () => this.now, at });
    this.relays = Array.from({ length: init.relays ?? 2 }, (_, i) => new RelaySite(this.internet, FIRST_REGION + i, init.crypto, this.#stream()));
    this.tailnet.server.setRelays(relayMapOf(this.relays), this.tailnet.instant);
    at(TICK, () => this.#tick());
  }

  /** Virtual ms since the world began. */
  get now(): number {
    return this.clock.now();
  }

  get stunServers(): readonly IpEndpoint[] {
    return this.relays.flatMap(({ stun }) => stun);
  }

  /** Hosts have to start in the order in which they are added: the server gives addresses in that order. */
  addHost(name: string, network: Network = this.internet.root, families: readonly (4 | 6)[] = [4]): MeshHost {
    const index = this.hosts.length;
    const station = this.internet.addStation(name);
    for (const family of families) this.internet.attach(station, network, family);
    const sim = new SimHost(
      {
        index,
        name,
        addresses: [ipv4(0x64400001 + index), ipv6(0xfd7a115c, 0xa1e00000, 0, index + 1)],
        endpoint: { address: station.interfaces[0]!.address, port: PORT },
        zero: 1_000 + (this.rng.uint32() % 1_000_000),
        mtu: MTU,
        rng: this.#stream(),
        createEngine: (start) =>
          (this.#init.createEngine ?? createEngine)({
            ...start,
            relayed: (region, peer, bytes) => void host.relayed.push({ region, peer, bytes: bytes.slice() }),
            adapt: (machines) => (host.machines = machines),
          }),
        member: new TailnetMember(this.#stream(), this.crypto, SERVER_URL, this.tailnet.authKey),
      },
      {
        crypto: this.crypto,
        createEngine,
        now: () => this.now,
        send: (_from, to, bytes) => this.#send(host, to, bytes),
        relayed: (from, region, peer, bytes) => {
          this.watcher.relayed(from, bytes);
          from.engine?.node.sendRelayed(region, peer, bytes, from.now());
          from.engine?.node.flushRelayed(from.now());
        },
        sent: (from, packet) => {
          this.#authors.sent(from, packet);
          this.watcher.sent(from, packet);
        },
        packet: (to, packet, peer) => this.watcher.packet(to, packet, peer, this.#authors.of(packet)),
        fact: (at, fact) => {
          this.watcher.fact(at, fact);
          this.onFact?.(host, fact);
        },
        effect: (_at, effect) => this.#effect(host, effect),
        ownerOf: (key) => this.hosts.find((other) => other.sim.nodeKeys.has(key))?.sim,
        stepped: (at, kind, outputs, why) => this.watcher.stepped(at, kind, outputs, why),
        threw: (at, error) => this.watcher.threw(at, error),
      },
    );
    const host = new MeshHost(sim, station, PORT, this.internet, () => this.after(host));
    this.hosts.push(host);
    station.sockets.set(PORT, (bytes, from) => {
      if (sim.power !== 'up') return;
      sim.receive(bytes, from);
      this.after(host);
    });
    this.tailnet.join(index, (event) => {
      if (sim.power !== 'up') return;
      sim.input({ kind: 'control-link', event });
      this.after(host);
    });
    return host;
  }

  /** Plays its operating system too, as far as its network goes. Before its start. */
  giveSystem(host: MeshHost, system: OsSystem): HostOs {
    host.os = new HostOs({ sim: host.sim, station: host.station, system, later: (ms, run) => this.at(this.now + ms, run), after: () => this.after(host) });
    return host.os;
  }

  /** And what is the tunnel's on it, which other programs may undo. Before its start. */
  keepUp(host: MeshHost): void {
    host.os?.keepUp(this.#stream(), () => this.now, (text) => this.watcher.violate('scenario', `${host.name}: ${text}`));
  }

  start(host: MeshHost): void {
    host.ways.clear();
    host.nodeKey = host.sim.member?.keys.nodeKey;
    this.watcher.started(host.sim);
    host.sim.start();
    if (!host.station.up && host.os === undefined) this.#tell(host, { kind: 'network', state: 'down' });
    host.tellNetwork();
    this.after(host);
    this.review();
  }

  /** Its process ends, and begins again after a while: every session and the disco key are lost. */
  restart(host: MeshHost, downMs: Duration): void {
    if (host.sim.power !== 'up') return;
    host.ends();
    host.sim.stop();
    host.carrier.left();
    this.tailnet.left(host.sim.index);
    this.review();
    this.at(this.now + downMs, () => {
      if (host.sim.power === 'down') this.start(host);
    });
  }

  suspend(host: MeshHost, forMs: Duration): void {
    if (host.sim.power !== 'up') return;
    const wasPlugged = host.plugged;
    host.sim.sleep();
    host.station.up = false;
    this.review();
    this.at(this.now + forMs, () => {
      if (host.sim.power !== 'asleep') return;
      host.station.up = host.plugged;
      host.sim.wake(forMs, this.rng.fraction() < 0.5);
      host.os?.woke();
      if (host.plugged === wasPlugged) this.after(host);
      else this.#plug(host);
      this.review();
    });
  }

  /** Its cable is pulled, or put back; its system says so. */
  setOnline(host: MeshHost, online: boolean): void {
    if (host.plugged === online) return;
    host.plugged = online;
    if (host.sim.power === 'asleep') return;
    this.#plug(host);
    this.review();
  }

  #plug(host: MeshHost): void {
    const online = host.plugged;
    host.station.up = online;
    this.tailnet.setOnline(host.sim.index, online);
    if (host.os === undefined) this.#tell(host, { kind: 'network', state: online ? 'up' : 'down' });
    else host.os.plug(online);
    if (online) host.tellNetwork();
    this.after(host);
  }

  /** To another address, of its network or another one. */
  roam(host: MeshHost, network?: Network): void {
    const before = host.station.interfaces.slice();
    for (const old of before) this.internet.move(host.station, old, network);
    if (host.sim.power !== 'up' || !host.station.up) return;
    if (host.os === undefined) this.#tell(host, { kind: 'network', state: 'changed' });
    host.tellNetwork();
    this.after(host);
    this.review();
  }

  #tell(host: MeshHost, input: Extract<NodeInput, { kind: 'network' }>): void {
    host.networkTold++;
    host.sim.input(input);
  }

  /** Any input to a host from outside the network. */
  tell(host: MeshHost, act: () => void): void {
    act();
    this.after(host);
  }

  flow(from: MeshHost, to: MeshHost, { everyMs, fromMs = this.now + this.rng.fraction() * everyMs, kind = 'udp', family = 4, filler = 0 }: MeshFlowOptions): MeshFlow {
    const flow: MeshFlow = { from, to, everyMs, kind, family, filler, sent: 0, received: 0, firstAskedAt: undefined, firstReplyAt: undefined, lastReplyAt: undefined, reachableSince: undefined, breaks: 0, waitingSince: undefined, worstMs: 0, told: false };
    this.flows.push(flow);
    const send = (): void => {
      this.at(this.now + flow.everyMs, send);
      this.echo(flow);
    };
    this.at(fromMs, send);
    this.#review(flow);
    return flow;
  }

  /** One request of this flow now. */
  echo(flow: MeshFlow): void {
    const { sim } = flow.from;
    if (sim.power !== 'up') return;
    const address = flow.to.sim.addresses.find(({ family }) => family === flow.family)!;
    const seq = flow.sent & 0xffff;
    const payload = new Uint8Array(CANARY_LENGTH + flow.filler);
    payload.set(this.watcher.canary);
    asked(flow, this.now);
    sim.sendOverlay(flow.kind === 'udp' ? sim.stack.udpEcho(address, seq, sim.now(), payload) : sim.stack.ping(address, seq, sim.now(), payload));
    this.after(flow.from);
  }

  /** Sees this host what the server has? To be asked when all is at rest; undefined: yes. */
  viewComplaint(host: MeshHost): string | undefined {
    const { server, instant } = this.tailnet;
    const control = host.machines?.control;
    return viewComplaint({ server, crypto: this.crypto, instant, wallOffset: WALL_ZERO }, { phase: control?.state.phase ?? 'off', nodeKey: host.nodeKey?.bytes, view: control?.view });
  }

  /** Raw public keys of a host as the server has them. */
  nodeKeyOf(host: MeshHost): Uint8Array | undefined {
    return this.#listed(host)?.nodeKey;
  }

  discoKeyOf(host: MeshHost): Uint8Array | undefined {
    return this.#listed(host)?.discoKey;
  }

  #listed(host: MeshHost): ListedNode | undefined {
    return this.tailnet.server.nodes(this.tailnet.instant).find(({ hostname }) => hostname === host.name);
  }

  reach(a: MeshHost, b: MeshHost): Reach {
    return directReach(this.internet, a, b, this.stunServers);
  }

  restartRelay(relay: RelaySite, downMs: Duration): void {
    if (!relay.running) return;
    relay.stop();
    this.review();
    this.at(this.now + downMs, () => {
      relay.start();
      this.review();
    });
  }

  /** It takes connections and bytes, and says nothing. */
  silenceRelay(relay: RelaySite, forMs: Duration): void {
    if (!relay.running) return;
    relay.silence(true);
    this.review();
    this.at(this.now + forMs, () => {
      relay.silence(false);
      this.review();
    });
  }

  at(ms: number, run: () => void): void {
    this.clock.at(ms, run);
  }

  run(untilMs: number): void {
    if (!this.clock.run(untilMs)) this.watcher.violate('queue not bounded', `${this.clock.size} events wait in the world`);
  }

  /** After any change of who reaches whom. */
  review(): void {
    for (const flow of this.flows) this.#review(flow);
  }

  #review(flow: MeshFlow): void {
    let breaks = this.relays.reduce((sum, { forgotten }) => sum + forgotten, 0);
    for (const { station } of [flow.from, flow.to]) {
      breaks += station.generation;
      for (const { network } of station.interfaces) for (const { generation } of routersOf(network)) breaks += generation;
    }
    review(flow, this.#reachable(flow), breaks, this.now);
  }

  /** After anything that a host did or heard: its answers are counted, and it is woken at its next deadline. */
  after(host: MeshHost): void {
    const { sim } = host;
    for (const reply of sim.stack.takeReplies()) {
      const from = this.hosts.find((other) => other.sim.addresses.some((own) => own.family === reply.from.family && own.w3 === reply.from.w3));
      const flow = this.flows.find((one) => one.from === host && one.to === from && one.kind === reply.kind && one.family === reply.from.family);
      if (flow !== undefined) replied(flow, this.now);
    }
    const at = sim.nextDeadlineMs();
    if (at === undefined || (sim.wakeAt !== undefined && sim.wakeAt <= at)) return;
    const wakeAt = Math.max(at, this.now);
    sim.wakeAt = wakeAt;
    this.at(wakeAt, () => this.#wake(host, wakeAt));
  }

  #wake(host: MeshHost, at: number): void {
    const { sim } = host;
    if (sim.wakeAt !== at) return;
    sim.wakeAt = undefined;
    const due = sim.nextDeadlineMs();
    if (due !== undefined && due <= this.now) {
      if (this.watcher.spins(sim)) {
        sim.stop();
        return;
      }
      sim.expire();
    }
    this.after(host);
  }

  #send(host: MeshHost, to: IpEndpoint | undefined, bytes: Uint8Array): void {
    if (to === undefined) {
      this.watcher.violate('threw', `${host.name} sent a datagram to no endpoint`);
      return;
    }
    this.watcher.datagram(host.sim, formatEndpoint(to), bytes);
    if (isStun(bytes) || isDisco(bytes)) this.probes++;
    this.onDatagram?.(host, to, bytes);
    this.internet.send(host.station, host.port, to, bytes);
  }

  #effect(host: MeshHost, effect: Effect): void {
    this.watcher.effect(host.sim, effect);
    this.onEffect?.(host, effect);
    switch (effect.kind) {
      case 'dataplane':
        host.note(effect.command);
        this.#checkPath(host, effect.command);
        return;
      case 'control-link':
        this.tailnet.command(host.sim.index, effect.command);
        return;
      case 'relay-link':
        host.carrier.command(effect.command);
        return;
      case 'gateway-link':
        host.gatewayLink.obey(effect.command);
        return;
      case 'persist':
        this.#noteKey(host, effect);
        return;
      case 'resolve':
        this.#later(host, seconds(0.02), () => host.sim.input({ kind: 'resolved', host: effect.host, addresses: this.#addressesOf(effect.host) }));
        return;
      case 'web-probe':
        this.#webProbe(host, effect);
        return;
      case 'os-guard':
        host.os?.guard(effect.ask);
        return;
      case 'os-watch':
        this.#askSystem(host, effect.command);
        return;
      case 'changed':
      case 'log':
      case 'netchecked':
      case 'open-url':
      case 'overlay':
      case 'pinged':
        return;
      default:
        return effect satisfies never;
    }
  }

  /** Whatever was told and forged: packets go to nobody but the peer. */
  #checkPath(host: MeshHost, command: DataplaneCommand): void {
    if (command.kind !== 'set-path' || command.direct === undefined) return;
    const sim = host.sim.peerHost(command.peer);
    const peer = this.hosts.find((other) => other.sim === sim);
    if (peer?.hasHad(command.direct.address) !== true) this.watcher.violate('path to a stranger', `${host.name} sends packets for ${peer?.name ?? 'nobody'} to ${formatEndpoint(command.direct)}`);
  }

  #noteKey(host: MeshHost, { keys }: Extract<Effect, { kind: 'persist' }>): void {
    host.nodeKey = keys?.nodeKey;
    // The server may have taken a key on trial before its owner hears so.
    for (const key of [keys?.trialKey, keys?.nodeKey]) {
      if (key === undefined) continue;
      const point = new Uint8Array(32);
      this.crypto.x25519Base(key.bytes, point);
      host.publicKey = toBase64(point);
      host.sim.nodeKeys.add(host.publicKey);
    }
  }

  #addressesOf(name: string): IpEndpoint['address'][] {
    const site = this.relays.find((relay) => relay.name === name);
    return site === undefined ? [] : site.station.interfaces.map(({ address }) => address);
  }

  /** A round trip to a relay over a connection of its own; captive portals there are none. */
  #webProbe(host: MeshHost, { id, form, address, port, withinMs }: Extract<Effect, { kind: 'web-probe' }>): void {
    const began = this.now;
    let answered = false;
    const answer = (latencyMs: number | undefined): void => {
      if (answered) return;
      answered = true;
      this.#later(host, 0, () => host.sim.input({ kind: 'web-answered', id, latencyMs, portal: false }));
    };
    this.at(began + withinMs, () => answer(undefined));
    if (form === 'portal' || address === undefined) return;
    const end = this.internet.connect(host.station, { address, port }, {
      opened: () => {
        answer(this.now - began);
        end.close();
      },
      data: () => undefined,
      ended: () => answer(undefined),
    });
  }

  /** What a computer that falls asleep in this moment was asked is done when it wakes: its process goes on. */
  #askSystem(host: MeshHost, command: OsWatchCommand): void {
    const of = host.sim.generation;
    this.at(this.now, () => host.os?.obey(command, of));
  }

  #later(host: MeshHost, ms: Duration, run: () => void): void {
    this.at(this.now + ms, () => {
      if (host.sim.power !== 'up') return;
      run();
      this.after(host);
    });
  }

  #tick(): void {
    this.at(this.now + TICK, () => this.#tick());
    this.review();
    for (const flow of this.flows) {
      const silent = silence(flow, this.#losesOn(flow), this.now);
      if (silent !== undefined) this.watcher.violate('reachable but silent', `${flow.from.name} had no answer of ${flow.to.name} for ${Math.round(silent / 1_000)} s, and both could be reached since ${Math.round((flow.reachableSince ?? 0) / 1_000)} s`);
    }
    for (const host of this.hosts) {
      host.noteAddresses();
      host.noteHome();
      if (host.sim.power === 'up') this.watcher.audit(host.sim, 1 + this.relays.length);
    }
  }

  #losesOn({ from, to }: MeshFlow): 'none' | 'some' | 'lossy' {
    const outermost = ({ station }: MeshHost): Station | Router => routersOf(station.interfaces[0]!.network).at(-1) ?? station;
    const [a, b] = [outermost(from), outermost(to)];
    const loss = a === b ? 0 : this.internet.path(a, b).shape.loss;
    return loss >= LOSSY ? 'lossy' : loss > 0 ? 'some' : 'none';
  }

  /** By relay, whatever the direct path is: both hosts and every relay run, both know each other's key, and no uplink between them is cut. */
  #reachable({ from, to }: MeshFlow): boolean {
    return this.relays.every(({ running }) => running) && from.knows(to) && to.knows(from) && [from, to].every((host) => host.sim.power === 'up' && host.sim.hasDevice && host.station.up && host.station.interfaces.every(({ network }) => routersOf(network).every(({ up }) => up)));
  }

  /** Independent random streams, so that a new user of randomness does not shift the others. */
  #stream(): Rng {
    return createSeededRng((Math.imul(this.#init.seed, 0x9e3779b1) + Math.imul(++this.#streams, 0x85ebca6b)) >>> 0);
  }
}
