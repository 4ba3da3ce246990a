/**
 * What goes into a node and what it shows: configuration, inputs, and the view. Types only. `api/snapshot.ts` turns a
 * view into the schema's Snapshot; the shapes agree on purpose, but the node knows nothing of the schema.
 */
import type { PeerId } from '../base/brand.ts';
import type { IpAddress, IpEndpoint, IpPrefix } from '../base/ip.ts';
import type { ControlConfig, HostFacts, LocalEndpoint } from '../control/types.ts';
import type { PresharedKey, PrivateKey, PublicKey } from '../keys/keys.ts';
import type { PreAuthKey } from '../keys/pre-auth-key.ts';
import type { ControlLinkEvent } from '../ports/control-link.ts';
import type { Gateway, GatewayDatagram } from '../ports/gateway-link.ts';
import type { OsTold } from '../ports/os-watch.ts';
import type { RelayLinkEvent } from '../ports/relay-link.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import type { DesiredOs, GuardTold } from '../ports/os-state.ts';
import type { Duration, Instant, WallTime } from '../time/instant.ts';
import type { CandidateSource } from '../paths/types.ts';
import type { RelayRegionState } from '../relay/types.ts';
import type { Message } from './messages.ts';
import type { Opponent, OsItem } from './os-messages.ts';

export interface NodePeerConfig {
  /** Unique in this node; shown to people. */
  readonly name: string;
  readonly publicKey: PublicKey;
  readonly presharedKey?: PresharedKey;
  readonly endpoint?: IpEndpoint;
  readonly allowedIps: readonly IpPrefix[];
  /** ms; 0: off. */
  readonly persistentKeepaliveMs: Duration;
}

/** Plain WireGuard: keys, addresses and peers are written down. Peers get PeerIds 0, 1, 2... in the order given. */
export interface StaticNodeConfig {
  readonly kind: 'static';
  readonly name: string;
  readonly privateKey: PrivateKey;
  readonly publicKey: PublicKey;
  /** Overlay addresses of this node. */
  readonly addresses: readonly IpAddress[];
  readonly mtu: number;
  readonly peers: readonly NodePeerConfig[];
}

/** A network that a control server describes. Keys, addresses and peers come from it. */
export interface TailnetNodeConfig {
  readonly kind: 'tailnet';
  /** Shown until the server gave a name. */
  readonly name: string;
  /** 1280 where nothing else is wanted. */
  readonly mtu: number;
  readonly control: ControlConfig;
  /** Of `control.discoKey`; fresh in each run of the program. */
  readonly discoKey: PrivateKey;
  /** Use the subnets that other nodes offer. Their default routes are never used yet. */
  readonly acceptRoutes: boolean;
}

export type NodeConfig = StaticNodeConfig | TailnetNodeConfig;

export type NodeInput =
  /** Begins, or begins anew, with this configuration: nothing of an earlier one stays but the history. */
  | { readonly kind: 'start'; readonly config: NodeConfig; readonly wall: WallTime }
  | { readonly kind: 'stop' }
  | { readonly kind: 'fact'; readonly fact: DataplaneFact }
  /** The machine slept: Instants jumped by `forMs`. */
  | { readonly kind: 'slept'; readonly forMs: Duration; readonly wall: WallTime }
  /** The wall clock was set. */
  | { readonly kind: 'wall-clock'; readonly wall: WallTime }
  /** Someone looks at the screen: measure latency of live peers every few seconds while so. */
  | { readonly kind: 'watch'; readonly on: boolean }
  /** One in-tunnel echo; answered by a `pinged` effect within its deadline. */
  | { readonly kind: 'ping'; readonly peer: PeerId; readonly request: number }
  /** Prove this peer, or all, now. */
  | { readonly kind: 'check'; readonly peer: PeerId | undefined }
  /** The name of a peer's endpoint was resolved, for the first time or anew. */
  | { readonly kind: 'endpoint-found'; readonly peer: PeerId; readonly endpoint: IpEndpoint }
  /** The host set device, addresses, routes and names on the operating system: for a tailnet, the last `overlay` it was told.
   *  desired: all of it as values, which the node keeps up from now on by `os-guard` effects; undefined: the host cannot look. */
  | { readonly kind: 'os-set'; readonly device: string; readonly routes: number; readonly desired?: DesiredOs }
  /** Answers to `os-guard` effects. */
  | { readonly kind: 'os-guard'; readonly told: GuardTold }
  /** Not all of it could be set. `why`: a sentence of the host for a person. */
  | { readonly kind: 'os-refused'; readonly device: string; readonly why: string }
  /** Of the system's network: answers to the effects `os-watch`, and events. Begins with `watch`. */
  | { readonly kind: 'os'; readonly told: OsTold }
  // ---- of a tailnet; ignored by a static network
  | { readonly kind: 'control-link'; readonly event: ControlLinkEvent }
  /** down: nothing can be sent at all. up: it can again. changed: another network; what was open over the old one is doubted. */
  | { readonly kind: 'network'; readonly state: 'down' | 'up' | 'changed' }
  /** A person signs in anew, with a key or (undefined) in a browser. The way out of 'signed-out' and 'refused'; also renews a key. */
  | { readonly kind: 'sign-in'; readonly authKey: PreAuthKey | undefined }
  /** Leaves the tailnet: the server is told, and every key of the account is forgotten. */
  | { readonly kind: 'sign-out' }
  /** A person compared the two keys and trusts the new one: answers `account.keyChange`. */
  | { readonly kind: 'accept-server-key' }
  /** A person asks to try the server now. */
  | { readonly kind: 'retry-server' }
  /** Where this computer can be reached: all of them, each time, best first. This and the next by whoever has no `watch`. */
  | { readonly kind: 'local-endpoints'; readonly endpoints: readonly LocalEndpoint[] }
  /** Families that lead somewhere: an address, and for IPv6 a route to the internet. Others are not probed. */
  | { readonly kind: 'families'; readonly ipv4: boolean; readonly ipv6: boolean }
  | { readonly kind: 'host-facts'; readonly host: HostFacts }
  /** The router that the default route leads to, of IPv4. Undefined: none that could be asked for a port. */
  | { readonly kind: 'gateway'; readonly gateway: Gateway | undefined }
  /** What came back on the socket of the effect `gateway-link`. */
  | { readonly kind: 'gateway-datagram'; readonly datagram: GatewayDatagram }
  /** Of a relay. The bytes in it are valid only during the call. */
  | { readonly kind: 'relay-link'; readonly event: RelayLinkEvent }
  /** Answers to the effects `resolve` and `web-probe`. */
  | { readonly kind: 'resolved'; readonly host: string; readonly addresses: readonly IpAddress[] }
  | { readonly kind: 'web-answered'; readonly id: number; readonly latencyMs: number | undefined; readonly portal: boolean }
  /** A person asks for direct paths now, to this peer or to all that are relayed. */
  | { readonly kind: 'try-direct'; readonly peer: PeerId | undefined }
  /** A full check of the network around us; answered by a `netchecked` effect with this id. */
  | { readonly kind: 'netcheck'; readonly request: number };

