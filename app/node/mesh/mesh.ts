/**
 * A node's ways to its peers: owns the path, relay and netcheck machines, and drains them where it mutates them.
 *
 *   map, keys, datagrams, link events -> machines -> each other, commands for the packet thread, effects, history
 *
 * Paths decide which way a peer's packets go; relays carry what goes no other way; netcheck says where we are seen and which
 * relay is home. What control is to tell the server goes out through `tell`. Callers: tailnet.ts, tailnet-peers.ts, node.ts.
 */
import type { PeerId } from '../../base/brand.ts';
import { equalEndpoint, equalIp, type IpAddress, type IpEndpoint } from '../../base/ip.ts';
import type { Via } from '../../base/via.ts';
import type { ControlInput, LocalEndpoint, NetFacts } from '../../control/types.ts';
import type { PrivateKey } from '../../keys/keys.ts';
import type { NetcheckOutput, NetcheckReport } from '../../netcheck/types.ts';
import type { PathsInput, PathsOutput } from '../../paths/types.ts';
import type { PortMapInput } from '../../portmap/types.ts';
import type { DataplaneCommand } from '../../ports/dataplane.ts';
import type { Effect } from '../../ports/effects.ts';
import type { RelayLinkEvent } from '../../ports/relay-link.ts';
import type { RelayOutput, RelaySink } from '../../relay/types.ts';
import { earlier, type Deadline } from '../../time/deadline.ts';
import { age, instant, type Duration, type Instant } from '../../time/instant.ts';
import { isDisco } from '../../wire/disco.ts';
import { isStun } from '../../wire/stun.ts';
import type { RelayMap } from '../../wire/netmap/types.ts';
import type { NodePeer } from '../peer.ts';
import { KeyIndex } from './key-index.ts';
import type { TailnetMachines } from './machines.ts';
import type { MeshHistory } from './mesh-history.ts';
import { ownEndpoints } from './own-endpoints.ts';
import { PortMapping } from './port-mapping.ts';

/** That the home relay speaks is told to netcheck so often and no more. */
const HEARD_EVERY: Duration = 1_000;
const LONG_AGO = instant(Number.NEGATIVE_INFINITY);
const NO_RELAYS: RelayMap = { regions: new Map(), scores: new Map(), omitDefaultRegions: false };

export interface MeshInit {
  readonly machines: Pick<TailnetMachines, 'paths' | 'relays' | 'netcheck' | 'portMap'>;
  readonly discoKey: PrivateKey;
  readonly peers: ReadonlyMap<PeerId, NodePeer>;
  readonly history: MeshHistory;
  readonly command: (command: DataplaneCommand) => void;
  readonly emit: (effect: Effect) => void;
  /** For the control server. */
  readonly tell: (input: ControlInput, now: Instant) => void;
  /** What a view shows of paths and relays changed. */
  readonly changed: () => void;
  /** An echo inside the tunnel by this way; `token` comes back through `probeAnswered`. False when there is none to be had. */
  readonly probe: (peer: NodePeer, token: number, via: Via, now: Instant) => boolean;
  /** The server says that another run of its program is there now, which knows nothing of our session. */
  readonly restarted: (peer: NodePeer, now: Instant) => void;
  /** A WireGuard packet that a relay brought. `bytes` are valid only during the call. */
  readonly relayed: (region: number, peer: PeerId, bytes: Uint8Array) => void;
}

export class Mesh {
  readonly #init: MeshInit;
  readonly #keys = new KeyIndex();
  readonly #asked = new Set<number>();
  /** Measured; the router is still to answer. */
  readonly #measuredFor = new Set<number>();
  readonly #portMapping: PortMapping;
  #map: RelayMap = NO_RELAYS;
  #local: readonly LocalEndpoint[] = [];
  #seen: readonly IpEndpoint[] = [];
  #port: number | undefined;
  #families = { ipv4: true, ipv6: false };
  #inUse = false;
  #online = true;
  /** Best of the last check that measured it, by region, ms. */
  readonly #latency = new Map<number, Duration>();
  #homeHeardAt: Instant | undefined;
  /** When we were last seen at `#seen`. */
  #confirmedAt: Instant | undefined;

