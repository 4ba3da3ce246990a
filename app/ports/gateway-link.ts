/**
 * The seam between the port mapping machine and the sockets towards the router: commands down, datagrams up. Types only.
 * Each `socket` is one attempt: its own UDP socket, bound to our address on that link, past every tunnel. What comes back
 * names it, so that an answer to an earlier attempt is known as such.
 */
import type { IpAddress, IpEndpoint } from '../base/ip.ts';

/** The router that the default route leads to, and our own address on the link to it. Both IPv4. */
export interface Gateway {
  readonly address: IpAddress;
  readonly own: IpAddress;
}

export type GatewayCommand =
  /** To UDP `port` of the gateway. A number that is new opens a socket and ends the one before. */
  | { readonly kind: 'send'; readonly socket: number; readonly gateway: Gateway; readonly port: number; readonly bytes: Uint8Array }
  /** After what was sent. */
  | { readonly kind: 'close' };

export interface GatewayDatagram {
  readonly socket: number;
  readonly from: IpEndpoint;
  readonly bytes: Uint8Array;
}