/**
 * Where a tailnet's account is. Each phase has a name and a timer (`phaseSinceAt`).
 * off: the tunnel is stopped. waiting-for-network: no attempts without one. connecting, registering, fetching-map: on the
 * way. sign-in: a person has to open `signInUrl`, or to give a key. running: the map is streamed. backing-off: the next
 * attempt is at `nextTryAt`. key-changed: a person has to answer `keyChange`. refused: the server said no, `lastError` has its
 * words; it is asked again at `nextTryAt`, or (null) after a sign-in. signing-out, signed-out: the keys are wiped; only a
 * sign-in ends it. A renewal of the key in phase 'running' sets `signInUrl` and nothing else.
 */
export type AccountPhase =
  | 'off'
  | 'waiting-for-network'
  | 'connecting'
  | 'registering'
  | 'sign-in'
  | 'fetching-map'
  | 'running'
  | 'backing-off'
  | 'key-changed'
  | 'refused'
  | 'signing-out'
  | 'signed-out';

export interface AccountView {
  /** `https://hs.example.org` */
  readonly server: string;
  readonly phase: AccountPhase;
  readonly phaseSinceAt: Instant;
  /** Attempts to connect since the last message of the server; 0 while it speaks. */
  readonly attempt: number;
  readonly lastError: Message | null;
  readonly nextTryAt: Instant | null;
  readonly signInUrl: string | null;
  /** Text forms of the two public keys (`mkey:...`). */
  readonly keyChange: { readonly pinned: string; readonly offered: string } | null;
  /** Login name; null until the server told it. */
  readonly user: string | null;
  /** The server's name of the network. */
  readonly tailnet: string | null;
  /** This node's own name on the server (first label); until then the one that is asked for. */
  readonly name: string;
  readonly tags: string[];
  /** Null: never, or not known yet. */
  readonly keyExpiresAt: WallTime | null;
}

/** A new flow that somebody asks about. `port`: of its destination, without meaning for protocols that have none. */
export interface FlowQuestion {
  /** A number of IP; `icmp` is that of either family. */
  readonly protocol: number | 'icmp';
  readonly port: number;
}

/** What the packet filter does with it, both ways. */
export interface FilterVerdictView {
  readonly inbound: { readonly allowed: boolean; readonly rule: string | null; readonly message: Message };
  readonly outbound: Message;
}

export type TruthName = 'control' | 'relay' | 'path' | 'os';

export interface TruthView {
  readonly state: 'ok' | 'checking' | 'stale' | 'down' | 'off';
  readonly provedAt: Instant | null;
  readonly detail: Message;
}

/**
 * What Bowline keeps on this computer's system. checking: not read back yet. settled: all is there, at the last proof.
 * repairing: some is not, and is put back. fought-over: somebody keeps undoing it. refused: the system itself says no.
 * misled: all is there, and packets go another way. device-gone: our device does not exist.
 */
