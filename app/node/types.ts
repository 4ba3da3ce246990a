/**
 * What goes into a node and what it shows: configuration, inputs, and the view. Types only. `api/snapshot.ts` turns a
 * view into the schema's Snapshot; the shapes agree on purpose, but the node knows nothing of the schema.
 */
import type { PeerId } from '../base/brand.ts';
import type { IpAddress, IpEndpoint, IpPrefix } from '../base/ip.ts';
import type { PresharedKey, PrivateKey, PublicKey } from '../keys/keys.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import type { Duration, Instant, WallTime } from '../time/instant.ts';
import type { Message } from './messages.ts';

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

export interface NodeConfig {
  readonly name: string;
  readonly privateKey: PrivateKey;
  readonly publicKey: PublicKey;
  /** Overlay addresses of this node. */
  readonly addresses: readonly IpAddress[];
  readonly mtu: number;
  readonly peers: readonly NodePeerConfig[];
}

export type NodeInput =
  /** Begins (or begins anew) with this configuration. Peers get PeerIds 0, 1, 2... in the order given. */
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
  /** The host set device, addresses, routes and names on the operating system. */
  | { readonly kind: 'os-set'; readonly device: string; readonly routes: number };

export type TruthName = 'control' | 'relay' | 'path' | 'os';

export interface TruthView {
  readonly state: 'ok' | 'checking' | 'stale' | 'down' | 'off';
  readonly provedAt: Instant | null;
  readonly detail: Message;
}

export interface CauseView {
  readonly id: string;
  readonly severity: 'down' | 'stale' | 'checking' | 'info';
  readonly message: Message;
  readonly sinceAt: Instant;
  readonly peer: string | null;
}

export interface PeerView {
  readonly id: PeerId;
  readonly name: string;
  readonly publicKey: string;
  readonly addresses: string[];
  readonly health: 'proved' | 'quiet' | 'checking' | 'silent' | 'never';
  readonly healthSinceAt: Instant;
  readonly path: { readonly kind: 'direct' | 'relay' | 'none'; readonly via: string | null; readonly latencyMs: number | null; readonly why: Message };
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
  readonly self: { readonly name: string; readonly publicKey: string; readonly addresses: string[]; readonly port: number | null };
  readonly truths: { readonly control: TruthView; readonly relay: TruthView; readonly path: TruthView; readonly os: TruthView };
  readonly provedForMs: Duration;
  readonly peers: PeerView[];
  readonly history: HistoryView[];
}
