/**
 * What goes into the control machine, what comes out, and the state it shows. Types only, plain data. `control.ts` is the
 * machine; node/ owns one per account and turns states and incidents into words; host/ carries out link commands and keeps
 * keys on disk. Nothing here but `link` and `keys` outputs may hold a secret.
 */
import type { IpEndpoint, IpPrefix } from '../base/ip.ts';
import type { PrivateKey } from '../keys/keys.ts';
import type { PreAuthKey } from '../keys/pre-auth-key.ts';
import type { AccountKeys } from '../ports/account-keys.ts';
import type { ControlFailure, ControlLinkCommand, ControlLinkEvent } from '../ports/control-link.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { LogLevel } from '../ports/log.ts';
import type { Rng } from '../ports/rng.ts';
import type { Machine } from '../time/deadline.ts';
import type { Duration, Instant, WallTime } from '../time/instant.ts';
import type { NodeId } from '../wire/netmap/types.ts';
import type { Applied } from './map-session-types.ts';
import type { KeyExpiry, NetworkChange, NetworkView } from './network-view.ts';

/** What outlives a restart, as one value: written whole at each `keys` output, before what depends on it is sent. */
export type ControlKeys = AccountKeys;

/** A node that never signed in. */
export const NO_KEYS: ControlKeys = { nodeKey: undefined, trialKey: undefined, pendingUrl: undefined, pinnedServerKey: undefined };

/** What this computer says about itself (`Hostinfo`). Sent whole each time: headscale forgets what is left out. */
export interface HostFacts {
  readonly os: 'linux' | 'macOS' | 'windows';
  readonly osVersion: string;
  /** Wanted name. The server may give another: the name of the view counts. */
  readonly hostname: string;
  /** Version of Bowline. */
  readonly clientVersion: string;
  /** Random, without meaning; stock clients want one of their peers. */
  readonly backendLogId: string;
  readonly arch: string;
  /** Subnets offered to others. */
  readonly routableIps: readonly IpPrefix[];
  readonly requestTags: readonly string[];
  readonly shieldsUp: boolean;
}

/** What is known of the network around us (`NetInfo`). Undefined: not known, and not sent. */
export interface NetFacts {
  readonly mappingVariesByDestination?: boolean;
  readonly workingIpv6?: boolean;
  readonly osHasIpv6?: boolean;
  readonly workingUdp?: boolean;
  readonly workingIcmpv4?: boolean;
  readonly portMapped?: boolean;
  readonly upnp?: boolean;
  readonly pmp?: boolean;
  readonly pcp?: boolean;
  /** Region id of the home relay. */
  readonly homeRelay?: number;
  /** By `<region id>-v4` and `-v6`; seconds. */
  readonly relayLatency?: ReadonlyMap<string, number>;
}

/** Numbers of the protocol (`EndpointType`). */
export const ENDPOINT_TYPE = { unknown: 0, local: 1, stun: 2, portMapped: 3, stunFixedLocalPort: 4, configured: 5 } as const;
export interface LocalEndpoint {
  readonly endpoint: IpEndpoint;
  readonly type: (typeof ENDPOINT_TYPE)[keyof typeof ENDPOINT_TYPE];
}

export interface ControlConfig {
  /** `https://hs.example.org` or `http://127.0.0.1:8080`; no path. */
  readonly url: string;
  readonly machineKey: PrivateKey;
  /** Raw public key; fresh in each run of the program. */
  readonly discoKey: Uint8Array;
  /** As last output, or NO_KEYS. */
  readonly keys: ControlKeys;
  /** Used for one registration, then forgotten. */
  readonly authKey: PreAuthKey | undefined;
  /** The server forgets this node soon after it goes. */
  readonly ephemeral: boolean;
  readonly host: HostFacts;
}

