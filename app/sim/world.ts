/**
 * A whole network in one process without time: hosts, links between them, faults and a stranger, driven by one queue of
 * events on a virtual clock. Everything random comes from one seed, so a run can be repeated to the last byte. It runs
 * the product's own machines and watches them (watcher.ts, oracle.ts). It knows no scenario: see scenarios.ts.
 */
import type { PeerId } from '../base/brand.ts';
import { formatEndpoint, ipv4, ipv6, type IpAddress, type IpEndpoint } from '../base/ip.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { PresharedKey, toBase64 } from '../keys/keys.ts';
import type { ControlLinkEvent } from '../ports/control-link.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { Effect } from '../ports/effects.ts';
import type { Rng } from '../ports/rng.ts';
import { seconds, type Duration } from '../time/instant.ts';
import { createEngine, type EngineFactory } from './engine.ts';
import { EventQueue } from './event-queue.ts';
import type { Fault, TimedFault } from './faults.ts';
import { HostilePeer } from './hostile.ts';
import { Link, PERFECT_LINK, type LinkShape } from './link.ts';
import { encodeUdp } from './mini-stack.ts';
import { Oracle, type Flow } from './oracle.ts';
import { randomBytes } from './random-bytes.ts';
import { SimHost, WALL_ZERO } from './sim-host.ts';
import { TailnetMember } from './tailnet-member.ts';
import { SERVER_URL, TailnetServer } from './tailnet-server.ts';
import { TruthWatch } from './truth-watch.ts';
import { CANARY_LENGTH, Watcher } from './watcher.ts';

export interface WorldInit {
  readonly seed: number;
  readonly crypto: Crypto;
  /** Underlay family. */
  readonly family?: 4 | 6;
  readonly createEngine?: EngineFactory;
}

export interface HostOptions {
  readonly name?: string;
  readonly mtu?: number;
  /** Its peers come from the World's control server. Such hosts have to register in the order in which they are added. */
  readonly tailnet?: boolean;
  /** For a host that is broken on purpose. */
  readonly createEngine?: EngineFactory;
}

export interface PeeringOptions {
  /** Who has the other's endpoint in its configuration. */
  readonly knows?: 'both' | 'a-knows-b' | 'b-knows-a';
  readonly preshared?: boolean;
  readonly keepaliveMs?: Duration;
  readonly link?: LinkShape;
}

export interface FlowOptions {
  readonly everyMs: Duration;
  readonly kind?: 'udp' | 'ping';
  readonly family?: 4 | 6;
  /** Bytes of filler in each request, at most. */
  readonly filler?: number;
  readonly fromMs?: number;
}

interface Flight {
  readonly bytes: Uint8Array;
  readonly from: IpEndpoint;
  readonly to: string;
  readonly author: SimHost | undefined;
}

const TICK = seconds(1);
/** Ticks. */
const TRUTH_EVERY = 10;
/** Hosts asked at a time, in turn. */
const TRUTH_HOSTS = 5;
const START_SPREAD = seconds(1);
const PORT = 51_820;
const DEFAULT_MTU = 1_280;
const EVENTS_WAITING = 100_000;

export class World {
  readonly hosts: SimHost[] = [];
  readonly watcher: Watcher;
  readonly oracle: Oracle;
  readonly seed: number;
  readonly #init: WorldInit;
  readonly #events = new EventQueue();
  readonly #links = new Map<number, Link>();
  readonly #owners = new Map<string, SimHost>();
  readonly #hostile: HostilePeer;
  readonly #truth: TruthWatch;
  readonly #rng: Rng;
  readonly #texts = new WeakMap<IpEndpoint, string>();
  readonly #replySeq = new Map<string, Flow>();
  #tailnet: TailnetServer | undefined;
  #now = 0;
  #streams = 0;
  #ticks = 0;
  #addressesUsed = 0;
  /** Author of the datagram that is being delivered. */
  #author: SimHost | undefined;

