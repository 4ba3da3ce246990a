/** What the path of one peer needs of the machine around it. Types only: paths.ts provides it, peer-path.ts asks. */
import type { PeerId } from '../base/brand.ts';
import type { IpEndpoint } from '../base/ip.ts';
import type { Rng } from '../ports/rng.ts';
import type { Instant } from '../time/instant.ts';
import type { DiscoMessage } from '../wire/disco.ts';
import type { PeerPath } from './peer-path.ts';
import type { PathsOutput, Surroundings } from './types.ts';

export interface Around {
  readonly rng: Rng;
  surroundings(): Surroundings;
  own(): readonly IpEndpoint[];
  /** Nothing can be sent at all. */
  isOffline(): boolean;
  /** When data last went either way, and when anything authentic last came, by any way. */
  lastUserDataAt(peer: PeerId): Instant | undefined;
  lastHeardAt(peer: PeerId): Instant | undefined;
  send(to: IpEndpoint, peer: PeerPath, message: DiscoMessage): void;
  sendRelayed(region: number, peer: PeerPath, message: DiscoMessage): void;
  /** A call-me-maybe is to go out with our endpoints. */
  callMaybe(peer: PeerPath, now: Instant): void;
  /** A way that worked does not answer since then: perhaps we are seen elsewhere now. */
  doubtOwn(since: Instant, now: Instant): void;
  /** A fresh one for each check. */
  token(peer: PeerPath): number;
  put(output: PathsOutput): void;
}
