/**
 * What a node of a tailnet is made of beside itself: the machines that it owns, as it uses them, so that doubles can stand
 * in. Types only. The host and the simulator make them, fresh for each start of the node.
 */
import type { PeerId } from '../../base/brand.ts';
import type { ControlLike } from '../../control/types.ts';
import type { NetcheckInput, NetcheckOutput, NetcheckReport } from '../../netcheck/types.ts';
import type { PathReport, PathsInput, PathsOutput } from '../../paths/types.ts';
import type { PortMapInput, PortMapOutput, PortMapReport } from '../../portmap/types.ts';
import type { RelayInput, RelayOutput, RelayRegionState, RelaySink } from '../../relay/types.ts';
import type { RelayLinkEvent } from '../../ports/relay-link.ts';
import type { Machine } from '../../time/deadline.ts';
import type { Instant } from '../../time/instant.ts';

export interface PathsLike extends Machine<PathsInput, PathsOutput> {
  /** Undefined: no such peer. */
  report(peer: PeerId): PathReport | undefined;
  /** Peers that data goes to now. */
  readonly activePeers: number;
}

export interface RelaysLike extends Machine<RelayInput, RelayOutput> {
  /** A link event: its packets go to the sink during the call. */
  receive(event: RelayLinkEvent, now: Instant, sink: RelaySink): void;
  /** Gathers a packet for the next `write`. Opens the region where it is not open. */
  send(region: number, destination: Uint8Array, packet: Uint8Array, now: Instant): 'sent' | 'dropped' | 'no-relay';
  state(region: number): RelayRegionState;
  /** Connections that were up and that we ended ourselves. */
  readonly teardowns: number;
}

export interface NetcheckLike extends Machine<NetcheckInput, NetcheckOutput> {
  readonly last: NetcheckReport | undefined;
  readonly homeRelay: number | undefined;
}

export interface PortMapLike extends Machine<PortMapInput, PortMapOutput> {
  report(): PortMapReport;
  /** Nothing is on its way that the report waits for. */
  readonly settled: boolean;
}

export interface TailnetMachines {
  readonly control: ControlLike;
  readonly paths: PathsLike;
  readonly relays: RelaysLike;
  readonly netcheck: NetcheckLike;
  readonly portMap: PortMapLike;
}
