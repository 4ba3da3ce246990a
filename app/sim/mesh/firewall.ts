/**
 * A stateful firewall without translation, as in front of an IPv6 home: what goes out may be answered (RFC 6092). Pure;
 * it moves no packet: internet.ts does.
 */
import type { IpEndpoint } from '../../base/ip.ts';
import type { Duration, Instant } from '../../time/instant.ts';
import { FlowMemory, type Dependence } from './flow-memory.ts';

export interface FirewallShape {
  /** endpoint-independent: whoever sent anything may be reached by anyone (RFC 6092 REC-11). */
  readonly filtering: Dependence;
  readonly expiryMs: Duration;
  readonly inboundRefresh: boolean;
}

export const HOME_FIREWALL: FirewallShape = { filtering: 'address-and-port-dependent', expiryMs: 120_000, inboundRefresh: true };

const FLOWS = 4_096;

export class Firewall {
  readonly shape: FirewallShape;
  readonly #flows: FlowMemory;

  constructor(shape: FirewallShape) {
    this.shape = shape;
    this.#flows = new FlowMemory(shape.filtering, shape.expiryMs, FLOWS);
  }

  /** False: no room to remember it, it is dropped. */
  outbound(inside: IpEndpoint, to: IpEndpoint, now: Instant): boolean {
    return this.#flows.note(inside, to, now);
  }

  inbound(from: IpEndpoint, to: IpEndpoint, now: Instant): boolean {
    if (!this.#flows.allows(to, from, now)) return false;
    if (this.shape.inboundRefresh) this.#flows.refresh(to, from, now);
    return true;
  }

  reboot(): void {
    this.#flows.clear();
  }
}