  constructor(init: WorldInit) {
    this.seed = init.seed;
    this.#init = init;
    this.#rng = this.#stream();
    this.watcher = new Watcher(randomBytes(this.#rng, CANARY_LENGTH), () => this.#now);
    this.oracle = new Oracle(this.watcher);
    this.#truth = new TruthWatch(this.watcher);
    this.#hostile = new HostilePeer(this.#stream(), init.crypto);
    this.#events.push(TICK, () => this.#tick());
  }

  /** Virtual ms since the World began. */
  get now(): number {
    return this.#now;
  }

  get virtualSeconds(): number {
    return this.#now / 1_000;
  }

  addHost(options: HostOptions = {}): SimHost {
    const index = this.hosts.length;
    const host = new SimHost(
      {
        index,
        name: options.name ?? `host-${index}`,
        addresses: [ipv4(0x64400001 + index), ipv6(0xfd7a115c, 0xa1e00000, 0, index + 1)],
        endpoint: this.#freshEndpoint('new'),
        zero: 1_000 + (this.#rng.uint32() % 1_000_000),
        mtu: options.mtu ?? DEFAULT_MTU,
        rng: this.#stream(),
        createEngine: options.createEngine,
        member: options.tailnet === true ? this.#newMember() : undefined,
      },
      {
        crypto: this.#init.crypto,
        createEngine: this.#init.createEngine ?? createEngine,
        now: () => this.#now,
        send: (from, to, bytes) => this.#send(from, to, bytes),
        sent: (from, packet) => this.watcher.sent(from, packet),
        packet: (to, packet, peer) => this.watcher.packet(to, packet, peer, this.#author),
        fact: (at, fact) => {
          if (fact.kind === 'endpoint') at.believed.set(fact.peer, fact.endpoint);
          this.watcher.fact(at, fact);
        },
        effect: (at, effect) => this.#effect(at, effect),
        ownerOf: (key) => this.hosts.find((other) => other.nodeKeys.has(key)),
        stepped: (at, kind, outputs, why) => this.watcher.stepped(at, kind, outputs, why),
        threw: (at, error) => this.watcher.threw(at, error),
      },
    );
    this.hosts.push(host);
    if (host.member !== undefined) this.tailnet.join(index, (event) => this.#heardServer(host, event));
    this.#owners.set(this.#text(host.endpoint), host);
    return host;
  }

  /** Makes two hosts peers of each other, with a link between them. Before they start. */
  connect(a: SimHost, b: SimHost, options: PeeringOptions = {}): Link {
    const knows = options.knows ?? 'both';
    const psk = options.preshared === true ? this.#presharedKey() : undefined;
    for (const [from, to, known] of [[a, b, knows !== 'b-knows-a'], [b, a, knows !== 'a-knows-b']] as const) {
      from.peers.push({
        host: to,
        allowedIps: to.addresses.map((address) => ({ address, bits: address.family === 4 ? 32 : 128 })),
        endpoint: known ? to.endpoint : undefined,
        presharedKey: psk,
        persistentKeepaliveMs: options.keepaliveMs ?? 0,
      });
    }
    const link = new Link(options.link ?? PERFECT_LINK, this.#stream());
    this.#links.set(linkKey(a.index, b.index), link);
    return link;
  }

  /** A way between two members of the tailnet; whether they are peers is the server's affair. */
  wire(a: SimHost, b: SimHost, shape: LinkShape = PERFECT_LINK): Link {
    const link = new Link(shape, this.#stream());
    this.#links.set(linkKey(a.index, b.index), link);
    return link;
  }

  /** The control server; made when it is first asked for. */
  get tailnet(): TailnetServer {
    this.#tailnet ??= new TailnetServer({ rng: this.#stream(), wallZero: WALL_ZERO, now: () => this.#now, at: (ms, run) => this.#events.push(ms, run) });
    return this.#tailnet;
  }

  link(a: number, b: number): Link | undefined {
    return this.#links.get(linkKey(a, b));
  }

  /** Starts every host within the next START_SPREAD ms, in random order of time: nothing real begins at one instant. */
  startAll(): void {
    for (const host of this.hosts) this.at(this.#now + this.#rng.fraction() * START_SPREAD, () => this.#start(host));
  }

  /** Echo requests from one host to another for as long as the World runs. */
  flow(from: SimHost, to: SimHost, options: FlowOptions): Flow {
    const link = this.link(from.index, to.index);
    if ((from.member === undefined && from.peerIdOf(to) === undefined) || link === undefined) throw new Error(`${from.name} and ${to.name} are not peers`);
    const flow: Flow = {
      from,
      to,
      link,
      allowed: true,
      everyMs: options.everyMs,
      kind: options.kind ?? 'udp',
      family: options.family ?? 4,
      sent: 0,
      received: 0,
      reachableSince: undefined,
      lastReplyAt: undefined,
      askedAt: undefined,
      told: false,
    };
    this.oracle.flows.push(flow);
    const filler = options.filler ?? 0;
    const send = (): void => {
      this.#events.push(this.#now + flow.everyMs, send);
      this.echo(flow, filler === 0 ? 0 : this.#rng.uint32() % (filler + 1));
    };
    this.#events.push(this.#now + (options.fromMs ?? this.#rng.fraction() * flow.everyMs), send);
    return flow;
  }

  /** One echo request of this flow, now. Every request carries the canary. */
  echo(flow: Flow, filler = 0): void {
    const { from, to } = flow;
    if (from.power !== 'up') return;
    const address = addressOf(to, flow.family);
    const payload = new Uint8Array(CANARY_LENGTH + filler);
    payload.set(this.watcher.canary, this.#rng.uint32() % (filler + 1));
    const seq = flow.sent & 0xffff;
    this.oracle.asked(flow, this.#now);
    this.#replySeq.set(`${from.index} ${flow.kind} ${address.family} ${to.index}`, flow);
    from.sendOverlay(flow.kind === 'udp' ? from.stack.udpEcho(address, seq, from.now(), payload) : from.stack.ping(address, seq, from.now(), payload));
    this.#arm(from);
  }

  at(ms: number, action: () => void): void {
    this.#events.push(ms, action);
  }

  script(faults: readonly TimedFault[]): void {
    for (const { atMs, fault } of faults) this.at(atMs, () => this.apply(fault));
  }

  apply(fault: Fault): void {
    this.watcher.hash.value(fault);
    switch (fault.kind) {
      case 'cut': {
        const flipped = fault.a > fault.b && fault.direction !== 'both';
        const direction = flipped ? (fault.direction === 'a-to-b' ? 'b-to-a' : 'a-to-b') : fault.direction;
        this.link(fault.a, fault.b)?.cut(direction, this.#now + fault.forMs);
        this.#reviewAfter(fault.forMs);
        return;
      }
      case 'reshape': {
        const link = this.link(fault.a, fault.b);
        if (link !== undefined) link.shape = fault.shape;
        this.oracle.beginAgain(link);
        this.#review();
        return;
      }
      case 'roam':
        this.#roam(this.hosts[fault.host]!, fault.address, fault.deadMs);
        return;
      case 'restart':
        this.#restart(this.hosts[fault.host]!, fault.downMs);
        return;
      case 'suspend':
        this.#suspend(this.hosts[fault.host]!, fault.forMs);
        return;
      case 'wall-jump': {
        const host = this.hosts[fault.host]!;
        host.setWall(fault.byMs);
        this.#arm(host);
        return;
      }
      case 'hostile':
        this.#attack(fault, this.#now + fault.forMs);
        return;
      case 'spoof-inner':
        this.#spoofInner(this.hosts[fault.host]!, fault.packets);
        return;
      case 'watch': {
        const host = this.hosts[fault.host]!;
        host.input({ kind: 'watch', on: fault.on });
        this.#arm(host);
        return;
      }
      default:
        return fault satisfies never;
    }
  }

  /** Runs until this virtual time, in ms. */
  run(untilMs: number): void {
    for (let at = this.#events.nextAt(); at !== undefined && at <= untilMs; at = this.#events.nextAt()) {
      this.#now = at;
      this.#events.shift()?.run();
      if (this.#events.size > EVENTS_WAITING) {
        this.watcher.violate('queue not bounded', `${this.#events.size} events wait in the World`);
        return;
      }
    }
    this.#now = untilMs;
  }

  /** Starts one host now. */
  start(host: SimHost): void {
    this.#start(host);
  }

  #newMember(): TailnetMember {
    return new TailnetMember(this.#stream(), this.#init.crypto, SERVER_URL, this.tailnet.authKey);
  }

  /** What a member's node wants of its host. */
  #effect(host: SimHost, effect: Effect): void {
    this.watcher.effect(host, effect);
    if (effect.kind === 'control-link') this.tailnet.command(host.index, effect.command);
    if (effect.kind === 'persist' && effect.keys?.nodeKey !== undefined) {
      const point = new Uint8Array(32);
      this.#init.crypto.x25519Base(effect.keys.nodeKey.bytes, point);
      host.nodeKeys.add(toBase64(point));
    }
    if (host.member === undefined || effect.kind !== 'dataplane') return;
    const { command } = effect;
    if (command.kind === 'put-peer' && command.peer.endpoint !== undefined) host.believed.set(command.peer.id, command.peer.endpoint);
    if (command.kind === 'set-endpoint') host.believed.set(command.peer, command.endpoint);
    if (command.kind === 'remove-peer') host.believed.delete(command.peer);
  }

  #heardServer(host: SimHost, event: ControlLinkEvent): void {
    if (host.power !== 'up') return;
    host.input({ kind: 'control-link', event });
    this.#arm(host);
  }

  #start(host: SimHost): void {
    this.watcher.started(host);
    host.believed.clear();
    host.peers.forEach((peer, id) => {
      if (peer.endpoint !== undefined) host.believed.set(id as PeerId, peer.endpoint);
    });
    this.#truth.up(host, this.#now);
    host.start();
    this.#arm(host);
    this.#review();
  }

  /** Sees to it that the host is woken at its next deadline. */
  #arm(host: SimHost): void {
    const at = host.nextDeadlineMs();
    if (at === undefined || (host.wakeAt !== undefined && host.wakeAt <= at)) return;
    const wakeAt = Math.max(at, this.#now);
    host.wakeAt = wakeAt;
    this.#events.push(wakeAt, () => this.#wake(host, wakeAt));
  }

  #wake(host: SimHost, at: number): void {
    if (host.wakeAt !== at) return;
    host.wakeAt = undefined;
    const due = host.nextDeadlineMs();
    if (due !== undefined && due <= this.#now) {
      if (this.watcher.spins(host)) {
        host.stop();
        return;
      }
      host.expire();
    }
    this.#arm(host);
  }

  #send(from: SimHost, to: IpEndpoint | undefined, bytes: Uint8Array): void {
    if (to === undefined) {
      this.watcher.violate('threw', `${from.name} sent a datagram to no endpoint`);
      return;
    }
    const text = this.#text(to);
    this.watcher.datagram(from, text, bytes);
    const owner = this.#owners.get(text);
    if (bytes[0] === 1) this.#hostile.hearInitiation(bytes.slice(), from);
    if (owner === undefined || owner === from || this.#now < from.deadUntil) return;
    const link = this.link(from.index, owner.index);
    if (link === undefined) return;
    const fates = link.fate(from.index < owner.index ? 'a-to-b' : 'b-to-a', bytes.length, to.address.family, this.#now);
    if (fates.length === 0) return;
    const flight: Flight = { bytes: bytes.slice(), from: from.endpoint, to: text, author: from };
    for (const delay of fates) this.#events.push(this.#now + delay, () => this.#arrive(flight));
  }

  #arrive(flight: Flight): void {
    const host = this.#owners.get(flight.to);
    if (host === undefined || host.power !== 'up' || this.#now < host.deadUntil) return;
    if (flight.author !== undefined) {
      this.#hostile.hear(flight.bytes, flight.author);
      this.#truth.heard(host, flight.author, this.#now);
    }
    this.#author = flight.author;
    host.receive(flight.bytes, flight.from);
    this.#author = undefined;
    for (const reply of host.stack.takeReplies()) {
      const index = this.hosts.findIndex((other) => other.addresses.some((own) => own.family === reply.from.family && own.w3 === reply.from.w3));
      const flow = this.#replySeq.get(`${host.index} ${reply.kind} ${reply.from.family} ${index}`);
      if (flow !== undefined) this.oracle.replied(flow, this.#now);
    }
    this.#arm(host);
  }

  #roam(host: SimHost, address: 'same' | 'new', deadMs: Duration): void {
    this.#owners.delete(this.#text(host.endpoint));
    host.endpoint = this.#freshEndpoint(address, host.endpoint);
    this.#owners.set(this.#text(host.endpoint), host);
    host.deadUntil = this.#now + deadMs;
    if (host.member !== undefined) {
      host.input({ kind: 'network', state: 'changed' });
      host.tellEndpoints();
      this.#arm(host);
    }
    this.#review();
    this.#reviewAfter(deadMs);
  }

  #restart(host: SimHost, downMs: Duration): void {
    if (host.power !== 'up') return;
    host.stop();
    if (host.member !== undefined) this.tailnet.left(host.index);
    this.#review();
    this.at(this.#now + downMs, () => {
      if (host.power === 'down') this.#start(host);
    });
  }

  #suspend(host: SimHost, forMs: Duration): void {
    if (host.power !== 'up') return;
    host.sleep();
    this.#review();
    this.at(this.#now + forMs, () => {
      if (host.power !== 'asleep') return;
      this.#truth.up(host, this.#now);
      host.wake(forMs, this.#rng.fraction() < 0.5);
      this.#arm(host);
      this.#review();
    });
  }

  #attack(fault: Extract<Fault, { kind: 'hostile' }>, untilMs: number): void {
    if (this.#now >= untilMs) return;
    this.at(this.#now + 1_000 / fault.perSecond, () => this.#attack(fault, untilMs));
    const victim = this.hosts[fault.victim]!;
    const forged = this.#hostile.forge(fault.act, victim);
    const copied = forged.author !== undefined && this.#rng.fraction() < 0.5 ? forged.author.endpoint : undefined;
    this.#arrive({ bytes: forged.bytes, from: copied ?? this.#strangerEndpoint(), to: this.#text(victim.endpoint), author: forged.author });
  }

  /** Echo requests to each peer in the name of a third host, and of an address nobody has. */
  #spoofInner(host: SimHost, packets: number): void {
    for (const peer of host.peers) {
      for (let i = 0; i < packets; i++) {
        const other = this.hosts[this.#rng.uint32() % this.hosts.length]!;
        const address = addressOf(peer.host, this.#rng.fraction() < 0.5 ? 4 : 6);
        const source = other === host || other === peer.host ? { ...address, w3: 0x0a0b0c0d } : addressOf(other, address.family);
        host.sendOverlay(encodeUdp(source, address, 4_000, 7, this.watcher.canary));
      }
    }
    this.#arm(host);
  }

  #tick(): void {
    this.#events.push(this.#now + TICK, () => this.#tick());
    this.#review();
    this.oracle.tick(this.#now);
    if (++this.#ticks % TRUTH_EVERY !== 0) return;
    for (const host of this.hosts) this.watcher.audit(host);
    const from = (this.#ticks / TRUTH_EVERY) * TRUTH_HOSTS;
    const asked = this.hosts.length <= TRUTH_HOSTS ? this.hosts : Array.from({ length: TRUTH_HOSTS }, (_, i) => this.hosts[(from + i) % this.hosts.length]!);
    this.#truth.check(asked, this.oracle.flows, this.#now);
  }

  #review(): void {
    this.oracle.review(this.#now, (flow) => this.#isReachable(flow));
  }

  #reviewAfter(ms: Duration): void {
    this.at(this.#now + ms, () => this.#review());
  }

  #isReachable(flow: Flow): boolean {
    const { from, to } = flow;
    if (from.power !== 'up' || to.power !== 'up' || this.#now < Math.max(from.deadUntil, to.deadUntil)) return false;
    if (flow.link.isCut('both', this.#now)) return false;
    if (from.clockIsBehind && (to.clockIsBehind || !this.#hasFlow(to, from))) return false;
    const peer = from.peerIdOf(to);
    const believed = peer === undefined || !flow.allowed ? undefined : from.believed.get(peer);
    return believed !== undefined && this.#text(believed) === this.#text(to.endpoint);
  }

  #hasFlow(from: SimHost, to: SimHost): boolean {
    return this.oracle.flows.some((flow) => flow.from === from && flow.to === to);
  }

  #text(endpoint: IpEndpoint): string {
    let text = this.#texts.get(endpoint);
    if (text === undefined) {
      text = formatEndpoint(endpoint);
      this.#texts.set(endpoint, text);
    }
    return text;
  }

  #freshEndpoint(address: 'same' | 'new', old?: IpEndpoint): IpEndpoint {
    this.#addressesUsed++;
    if (address === 'same' && old !== undefined) return { address: old.address, port: 20_000 + (this.#addressesUsed % 40_000) };
    const n = this.#addressesUsed;
    return { address: this.#init.family === 6 ? ipv6(0x20010db8, n, 0, 1) : ipv4(0xc6120000 + n), port: PORT };
  }

  #strangerEndpoint(): IpEndpoint {
    const address: IpAddress = this.#init.family === 6 ? ipv6(0x20010db8, 0xbad0000 + (this.#rng.uint32() & 0xff), 0, 1) : ipv4(0xcb007100 + (this.#rng.uint32() & 0xff));
    return { address, port: 1_024 + (this.#rng.uint32() % 60_000) };
  }

  #presharedKey(): PresharedKey {
    return new PresharedKey(randomBytes(this.#rng, 32));
  }

  /** Independent random streams, so that a new user of randomness does not shift the others. */
  #stream(): Rng {
    return createSeededRng((Math.imul(this.seed, 0x9e3779b1) + Math.imul(++this.#streams, 0x85ebca6b)) >>> 0);
  }
}

function linkKey(a: number, b: number): number {
  return Math.min(a, b) * 65_536 + Math.max(a, b);
}

function addressOf(host: SimHost, family: 4 | 6): IpAddress {
  return host.addresses.find((address) => address.family === family)!;
}