export type ControlInput =
  | { readonly kind: 'start'; readonly config: ControlConfig; readonly wall: WallTime }
  /** Ends all and says nothing to the server. Keys stay. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'link'; readonly event: ControlLinkEvent }
  /** 'changed': another network, so connections over the old one are not to be trusted. Taken for up until told. */
  | { readonly kind: 'network'; readonly now: 'up' | 'down' | 'changed' }
  /** The machine slept: Instants jumped by `forMs`. */
  | { readonly kind: 'slept'; readonly forMs: Duration; readonly wall: WallTime }
  | { readonly kind: 'wall-clock'; readonly wall: WallTime }
  /** A person asks: sign in anew with a new node key, by pre-auth key or (undefined) in a browser. Also renews a key. */
  | { readonly kind: 'sign-in'; readonly authKey: PreAuthKey | undefined }
  /** A person asks: tell the server, then wipe the keys. Done within SIGN_OUT_WITHIN whatever the server does. */
  | { readonly kind: 'sign-out' }
  /** The answer to state 'key-changed': the key offered is the right one from now on. */
  | { readonly kind: 'accept-server-key' }
  /** A person asks to try now. Still through the token bucket, and not before what Retry-After said. */
  | { readonly kind: 'retry' }
  /** A peer that answered answers no more: the server may have removed us and told it so. Asks whether it knows us, if the
   *  answer would be news. */
  | { readonly kind: 'ask-standing' }
  /** All of them, each time. */
  | { readonly kind: 'endpoints'; readonly endpoints: readonly LocalEndpoint[] }
  | { readonly kind: 'host-facts'; readonly host: HostFacts }
  | { readonly kind: 'net-facts'; readonly net: NetFacts };

/** What went wrong with the server, as facts. `text`: words of the server, cut to SERVER_TEXT and cleaned. */
export type ControlTrouble =
  | { readonly kind: 'link'; readonly failure: ControlFailure }
  /** The watchdog: no MapResponse for so long. */
  | { readonly kind: 'silent'; readonly forMs: Duration }
  | { readonly kind: 'no-answer'; readonly during: ControlRequestName; readonly afterMs: Duration }
  /** 429. */
  | { readonly kind: 'busy'; readonly during: ControlRequestName; readonly waitMs: Duration }
  | { readonly kind: 'http'; readonly during: ControlRequestName; readonly status: number; readonly text: string }
  /** `Error` in an answer of status 200, or a 4xx that no retry can mend. */
  | { readonly kind: 'says-no'; readonly text: string }
  /** Bytes of the right protocol and no sense. `what`: a short fixed phrase. */
  | { readonly kind: 'garbage'; readonly during: ControlRequestName; readonly what: string }
  | { readonly kind: 'stream-closed' }
  /** 404: the server does not know this node. */
  | { readonly kind: 'node-unknown' }
  /** Our own key has ended. */
  | { readonly kind: 'key-expired' }
  /** Debug.SleepSeconds. */
  | { readonly kind: 'asked-for-silence'; readonly forMs: Duration }
  | { readonly kind: 'slept'; readonly forMs: Duration }
  | { readonly kind: 'network-changed' }
  | { readonly kind: 'network-down' };
export type ControlRequestName = 'register' | 'map' | 'update' | 'sign-out';

/** Why a person has to sign in. */
export type SignInReason =
  /** Never signed in here. */
  | { readonly kind: 'first' }
  /** A person asked for it. */
  | { readonly kind: 'asked' }
  /** `at`: by the server's clock; undefined: only the server knows when. */
  | { readonly kind: 'key-expired'; readonly at: WallTime | undefined }
  /** The server does not know this node any more. */
  | { readonly kind: 'removed' };

/** A person is asked to open `url` (undefined: none was had yet; input 'sign-in' asks for one). */
export interface SignIn {
  readonly url: string | undefined;
  readonly why: SignInReason;
  readonly since: Instant;
}

