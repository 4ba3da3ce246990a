/**
 * The netmap in our own terms: what `decode*` of this folder makes of a MapResponse, and what control, filter, paths and
 * relay read. Types only. JSON names and rules: docs of the control protocol (Tailscale's tailcfg); an absent field means
 * "unchanged" in a delta and is `undefined` here, never a default.
 */
import type { IpAddress, IpEndpoint, IpPrefix } from '../../base/ip.ts';
import type { WallTime } from '../../time/instant.ts';

/** Raw 32 bytes of a public key (`nodekey:`, `mkey:`, `discokey:`). */
export type RawKey = Uint8Array;

/** Numbers of the server's database; below 2^53. */
export type NodeId = number;

export interface NetNode {
  readonly id: NodeId;
  readonly stableId: string;
  /** FQDN without the trailing dot. */
  readonly name: string;
  readonly user: number;
  readonly key: RawKey;
  readonly machineKey: RawKey | undefined;
  /** Undefined: none, or all zero. */
  readonly discoKey: RawKey | undefined;
  readonly addresses: readonly IpPrefix[];
  /** As addresses where the server sends null. */
  readonly allowedIps: readonly IpPrefix[];
  readonly primaryRoutes: readonly IpPrefix[];
  readonly endpoints: readonly IpEndpoint[];
  /** Region id; 0: none known. */
  readonly homeRelay: number;
  readonly hostname: string;
  readonly os: string;
  readonly tags: readonly string[];
  readonly capabilities: ReadonlyMap<string, readonly unknown[]>;
  readonly cap: number;
  readonly online: boolean | undefined;
  readonly lastSeen: WallTime | undefined;
  /** Undefined: never. */
  readonly keyExpiry: WallTime | undefined;
  /** The server says so; control adds its own judgement by the clock. */
  readonly expired: boolean;
  readonly machineAuthorized: boolean;
  readonly wireGuardOnly: boolean;
  readonly jailed: boolean;
}

/** One change of one node. Only what is present is set. */
export interface NodePatch {
  readonly id: NodeId;
  readonly homeRelay?: number;
  readonly cap?: number;
  readonly capabilities?: ReadonlyMap<string, readonly unknown[]>;
  readonly endpoints?: readonly IpEndpoint[];
  readonly key?: RawKey;
  /** null: it has none any more (all zero). */
  readonly discoKey?: RawKey | null;
  readonly online?: boolean;
  readonly lastSeen?: WallTime;
  /** null clears it. */
  readonly keyExpiry?: WallTime | null;
}

export interface RelayNode {
  readonly name: string;
  readonly hostName: string;
  readonly certName: string;
  /** 'dns': look the host name up. 'off': this family is not to be used. */
  readonly ipv4: IpAddress | 'dns' | 'off';
  readonly ipv6: IpAddress | 'dns' | 'off';
  /** undefined: no STUN here. */
  readonly stunPort: number | undefined;
  readonly stunOnly: boolean;
  readonly relayPort: number;
  readonly canPort80: boolean;
  readonly insecureForTests: boolean;
}

export interface RelayRegion {
  readonly id: number;
  readonly code: string;
  readonly name: string;
  readonly avoid: boolean;
  readonly noMeasureNoHome: boolean;
  readonly nodes: readonly RelayNode[];
}

export interface RelayMap {
  readonly regions: ReadonlyMap<number, RelayRegion>;
  readonly scores: ReadonlyMap<number, number>;
  readonly omitDefaultRegions: boolean;
}

/** Inclusive; `first` and `last` of one family. */
export interface IpRange {
  readonly first: IpAddress;
  readonly last: IpAddress;
}

export type FilterSource =
  | { readonly kind: 'range'; readonly range: IpRange }
  /** The sending peer has this node capability. */
  | { readonly kind: 'capability'; readonly name: string };

export interface FilterDestination {
  readonly range: IpRange;
  readonly firstPort: number;
  readonly lastPort: number;
}

/** A rule that lets packets pass. Rules that only grant application capabilities are not here. */
export interface FilterRule {
  readonly sources: readonly FilterSource[];
  readonly destinations: readonly FilterDestination[];
  /** IP protocol numbers; never empty (TCP, UDP, ICMP, ICMPv6 where the server names none). */
  readonly protocols: readonly number[];
  /** The rule as the server wrote it, short, for explanations: `100.64.0.1 -> 100.64.0.2:22,80 (tcp)`. */
  readonly text: string;
}

/** Names to rules, in sorted order of names. */
export type PacketFilter = readonly { readonly name: string; readonly rules: readonly FilterRule[] }[];

export interface DnsResolver {
  readonly address: string;
  readonly bootstrap: readonly string[];
  readonly useWithExitNode: boolean;
}

export interface DnsConfig {
  readonly resolvers: readonly DnsResolver[];
  /** An empty list: we answer for this suffix ourselves. */
  readonly routes: ReadonlyMap<string, readonly DnsResolver[]>;
  readonly fallbackResolvers: readonly DnsResolver[];
  readonly domains: readonly string[];
  readonly magicDns: boolean;
  readonly extraRecords: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  readonly certDomains: readonly string[];
}

export interface UserProfile {
  readonly id: number;
  readonly loginName: string;
  readonly displayName: string;
}

/** The answer to `POST /machine/register`. Arrives with status 200 even when it is an error. */
export interface RegisterAnswer {
  /** Empty: none. Words of the server, without control characters. */
  readonly error: string;
  /** Empty: no person is needed. As sent: whoever opens it judges it first. */
  readonly authUrl: string;
  readonly nodeKeyExpired: boolean;
  readonly machineAuthorized: boolean;
  /** Empty: not said. */
  readonly loginName: string;
  readonly displayName: string;
}
