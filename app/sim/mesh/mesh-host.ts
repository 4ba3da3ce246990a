/**
 * One computer of a mesh: the simulator's host with the product's engine, its station on the simulated internet, and the
 * carrier of its relay connections. It passes on what comes and goes, and remembers the way that the engine last chose for
 * each peer. Callers: mesh-world.ts.
 */
import type { PeerId } from '../../base/brand.ts';
import { formatIp, type IpAddress, type IpEndpoint } from '../../base/ip.ts';
import { ENDPOINT_TYPE, type LocalEndpoint } from '../../control/types.ts';
import type { NetworkView } from '../../control/network-view.ts';
import { toBase64, type PrivateKey } from '../../keys/keys.ts';
import type { TailnetMachines } from '../../node/mesh/machines.ts';
import type { PeerView } from '../../node/types.ts';
import type { DataplaneCommand } from '../../ports/dataplane.ts';
import type { SimHost } from '../sim-host.ts';
import type { HostOs } from './host-os.ts';
import type { Internet } from './internet.ts';
import type { UdpHost } from './reach-oracle.ts';
import { RelayCarrier } from './relay-carrier.ts';
import { SimGatewayLink } from './port-map-site.ts';
import { gatewayOf, reachesInternet, routersOf, type Station } from './topology.ts';

export interface Way {
  readonly direct: IpEndpoint | undefined;
  readonly relay: number | undefined;
}

export interface RelayedPacket {
  readonly region: number;
  readonly peer: PeerId;
  readonly bytes: Uint8Array;
}

export class MeshHost implements UdpHost {
  readonly sim: SimHost;
  readonly station: Station;
  readonly port: number;
  readonly carrier: RelayCarrier;
  readonly gatewayLink: SimGatewayLink;
  /** As the engine told its packet path. */
  readonly ways = new Map<PeerId, Way>();
  /** What relays brought and the packet path has not taken yet. */
  readonly relayed: RelayedPacket[] = [];
  /** Its system, where that is played; else the host says itself what its network is. */
  os: HostOs | undefined;
  /** Of the running engine. */
  machines: TailnetMachines | undefined;
  /** Of the running engine, whatever is on disk. */
  nodeKey: PrivateKey | undefined;
  /** Of `nodeKey`, in base64. */
  publicKey: string | undefined;
  /** It has a network when it is awake. */
  plugged = true;
  /** Changes of its network that its system told. */
  networkTold = 0;
  /** Moves of its home relay, in each life beside the first choice. */
  homeChanges = 0;
  #home: number | undefined;
  /** Of engines that are gone. */
  #tornDown = 0;
  readonly #addresses = new Set<string>();
  #listed: { readonly view: NetworkView | undefined; readonly keys: ReadonlySet<string> } = { view: undefined, keys: new Set() };

  constructor(sim: SimHost, station: Station, port: number, internet: Internet, heard: () => void) {
    this.sim = sim;
    this.station = station;
    this.port = port;
    this.carrier = new RelayCarrier(internet, station, (event) => {
      if (sim.power !== 'up') return;
      sim.input({ kind: 'relay-link', event });
      for (let packet = this.relayed.shift(); packet !== undefined; packet = this.relayed.shift()) sim.receiveRelayed(packet.region, packet.peer, packet.bytes);
      heard();
    });
    this.gatewayLink = new SimGatewayLink(internet, station, (datagram) => {
      if (sim.power !== 'up') return;
      sim.input({ kind: 'gateway-datagram', datagram });
      heard();
    });
  }

  get name(): string {
    return this.sim.name;
  }

  /** Sockets and connections that it gave up as dead, in all its lives. */
  get teardowns(): number {
    return this.#tornDown + (this.sim.engine?.node.teardowns ?? 0);
  }

  /** Its engine is about to end. */
  ends(): void {
    this.#tornDown = this.teardowns;
    this.#home = undefined;
  }

  /** To be called now and then. */
  noteHome(): void {
    const home = this.machines?.netcheck.homeRelay;
    if (this.sim.power !== 'up' || home === undefined || home === this.#home) return;
    if (this.#home !== undefined) this.homeChanges++;
    this.#home = home;
  }

  /** The server told it, since it started, that the other is there with the key that it has now. */
  knows(other: MeshHost): boolean {
    const view = this.machines?.control.view;
    if (view === undefined || other.publicKey === undefined) return false;
    if (view !== this.#listed.view) this.#listed = { view, keys: new Set([...view.peers].map(([, { key }]) => toBase64(key))) };
    return this.#listed.keys.has(other.publicKey);
  }

  /** What its system says about its addresses. */
  tellNetwork(): void {
    if (this.os !== undefined) {
      this.os.follow();
      return;
    }
    const endpoints = this.station.interfaces.map(({ address }): LocalEndpoint => ({ endpoint: { address, port: this.port }, type: ENDPOINT_TYPE.local }));
    this.sim.input({ kind: 'families', ipv4: reachesInternet(this.station, 4), ipv6: reachesInternet(this.station, 6) });
    this.sim.input({ kind: 'local-endpoints', endpoints });
    this.sim.input({ kind: 'gateway', gateway: gatewayOf(this.station) });
  }

  /** The addresses that it has, or had, before the world and behind its NATs. To be called now and then. */
  noteAddresses(): void {
    for (const { network, address } of this.station.interfaces) {
      this.#addresses.add(formatIp(address));
      for (const { nat } of routersOf(network)) if (nat !== undefined) this.#addresses.add(formatIp(nat.external));
    }
  }

  hasHad(address: IpAddress): boolean {
    this.noteAddresses();
    return this.#addresses.has(formatIp(address));
  }

  note(command: DataplaneCommand): void {
    if (command.kind === 'set-path') this.ways.set(command.peer, { direct: command.direct, relay: command.relay });
    if (command.kind === 'remove-peer') this.ways.delete(command.peer);
  }

  /** Undefined: it is no peer of this host, or none that has a way. */
  wayTo(other: MeshHost): Way | undefined {
    const id = this.sim.peerIdOf(other.sim);
    return id === undefined ? undefined : this.ways.get(id);
  }

  isDirectTo(other: MeshHost): boolean {
    const way = this.wayTo(other);
    return way !== undefined && way.direct !== undefined && way.relay === undefined;
  }

  /** What it tells a person about this peer. */
  viewOf(other: MeshHost): PeerView | undefined {
    const id = this.sim.peerIdOf(other.sim);
    return this.sim.engine?.node.view(this.sim.now()).peers.find((peer) => peer.id === id);
  }
}