export interface OsView {
  readonly state: 'checking' | 'settled' | 'repairing' | 'fought-over' | 'refused' | 'misled' | 'device-gone';
  /** Null: settled. */
  readonly sinceAt: Instant | null;
  /** What is not there, the first of `missing`; of a fight, what was removed last. */
  readonly items: OsItem[];
  readonly missing: number;
  readonly attempts: number;
  /** How often somebody undid it. */
  readonly undone: number;
  /** Null: there is no fight. */
  readonly opponent: Opponent | null;
  readonly nextTryAt: Instant | null;
}

/** Every item that is wanted there, and what of it the last look found. */
export interface KeptOs {
  readonly device: string;
  readonly seenAt: Instant;
  readonly items: { readonly kind: OsItem['kind']; readonly item: string; readonly there: boolean }[];
}

/** Where a peer's packets went, the newest change last. */
export interface PeerWays {
  readonly id: PeerId;
  readonly changes: { readonly at: Instant; readonly direct: string | null; readonly relay: string | null }[];
}

/** What a report tells beside the view. */
export interface NodeAudit {
  readonly kept: KeptOs | null;
  readonly ways: PeerWays[];
}

export interface CauseView {
  readonly id: string;
  readonly severity: 'down' | 'stale' | 'checking' | 'info';
  readonly message: Message;
  readonly sinceAt: Instant;
  readonly peer: string | null;
}

export interface CandidateView {
  /** `ip:port` */
  readonly endpoint: string;
  readonly source: CandidateSource;
  /** Pings, and answers to them, in all. */
  readonly sent: number;
  readonly answered: number;
  readonly lastAnswerAt: Instant | null;
  readonly latencyMs: number | null;
  /** Probes passed and data did not: not used before this. */
  readonly badUntil: Instant | null;
}

export interface PathView {
  readonly kind: 'direct' | 'relay' | 'none';
  /** `ip:port`, or the code of a relay region. */
  readonly via: string | null;
  readonly latencyMs: number | null;
  readonly why: Message;
  /** When its packets began to go this way. */
  readonly sinceAt: Instant | null;
  /** When a direct way is tried next; null: with the next packet, or not needed. */
  readonly nextTryAt: Instant | null;
  /** Addresses that were tried, of a peer of a map. */
  readonly candidates: CandidateView[];
}

export interface RelayView {
  readonly region: number;
  readonly code: string;
  readonly name: string;
  readonly home: boolean;
  readonly state: RelayRegionState['kind'];
  readonly heardAt: Instant | null;
  /** As netcheck measured it last. */
  readonly latencyMs: number | null;
}

/** The network around this computer, as last measured. Null in it: not known. */
export interface NetcheckView {
  readonly at: Instant;
  readonly udp: boolean | null;
  readonly ipv4: boolean | null;
  readonly ipv6: boolean | null;
  readonly mappingVariesByDestination: boolean | null;
  readonly captivePortal: boolean | null;
  readonly globalV4: string | null;
  readonly globalV6: string | null;
  /** What the router does about a port of our own. */
  readonly portMapping: Message | null;
}

export interface PeerView {
  readonly id: PeerId;
  readonly name: string;
  readonly publicKey: string;
  readonly addresses: string[];
  readonly health: 'proved' | 'quiet' | 'checking' | 'silent' | 'never';
  readonly healthSinceAt: Instant;
  readonly path: PathView;
  readonly handshakeAt: Instant | null;
  readonly lastDataAt: Instant | null;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly handshakes: number;
  readonly latency: { at: Instant; ms: number | null }[];
}

export interface HistoryView {
  readonly id: number;
  readonly at: WallTime;
  readonly startedAt: Instant;
  readonly truth: TruthName;
  readonly peer: string | null;
  readonly cause: Message;
  readonly action: Message;
  readonly result: Message | null;
  readonly durationMs: Duration | null;
  readonly unreachable: string[];
}

export interface NodeView {
  readonly overall: {
    readonly state: 'connected' | 'idle' | 'checking' | 'attention' | 'offline' | 'stopped';
    readonly sentence: Message;
    /** Worst first. */
    readonly causes: CauseView[];
    readonly sinceAt: Instant;
  };
  /** Null: a static network, which has no account. */
  readonly account: AccountView | null;
  readonly self: { readonly name: string; readonly publicKey: string; readonly addresses: string[]; readonly port: number | null };
  readonly truths: { readonly control: TruthView; readonly relay: TruthView; readonly path: TruthView; readonly os: TruthView };
  /** Null: the system is not touched, or cannot be read back. */
  readonly os: OsView | null;
  readonly provedForMs: Duration;
  readonly peers: PeerView[];
  /** Regions of the map; empty for a static network. */
  readonly relays: RelayView[];
  /** Null: nothing was measured yet. */
  readonly netcheck: NetcheckView | null;
  readonly history: HistoryView[];
}