  constructor(init: MeshInit) {
    this.#init = init;
    const { changed, emit, history, machines } = init;
    this.#portMapping = new PortMapping({ machine: machines.portMap, history, emit, changed, moved: (now) => this.#portMoved(now) });
  }

  get map(): RelayMap {
    return this.#map;
  }

  /** As measured last in this network, ms. */
  latencyOf(region: number): Duration | undefined {
    return this.#latency.get(region);
  }

  get machines(): MeshInit['machines'] {
    return this.#init.machines;
  }

  /** Our keys, as the map has them. `nodeKey`: raw public. */
  setIdentity(key: PrivateKey, nodeKey: Uint8Array, now: Instant): void {
    const { paths, relays } = this.#init.machines;
    paths.handle({ kind: 'identity', discoKey: this.#init.discoKey, nodeKey }, now);
    relays.handle({ kind: 'identity', nodeKey: key }, now);
    this.#portMapping.handle({ kind: 'wanted', on: true }, now);
    this.#settle(now);
  }

  setMap(map: RelayMap, now: Instant): void {
    const { netcheck, relays } = this.#init.machines;
    this.#map = map;
    relays.handle({ kind: 'map', map }, now);
    netcheck.handle({ kind: 'map', map }, now);
    this.#settle(now);
  }

  /** Nobody would answer us: relays are left, probes end. Peers were removed before. */
  leave(now: Instant): void {
    const { relays } = this.#init.machines;
    this.#portMapping.handle({ kind: 'wanted', on: false }, now);
    relays.handle({ kind: 'identity', nodeKey: undefined }, now);
    relays.handle({ kind: 'home', region: undefined }, now);
    this.setMap(NO_RELAYS, now);
  }

  /** Adds or changes. The packet thread knows the peer already. */
  putPeer(peer: NodePeer, now: Instant): void {
    const node = peer.fromMap?.node;
    if (node === undefined) return;
    this.#keys.put(node.key, peer.id);
    this.#paths({ kind: 'put-peer', peer: { id: peer.id, nodeKey: node.key, discoKey: node.discoKey, endpoints: node.endpoints, homeRelay: node.homeRelay } }, now);
  }

  /** Before the packet thread forgets it. `key`: the one it had. */
  removePeer(peer: PeerId, key: Uint8Array, now: Instant): void {
    this.#keys.remove(key, peer);
    this.#paths({ kind: 'remove-peer', peer }, now);
  }

  /** Where this computer can be reached by its own account. */
  setLocal(local: readonly LocalEndpoint[], now: Instant): void {
    this.#local = local;
    this.#tellEndpoints(now);
    this.#settle(now);
  }

  /** Families that lead somewhere. */
  setFamilies(families: { readonly ipv4: boolean; readonly ipv6: boolean }, now: Instant): void {
    this.#families = families;
    this.#tellFamilies(now);
  }

  /** The socket listens on this port now: what others knew of the old one is void. */
  bound(port: number, now: Instant): void {
    const first = this.#port === undefined;
    if (this.#port === port) return;
    this.#port = port;
    this.#portMapping.handle({ kind: 'port', port }, now);
    this.#tellFamilies(now);
    if (!first) this.network('changed', now);
  }

  network(state: 'up' | 'down' | 'changed', now: Instant): void {
    this.#setOnline(state !== 'down');
    // How we were seen belongs to the network that was.
    this.#seen = [];
    this.#latency.clear();
    this.#confirmedAt = undefined;
    const { netcheck, paths, relays } = this.#init.machines;
    netcheck.handle({ kind: 'network', now: state }, now);
    relays.handle({ kind: 'network', now: state }, now);
    paths.handle({ kind: 'network', now: state }, now);
    this.#portMapping.handle({ kind: 'network', now: state }, now);
    this.#settle(now);
  }

  /** An address came or went: where we are seen may be another place too. */
  lookAgain(now: Instant): void {
    this.#init.machines.netcheck.handle({ kind: 'check', form: 'endpoints' }, now);
    this.#settle(now);
  }

  slept(forMs: Duration, now: Instant): void {
    const { netcheck, paths, relays } = this.#init.machines;
    netcheck.handle({ kind: 'slept', forMs }, now);
    relays.handle({ kind: 'slept', forMs }, now);
    paths.handle({ kind: 'slept', forMs }, now);
    this.#portMapping.handle({ kind: 'slept', forMs }, now);
    this.#settle(now);
  }

  /** The router, or what it says. */
  gateway(input: Extract<PortMapInput, { kind: 'gateway' | 'datagram' }>, now: Instant): void {
    this.#portMapping.handle(input, now);
    this.#settle(now);
  }

  /** STUN or disco over UDP. */
  datagram(from: IpEndpoint, bytes: Uint8Array, now: Instant): void {
    if (isStun(bytes)) this.#init.machines.netcheck.handle({ kind: 'datagram', from, bytes }, now);
    else this.#init.machines.paths.handle({ kind: 'datagram', from, bytes }, now);
    this.#settle(now);
  }

  /** About one peer, for its path. */
  tellPaths(input: Extract<PathsInput, { kind: 'active' | 'suspect' | 'heard' | 'disco-key' | 'probe-answered' | 'try-direct' }>, now: Instant): void {
    this.#paths(input, now);
  }

  /** What we send to this peer finds no answer: are the relays between us alive? */
  unanswered(peer: PeerId, now: Instant): void {
    const { netcheck, paths, relays } = this.#init.machines;
    const via = paths.report(peer)?.via;
    if (via?.kind !== 'relay') return;
    relays.handle({ kind: 'doubt', region: via.region }, now);
    // We send by the peer's relay, and it sends by ours.
    if (netcheck.homeRelay !== undefined && netcheck.homeRelay !== via.region) relays.handle({ kind: 'doubt', region: netcheck.homeRelay }, now);
    this.#settle(now);
  }

  retry(now: Instant): void {
    this.#init.machines.relays.handle({ kind: 'retry' }, now);
    this.#settle(now);
  }

  /** A report is wanted; answered by an effect with this id. */
  check(request: number, now: Instant): void {
    if (this.#map.regions.size === 0) {
      this.#init.emit({ kind: 'netchecked', request });
      return;
    }
    this.#asked.add(request);
    this.#init.machines.netcheck.handle({ kind: 'check', form: 'full' }, now);
    this.#portMapping.handle({ kind: 'check', asked: true }, now);
    this.#settle(now);
  }

  relayLink(event: RelayLinkEvent, now: Instant): void {
    this.#init.machines.relays.receive(event, now, this.#sink(now));
    this.#homeHeard(now);
    this.#settle(now);
  }

  /** A WireGuard packet for a relay. `bytes` are valid only during the call. `flush` follows. */
  sendRelayed(region: number, peer: PeerId, bytes: Uint8Array, now: Instant): void {
    const key = this.#init.peers.get(peer)?.config.publicKey.bytes;
    if (key !== undefined) this.#init.machines.relays.send(region, key, bytes, now);
  }

  /** After a run of `sendRelayed`. */
  flush(now: Instant): void {
    this.#settle(now);
  }

  resolved(host: string, addresses: readonly IpAddress[], now: Instant): void {
    this.#init.machines.netcheck.handle({ kind: 'resolved', host, addresses }, now);
    this.#settle(now);
  }

  webAnswered(id: number, latencyMs: number | undefined, portal: boolean, now: Instant): void {
    this.#init.machines.netcheck.handle({ kind: 'web-answered', id, latencyMs, portal }, now);
    this.#settle(now);
  }

  nextDeadline(): Deadline | undefined {
    const { netcheck, paths, relays } = this.#init.machines;
    return earlier(earlier(paths.nextDeadline(), relays.nextDeadline()), earlier(netcheck.nextDeadline(), this.#portMapping.nextDeadline()));
  }

  expire(now: Instant): void {
    const due = this.nextDeadline();
    if (due === undefined || due.at > now) return;
    const { netcheck, paths, relays } = this.#init.machines;
    netcheck.expire(now);
    relays.expire(now);
    paths.expire(now);
    this.#portMapping.expire(now);
    this.#settle(now);
  }

  #paths(input: PathsInput, now: Instant): void {
    this.#init.machines.paths.handle(input, now);
    this.#settle(now);
  }

  /** Until no machine has anything to say: what one says may be news for another. */
  #settle(now: Instant): void {
    const { netcheck, paths, relays } = this.#init.machines;
    for (let busy = true; busy; ) {
      busy = false;
      for (let output = netcheck.poll(); output !== undefined; output = netcheck.poll()) {
        this.#fromNetcheck(output, now);
        busy = true;
      }
      for (let output = paths.poll(); output !== undefined; output = paths.poll()) {
        this.#fromPaths(output, now);
        busy = true;
      }
      for (let output = relays.poll(); output !== undefined; output = relays.poll()) {
        this.#fromRelays(output, now);
        busy = true;
      }
      if (this.#portMapping.drain(now)) busy = true;
      const inUse = paths.activePeers > 0;
      if (inUse === this.#inUse) continue;
      this.#inUse = inUse;
      netcheck.handle({ kind: 'in-use', on: inUse }, now);
      busy = true;
    }
    if (this.#measuredFor.size > 0 && this.#portMapping.settled) this.#answerChecks();
  }

  #fromPaths(output: PathsOutput, now: Instant): void {
    const { command, history, machines, peers } = this.#init;
    switch (output.kind) {
      case 'send':
        command({ kind: 'send-datagram', to: output.to, bytes: output.bytes });
        return;
      case 'send-relayed':
        this.sendRelayed(output.region, output.peer, output.bytes, now);
        return;
      case 'path':
        this.#setPath(output.peer, output.direct, output.relay, now);
        return;
      case 'probe': {
        const peer = peers.get(output.peer);
        // A peer that cannot be asked inside the tunnel is believed by its pongs alone.
        if (peer === undefined || !this.#init.probe(peer, output.token, output.via, now)) machines.paths.handle({ kind: 'probe-answered', token: output.token }, now);
        return;
      }
      case 'need-endpoints':
        machines.netcheck.handle({ kind: 'check', form: 'endpoints' }, now);
        return;
      case 'initiate': {
        const peer = peers.get(output.peer);
        if (peer !== undefined && output.because === 'restarted') this.#init.restarted(peer, now);
        command({ kind: 'initiate', peer: output.peer });
        return;
      }
      case 'changed': {
        const peer = peers.get(output.peer);
        if (peer !== undefined) peer.revision++;
        this.#init.changed();
        return;
      }
      case 'moved': {
        const peer = peers.get(output.peer);
        if (peer !== undefined) history.moved(peer.name, output, this.#map, now);
        // A way that ends may be that of a router that restarted and lost our port.
        if (output.because === 'no-pong' || output.because === 'data-lost') this.#portMapping.handle({ kind: 'check', asked: false }, now);
        return;
      }
      default:
        return output satisfies never;
    }
  }

  /** Without a network the packet path has no way to anybody: it tries nothing, and goes on by the ways of now when there is one. */
  #setOnline(online: boolean): void {
    if (this.#online === online) return;
    this.#online = online;
    for (const { id, fromMap, way } of this.#init.peers.values()) {
      if (fromMap !== undefined) this.#init.command({ kind: 'set-path', peer: id, direct: online ? way.direct : undefined, relay: online ? way.relay : undefined });
    }
  }

  #setPath(id: PeerId, direct: IpEndpoint | undefined, relay: number | undefined, now: Instant): void {
    const peer = this.#init.peers.get(id);
    if (peer === undefined) return;
    const hadNone = !peer.isReachable;
    peer.noteWay({ direct, relay }, now);
    if (this.#online) this.#init.command({ kind: 'set-path', peer: id, direct, relay });
    // Somebody waits for it who asked while no way was known.
    if (hadNone && peer.isReachable && peer.standing.kind !== 'live' && peer.standing.attempts > 0) this.#init.command({ kind: 'initiate', peer: id });
  }

  #fromRelays(output: RelayOutput, now: Instant): void {
    const { emit, history, machines } = this.#init;
    switch (output.kind) {
      case 'link':
        emit({ kind: 'relay-link', command: output.command });
        return;
      case 'changed': {
        const { kind } = machines.relays.state(output.region);
        this.#init.changed();
        machines.paths.handle({ kind: 'relay', region: output.region, up: kind === 'up' || kind === 'checking' }, now);
        return;
      }
      case 'incident-began':
      case 'incident-ended':
        history.relay(output, () => this.#cutOffWithout(output.region), this.#map, now);
        return;
      case 'log':
        emit({ kind: 'log', level: output.level, area: 'relay', text: output.text });
        return;
      default:
        return output satisfies never;
    }
  }

  /** Peers that answered once and have no direct way: what we send goes through their relay, what they send through ours. */
  #cutOffWithout(region: number): string[] {
    const isHome = this.#init.machines.netcheck.homeRelay === region;
    return [...this.#init.peers.values()]
      .filter(({ way, standing, isOffline }) => way.direct === undefined && way.relay !== undefined && (isHome || way.relay === region) && standing.kind !== 'never' && !isOffline)
      .map(({ name }) => name);
  }

  #fromNetcheck(output: NetcheckOutput, now: Instant): void {
    const { command, emit, machines, tell } = this.#init;
    switch (output.kind) {
      case 'send':
        command({ kind: 'send-datagram', to: output.to, bytes: output.bytes });
        return;
      case 'resolve':
        emit({ kind: 'resolve', host: output.host });
        return;
      case 'web-probe':
        emit(output);
        return;
      case 'endpoints':
        if (this.#isSeenElsewhere(output.endpoints)) machines.relays.handle({ kind: 'nat-anew' }, now);
        this.#seen = output.endpoints;
        this.#confirmedAt = output.confirmedAt;
        this.#tellEndpoints(now);
        return;
      case 'home':
        machines.relays.handle({ kind: 'home', region: output.region }, now);
        this.#tellNetFacts(now);
        return;
      case 'report':
        this.#measured(output.report);
        this.#took(output.report, now);
        this.#init.changed();
        tell({ kind: 'net-facts', net: this.#netFacts(output.report) }, now);
        return;
      default:
        return output satisfies never;
    }
  }

  /** A check of all tells of all; others leave what they did not ask as it was. */
  #measured({ form, latency }: NetcheckReport): void {
    if (form === 'full') this.#latency.clear();
    for (const [region, { v4, v6, web }] of latency) {
      const best = Math.min(v4 ?? Infinity, v6 ?? Infinity, web ?? Infinity);
      if (best < Infinity) this.#latency.set(region, best);
    }
  }

  #took(report: NetcheckReport, now: Instant): void {
    this.#tellSurroundings(now);
    // The packets that a router forgot us after are those that a check misses: is it the same one still?
    this.#portMapping.handle({ kind: 'check', asked: false }, now);
    if (report.form !== 'full') return;
    for (const request of this.#asked) this.#measuredFor.add(request);
    this.#asked.clear();
  }

  #answerChecks(): void {
    for (const request of this.#measuredFor) this.#init.emit({ kind: 'netchecked', request });
    this.#measuredFor.clear();
  }

  #portMoved(now: Instant): void {
    this.#tellSurroundings(now);
    this.#tellEndpoints(now);
    this.#tellNetFacts(now);
  }

  #tellSurroundings(now: Instant): void {
    const report = this.#init.machines.netcheck.last;
    const { ipv4, ipv6 } = this.#families;
    const surroundings = { udpWorks: report?.udp, mappingVariesByDestination: report?.mappingVariesByDestination, ipv4, ipv6, portMapped: this.#portMapping.works };
    this.#init.machines.paths.handle({ kind: 'surroundings', surroundings }, now);
  }

  #tellNetFacts(now: Instant): void {
    const report = this.#init.machines.netcheck.last;
    this.#init.tell({ kind: 'net-facts', net: this.#netFacts(report) }, now);
  }

  #netFacts(report: NetcheckReport | undefined): NetFacts {
    const { homeRelay } = this.#init.machines.netcheck;
    const latency = new Map<string, number>();
    for (const [region, { v4, v6 }] of report?.latency ?? []) {
      if (v4 !== undefined) latency.set(`${region}-v4`, v4 / 1_000);
      if (v6 !== undefined) latency.set(`${region}-v6`, v6 / 1_000);
    }
    return {
      ...(report?.mappingVariesByDestination === undefined ? {} : { mappingVariesByDestination: report.mappingVariesByDestination }),
      ...(report?.ipv6 === undefined ? {} : { workingIpv6: report.ipv6 }),
      ...(report?.udp === undefined ? {} : { workingUdp: report.udp }),
      ...this.#portMapping.facts,
      osHasIpv6: this.#families.ipv6,
      ...(homeRelay === undefined ? {} : { homeRelay }),
      ...(latency.size === 0 ? {} : { relayLatency: latency }),
    };
  }

  #tellFamilies(now: Instant): void {
    this.#init.machines.netcheck.handle({ kind: 'families', ...this.#families, localPort: this.#port }, now);
    this.#settle(now);
  }

  /** A NAT that gives each destination a port of its own shows another one at any time: there only the address tells. */
  #isSeenElsewhere(endpoints: readonly IpEndpoint[]): boolean {
    const varies = this.#init.machines.netcheck.last?.mappingVariesByDestination === true;
    return this.#seen.length > 0 && endpoints.some((one) => !this.#seen.some((old) => (varies ? equalIp(old.address, one.address) : equalEndpoint(old, one))));
  }

  #tellEndpoints(now: Instant): void {
    // Where nobody can tell how we are seen, our own account is all there is.
    const confirmedAt = this.#map.regions.size === 0 ? now : (this.#confirmedAt ?? LONG_AGO);
    const report = this.#init.machines.netcheck.last;
    const endpoints = ownEndpoints({ mapped: this.#portMapping.external, seen: this.#seen, mappingVaries: report?.mappingVariesByDestination === true, localPort: this.#port, local: this.#local });
    this.#init.machines.paths.handle({ kind: 'own-endpoints', endpoints: endpoints.map(({ endpoint }) => endpoint), confirmedAt }, now);
    this.#init.tell({ kind: 'endpoints', endpoints }, now);
  }

  #sink(now: Instant): RelaySink {
    return {
      packet: (region, source, bytes) => {
        const peer = this.#keys.find(source);
        if (peer === undefined) return;
        if (isDisco(bytes)) this.#init.machines.paths.handle({ kind: 'relayed', region, source: peer, bytes }, now);
        else this.#init.relayed(region, peer, bytes);
      },
      peerGone: (region, key) => {
        const peer = this.#keys.find(key);
        if (peer !== undefined) this.#init.machines.paths.handle({ kind: 'peer-gone', region, peer }, now);
      },
    };
  }

  /** The home relay speaks: it is alive, whatever probes say. */
  #homeHeard(now: Instant): void {
    const { netcheck, relays } = this.#init.machines;
    const region = netcheck.homeRelay;
    const state = region === undefined ? undefined : relays.state(region);
    if (region === undefined || state?.kind !== 'up') return;
    if (this.#homeHeardAt !== undefined && age(this.#homeHeardAt, state.heardAt) < HEARD_EVERY) return;
    this.#homeHeardAt = state.heardAt;
    netcheck.handle({ kind: 'relay-heard', region }, now);
  }
}
