/** A way to a peer: straight to an address, or through a relay region. A type; anyone may use it. */
import type { IpEndpoint } from './ip.ts';

export type Via =
  | { readonly kind: 'direct'; readonly endpoint: IpEndpoint }
  /** `region`: number of the relay map. */
  | { readonly kind: 'relay'; readonly region: number };
