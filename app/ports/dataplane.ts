/**
 * What the event thread tells the packet thread (commands) and hears from it (facts). Plain data: it crosses a
 * MessagePort in the host and a queue in the simulator, and the flight recorder can keep it. Keys travel as bytes and
 * only downwards.
 */
import type { PeerId } from '../base/brand.ts';
import type { IpEndpoint, IpAddress, IpPrefix } from '../base/ip.ts';
import type { Via } from '../base/via.ts';
import type { Duration, Instant, WallTime } from '../time/instant.ts';
import type { PacketFilter } from '../wire/netmap/types.ts';
import type { TsmpRejectReason } from '../wire/tsmp.ts';

/** Who decides where a peer's packets go. follow: the source of its last authenticated packet (plain WireGuard).
 *  chosen: only `set-path` and `set-endpoint` move it (a path agent decides). */
export type Roaming = 'follow' | 'chosen';

export interface DataplanePeer {
  readonly id: PeerId;
  readonly publicKey: Uint8Array;
  readonly presharedKey?: Uint8Array;
  readonly endpoint?: IpEndpoint;
  readonly allowedIps: readonly IpPrefix[];
  /** 0: off. */
  readonly persistentKeepaliveMs: Duration;
  readonly roaming: Roaming;
  /** Only answers come in from it, whatever the rules say. Absent: no. */
  readonly jailed?: boolean;
  /** Names of its node capabilities, for `cap:` sources of rules. Absent: none. */
  readonly capabilities?: readonly string[];
}

/** What may come in from peers. */
export type FilterSetup =
  /** Everything: a plain WireGuard network, without a control server. How a packet path begins. */
  | { readonly kind: 'off' }
  /** Nothing at all: a control server is used, and it has sent no rules yet. To be set before the first peer. */
  | { readonly kind: 'block-all' }
  | {
      readonly kind: 'rules';
      readonly rules: PacketFilter;
      /** Only answers come in. */
      readonly shieldsUp: boolean;
      /** Our own addresses, and the prefixes we advertise. What goes elsewhere is refused. */
      readonly local: readonly IpPrefix[];
    };

export type DataplaneCommand =
  /** Our own key, overlay addresses, and the overlay MTU in bytes. Another key than before ends every session. */
  | { readonly kind: 'identity'; readonly privateKey: Uint8Array; readonly addresses: readonly IpAddress[]; readonly mtu: number }
  /** Wall time at an instant: the base of TAI64N. Sent at start and when the wall clock is set. */
  | { readonly kind: 'wall-clock'; readonly at: Instant; readonly wall: WallTime }
  /** Adds a peer, or replaces the one of this id: a different key or preshared key ends its sessions; else they stay. */
  | { readonly kind: 'put-peer'; readonly peer: DataplanePeer }
  | { readonly kind: 'remove-peer'; readonly peer: PeerId }
  | { readonly kind: 'set-endpoint'; readonly peer: PeerId; readonly endpoint: IpEndpoint }
  /** For a peer whose roaming is 'chosen': where its packets go from now on. Both: each packet is sealed once and goes both ways.
   *  Neither: no way is known; what is to be sent is refused. A handshake that waits for an answer goes by a new way at once. */
  | { readonly kind: 'set-path'; readonly peer: PeerId; readonly direct: IpEndpoint | undefined; readonly relay: number | undefined }
  /** A datagram that is not WireGuard's, from WireGuard's own socket. */
  | { readonly kind: 'send-datagram'; readonly to: IpEndpoint; readonly bytes: Uint8Array }
  /** Starts a handshake now unless one was sent less than REKEY_TIMEOUT ago. Restarts the attempt clock. */
  | { readonly kind: 'initiate'; readonly peer: PeerId }
  /** Replaces what may come in. Flows that we began go on, but for what shields-up ends. */
  | { readonly kind: 'set-filter'; readonly filter: FilterSetup }
  /** Sends a question inside the tunnel from our first address of the family of `to`: an ICMP echo, or a TSMP ping, which no
   *  firewall of the peer's system sees. `via`: by this way only, whatever the peer's path is. Answered by `probe-answered`. */
  | { readonly kind: 'probe'; readonly peer: PeerId; readonly to: IpAddress; readonly token: number; readonly form?: 'echo' | 'tsmp'; readonly via?: Via }
  /** Tells the peer our disco key inside the tunnel (TSMP), from our first address of the family of `to`. Raw, public. */
  | { readonly kind: 'tell-disco-key'; readonly peer: PeerId; readonly to: IpAddress; readonly key: Uint8Array }
  /** Replaces the underlay socket by a new one (repair ladder). Interpreted by the mover, not by the machine. */
  | { readonly kind: 'rebind' }
  /** Erases every session and pending handshake: after stop, logout. */
  | { readonly kind: 'forget-sessions' };