/** `since`: when this phase began. `attempt`: from 1, since it last was live. `last`: what went wrong before it. */
export type ControlState =
  | { readonly phase: 'off'; readonly since: Instant }
  | { readonly phase: 'waiting-for-network'; readonly since: Instant }
  | { readonly phase: 'connecting'; readonly since: Instant; readonly attempt: number; readonly last: ControlTrouble | undefined }
  | { readonly phase: 'registering'; readonly since: Instant; readonly attempt: number; readonly last: ControlTrouble | undefined }
  /** Nothing goes on without a person. Says nothing of the connection: `trouble` is what is wrong with it, if anything. */
  | { readonly phase: 'sign-in-needed'; readonly since: Instant; readonly signIn: SignIn; readonly trouble: ControlTrouble | undefined }
  | { readonly phase: 'fetching-map'; readonly since: Instant; readonly attempt: number; readonly last: ControlTrouble | undefined }
  /** `signIn`: a renewal waits for a person while all goes on with the old key. */
  | { readonly phase: 'live'; readonly since: Instant; readonly lastMessageAt: Instant; readonly signIn: SignIn | undefined }
  | { readonly phase: 'backing-off'; readonly since: Instant; readonly until: Instant; readonly attempt: number; readonly trouble: ControlTrouble }
  /** Stopped until a person answers (or the network changes and the old key is seen again). Neither key is secret. */
  | { readonly phase: 'key-changed'; readonly since: Instant; readonly pinned: Uint8Array; readonly offered: Uint8Array }
  /** The server says no. `until`: when it is asked again; undefined: only when a person asks. */
  | { readonly phase: 'refused'; readonly since: Instant; readonly text: string; readonly until: Instant | undefined }
  | { readonly phase: 'signing-out'; readonly since: Instant }
  /** `serverKnows` false: it could not be told, so it lists this node until its own time. */
  | { readonly phase: 'signed-out'; readonly since: Instant; readonly serverKnows: boolean };

/** For the reconnect history: cause, action, result. One at a time; ids grow. */
export type ControlIncident =
  /** `since`: when what is wrong began. `silentMs`-like facts are in the cause. */
  | { readonly kind: 'began'; readonly id: number; readonly since: Instant; readonly cause: ControlTrouble; readonly action: IncidentAction }
  | { readonly kind: 'revised'; readonly id: number; readonly cause?: ControlTrouble; readonly action: IncidentAction }
  | { readonly kind: 'ended'; readonly id: number; readonly result: IncidentResult };
export type IncidentAction =
  | { readonly kind: 'reconnect'; readonly attempts: number }
  | { readonly kind: 'wait-for-network' }
  | { readonly kind: 'register-again' }
  | { readonly kind: 'ask-person' };
export type IncidentResult = 'live-again' | 'sign-in-needed' | 'key-changed' | 'refused' | 'signed-out' | 'stopped';

export type ControlOutput =
  | { readonly kind: 'link'; readonly command: ControlLinkCommand }
  /**
   * The network changed, or a key in it ended. `expired`: ids (self too) whose key has ended by the server's clock: send
   * them nothing. A node that joins or leaves `expired` is in `change.peersPut` (or `change.self`).
   */
  | { readonly kind: 'view'; readonly view: NetworkView; readonly change: NetworkChange; readonly expired: ReadonlySet<NodeId>; readonly keyExpiry: KeyExpiry }
  /** To be kept; undefined: wipe all of them. A new `nodeKey` is the tunnel's from now on. */
  | { readonly kind: 'keys'; readonly keys: ControlKeys | undefined }
  /** `state` changed. Read it from the machine. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'incident'; readonly incident: ControlIncident }
  /** Open in a browser, once. Always http or https. 'sign-in' only after a person asked. */
  | { readonly kind: 'open-url'; readonly url: string; readonly why: 'sign-in' | 'server' }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string };

/** Since the machine was made. */
export interface ControlCounts {
  readonly connects: number;
  /** Connections that were up and that we ended ourselves. */
  readonly teardowns: number;
  readonly registers: number;
  readonly streams: number;
  readonly updates: number;
  readonly messages: number;
  /** Messages that were refused, by reason. */
  readonly refusals: ReadonlyMap<string, number>;
}

/** One map stream's worth of merging: nothing merges across streams. */
export interface MapSessionLike {
  apply(text: string, wall: WallTime): Applied;
}

export interface ControlInit {
  readonly crypto: Pick<Crypto, 'x25519Base'>;
  readonly rng: Rng;
  readonly createMapSession: () => MapSessionLike;
}

/** What `control.ts` is to its owner, so that a double can stand in. */
export interface ControlLike extends Machine<ControlInput, ControlOutput> {
  readonly state: ControlState;
  /** The last good one: kept whatever happens, until signed out. */
  readonly view: NetworkView | undefined;
  readonly counts: ControlCounts;
}
