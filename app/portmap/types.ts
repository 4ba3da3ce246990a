/** What goes into the port mapping machine, what comes out, and what it reports. Types only. */
import type { IpEndpoint } from '../base/ip.ts';
import type { Gateway, GatewayCommand, GatewayDatagram } from '../ports/gateway-link.ts';
import type { Duration, Instant } from '../time/instant.ts';

export type PortMapProtocol = 'PCP' | 'NAT-PMP';

export type PortMapInput =
  /** Off: a mapping that stands is deleted, and nothing is asked. */
  | { readonly kind: 'wanted'; readonly on: boolean }
  /** Undefined: none that could be asked. */
  | { readonly kind: 'gateway'; readonly gateway: Gateway | undefined }
  /** The UDP port that peers are to reach. */
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'network'; readonly now: 'up' | 'down' | 'changed' }
  | { readonly kind: 'slept'; readonly forMs: Duration }
  /** Does what is known still hold? To be told with each check of the network: nothing here wakes up for it. `asked`: by a person. */
  | { readonly kind: 'check'; readonly asked: boolean }
  | ({ readonly kind: 'datagram' } & GatewayDatagram);

/**
 * given: there was none. restarted: the router had lost it. moved: another endpoint than before. expired: it was not renewed
 * in time. refused: the router takes it back. left: another network, or not wanted any more.
 */
export type MappingCause = 'given' | 'restarted' | 'moved' | 'expired' | 'refused' | 'left';

export type PortMapOutput =
  | { readonly kind: 'link'; readonly command: GatewayCommand }
  /** Where peers may call us by the router's leave. Undefined: nowhere any more. */
  | { readonly kind: 'mapping'; readonly external: IpEndpoint | undefined; readonly protocol: PortMapProtocol; readonly because: MappingCause }
  /** The report differs. */
  | { readonly kind: 'changed' };

/** not-allowed: by its settings, or another host holds it. no-network: it has no outside address. no-room: all ports are given. not-spoken: it has
 *  no mappings. another-nat: there is a NAT between it and us. nonsense: its answer cannot be. silent: it answered, and does not any more. */
export type PortMapRefusal = 'not-allowed' | 'no-network' | 'no-room' | 'not-spoken' | 'another-nat' | 'nonsense' | 'silent';

export type PortMapReport =
  /** Nothing to ask, or no answer yet. */
  | { readonly kind: 'unknown' }
  /** Nobody answers at the gateway. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly protocol: PortMapProtocol; readonly why: PortMapRefusal }
  | { readonly kind: 'mapped'; readonly protocol: PortMapProtocol; readonly external: IpEndpoint; readonly expiresAt: Instant }
  /** The router's own outside address is private: there is another NAT, which this mapping does not pass. Peers are not told. */
  | { readonly kind: 'behind-another-nat'; readonly protocol: PortMapProtocol; readonly external: IpEndpoint };