export type DataplaneFact =
  /** A handshake completed and its session carries, or may carry, data. rttMs: only as initiator. `attempts`: initiations it took.
   *  `replaced`: 'live' when a session younger than REJECT_AFTER_TIME was there before, 'expired' or 'none' otherwise. */
  | {
      readonly kind: 'session';
      readonly peer: PeerId;
      readonly at: Instant;
      readonly role: 'initiator' | 'responder';
      readonly attempts: number;
      readonly rttMs: number | undefined;
      readonly replaced: 'none' | 'live' | 'expired';
    }
  /** Where the peer's packets go now, and where they went. silentForMs: since the last authentic packet before this one (0: none). */
  | { readonly kind: 'endpoint'; readonly peer: PeerId; readonly at: Instant; readonly endpoint: IpEndpoint; readonly previous: IpEndpoint | undefined; readonly silentForMs: Duration }
  /** Data was sent and nothing authentic came back for SUSPECT_AFTER. Once per silence. `since`: when the unanswered data went out. */
  | { readonly kind: 'suspect'; readonly peer: PeerId; readonly at: Instant; readonly since: Instant }
  /** The first authentic packet after `suspect` or after a failed handshake. */
  | { readonly kind: 'answered'; readonly peer: PeerId; readonly at: Instant; readonly silentForMs: Duration }
  | { readonly kind: 'handshake-sent'; readonly peer: PeerId; readonly at: Instant; readonly attempt: number }
  /** No response for REKEY_ATTEMPT_TIME. It starts again with the next data or `initiate`. */
  | { readonly kind: 'handshake-gave-up'; readonly peer: PeerId; readonly at: Instant; readonly attempts: number }
  /** `via`: how the answer came. */
  | { readonly kind: 'probe-answered'; readonly peer: PeerId; readonly at: Instant; readonly token: number; readonly rttMs: number; readonly via: Via }
  /** A STUN or disco datagram. Not authenticated, a few hundred a second at most; the rest is counted as refused. */
  | { readonly kind: 'datagram'; readonly at: Instant; readonly from: IpEndpoint; readonly bytes: Uint8Array }
  /** Data of ours goes to this 'chosen' peer, after none for ACTIVE_AFTER. Also when it cannot go, because no way is known. */
  | { readonly kind: 'active'; readonly peer: PeerId; readonly at: Instant }
  /** Authentic packets of this 'chosen' peer come another way than was told last. At most one a second and peer. */
  | { readonly kind: 'arrival'; readonly peer: PeerId; readonly at: Instant; readonly via: Via }
  /** The peer tells its disco key (raw, public) inside the tunnel. At most one a second and peer. */
  | { readonly kind: 'disco-key'; readonly peer: PeerId; readonly at: Instant; readonly key: Uint8Array }
  /** The peer says that it refused a flow of ours (TSMP): from our port to its port. At most one a second and peer; all are counted. */
  | {
      readonly kind: 'flow-refused';
      readonly peer: PeerId;
      readonly at: Instant;
      readonly reason: TsmpRejectReason;
      readonly protocol: number;
      readonly sourcePort: number;
      readonly destinationPort: number;
    }
  /** The peer has no usable session any more (keys erased). */
  | { readonly kind: 'session-ended'; readonly peer: PeerId; readonly at: Instant }
  /** `remove-peer` was carried out: what comes of this id from now on is of another peer. Once for each command. */
  | { readonly kind: 'peer-removed'; readonly peer: PeerId; readonly at: Instant }
  /** Handshakes arrive faster than they can be answered: cookies are asked for. */
  | { readonly kind: 'under-load'; readonly at: Instant; readonly on: boolean }
  /** From the mover: the underlay socket. */
  | { readonly kind: 'underlay'; readonly at: Instant; readonly state: { readonly kind: 'bound'; readonly port: number } | { readonly kind: 'failed'; readonly code: string; readonly during: string } };
