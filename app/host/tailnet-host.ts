/**
 * What an engine needs of its host to join a tailnet: the control machine, the link to the server, a place for keys, a
 * browser, and the hands that set up the operating system. Nothing here may call the engine before it returns. Types only. Absent for an engine of static networks.
 */
import type { IpAddress } from '../base/ip.ts';
import type { TailnetMachines } from '../node/mesh/machines.ts';
import type { NodeInput } from '../node/types.ts';
import type { AccountKeys } from '../ports/account-keys.ts';
import type { ControlLinkCommand, ControlLinkEvent } from '../ports/control-link.ts';
import type { Effect, OverlayState } from '../ports/effects.ts';
import type { GatewayCommand, GatewayDatagram } from '../ports/gateway-link.ts';
import type { RelayCarrier, RelayLaneEvent } from '../ports/relay-lane.ts';
import type { RelayLinkCommand, RelayLinkEvent } from '../ports/relay-link.ts';
import type { NodePorts } from '../recorder/recorded-node.ts';

/** The far end of the seam of ports/control-link.ts. */
export interface ControlLinkPort {
  send(command: ControlLinkCommand): void;
  /** Ends the connection; no event comes after it. */
  close(): void;
}

/** The far end of the seam of ports/relay-link.ts. */
export interface RelayLinkPort {
  send(command: RelayLinkCommand): void;
  /** Of connections that a carrier took. `bytes` are valid only during the call. */
  frames(generation: number, bytes: Uint8Array): void;
  lane(event: RelayLaneEvent): void;
  lanesLost(): void;
  /** Ends every connection; no event comes after it. */
  close(): void;
}

/** The far end of the seam of ports/gateway-link.ts. */
export interface GatewayLinkPort {
  send(command: GatewayCommand): void;
  /** What was sent is on its way; nothing is heard after it. */
  close(): void;
}

export type WebProbe = Extract<Effect, { readonly kind: 'web-probe' }>;

export interface TailnetHost {
  /** Fresh machines for each start of the node. They use these ports and no others: a recorder listens there. */
  createMachines(ports: NodePorts): TailnetMachines;
  /** Once per engine. `heard` may be called from now on, never before this returns. */
  openControlLink(heard: (event: ControlLinkEvent) => void): ControlLinkPort;
  /** Once per engine, as the control link. */
  openRelayLink(heard: (event: RelayLinkEvent) => void, carrier: RelayCarrier): RelayLinkPort;
  /** Once per engine, as the control link. Absent: no router is asked for a port. */
  openGatewayLink?(heard: (datagram: GatewayDatagram) => void): GatewayLinkPort;
  /** Past our own resolver, with the last good addresses where the name service is silent. Empty: none. Never rejects. */
  resolve(host: string): Promise<readonly IpAddress[]>;
  /** Never rejects. latencyMs undefined: no answer in time. portal: something else answered in its place. */
  webProbe(probe: WebProbe): Promise<{ readonly latencyMs: number | undefined; readonly portal: boolean }>;
  /** Returns when it is on disk: what the node wants next depends on it. undefined: wipe. Must not throw: a failed write is told elsewhere. */
  persist(keys: AccountKeys | undefined): void;
  openUrl(url: string, why: 'sign-in' | 'server'): void;
  /** Applies the desired state in its own time, and answers with `Engine.osSet`. */
  overlay(overlay: OverlayState | null): void;
}

/** What a host tells a running node of a tailnet. */
export type TailnetInput = Extract<NodeInput, { readonly kind: 'network' | 'sign-in' | 'sign-out' | 'accept-server-key' | 'retry-server' | 'local-endpoints' | 'families' | 'gateway' | 'host-facts' }>;
