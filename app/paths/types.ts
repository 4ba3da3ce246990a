/**
 * What goes into the path machine, what comes out, and what it shows. Types only. node/ owns one Paths for all peers and
 * turns its facts into words; it never sees a packet of the tunnel. Facts of the protocol (disco): docs of Tailscale's
 * disco and magicsock packages.
 *
 * A peer's direct path is a claim that is proved twice: by a pong (probes pass) and by an answer inside the tunnel (data
 * passes). Until then, and whenever it lapses, packets go to the relay too.
 */
import type { PeerId } from '../base/brand.ts';
import type { IpEndpoint } from '../base/ip.ts';
import type { Via } from '../base/via.ts';
import type { PrivateKey } from '../keys/keys.ts';
import type { Duration, Instant } from '../time/instant.ts';

export interface PathPeer {
  readonly id: PeerId;
  /** Raw public keys. `discoKey` undefined: it speaks no disco; it is reached at its endpoints without probes, or by relay. */
  readonly nodeKey: Uint8Array;
  readonly discoKey: Uint8Array | undefined;
  /** Of the map, in its order. */
  readonly endpoints: readonly IpEndpoint[];
  /** 0: none known. */
  readonly homeRelay: number;
}

/** Where an address of a peer comes from. */
export type CandidateSource = 'map' | 'call-me-maybe' | 'ping';

export type PathsInput =
  /** Our keys: nothing is sent before. `nodeKey`: raw public. A new disco key forgets every proof. */
  | { readonly kind: 'identity'; readonly discoKey: PrivateKey; readonly nodeKey: Uint8Array }
  /** Adds or changes; a changed node key forgets all of that peer, a changed disco key its outstanding pings and proofs only. */
  | { readonly kind: 'put-peer'; readonly peer: PathPeer }
  | { readonly kind: 'remove-peer'; readonly peer: PeerId }
  /** Where we can be reached, best first, and when that was last confirmed. Told to peers in call-me-maybe. */
  | { readonly kind: 'own-endpoints'; readonly endpoints: readonly IpEndpoint[]; readonly confirmedAt: Instant }
  /** A disco datagram over UDP. */
  | { readonly kind: 'datagram'; readonly from: IpEndpoint; readonly bytes: Uint8Array }
  /** A disco packet through a relay; `source`: who sent it by the relay's word. */
  | { readonly kind: 'relayed'; readonly region: number; readonly source: PeerId; readonly bytes: Uint8Array }
  /** Data of ours goes to this peer, after a while without. */
  | { readonly kind: 'active'; readonly peer: PeerId }
  /** WireGuard sent data and hears nothing authentic. */
  | { readonly kind: 'suspect'; readonly peer: PeerId }
  /** Authentic data of this peer came this way. */
  | { readonly kind: 'heard'; readonly peer: PeerId; readonly via: Via }
  /** The answer to a `probe` output came. */
  | { readonly kind: 'probe-answered'; readonly token: number }
  /** The disco key that the peer told inside the tunnel. */
  | { readonly kind: 'disco-key'; readonly peer: PeerId; readonly key: Uint8Array }
  /** A person asks: every candidate anew, also those remembered as bad. Undefined: all relayed peers. */
  | { readonly kind: 'try-direct'; readonly peer: PeerId | undefined }
  /** A relay region is connected, or not any more. */
  | { readonly kind: 'relay'; readonly region: number; readonly up: boolean }
  /** The relay says that the peer is not connected there. */
  | { readonly kind: 'peer-gone'; readonly region: number; readonly peer: PeerId }
  /** changed: another network, every direct path is doubted. */
  | { readonly kind: 'network'; readonly now: 'up' | 'down' | 'changed' }
  | { readonly kind: 'slept'; readonly forMs: Duration }
  | { readonly kind: 'surroundings'; readonly surroundings: Surroundings };

/** What netcheck knows, for explanations. Undefined: not known. */
export interface Surroundings {
  readonly udpWorks: boolean | undefined;
  readonly mappingVariesByDestination: boolean | undefined;
  readonly ipv4: boolean | undefined;
  readonly ipv6: boolean | undefined;
  readonly portMapped: boolean | undefined;
}

export type PathsOutput =
  /** A disco datagram, from WireGuard's socket. */
  | { readonly kind: 'send'; readonly to: IpEndpoint; readonly bytes: Uint8Array }
  | { readonly kind: 'send-relayed'; readonly region: number; readonly peer: PeerId; readonly bytes: Uint8Array }
  /** Where packets go from now on. Both: each packet goes both ways, until the direct one is proved. Neither: no way is known. */
  | { readonly kind: 'path'; readonly peer: PeerId; readonly direct: IpEndpoint | undefined; readonly relay: number | undefined }
  /** An echo inside the tunnel by this way only. Answered by `probe-answered`, or not. */
  | { readonly kind: 'probe'; readonly peer: PeerId; readonly token: number; readonly via: Via }
  /** Our endpoints are older than a call-me-maybe needs: `own-endpoints` is expected soon. */
  | { readonly kind: 'need-endpoints' }
  /** A session is to begin anew by the new way (in the same step in which an attempt was abandoned). */
  | { readonly kind: 'initiate'; readonly peer: PeerId; readonly because: 'restarted' | 'data-lost' }
  /** What `report` tells of this peer changed. */
  | { readonly kind: 'changed'; readonly peer: PeerId }
  /** For the history: a path began, ended or moved. */
  | { readonly kind: 'moved'; readonly peer: PeerId; readonly from: Via | undefined; readonly to: Via | undefined; readonly because: MoveCause };

export type MoveCause =
  /** Proved by a pong and by data. */
  | 'proved'
  | 'faster'
  /** No pong for so long that trust lapsed. */
  | 'no-pong'
  /** Probes pass, data does not. */
  | 'data-lost'
  | 'network-changed'
  | 'relay-changed'
  | 'peer-moved';

/** Why a peer has no direct path, as facts that were really seen. Worst first in the order of this union. */
export type RelayedBecause =
  | { readonly kind: 'no-path-at-all' }
  /** The first round of probes is under way. */
  | { readonly kind: 'trying'; readonly since: Instant; readonly candidates: number }
  /** Nothing goes to this peer now: nothing was tried since `since`; it is tried with the first packet. */
  | { readonly kind: 'not-in-use'; readonly since: Instant | undefined }
  | { readonly kind: 'udp-blocked-here' }
  | { readonly kind: 'no-disco' }
  /** It told no address at all. */
  | { readonly kind: 'no-candidates' }
  /** Its addresses are of a family that this computer has not. */
  | { readonly kind: 'family-missing'; readonly family: 4 | 6 }
  /** Probes passed and data did not, at `at`. */
  | { readonly kind: 'data-lost'; readonly endpoint: IpEndpoint; readonly at: Instant }
  /** It works, and loses packets: of the last `of` probes so many had no answer. Packets go both ways. */
  | { readonly kind: 'lossy'; readonly endpoint: IpEndpoint; readonly lost: number; readonly of: number }
  /** Our mapping varies by destination, and it answered from none of its addresses: both sides' NATs are hard, or it is away. */
  | { readonly kind: 'hard-nat'; readonly probed: number }
  | { readonly kind: 'no-answer'; readonly probed: number };

export interface CandidateReport {
  readonly endpoint: IpEndpoint;
  readonly source: CandidateSource;
  /** Pings since the first, and pongs. */
  readonly sent: number;
  readonly answered: number;
  readonly lastAnswerAt: Instant | undefined;
  readonly latencyMs: number | undefined;
  /** Probes passed and data did not: not used again before. */
  readonly badUntil: Instant | undefined;
}

export interface PathReport {
  readonly kind: 'direct' | 'relay' | 'none';
  readonly via: Via | undefined;
  readonly since: Instant;
  readonly latencyMs: number | undefined;
  /** Undefined: direct. */
  readonly because: RelayedBecause | undefined;
  /** When a direct path is tried next; undefined: with the next packet, or not needed. */
  readonly nextTryAt: Instant | undefined;
  readonly candidates: readonly CandidateReport[];
}
